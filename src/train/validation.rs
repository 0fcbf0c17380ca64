//! What an epoch is judged by.
//!
//! Loss and accuracy are taken on as many mated as non-mated pairs, as the tutorial takes them; EER and AUC on every
//! comparison that the validation pictures allow, because a few dozen pairs say nothing about an error of some percent.
//!
//! A threshold needs more: five people are ten pairs of people, and which of these happen to look alike decides everything
//! about the most alike hundredth of their comparisons. So the scores that thresholds are read from hold comparisons of the
//! validation people with the training people as well: a stranger, mistaken for somebody whom the network knows. That is what
//! a false match is in use, too.

use super::recipe::{Recipe, Validation};
use crate::data::Dataset;
use crate::data::pairs::{self, Pair};
use crate::data::split::{Split, SplitError};
use crate::metrics::{self, Logistic, Prior, Scores};
use crate::model::loss::point_cross_entropy;
use crate::model::{EmbeddedImages, Head, TestTimeAugmentation, Tower, Whitening};
use crate::units::{Distance, ImageId, PersonId};
use crate::vision::Face;

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
    /// Of validation with training people, for thresholds.
    across: Vec<Pair>,
}

/// What one tower makes of the validation pictures.
#[derive(Debug)]
pub(super) struct Reading {
    /// The tower.
    pub(super) tower: Tower,
    embedded: EmbeddedImages,
}

/// What one validation says of all towers together.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) eer: f64,
    pub(super) auc: f64,
    /// Similarities for reading thresholds.
    pub(super) scores: Scores,
    /// What makes probabilities of distances, where it can be fitted.
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
        let across = pairs::across(dataset, &split.validation, &split.train);
        let train = pairs::tutorial(dataset, &split.train, recipe.seed, 0);
        let about = format!("{} people never trained on", split.validation.len());
        Self {
            split,
            train,
            about,
            balanced,
            all,
            across,
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
            across: Vec::new(),
        }
    }

    /// Lets a tower look at everything that is compared.
    pub(super) fn look(
        &self,
        tower: Tower,
        views: &TestTimeAugmentation,
        dataset: &Dataset,
    ) -> Reading {
        let compared = self.balanced.iter().chain(&self.all).chain(&self.across);
        let images = compared.flat_map(|pair| [pair.a, pair.b]);
        Reading {
            embedded: EmbeddedImages::of(dataset, images, |faces| tower.embed(faces, views)),
            tower,
        }
    }

    /// The same, its embeddings whitened with this `shrinkage`; as they were where nothing could tell what the distances then
    /// mean.
    pub(super) fn whiten(
        &self,
        raw: Reading,
        views: &TestTimeAugmentation,
        dataset: &Dataset,
        shrinkage: Option<f32>,
    ) -> Reading {
        let both = [true, false].map(|same| self.all.iter().any(|pair| pair.same == same));
        let whitening = shrinkage
            .filter(|_| both == [true, true])
            .and_then(|shrinkage| self.whitening(&raw.tower, views, dataset, shrinkage));
        let Some(whitening) = whitening else {
            return raw;
        };
        Reading {
            embedded: raw.embedded.map(|embedding| whitening.apply(embedding)),
            tower: raw.tower.whitened(Some(whitening)),
        }
    }

    /// Loss and accuracy of a head, on embeddings as the network gives them, so that they can be compared with those of
    /// training.
    pub(super) fn head_figures(&self, head: Head, raw: &Reading) -> (f32, f32) {
        let (mut loss, mut right) = (0.0, 0);
        for pair in &self.balanced {
            let logit = head.weight * raw.embedded.distance(pair.a, pair.b).0 + head.bias;
            loss += point_cross_entropy(logit, f32::from(u8::from(pair.same)));
            right += usize::from(pair.same == (logit >= 0.0));
        }
        let count = self.balanced.len().max(1) as f32;
        (loss / count, right as f32 / count)
    }

    /// Fitted to the training people's pictures, each seen plainly: zooms would cost more than they change.
    fn whitening(
        &self,
        tower: &Tower,
        views: &TestTimeAugmentation,
        dataset: &Dataset,
        shrinkage: f32,
    ) -> Option<Whitening> {
        let images = |id: &PersonId| dataset.person(*id).images.iter();
        let face = |&image: &ImageId| dataset.face(image).clone();
        let faces: Vec<Face> = self.split.train.iter().flat_map(images).map(face).collect();
        Whitening::fit(&tower.embed(&faces, &views.plain()), shrinkage)
    }

    /// Judges all towers together, by what each of them reads; `head` is the last one's.
    pub(super) fn judge(&self, readings: &[&Reading], head: Head) -> Verdict {
        let embedded: Vec<&EmbeddedImages> = readings.iter().map(|r| &r.embedded).collect();
        let embedded = EmbeddedImages::joined(&embedded);
        let distances = |pairs: &mut dyn Iterator<Item = &Pair>| -> Vec<f32> {
            pairs
                .map(|pair| embedded.distance(pair.a, pair.b).0)
                .collect()
        };
        let mated = distances(&mut self.all.iter().filter(|pair| pair.same));
        let non_mated = distances(&mut self.all.iter().filter(|pair| !pair.same));
        // Without both kinds, or with a network that has diverged, there is nothing to fit.
        let calibration = Logistic::fit(&mated, &non_mated, Prior::Even).ok();
        let similarities = |distances: Vec<f32>| -> Vec<f32> {
            let similarity = |distance| match calibration {
                Some(logistic) => logistic.probability(distance) as f32,
                None => head.similarity(Distance(distance)).0,
            };
            distances.into_iter().map(similarity).collect()
        };
        let mut scores = Scores {
            mated: similarities(mated),
            non_mated: similarities(non_mated),
        };
        let (eer, auc) = (metrics::eer(&scores).rate, metrics::auc(&scores));
        let across = distances(&mut self.across.iter());
        scores.non_mated.extend(similarities(across));
        Verdict {
            eer,
            auc,
            scores,
            calibration,
        }
    }
}
