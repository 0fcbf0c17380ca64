//! What an epoch is validated on, and how.
//!
//! Loss and accuracy are measured on as many mated as non-mated pairs, as in the tutorial. EER and AUC are measured on every
//! comparison that the validation pictures allow, because a few dozen pairs say nothing about an error of a few percent.
//! The module [`calibration`](super::calibration) says how similarities and thresholds follow from the distances.

use super::bounded;
use super::calibration::{CalibratedScores, ValidationDistances};
use super::error::TrainError;
use super::recipe::{Recipe, Validation};
use crate::data::Dataset;
use crate::data::pairs::{self, Pair};
use crate::data::split::Split;
use crate::metrics::{Logistic, Prior};
use crate::model::loss::point_cross_entropy;
use crate::model::{EmbeddedImages, FaceInput, Head, TestTimeAugmentation, Tower, Whitening};
use crate::units::{ImageId, PersonId};
use crate::vision::Face;

/// The most pairs that the head of a backbone is fitted to, which has two parameters.
const MOST_PAIRS_OF_HEAD: usize = 20_000;

/// How the data are divided for one training: the pairs to train on, and the pairs to validate on.
#[derive(Debug)]
pub(super) struct ValidationSet {
    /// The people for training, validation and testing.
    pub(super) split: Split,
    /// Of the validation people those who are compared: all, unless they have very many pictures.
    compared: Vec<PersonId>,
    /// Pairs to train on.
    pub(super) train: Vec<Pair>,
    /// What is validated on, in words.
    pub(super) about: String,
    /// As many mated as non-mated pairs.
    balanced: Vec<Pair>,
    /// Every comparison among the validation pictures.
    all: Vec<Pair>,
    /// Comparisons of validation with training people, for thresholds.
    across: Vec<Pair>,
    /// Pictures of training people that a whitening is fitted to.
    fitted: Vec<ImageId>,
}

/// One member's embeddings of the validation pictures.
#[derive(Debug)]
pub(super) struct EmbeddedSet {
    /// The member.
    pub(super) member: Tower,
    embedded: EmbeddedImages,
}

/// Checks that `dataset` can be trained on by `recipe`. It creates nothing, so call it before making a run directory.
///
/// # Errors
/// [`TrainError`] if a field of the recipe is out of range, the network is impossible, the people cannot be divided, or there
/// is nothing to learn from.
pub fn check(dataset: &Dataset, recipe: &Recipe) -> Result<(), TrainError> {
    ValidationSet::new(dataset, recipe).map(drop)
}

impl ValidationSet {
    /// Divides `dataset` as the recipe says, after checking both.
    ///
    /// # Errors
    /// As [`check`].
    pub(super) fn new(dataset: &Dataset, recipe: &Recipe) -> Result<Self, TrainError> {
        recipe.validate()?;
        let (validation, test) = match recipe.validation {
            Validation::People { validation, test } => (validation, test),
            Validation::Pairs => return Self::of_pairs(dataset, recipe).checked(dataset, recipe),
        };
        let (default_validation, default_test) = Split::default_sizes(dataset);
        let split = Split::by_person(
            dataset,
            recipe.seed,
            validation.unwrap_or(default_validation),
            test.unwrap_or(default_test),
        )?;
        Self::of_people(dataset, recipe, split)
    }

    /// With given people held out.
    ///
    /// # Errors
    /// As [`check`].
    pub(super) fn of_people(
        dataset: &Dataset,
        recipe: &Recipe,
        split: Split,
    ) -> Result<Self, TrainError> {
        recipe.validate()?;
        let compared = bounded::compared(dataset, &split.validation, recipe.seed);
        let others = bounded::others(&split.train, recipe.seed);
        let of_all = match split.validation.len() {
            all if all == compared.len() => String::new(),
            all => format!(" of {all}"),
        };
        let set = Self {
            balanced: pairs::tutorial(dataset, &compared, recipe.seed, 1),
            all: pairs::all(dataset, &compared),
            across: pairs::across(dataset, &compared, &others),
            train: pairs::tutorial(dataset, &split.train, recipe.seed, 0),
            fitted: bounded::fitted(dataset, &split.train, recipe.seed),
            about: format!("{}{of_all} people never trained on", compared.len()),
            compared,
            split,
        };
        set.checked(dataset, recipe)
    }

    /// With a tenth of the pairs held out, as in the tutorial.
    fn of_pairs(dataset: &Dataset, recipe: &Recipe) -> Self {
        let everybody = dataset.everybody();
        let pairs = pairs::tutorial(dataset, &everybody, recipe.seed, 0);
        let (train, validation) = pairs::split_by_pairs(pairs, recipe.seed);
        let split = Split {
            train: everybody,
            validation: Vec::new(),
            test: Vec::new(),
        };
        let about = format!("{} pairs of people trained on", validation.len());
        Self {
            fitted: bounded::fitted(dataset, &split.train, recipe.seed),
            compared: Vec::new(),
            split,
            train,
            about,
            balanced: validation.clone(),
            all: validation,
            across: Vec::new(),
        }
    }

    fn checked(self, dataset: &Dataset, recipe: &Recipe) -> Result<Self, TrainError> {
        if dataset.preparation.backbone != recipe.preparation.backbone {
            return Err(TrainError::OtherPreparation {
                data: dataset.name.clone(),
            });
        }
        match self.train.is_empty() {
            false => Ok(self),
            true => Err(TrainError::NoPairs {
                data: dataset.name.clone(),
            }),
        }
    }

    /// Embeds every picture that is compared.
    pub(super) fn embed(
        &self,
        member: Tower,
        augmentation: &TestTimeAugmentation,
        dataset: &Dataset,
    ) -> EmbeddedSet {
        let compared = self.balanced.iter().chain(&self.all).chain(&self.across);
        let images = compared.flat_map(|pair| [pair.a, pair.b]);
        EmbeddedSet {
            embedded: EmbeddedImages::of(dataset, images, |faces| {
                member.embed(faces, augmentation)
            }),
            member,
        }
    }

    /// Whitens the embeddings with this `shrinkage`, fitted to these variations of the training people's faces. They stay as they
    /// are without a shrinkage, and where one kind of comparison is missing, because then no calibration could say what the new
    /// distances mean.
    pub(super) fn whiten(
        &self,
        raw: EmbeddedSet,
        augmentation: &TestTimeAugmentation,
        dataset: &Dataset,
        shrinkage: Option<f32>,
    ) -> EmbeddedSet {
        let both = [true, false].map(|same| self.all.iter().any(|pair| pair.same == same));
        let whitening = shrinkage
            .filter(|_| both == [true, true])
            .and_then(|shrinkage| self.whitening(&raw.member, augmentation, dataset, shrinkage));
        let Some(whitening) = whitening else {
            return raw;
        };
        EmbeddedSet {
            embedded: raw.embedded.map(|embedding| whitening.apply(embedding)),
            member: raw.member.whitened(Some(whitening)),
        }
    }

    /// Loss and accuracy of a head on embeddings without whitening, so that they compare with those of training.
    pub(super) fn head_figures(&self, head: Head, raw: &EmbeddedSet) -> (f32, f32) {
        let (mut loss, mut right) = (0.0, 0);
        for pair in &self.balanced {
            let logit = head.weight * raw.embedded.distance(pair.a, pair.b).0 + head.bias;
            loss += point_cross_entropy(logit, f32::from(u8::from(pair.same)));
            right += usize::from(pair.same == (logit >= 0.0));
        }
        let count = self.balanced.len().max(1) as f32;
        (loss / count, right as f32 / count)
    }

    /// Fits the whitening to the training people's pictures.
    fn whitening(
        &self,
        member: &Tower,
        augmentation: &TestTimeAugmentation,
        dataset: &Dataset,
        shrinkage: f32,
    ) -> Option<Whitening> {
        let face = |&image: &ImageId| dataset.face(image).clone();
        let faces: Vec<Face> = self.fitted.iter().map(face).collect();
        Whitening::fit(&member.embed(&faces, augmentation), shrinkage)
    }

    /// The head that gives pairs of training people the most likely similarities; `None` where one kind of pair is missing.
    pub(super) fn fitted_head(&self, member: &Tower, dataset: &Dataset) -> Option<Head> {
        // Both kinds alternate.
        let every = self.train.len().div_ceil(MOST_PAIRS_OF_HEAD).max(1);
        let chosen = self.train.chunks(2).step_by(every).flatten().copied();
        let chosen: Vec<Pair> = chosen.collect();
        let images = chosen.iter().flat_map(|pair| [pair.a, pair.b]);
        let plain = TestTimeAugmentation::default();
        let embedded = EmbeddedImages::of(dataset, images, |faces| member.embed(faces, &plain));
        let distances = ValidationDistances::new(&embedded, &chosen, &[]);
        let fitted = Logistic::fit(&distances.mated, &distances.non_mated, Prior::Even).ok()?;
        Some(Head {
            weight: fitted.weight as f32,
            bias: fitted.bias as f32,
        })
    }

    /// Evaluates all members together; `head` is that of the last one.
    pub(super) fn evaluate(&self, members: &[&EmbeddedSet], head: Head) -> CalibratedScores {
        let embedded: Vec<&EmbeddedImages> = members.iter().map(|set| &set.embedded).collect();
        let embedded = EmbeddedImages::joined(&embedded);
        let distances = ValidationDistances::new(&embedded, &self.all, &self.across);
        // A frozen backbone does not keep the training people further apart.
        let trained = |set: &&EmbeddedSet| matches!(set.member.input(), FaceInput::Pixels(_));
        let distances = match members.iter().any(trained) {
            true => distances.matched(self.compared.len()),
            false => distances,
        };
        distances.calibrate(head)
    }
}
