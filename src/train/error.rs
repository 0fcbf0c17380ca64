//! What can go wrong in a training.

use super::recipe::RecipeError;
use super::run_dir::RunError;
use crate::data::split::SplitError;
use crate::nn::spec::SpecError;
use crate::units::Epoch;

/// Why a training could not begin or had to end.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The recipe is wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The network is wrong.
    #[error("the network of the recipe: {0}")]
    Network(#[from] SpecError),
    /// The data cannot be divided.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// There is nothing to learn from.
    #[error(
        "nobody in {data} has two pictures, so there is no pair of one person to learn from: add pictures"
    )]
    NoPairs {
        /// The data set.
        data: String,
    },
    /// The run directory failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The loss is no number.
    #[error(
        "the loss of epoch {epoch}, batch {batch} is {loss}: the steps were too large. Training stopped; {kept}. \
         Start again with a lower learning rate than {rate}, such as --learning-rate {advice}"
    )]
    Diverged {
        /// The epoch under way.
        epoch: Epoch,
        /// The batch, from 1.
        batch: usize,
        /// NaN or an infinity.
        loss: f32,
        /// The rate it happened at.
        rate: f32,
        /// What there still is.
        kept: String,
        /// A rate that may do.
        advice: String,
    },
    /// Memory ran out in a tensor.
    #[error("memory ran out in a batch ({0}): use a smaller batch or network")]
    Memory(#[from] crate::nn::tape::TapeError),
    /// No threads.
    #[error(
        "the system gives no threads to train on ({0}): close other programs or use fewer with --threads"
    )]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The resumed run's data are not those it was trained on.
    #[error(
        "{data} is not what this run was trained on (its pictures or names have changed): bring them back, or start a new run"
    )]
    OtherData {
        /// The data set.
        data: String,
    },
    /// The resumed run was trained on faces of another name.
    #[error(
        "this run was trained on {theirs}, not on {data}: name those faces with --data, or start a new run"
    )]
    OtherFaces {
        /// What the run was trained on, as it was called.
        theirs: String,
        /// The data set.
        data: String,
    },
}

impl TrainError {
    /// In `batch` of `epoch`, at `rate`.
    pub(super) fn diverged(epoch: Epoch, batch: usize, loss: f32, rate: f32) -> Self {
        let kept = match epoch.0.saturating_sub(1) {
            0 => "no epoch was complete yet".to_owned(),
            last => format!("what was learned up to epoch {last} is kept"),
        };
        Self::Diverged {
            epoch,
            batch,
            loss,
            rate,
            kept,
            // A fifth: rates are usually tried in such steps.
            advice: format!("{:.0e}", rate / 5.0),
        }
    }
}
