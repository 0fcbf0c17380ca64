//! What a training says and what it is told: one type for each direction.

use crate::data::split::Split;
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::units::Epoch;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What the owner of a [`Trainer`](super::Trainer) can ask for. Each takes effect after the batch at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// One batch, then wait.
    Step,
    /// Save now, then go on or wait as before.
    Save,
    /// Save and end.
    Stop,
}

/// What an observer answers to each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Go on.
    Continue,
    /// Save, then ask again (with [`Event::Saved`]).
    Save,
    /// Save and end.
    Stop,
}

/// What happens in a training, in order: `Started`, then batches and epochs, then `Finished` or `Failed`.
#[derive(Debug, Clone)]
pub enum Event {
    /// The first batch follows.
    Started(Started),
    /// A batch was learned from.
    Batch(BatchReport),
    /// An epoch is complete and validated.
    Epoch(Box<EpochReport>),
    /// Waiting.
    Paused,
    /// Going on.
    Resumed,
    /// The state after `epoch` is on disk.
    Saved {
        /// The file.
        path: PathBuf,
        /// The epoch it holds.
        epoch: Epoch,
    },
    /// All epochs are done, or it was stopped.
    Finished {
        /// The last epoch completed.
        epoch: Epoch,
        /// Whether it was told to stop before the last one.
        stopped: bool,
    },
    /// It ended by an error or a panic; what was saved before is still there.
    Failed {
        /// What happened, and what can be done.
        message: String,
    },
}

/// What a training begins with.
#[derive(Debug, Clone)]
pub struct Started {
    /// Where it writes, if it does.
    pub run: Option<PathBuf>,
    /// Trained numbers.
    pub parameters: usize,
    /// How many epochs there shall be.
    pub epochs: u32,
    /// Before each tower, the epochs of those that learn before it: 0 for the first.
    pub towers: Vec<u32>,
    /// Batches an epoch.
    pub batches: usize,
    /// The best of the epochs done before, as a place in `history`.
    pub best: Option<usize>,
    /// The epochs done before, of a resumed run.
    pub history: Vec<EpochMetrics>,
    /// Who trains, who validates, who is kept for testing.
    pub split: Split,
    /// What the validation figures are about, such as "5 people never trained on".
    pub validation: String,
}

impl Started {
    /// Which tower learns in an epoch, counted from 1.
    pub fn tower(&self, epoch: Epoch) -> usize {
        let begun = self.towers.iter().filter(|&&before| before < epoch.0);
        begun.count().max(1)
    }
}

/// After a batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BatchReport {
    /// The epoch under way.
    pub epoch: Epoch,
    /// The batch, counted from 1.
    pub batch: usize,
    /// Batches in this epoch.
    pub batches: usize,
    /// Its loss.
    pub loss: f32,
    /// Its accuracy at similarity ½.
    pub accuracy: f32,
    /// Comparisons learned from in a second, over the last batches.
    pub pairs_per_second: f32,
    /// Until the last epoch, at the present speed.
    pub remaining: Duration,
    /// The learning rate.
    pub learning_rate: f32,
}

/// One row of `metrics.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The epoch.
    pub epoch: Epoch,
    /// Mean loss of its batches.
    pub train_loss: f32,
    /// Mean accuracy of its batches.
    pub train_accuracy: f32,
    /// Cross-entropy on validation pairs, half of them mated.
    pub val_loss: f32,
    /// Accuracy at similarity ½ on them.
    pub val_accuracy: f32,
    /// Equal error rate over all validation comparisons.
    pub val_eer: f64,
    /// Area under the ROC over them.
    pub val_auc: f64,
    /// The learning rate at its end.
    pub learning_rate: f32,
    /// Seconds it took, validation included. The only column that differs between two runs with one seed.
    pub seconds: f64,
}

impl EpochMetrics {
    /// Whether anybody was held out to validate on. Without, there is no loss, and the other figures are those of no
    /// comparison: never to be shown as a result.
    pub fn is_validated(&self) -> bool {
        (self.val_loss, self.val_eer, self.val_auc) != (0.0, 0.5, 0.5)
    }

    /// A validation figure; NaN, which no chart draws, where it is none.
    pub fn validated(&self, figure: impl Into<f64>) -> f64 {
        match self.is_validated() {
            true => figure.into(),
            false => f64::NAN,
        }
    }
}

/// After an epoch.
#[derive(Debug, Clone)]
pub struct EpochReport {
    /// Its figures.
    pub metrics: EpochMetrics,
    /// Whether it is the best so far by validation EER.
    pub best: bool,
    /// Similarities of all validation comparisons.
    pub scores: Arc<Scores>,
    /// The network as it is now.
    pub model: Siamese,
}
