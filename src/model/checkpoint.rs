//! A network on disk: one safetensors file that explains itself.
//!
//! The arrays are the towers' and the head's by name, the similarities of the validation comparisons (so that a
//! threshold for any false match rate can be read later), and, in a checkpoint of a training, Adam's moments. A RON
//! text in the file's metadata says what they are: [`CheckpointMetadata`], the network, the preparation of photos, and how far the
//! training had come. One file rather than two, because two cannot be replaced at the same instant.
//!
//! Everything read is checked before it is used: the size of the file, the version, the checksum, the network's limits, the shape
//! of each array, and that no number is NaN or infinite.

mod bytes;
mod seal;

pub use bytes::decode;

use super::learner::Learner;
use super::siamese::Siamese;
use crate::files::{self, FileError};
use crate::metrics::Scores;
use crate::nn::adam::Adam;
use crate::units::{Epoch, Seed};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Version of the format; other versions are refused. Version 2 says how faces are looked at and how embeddings are read,
/// version 3 holds several towers.
pub const VERSION: u32 = 3;
/// Largest file read: weights of the largest network allowed with both moments.
const MAX_BYTES: u64 = 1 << 30;

/// Where a network comes from. People are named because a split by index would break when a folder changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointMetadata {
    /// Of the file's format.
    pub version: u32,
    /// The recipe's preset.
    pub preset: String,
    /// Epochs behind these weights.
    pub epoch: Epoch,
    /// The run's seed.
    pub seed: Seed,
    /// Name of the data set.
    pub data: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Who was trained on.
    pub train: Vec<String>,
    /// Who validated.
    pub validation: Vec<String>,
    /// Who touched nothing.
    pub test: Vec<String>,
    /// Equal error rate on the validation comparisons.
    pub val_eer: f64,
    /// Area under the ROC on them.
    pub val_auc: f64,
}

/// How far a training had come, beyond its complete epochs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochProgress {
    /// Batches done of the epoch under way.
    pub batch: usize,
    /// Sum of their losses.
    pub loss: f64,
    /// Sum of their accuracies.
    pub accuracy: f64,
}

/// What a file holds.
#[derive(Debug)]
pub struct Saved {
    /// The network.
    pub model: Siamese,
    /// Where it comes from.
    pub metadata: CheckpointMetadata,
    /// Similarities of the validation comparisons.
    pub scores: Scores,
    /// What is needed to go on training; a finished model has none.
    pub training: Option<(Adam, EpochProgress)>,
}

/// Why a model file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not a model of this program, or damaged.
    #[error("{} is not a usable model: {why}. Use another epoch's file of the same run, or train again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It comes from another version of the program.
    #[error("{} has format {found}, and this program reads format {VERSION}: use the twinsight that wrote it, or train again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It has no state of training.
    #[error("{} is a finished model without the optimiser's state: training cannot go on from it", path.display())]
    Finished {
        /// The file.
        path: PathBuf,
    },
}

/// Writes a model, replacing the file at once or not at all.
///
/// # Errors
/// [`CheckpointError::File`]; the file that was there stays.
pub fn save(
    path: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &Scores,
    training: Option<(&Adam, EpochProgress)>,
) -> Result<(), CheckpointError> {
    let bytes = bytes::encode(path, model, metadata, scores, training)?;
    Ok(files::write_private(path, &bytes)?)
}

/// The same, and what was there is kept at `before`.
///
/// # Errors
/// [`CheckpointError::File`]; the file that was there stays, under one of the two names.
pub fn save_keeping(
    path: &Path,
    before: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &Scores,
    training: Option<(&Adam, EpochProgress)>,
) -> Result<(), CheckpointError> {
    let bytes = bytes::encode(path, model, metadata, scores, training)?;
    Ok(files::write_private_keeping(path, before, &bytes)?)
}

/// Reads a model.
///
/// # Errors
/// [`CheckpointError`] says what is wrong with which file.
pub fn load(path: &Path) -> Result<Saved, CheckpointError> {
    decode(&files::read_limited(path, MAX_BYTES)?, path)
}

impl Learner {
    /// Puts the weights of the last saved tower and the optimiser's state in place of the present ones; answers how far the
    /// training was.
    ///
    /// # Errors
    /// [`CheckpointError::Finished`] if the file holds no training, [`CheckpointError::Damaged`] if it holds another
    /// network's.
    pub fn restore(&mut self, saved: Saved, path: &Path) -> Result<EpochProgress, CheckpointError> {
        let Some((adam, progress)) = saved.training else {
            return Err(CheckpointError::Finished {
                path: path.to_owned(),
            });
        };
        if saved.model.last_member().network().spec() != self.network().spec() {
            let why = "its network is not the one of this run's recipe".to_owned();
            return Err(CheckpointError::Damaged {
                path: path.to_owned(),
                why,
            });
        }
        let network = saved.model.last_member().network().clone();
        self.replace(network, saved.model.head(), adam);
        Ok(progress)
    }
}
