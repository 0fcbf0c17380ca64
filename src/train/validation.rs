//! What an epoch is judged by.
//!
//! Loss and accuracy are taken on as many mated as non-mated pairs, as the tutorial takes them; EER and AUC on every
//! comparison that the validation pictures allow, because a few dozen pairs say nothing about an error of some percent.

use super::recipe::{Recipe, Validation};
use crate::data::Dataset;
use crate::data::pairs::{self, Pair};
use crate::data::split::{Split, SplitError};
use crate::metrics::{Logistic, Prior, Scores};
use crate::model::loss::point_cross_entropy;
use crate::model::{Embedding, Readout, Siamese, Whitening};
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
}

/// What one validation says.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) loss: f32,
    pub(super) accuracy: f32,
    /// Similarities, calibrated where they can be.
    pub(super) scores: Scores,
    /// How the model's embeddings should be read.
    pub(super) readout: Readout,
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

    /// Judges a model whose embeddings are not yet read in any way; `shrinkage` says whether they shall be whitened.
    ///
    /// Loss and accuracy are the head's, on embeddings as the tower gives them, so that they can be compared with those of
    /// training; everything else is of embeddings as they will be read.
    pub(super) fn judge(
        &self,
        model: &Siamese,
        dataset: &Dataset,
        shrinkage: Option<f32>,
    ) -> Verdict {
        let paired = self.all.iter().chain(&self.balanced);
        let embeddings = model.embed_images(dataset, paired.flat_map(|p| [p.a, p.b]));
        let (loss, accuracy) = self.head_figures(model, &embeddings);
        let whitening = shrinkage.and_then(|shrinkage| self.whitening(model, dataset, shrinkage));
        let (whitening, distances) = match self.distances(&embeddings, whitening.as_ref()) {
            distances if distances.calibration.is_some() => (whitening, distances),
            // The head knows nothing of whitened distances: without a calibration they could not be read.
            _ => (None, self.distances(&embeddings, None)),
        };
        let readout = Readout {
            whitening,
            calibration: distances.calibration,
        };
        let reader = model.clone().with_readout(readout.clone());
        let similarities = |distances: Vec<f32>| -> Vec<f32> {
            let similarity = |d| reader.similarity(Distance(d)).0;
            distances.into_iter().map(similarity).collect()
        };
        Verdict {
            loss,
            accuracy,
            scores: Scores {
                mated: similarities(distances.mated),
                non_mated: similarities(distances.non_mated),
            },
            readout,
        }
    }

    fn head_figures(&self, model: &Siamese, embeddings: &[Option<Embedding>]) -> (f32, f32) {
        let head = model.head();
        let (mut loss, mut right) = (0.0, 0);
        for pair in &self.balanced {
            let logit = head.weight * distance(embeddings, pair).0 + head.bias;
            loss += point_cross_entropy(logit, f32::from(u8::from(pair.same)));
            right += usize::from(pair.same == (logit >= 0.0));
        }
        let count = self.balanced.len().max(1) as f32;
        (loss / count, right as f32 / count)
    }

    /// Fitted to the training people's pictures, each seen plainly: zooms would cost more than they change.
    fn whitening(&self, model: &Siamese, dataset: &Dataset, shrinkage: f32) -> Option<Whitening> {
        let images = |id: &PersonId| dataset.person(*id).images.iter();
        let face = |&image: &ImageId| dataset.face(image).clone();
        let faces: Vec<Face> = self.split.train.iter().flat_map(images).map(face).collect();
        let plain = model.clone().with_views(model.views().plain());
        Whitening::fit(&plain.embed(&faces), shrinkage)
    }

    fn distances(&self, embeddings: &[Option<Embedding>], by: Option<&Whitening>) -> Distances {
        let read = |embedding: &Embedding| match by {
            Some(whitening) => whitening.apply(embedding),
            None => embedding.clone(),
        };
        let embeddings: Vec<Option<Embedding>> =
            embeddings.iter().map(|e| e.as_ref().map(read)).collect();
        let (mated, non_mated): (Vec<&Pair>, Vec<&Pair>) = self.all.iter().partition(|p| p.same);
        let [mated, non_mated] = [mated, non_mated].map(|kind| {
            let each = kind.into_iter().map(|pair| distance(&embeddings, pair).0);
            each.collect::<Vec<f32>>()
        });
        // Without both kinds, or with a network that has diverged, there is nothing to fit.
        let calibration = Logistic::fit(&mated, &non_mated, Prior::Even).ok();
        Distances {
            mated,
            non_mated,
            calibration,
        }
    }
}

/// Of all validation pairs, with what makes probabilities of them.
struct Distances {
    mated: Vec<f32>,
    non_mated: Vec<f32>,
    calibration: Option<Logistic>,
}

fn distance(embeddings: &[Option<Embedding>], pair: &Pair) -> Distance {
    let of = |id: ImageId| {
        let embedding = embeddings[id.0].as_ref();
        embedding.expect("every paired picture was embedded")
    };
    of(pair.a).distance(of(pair.b))
}
