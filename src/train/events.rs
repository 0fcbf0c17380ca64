//! What a training reports and what it can be asked to do.
//!
//! All observers receive one type, [`TrainingEvent`]. Its parameter is what an epoch carries of the network: the training
//! itself sends [`Event`], with a snapshot of the model; the control socket and the screens use `TrainingEvent<()>`, which
//! holds no weights.

use crate::data::split::Split;
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::units::Epoch;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use super::epoch_metrics::{EpochMetrics, ValidationMetrics};

/// What the owner of a [`Trainer`](super::Trainer) can ask for. It takes effect after the current batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainingCommand {
    /// Wait.
    Pause,
    /// Continue after a pause.
    Resume,
    /// Train on one batch, then wait.
    Step,
    /// Save now, then continue or wait as before.
    Save,
    /// Save and end.
    Stop,
}

/// What an observer answers to each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Continue.
    Continue,
    /// Save, then ask again (with [`TrainingEvent::Saved`]).
    Save,
    /// Save and end.
    Stop,
}

/// An event with the network as it is after each epoch.
pub type Event = TrainingEvent<Siamese>;

/// What happens in a training, in order: `Started`, then batches and epochs, then `Finished` or `Failed`.
///
/// As JSON it leaves out what the run directory holds already: paths, past epochs, and the similarities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[serde(bound(serialize = "", deserialize = "M: Default"))]
pub enum TrainingEvent<M = ()> {
    /// The first batch follows.
    Started(Started),
    /// One batch is done.
    Batch(BatchReport),
    /// An epoch is complete and validated.
    Epoch(Box<EpochReport<M>>),
    /// The training waits.
    Paused,
    /// The training continues.
    Resumed,
    /// The state after `epoch` is on disk.
    Saved {
        /// The file.
        #[serde(skip)]
        path: PathBuf,
        /// The last complete epoch in it.
        epoch: Epoch,
    },
    /// All epochs are done, or it was stopped.
    Finished {
        /// The last complete epoch.
        epoch: Epoch,
        /// Whether it was stopped before the last planned epoch.
        stopped: bool,
    },
    /// It ended by an error or a panic: what happened, and what can be done. Earlier checkpoints stay.
    Failed(String),
}

impl<M> TrainingEvent<M> {
    /// Whether nothing follows this event.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Finished { .. } | Self::Failed(_))
    }

    /// The same event with another form of the model.
    pub fn map_model<N>(self, map: impl FnOnce(M) -> N) -> TrainingEvent<N> {
        match self {
            Self::Started(started) => TrainingEvent::Started(started),
            Self::Batch(report) => TrainingEvent::Batch(report),
            Self::Epoch(report) => {
                let EpochReport {
                    metrics,
                    best,
                    scores,
                    model,
                } = *report;
                let model = map(model);
                TrainingEvent::Epoch(Box::new(EpochReport {
                    metrics,
                    best,
                    scores,
                    model,
                }))
            }
            Self::Paused => TrainingEvent::Paused,
            Self::Resumed => TrainingEvent::Resumed,
            Self::Saved { path, epoch } => TrainingEvent::Saved { path, epoch },
            Self::Finished { epoch, stopped } => TrainingEvent::Finished { epoch, stopped },
            Self::Failed(message) => TrainingEvent::Failed(message),
        }
    }
}

/// How a training begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// The run directory, if there is one.
    #[serde(skip)]
    pub run: Option<PathBuf>,
    /// Number of trained parameters of one member with its head.
    pub parameters: usize,
    /// Planned epochs.
    pub epochs: u32,
    /// For each ensemble member, the number of epochs before its first one: 0 for the first member.
    pub members: Vec<u32>,
    /// Batches per epoch.
    pub batches: usize,
    /// Index in `history` of the best epoch so far.
    #[serde(skip)]
    pub best: Option<usize>,
    /// Epochs already done, for a resumed run.
    #[serde(skip)]
    pub history: Vec<EpochMetrics>,
    /// The people for training, validation and testing.
    pub split: Split,
    /// What is validated on, such as "5 people never trained on".
    pub validation: String,
}

impl Started {
    /// Which member learns in an epoch, counted from 1.
    pub fn member(&self, epoch: Epoch) -> usize {
        let begun = self.members.iter().filter(|&&before| before < epoch.0);
        begun.count().max(1)
    }
}

/// The figures after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BatchReport {
    /// The current epoch.
    pub epoch: Epoch,
    /// The batch, counted from 1.
    pub batch: usize,
    /// Batches in this epoch.
    pub batches: usize,
    /// Its loss.
    pub loss: f32,
    /// Its accuracy at similarity ½.
    pub accuracy: f32,
    /// Comparisons per second, smoothed over the last batches.
    pub pairs_per_second: f32,
    /// Estimated time to the last epoch.
    pub remaining: Duration,
    /// The learning rate.
    pub learning_rate: f32,
}

/// The figures after an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "", deserialize = "M: Default"))]
pub struct EpochReport<M = ()> {
    /// Its row of `metrics.csv`.
    pub metrics: EpochMetrics,
    /// Whether it is the best so far by validation EER.
    pub best: bool,
    /// Similarities of the validation comparisons, for thresholds.
    #[serde(skip)]
    pub scores: Arc<Scores>,
    /// The network after this epoch.
    #[serde(skip)]
    pub model: M,
}

impl EpochReport<Siamese> {
    /// Whether the network may be used: between two validations the weights have moved on and the whitening has not, so that its
    /// distances mean nothing.
    pub fn is_current(&self) -> bool {
        self.metrics.validation.is_some() || self.model.last_member().whitening().is_none()
    }
}
