//! A network on disk: one safetensors file that describes itself.
//!
//! The arrays are those of the members and of the head, the similarities of the validation comparisons (from which a threshold
//! for any false match rate follows), and, in a checkpoint of a training, Adam's moments. A RON text in the metadata of the file
//! describes them: [`CheckpointMetadata`], the networks, the preparation of photos, and the progress of the training. It is one
//! file because two files cannot be replaced at the same instant.
//!
//! Everything that is read is checked first: the size of the file, the version, the checksum, the limits of the network, the
//! shape of each array, and that no number is NaN or infinite.

mod bytes;
mod damage;
mod seal;

pub use bytes::decode;
pub use damage::Damage;

use super::channels::InputSpec;
use super::learner::Learner;
use super::photographs::CalibrationPhotos;
use super::siamese::Siamese;
use crate::files::{self, FileError};
use crate::metrics::Scores;
use crate::nn::adam::Adam;
use crate::units::{Epoch, Seed};
use crate::vision::{BackboneHash, Crop, Preparation};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Newest version of the format. Version 2 added test-time augmentation and whitening, version 3 several members, version 4
/// the backbone, distances in place of the similarities of validation comparisons, aligned faces, and the input of a member.
/// Versions 3 and 4 are read.
pub const VERSION: u32 = 4;
/// The version of models that 0.1.0 reads too.
const VERSION_0_1: u32 = 3;
/// Largest file that is read: the weights of the largest network allowed, with both moments.
const MAX_BYTES: u64 = 1 << 30;
/// Largest header that is read without its arrays: their names and shapes, and the names of the people.
const MAX_HEADER_BYTES: u64 = 1 << 22;

/// Where a network comes from. People are stored by name, because a split by index is wrong once a folder changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointMetadata {
    /// Version of the file format.
    pub version: u32,
    /// The preset of the recipe.
    pub preset: String,
    /// Epochs trained.
    pub epoch: Epoch,
    /// The seed of the run.
    pub seed: Seed,
    /// Name of the data set.
    pub data: String,
    /// Fingerprint of the data set.
    pub fingerprint: String,
    /// People trained on.
    pub train: Vec<String>,
    /// People validated on.
    pub validation: Vec<String>,
    /// People kept for the test.
    pub test: Vec<String>,
    /// Equal error rate on the validation comparisons.
    pub val_eer: f64,
    /// Area under the ROC on them.
    pub val_auc: f64,
    /// What the photographs look like that its threshold was set on; unknown of older models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photographs: Option<CalibrationPhotos>,
}

/// How far a training is within an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochProgress {
    /// Batches done of this epoch.
    pub batch: usize,
    /// Sum of their losses.
    pub loss: f64,
    /// Sum of their accuracies.
    pub accuracy: f64,
}

/// The contents of a checkpoint.
#[derive(Debug)]
pub struct Saved {
    /// The network.
    pub model: Siamese,
    /// Where the network comes from.
    pub metadata: CheckpointMetadata,
    /// Similarities of the validation comparisons.
    pub scores: Scores,
    /// Distances of the same comparisons, which a model on a backbone stores: similarities close to 1 differ by less than an
    /// `f32` tells apart.
    pub distances: Option<Scores>,
    /// The state for continuing the training; a finished model has none.
    pub training: Option<(Adam, EpochProgress)>,
}

/// The validation comparisons that are stored with a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValidationScores {
    /// Their similarities.
    pub similarities: Scores,
    /// Their distances, if known.
    pub distances: Option<Scores>,
}

impl Saved {
    /// The validation comparisons, as [`save`] takes them.
    pub fn validation_scores(&self) -> ValidationScores {
        ValidationScores {
            similarities: self.scores.clone(),
            distances: self.distances.clone(),
        }
    }
}

/// The version of the file format that models for faces of this preparation are written in, whose members have these inputs:
/// the oldest that can hold them.
pub fn version_of(preparation: &Preparation, inputs: &[&InputSpec]) -> u32 {
    let grey = inputs.iter().all(|input| **input == InputSpec::default());
    match preparation.crop != Crop::Aligned && preparation.backbone.is_none() && grey {
        true => VERSION_0_1,
        false => VERSION,
    }
}

/// Why a model file cannot be used.
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
        why: Box<Damage>,
    },
    /// It comes from another version of the program.
    #[error("{} has format {found}, and this program reads formats {VERSION_0_1} and {VERSION}: use the twinsight that wrote it, or train again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// It stands on a backbone that was not loaded.
    #[error("{} was trained on the backbone {name} ({hash:?}), which is not loaded: name its file with --backbone FILE.onnx", path.display())]
    Backbone {
        /// The file.
        path: PathBuf,
        /// The backbone's name.
        name: String,
        /// What tells it from others.
        hash: BackboneHash,
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
/// [`CheckpointError::File`]; the previous file stays.
pub fn save(
    path: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &ValidationScores,
    training: Option<(&Adam, EpochProgress)>,
) -> Result<(), CheckpointError> {
    let bytes = bytes::encode(path, model, metadata, scores, training)?;
    Ok(files::write_private(path, &bytes)?)
}

/// The same, and the previous file is kept at `before`.
///
/// # Errors
/// [`CheckpointError::File`]; the previous file stays, under one of the two names.
pub fn save_keeping(
    path: &Path,
    before: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &ValidationScores,
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

/// Reads the metadata of a model alone, for lists: neither its arrays nor its checksum are looked at.
///
/// # Errors
/// [`CheckpointError`] if there is no header of a model.
pub fn load_metadata(path: &Path) -> Result<CheckpointMetadata, CheckpointError> {
    let length = bytes::header_length(&files::read_first(path, bytes::PREFIX)?);
    let header = files::read_first(path, length.min(MAX_HEADER_BYTES))?;
    bytes::decode_metadata(&header).map_err(|why| CheckpointError::Damaged {
        path: path.to_owned(),
        why: Box::new(why),
    })
}

impl Learner {
    /// Replaces the weights by those of the last saved member, and the state of the optimiser; returns how far the training was.
    ///
    /// # Errors
    /// [`CheckpointError::Finished`] if the file holds no training, [`CheckpointError::Damaged`] if it holds that of another
    /// network.
    pub fn restore(&mut self, saved: Saved, path: &Path) -> Result<EpochProgress, CheckpointError> {
        let Some((adam, progress)) = saved.training else {
            return Err(CheckpointError::Finished {
                path: path.to_owned(),
            });
        };
        if saved.model.last_member().network().spec() != self.network().spec() {
            return Err(CheckpointError::Damaged {
                path: path.to_owned(),
                why: Box::new(Damage::OtherNetwork),
            });
        }
        let network = saved.model.last_member().network().clone();
        self.replace(network, saved.model.head(), adam);
        Ok(progress)
    }
}
