//! What is evaluated: a recipe that trains a network, or a baseline.

use std::ops::ControlFlow;
use std::time::Instant;

use super::baseline::{self, Embedder};
use crate::data::Dataset;
use crate::data::split::Split;
use crate::model::{EmbeddedImages, Head};
use crate::train::{Answer, Event, Recipe, Session, TrainError};
use crate::units::ImageId;
use crate::vision::{Face, Preparation};

/// A way to turn faces into embeddings, learned from some people.
#[derive(Debug, Clone)]
pub enum Method {
    /// A Siamese network trained by a recipe; the epoch with the lowest validation EER is tested, as `verify` uses it.
    Recipe(Box<Recipe>),
    /// The features of a frozen backbone, as they are.
    Backbone,
    /// The pixels themselves.
    Pixels,
    /// Principal components.
    Pca,
    /// Principal components, then linear discriminants.
    Fisherfaces,
}

/// The embeddings of a data set by a method.
#[derive(Debug)]
pub struct Learned {
    /// One embedding for each picture of the data set.
    pub embedded: EmbeddedImages,
    /// Turns distances into similarities where no calibration can be fitted.
    pub head: Head,
    /// The epoch of the model; 0 for a baseline.
    pub epochs: u32,
    /// Seconds of training, with validation.
    pub seconds: f64,
    /// EER of this model on the people who validate; `None` for a baseline.
    pub validation_eer: Option<f64>,
    /// Seconds since the start and validation EER after each epoch.
    pub curve: Vec<(f64, f64)>,
}

/// Called after each event of a training, and before each part of the pictures that is embedded; says whether to continue.
pub type Watch<'a> = &'a (dyn Fn(FoldStep) -> ControlFlow<()> + Sync);

/// How far a fold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldStep {
    /// So many epochs of its training are done.
    Trained {
        /// Complete epochs.
        epochs: u32,
    },
    /// So many of the data set's pictures are embedded.
    Embedded {
        /// Embedded pictures.
        done: usize,
        /// All pictures.
        total: usize,
    },
}

/// Similarity falls with the distance; for baselines, which have no head.
const BASELINE_HEAD: Head = Head {
    weight: -1.0,
    bias: 0.0,
};

/// Why a method gives no embeddings.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// The training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// It was stopped.
    #[error("the evaluation was stopped; the same command continues with the missing folds")]
    Stopped,
}

impl Method {
    /// The baselines for faces prepared like this: the backbone alone if there is one, then the simplest first.
    pub fn baselines(preparation: &Preparation) -> Vec<Self> {
        let backbone = preparation.backbone.map(|_| Self::Backbone);
        let others = [Self::Pixels, Self::Pca, Self::Fisherfaces];
        backbone.into_iter().chain(others).collect()
    }

    /// Its name, on screen and in files.
    pub fn name(&self) -> &str {
        match self {
            Self::Recipe(recipe) if recipe.preset.is_empty() => "recipe",
            Self::Recipe(recipe) => &recipe.preset,
            Self::Backbone => "backbone",
            Self::Pixels => "pixels",
            Self::Pca => "pca",
            Self::Fisherfaces => "fisherfaces",
        }
    }

    /// Whether it is fitted to tell the training people apart, and so keeps them further apart than others. A frozen backbone
    /// does not know them.
    pub fn separates_training_people(&self) -> bool {
        match self {
            Self::Recipe(recipe) => recipe.preparation.backbone.is_none(),
            Self::Fisherfaces => true,
            Self::Backbone | Self::Pixels | Self::Pca => false,
        }
    }

    /// Everything that determines what it learns, as text; results are kept under its hash.
    ///
    /// # Panics
    /// Never: a recipe is plain data.
    pub fn description(&self) -> String {
        match self {
            Self::Recipe(recipe) => ron::to_string(recipe).expect("a recipe can be written"),
            _ => self.name().to_owned(),
        }
    }

    /// Learns from the training people of `split`, selects by its validation people, and embeds every picture.
    ///
    /// # Errors
    /// [`MethodError`] if the training fails, or `watch` stops it.
    pub fn learn(
        &self,
        dataset: &Dataset,
        split: &Split,
        watch: Watch<'_>,
    ) -> Result<Learned, MethodError> {
        let begun = Instant::now();
        let embedder = match self {
            Self::Recipe(recipe) => return train(recipe, dataset, split, watch),
            Self::Backbone => Embedder::Features,
            Self::Pixels => Embedder::Pixels,
            Self::Pca => baseline::pca(dataset, &split.train),
            Self::Fisherfaces => baseline::fisherfaces(dataset, &split.train),
        };
        let embed = |faces: &[Face]| faces.iter().map(|face| embedder.embed(face)).collect();
        let embedded = EmbeddedImages::of(dataset, all(dataset), embed);
        dataset.intact().map_err(TrainError::from)?;
        Ok(Learned {
            embedded,
            head: BASELINE_HEAD,
            epochs: 0,
            seconds: begun.elapsed().as_secs_f64(),
            validation_eer: None,
            curve: Vec::new(),
        })
    }
}

fn train(
    recipe: &Recipe,
    dataset: &Dataset,
    split: &Split,
    watch: Watch<'_>,
) -> Result<Learned, MethodError> {
    let begun = Instant::now();
    let mut session = Session::for_split(dataset, recipe.clone(), split.clone())?;
    let mut best = None;
    let (mut curve, mut stopped, mut epochs) = (Vec::new(), false, 0);
    session.run(&mut |event| {
        match event {
            Event::Epoch(report) => {
                epochs = report.metrics.epoch.0;
                if let Some(validation) = report.metrics.validation {
                    curve.push((begun.elapsed().as_secs_f64(), validation.eer));
                }
                if report.best {
                    let eer = report.metrics.validation.map(|figures| figures.eer);
                    best = Some((report.metrics.epoch, report.model, eer));
                }
            }
            Event::Finished { stopped: early, .. } => stopped = early,
            _ => {}
        }
        match watch(FoldStep::Trained { epochs }) {
            ControlFlow::Continue(()) => Answer::Continue,
            ControlFlow::Break(()) => Answer::Stop,
        }
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (epoch, model, validation_eer) = best.filter(|_| !stopped).ok_or(MethodError::Stopped)?;
    let embedded = model.embed_images_watched(dataset, all(dataset), |done, total| {
        watch(FoldStep::Embedded { done, total })
    });
    let embedded = embedded.ok_or(MethodError::Stopped)?;
    dataset.intact().map_err(TrainError::from)?;
    Ok(Learned {
        embedded,
        head: model.head(),
        epochs: epoch.0,
        seconds,
        validation_eer,
        curve,
    })
}

fn all(dataset: &Dataset) -> impl Iterator<Item = ImageId> {
    (0..dataset.images.len()).map(ImageId)
}
