//! What can go wrong in a training.

use super::recipe::RecipeError;
use super::run_dir::RunError;
use crate::backbone::UnknownBackbone;
use crate::data::LostFace;
use crate::data::split::SplitError;
use crate::nn::spec::SpecError;
use crate::units::Epoch;

/// Why a training could not begin, or ended.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The recipe is wrong.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The network is wrong.
    #[error("the network of the recipe: {0}")]
    Network(#[from] SpecError),
    /// The recipe's backbone was not loaded.
    #[error(transparent)]
    Backbone(#[from] UnknownBackbone),
    /// The data cannot be divided.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The faces have no features of the recipe's backbone, or features of another one.
    #[error(
        "the faces of {data} were not prepared for this recipe's backbone: open the data set with the recipe's preparation"
    )]
    OtherPreparation {
        /// The data set.
        data: String,
    },
    /// There is nothing to learn from.
    #[error(
        "nobody in {data} has two pictures, so there is no pair of one person to learn from: add pictures"
    )]
    NoPairs {
        /// The data set.
        data: String,
    },
    /// A face that is not in memory could not be read back.
    #[error(transparent)]
    Lost(#[from] LostFace),
    /// The run directory failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The loss is not finite.
    #[error(
        "the loss of epoch {epoch}, batch {batch} is {loss}: the steps were too large. Training stopped; {kept}. \
         Start again with a lower learning rate than {rate}, such as --learning-rate {advice}"
    )]
    Diverged {
        /// The current epoch.
        epoch: Epoch,
        /// The batch, from 1.
        batch: usize,
        /// NaN or an infinity.
        loss: f32,
        /// The learning rate.
        rate: f32,
        /// What was saved.
        kept: String,
        /// A lower rate to try.
        advice: String,
    },
    /// Memory ran out.
    #[error("memory ran out in a batch ({0}): use a smaller batch or network")]
    Memory(#[from] crate::nn::tape::TapeError),
    /// The system gives no threads.
    #[error(
        "the system gives no threads to train on ({0}): close other programs or use fewer with --threads"
    )]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The data of the resumed run have changed.
    #[error(
        "{data} is not what this run was trained on (its pictures or names have changed): bring them back, or start a new run"
    )]
    OtherData {
        /// The data set.
        data: String,
    },
    /// The resumed run was trained on another data set.
    #[error(
        "this run was trained on {theirs}, not on {data}: name those faces with --data, or start a new run"
    )]
    OtherFaces {
        /// The name of the data set that it was trained on.
        theirs: String,
        /// The data set.
        data: String,
    },
}

impl TrainError {
    /// The error for a loss or weights that are not finite, in `batch` of `epoch` at `rate`.
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
            // A fifth: learning rates are usually tried in such steps.
            advice: format!("{:.0e}", rate / 5.0),
        }
    }
}
