//! What is evaluated: a recipe that trains a network, or a baseline.

use std::time::Instant;

use super::baseline;
use crate::data::Dataset;
use crate::data::split::Split;
use crate::model::EmbeddedImages;
use crate::train::{Answer, Event, Recipe, Session, TrainError};
use crate::units::ImageId;
use crate::vision::Face;

/// A way to turn faces into embeddings, learnt from some people.
#[derive(Debug, Clone)]
pub enum Method {
    /// A Siamese network, trained by a recipe; the epoch with the lowest validation EER is asked, as `verify` would.
    Recipe(Box<Recipe>),
    /// The pixels themselves.
    Pixels,
    /// Principal components.
    Pca,
    /// Principal components, then linear discriminants.
    Fisherfaces,
}

/// What a method makes of a data set after learning.
#[derive(Debug)]
pub struct Learnt {
    /// One for each picture of the data set.
    pub embedded: EmbeddedImages,
    /// Epochs behind them; 0 for a baseline.
    pub epochs: u32,
    /// Seconds of learning, validation included.
    pub seconds: f64,
    /// Seconds since the beginning and validation EER after each epoch.
    pub curve: Vec<(f64, f64)>,
}

/// Whoever watches says whether to go on; called after each batch.
pub type Told<'a> = &'a (dyn Fn() -> bool + Sync);

/// Why nothing was learnt.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// The training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// It was told to stop.
    #[error("the evaluation was stopped; the same command goes on with the folds that are missing")]
    Stopped,
}

impl Method {
    /// The baselines, least first.
    pub const BASELINES: [Self; 3] = [Self::Pixels, Self::Pca, Self::Fisherfaces];

    /// What it is called, in files too.
    pub fn name(&self) -> &str {
        match self {
            Self::Recipe(recipe) if recipe.preset.is_empty() => "recipe",
            Self::Recipe(recipe) => &recipe.preset,
            Self::Pixels => "pixels",
            Self::Pca => "pca",
            Self::Fisherfaces => "fisherfaces",
        }
    }

    /// Everything that decides what it learns, as text: what its pieces are kept under.
    ///
    /// # Panics
    /// Never: a recipe is plain data.
    pub fn description(&self) -> String {
        match self {
            Self::Recipe(recipe) => ron::to_string(recipe).expect("a recipe can be written"),
            _ => self.name().to_owned(),
        }
    }

    /// Learns from the training people of `split`, chooses by its validation people, and embeds every picture.
    ///
    /// # Errors
    /// [`MethodError`] if the training fails, or `go_on` says no.
    pub fn learn(
        &self,
        dataset: &Dataset,
        split: &Split,
        go_on: Told<'_>,
    ) -> Result<Learnt, MethodError> {
        let begun = Instant::now();
        let embedder = match self {
            Self::Recipe(recipe) => return train(recipe, dataset, split, go_on),
            Self::Pixels => baseline::pixels(),
            Self::Pca => baseline::pca(dataset, &split.train),
            Self::Fisherfaces => baseline::fisherfaces(dataset, &split.train),
        };
        let embed = |faces: &[Face]| faces.iter().map(|face| embedder.embed(face)).collect();
        Ok(Learnt {
            embedded: EmbeddedImages::of(dataset, all(dataset), embed),
            epochs: 0,
            seconds: begun.elapsed().as_secs_f64(),
            curve: Vec::new(),
        })
    }
}

fn train(
    recipe: &Recipe,
    dataset: &Dataset,
    split: &Split,
    go_on: Told<'_>,
) -> Result<Learnt, MethodError> {
    let begun = Instant::now();
    let mut session = Session::for_split(dataset, recipe.clone(), split.clone())?;
    let mut best = None;
    let (mut curve, mut stopped) = (Vec::new(), false);
    session.run(&mut |event| {
        match event {
            Event::Epoch(report) => {
                curve.push((begun.elapsed().as_secs_f64(), report.metrics.val_eer));
                if report.best {
                    best = Some((report.metrics.epoch, report.model));
                }
            }
            Event::Finished { stopped: early, .. } => stopped = early,
            _ => {}
        }
        match go_on() {
            true => Answer::Continue,
            false => Answer::Stop,
        }
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let (epoch, model) = best.filter(|_| !stopped).ok_or(MethodError::Stopped)?;
    Ok(Learnt {
        embedded: model.embed_images(dataset, all(dataset)),
        epochs: epoch.0,
        seconds,
        curve,
    })
}

fn all(dataset: &Dataset) -> impl Iterator<Item = ImageId> {
    (0..dataset.images.len()).map(ImageId)
}
