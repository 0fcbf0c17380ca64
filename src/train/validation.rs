//! What an epoch is judged by.
//!
//! Loss and accuracy are taken on as many mated as non-mated pairs, as the tutorial takes them; EER and AUC on every
//! comparison that the validation pictures allow, because a few dozen pairs say nothing about an error of some percent.

use super::recipe::{Recipe, Validation};
use crate::data::Dataset;
use crate::data::pairs::{self, Pair};
use crate::data::split::{Split, SplitError};
use crate::metrics::{Logistic, Prior, Scores};
use crate::model::Siamese;
use crate::model::loss::point_cross_entropy;
use crate::units::{Distance, ImageId};

/// The division of the data for one training.
#[derive(Debug)]
pub(super) struct Material {
    /// Who trains, validates, and is kept.
    pub(super) split: Split,
    /// Pairs to train on.
    pub(super) train: Vec<Pair>,
    /// What the validation figures are about, for people.
    pub(super) about: String,
    /// As many mated as non-mated pairs.
    balanced: Vec<Pair>,
    /// Every comparison.
    all: Vec<Pair>,
}

/// What one validation says.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) loss: f32,
    pub(super) accuracy: f32,
    /// Similarities, calibrated where they can be.
    pub(super) scores: Scores,
    /// What makes similarities probabilities: fitted to these distances, mated and non-mated being equally likely.
    pub(super) calibration: Option<Logistic>,
}

impl Material {
    /// Divides `dataset` as the recipe says.
    pub(super) fn new(dataset: &Dataset, recipe: &Recipe) -> Result<Self, SplitError> {
        match recipe.validation {
            Validation::People { validation, test } => {
                let (default_validation, default_test) = Split::default_sizes(dataset);
                let sizes = (
                    validation.unwrap_or(default_validation),
                    test.unwrap_or(default_test),
                );
                let split = Split::by_person(dataset, recipe.seed, sizes.0, sizes.1)?;
                Ok(Self::of_people(dataset, recipe, split))
            }
            Validation::Pairs => Ok(Self::of_pairs(dataset, recipe)),
        }
    }

    /// With people held out.
    pub(super) fn of_people(dataset: &Dataset, recipe: &Recipe, split: Split) -> Self {
        let balanced = pairs::tutorial(dataset, &split.validation, recipe.seed, 1);
        let all = pairs::all(dataset, &split.validation);
        let train = pairs::tutorial(dataset, &split.train, recipe.seed, 0);
        let about = format!("{} people never trained on", split.validation.len());
        Self {
            split,
            train,
            about,
            balanced,
            all,
        }
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
            split,
            train,
            about,
            balanced: validation.clone(),
            all: validation,
        }
    }

    /// Judges a model.
    pub(super) fn judge(&self, model: &Siamese, dataset: &Dataset) -> Verdict {
        let paired = self.all.iter().chain(&self.balanced);
        let embeddings = model.embed_images(dataset, paired.flat_map(|p| [p.a, p.b]));
        let distance = |pair: &Pair| {
            let of = |id: ImageId| {
                embeddings[id.0]
                    .as_ref()
                    .expect("every paired picture was embedded")
            };
            of(pair.a).distance(of(pair.b))
        };
        let head = model.head();
        let (mut loss, mut right) = (0.0, 0);
        for pair in &self.balanced {
            let logit = head.weight * distance(pair).0 + head.bias;
            loss += point_cross_entropy(logit, f32::from(u8::from(pair.same)));
            right += usize::from(pair.same == (logit >= 0.0));
        }
        let (mated, non_mated): (Vec<&Pair>, Vec<&Pair>) = self.all.iter().partition(|p| p.same);
        let distances =
            |kind: Vec<&Pair>| -> Vec<f32> { kind.into_iter().map(|p| distance(p).0).collect() };
        let (mated, non_mated) = (distances(mated), distances(non_mated));
        // Without both kinds, or with a network that has diverged, there is nothing to fit.
        let calibration = Logistic::fit(&mated, &non_mated, Prior::Even).ok();
        let calibrated = model.clone().calibrated(calibration);
        let similarities = |distances: Vec<f32>| -> Vec<f32> {
            let similarity = |d| calibrated.similarity(Distance(d)).0;
            distances.into_iter().map(similarity).collect()
        };
        let count = self.balanced.len().max(1) as f32;
        Verdict {
            loss: loss / count,
            accuracy: right as f32 / count,
            scores: Scores {
                mated: similarities(mated),
                non_mated: similarities(non_mated),
            },
            calibration,
        }
    }
}
