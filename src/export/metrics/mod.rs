//! The figures of trainings, epoch by epoch: as a table, for TensorBoard, as charts.
//!
//! | figure | unit |
//! |---|---|
//! | `train_loss` | the loss that is minimised, mean over the batches of the epoch |
//! | `train_accuracy` | share of the training comparisons that are right at similarity ½, from 0 to 1 |
//! | `val_loss` | cross-entropy on validation pairs, half of them mated |
//! | `val_accuracy` | share of these pairs that are right at similarity ½, from 0 to 1 |
//! | `val_eer`, `val_auc` | over all validation comparisons, from 0 to 1 |
//! | `learning_rate` | of the last batch of the epoch |
//! | `seconds` | that the epoch took, with its validation |

mod chart;
mod table;
mod tensorboard;

pub use chart::draw;
pub use table::csv;
pub use tensorboard::{events, file_name};

use std::time::SystemTime;

use crate::model::loss::LossSpec;
use crate::train::EpochMetrics;
use crate::train::run_dir::RunError;
use crate::train::{Recipe, RunDir};
use crate::units::Epoch;

/// The figures of one training.
#[derive(Debug, Clone)]
pub struct RunMetrics {
    /// The name of its folder, safe to print.
    pub name: String,
    /// When it began.
    pub started: SystemTime,
    /// One row for each epoch.
    pub rows: Vec<EpochMetrics>,
    /// The epoch whose network is kept.
    pub best: Option<Epoch>,
    /// Epochs before the first one of each member but the first.
    pub members_begin: Vec<u32>,
    /// Whether training and validation have the same loss, so that both can be drawn on one axis.
    pub same_loss: bool,
}

impl RunMetrics {
    /// The figures of a run so far.
    ///
    /// # Errors
    /// [`RunError`] if its recipe or its rows cannot be read.
    pub fn read(run: &RunDir) -> Result<Self, RunError> {
        let (recipe, rows) = (run.recipe()?, run.rows()?);
        Ok(Self {
            name: run.name(),
            started: run.started(),
            best: recipe.best_of(&rows).map(|index| rows[index].epoch),
            members_begin: members_begin(&recipe),
            same_loss: recipe.loss == LossSpec::PairCrossEntropy,
            rows,
        })
    }
}

fn members_begin(recipe: &Recipe) -> Vec<u32> {
    recipe.member_starts().split_off(1)
}
