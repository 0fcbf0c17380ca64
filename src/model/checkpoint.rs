//! A network on disk: one safetensors file that explains itself.
//!
//! The arrays are the tower's and the head's by name, the similarities of the validation comparisons (so that a
//! threshold for any false match rate can be read later), and, in a checkpoint of a training, Adam's moments. A RON
//! text in the file's metadata says what they are: [`Facts`], the network, the preparation of photos, and how far the
//! training had come. One file rather than two, because two cannot be replaced at the same instant.
//!
//! Everything read is checked before it is used: the size of the file, the version, the checksum, the network's limits, the shape
//! of each array, and that no number is NaN or infinite.

mod seal;

use super::learner::Learner;
use super::siamese::{FACE, Head, Readout, Siamese};
use super::views::Views;
use super::whitening::Whitening;
use crate::files::{self, FileError};
use crate::metrics::{Logistic, Scores};
use crate::nn::adam::Adam;
use crate::nn::network::Network;
use crate::nn::spec::{NetworkSpec, SpecError};
use crate::units::{Epoch, Seed};
use crate::vision::Preparation;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Version of the format; other versions are refused. Version 2 says how faces are looked at and how embeddings are read.
pub const VERSION: u32 = 2;
/// Largest file read: weights of the largest network allowed with both moments.
const MAX_BYTES: u64 = 1 << 30;
/// Key of the RON text in the file's metadata.
const HEADER: &str = "twinsight";

/// Where a network comes from. People are named because a split by index would break when a folder changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
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
pub struct Progress {
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
    pub facts: Facts,
    /// Similarities of the validation comparisons.
    pub scores: Scores,
    /// What is needed to go on training; a finished model has none.
    pub training: Option<(Adam, Progress)>,
}

// Unknown fields are errors, lest a flipped bit in the name of the checksum make it one that is passed over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// First, so that no name can stand in its place.
    #[serde(default)]
    sha256: Option<String>,
    facts: Facts,
    network: NetworkSpec,
    preparation: Preparation,
    views: Views,
    calibration: Option<Logistic>,
    whitened: bool,
    training: Option<(u64, Progress)>,
}

/// As much of a header as every version has.
#[derive(Deserialize)]
struct Versioned {
    facts: VersionedFacts,
}

#[derive(Deserialize)]
struct VersionedFacts {
    version: u32,
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
    facts: &Facts,
    scores: &Scores,
    training: Option<(&Adam, Progress)>,
) -> Result<(), CheckpointError> {
    let bytes = to_bytes(path, model, facts, scores, training)?;
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
    facts: &Facts,
    scores: &Scores,
    training: Option<(&Adam, Progress)>,
) -> Result<(), CheckpointError> {
    let bytes = to_bytes(path, model, facts, scores, training)?;
    Ok(files::write_private_keeping(path, before, &bytes)?)
}

fn to_bytes(
    path: &Path,
    model: &Siamese,
    facts: &Facts,
    scores: &Scores,
    training: Option<(&Adam, Progress)>,
) -> Result<Vec<u8>, CheckpointError> {
    let network = model.network();
    let mut arrays = Arrays::default();
    for parameter in network.parameters() {
        arrays.push(&parameter.name, &parameter.shape, &parameter.value.as_vec());
    }
    for buffer in network.buffers() {
        arrays.push(&buffer.name, &[buffer.value.len()], &buffer.value);
    }
    arrays.push("head", &[2], &[model.head().weight, model.head().bias]);
    arrays.push("validation.mated", &[scores.mated.len()], &scores.mated);
    arrays.push(
        "validation.non_mated",
        &[scores.non_mated.len()],
        &scores.non_mated,
    );
    if let Some(whitening) = &model.readout().whitening {
        let (mean, axes) = whitening.parts();
        arrays.push("whitening.mean", &[mean.len()], mean);
        arrays.push("whitening.axes", &[mean.len(), mean.len()], axes);
    }
    for (index, moments) in training
        .iter()
        .flat_map(|(adam, _)| adam.first.iter().zip(&adam.second))
        .enumerate()
    {
        arrays.push(&format!("adam{index}.first"), &[moments.0.len()], moments.0);
        arrays.push(
            &format!("adam{index}.second"),
            &[moments.1.len()],
            moments.1,
        );
    }
    let header = Header {
        sha256: Some(seal::PLACEHOLDER.to_owned()),
        facts: facts.clone(),
        network: network.spec().clone(),
        preparation: *model.preparation(),
        views: model.views().clone(),
        calibration: model.readout().calibration,
        whitened: model.readout().whitening.is_some(),
        training: training.map(|(adam, progress)| (adam.steps, progress)),
    };
    let damaged = |why: String| CheckpointError::Damaged {
        path: path.to_owned(),
        why,
    };
    let header = ron::to_string(&header).map_err(|e| damaged(e.to_string()))?;
    let mut bytes = arrays.serialise(header).map_err(damaged)?;
    seal::close(&mut bytes);
    Ok(bytes)
}

/// Reads a model.
///
/// # Errors
/// [`CheckpointError`] says what is wrong with which file.
pub fn load(path: &Path) -> Result<Saved, CheckpointError> {
    decode(&files::read_limited(path, MAX_BYTES)?, path)
}

/// The model in `bytes`, which came from `path`.
///
/// # Errors
/// As [`load`].
pub fn decode(bytes: &[u8], path: &Path) -> Result<Saved, CheckpointError> {
    let damaged = |why: String| CheckpointError::Damaged {
        path: path.to_owned(),
        why,
    };
    let text = read_header(bytes).map_err(damaged)?;
    let unreadable = |e| damaged(format!("its description does not parse ({e})"));
    // The version first, by itself: the rest of another version's description need not parse.
    let Versioned { facts } = ron::from_str(&text).map_err(unreadable)?;
    if facts.version != VERSION {
        return Err(CheckpointError::Version {
            path: path.to_owned(),
            found: facts.version,
        });
    }
    let header: Header = ron::from_str(&text).map_err(unreadable)?;
    // Files of earlier programs with this format have none.
    if let Some(sum) = &header.sha256 {
        seal::check(bytes, sum).map_err(damaged)?;
    }
    assemble(bytes, header).map_err(damaged)
}

fn read_header(bytes: &[u8]) -> Result<String, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|e| format!("it is no safetensors file ({e})"))?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(HEADER));
    let text = text.ok_or("it was not written by this program")?;
    Ok(text.clone())
}

fn assemble(bytes: &[u8], header: Header) -> Result<Saved, String> {
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|e| format!("it is no safetensors file ({e})"))?;
    let mut network =
        Network::new(&header.network, FACE, Seed(0)).map_err(|e: SpecError| e.to_string())?;
    network.replace(|name, shape| read(&tensors, name, Some(shape)))?;
    let head = read(&tensors, "head", Some(&[2]))?;
    let head = Head {
        weight: head[0],
        bias: head[1],
    };
    let scores = Scores {
        mated: read(&tensors, "validation.mated", None)?,
        non_mated: read(&tensors, "validation.non_mated", None)?,
    };
    let training = match header.training {
        None => None,
        Some((steps, progress)) => {
            let sizes: Vec<usize> = network
                .parameters()
                .iter()
                .map(|p| p.len())
                .chain([1, 1])
                .collect();
            let moments = |which: &str| -> Result<Vec<Vec<f32>>, String> {
                let array = |(i, &len): (usize, &usize)| {
                    read(&tensors, &format!("adam{i}.{which}"), Some(&[len]))
                };
                sizes.iter().enumerate().map(array).collect()
            };
            Some((
                Adam {
                    steps,
                    first: moments("first")?,
                    second: moments("second")?,
                },
                progress,
            ))
        }
    };
    let readout = readout(&tensors, &header, network.embedding())?;
    header
        .views
        .validate()
        .map_err(|(field, value, ..)| format!("{field} is {value}"))?;
    let model = Siamese::new(network, head, header.preparation)
        .with_views(header.views)
        .with_readout(readout);
    Ok(Saved {
        model,
        facts: header.facts,
        scores,
        training,
    })
}

fn readout(tensors: &SafeTensors<'_>, header: &Header, size: usize) -> Result<Readout, String> {
    let sane = |l: &Logistic| l.weight.is_finite() && l.bias.is_finite();
    if !header.calibration.as_ref().is_none_or(sane) {
        return Err("its calibration holds NaN or infinite numbers".to_owned());
    }
    let mut whitening = None;
    if header.whitened {
        let mean = read(tensors, "whitening.mean", Some(&[size]))?;
        let axes = read(tensors, "whitening.axes", Some(&[size, size]))?;
        whitening = Whitening::from_parts(mean, axes);
    }
    Ok(Readout {
        whitening,
        calibration: header.calibration,
    })
}

/// An array by name, checked for type, shape and finite numbers.
fn read(
    tensors: &SafeTensors<'_>,
    name: &str,
    shape: Option<&[usize]>,
) -> Result<Vec<f32>, String> {
    let view = tensors
        .tensor(name)
        .map_err(|_| format!("the array \"{name}\" is missing"))?;
    let expected = shape.unwrap_or(view.shape());
    if view.dtype() != Dtype::F32 || view.shape() != expected {
        let (found, kind) = (view.shape(), view.dtype());
        return Err(format!(
            "the array \"{name}\" is {kind:?} {found:?} where F32 {expected:?} belongs"
        ));
    }
    let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let values: Vec<f32> = view.data().chunks_exact(4).map(number).collect();
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(values),
        false => Err(format!(
            "the array \"{name}\" holds NaN or infinite numbers"
        )),
    }
}

/// Arrays on their way into a file.
#[derive(Default)]
struct Arrays {
    arrays: Vec<(String, Vec<usize>, Vec<u8>)>,
}

impl Arrays {
    fn push(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.arrays.push((name.to_owned(), shape.to_vec(), bytes));
    }

    fn serialise(&self, header: String) -> Result<Vec<u8>, String> {
        let mut views = Vec::with_capacity(self.arrays.len());
        for (name, shape, bytes) in &self.arrays {
            views.push((
                name.as_str(),
                TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| e.to_string())?,
            ));
        }
        let metadata = HashMap::from([(HEADER.to_owned(), header)]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| e.to_string())
    }
}

impl Learner {
    /// Puts saved weights and the optimiser's state in place of the present ones; answers how far the training was.
    ///
    /// # Errors
    /// [`CheckpointError::Finished`] if the file holds no training, [`CheckpointError::Damaged`] if it holds another
    /// network's.
    pub fn restore(&mut self, saved: Saved, path: &Path) -> Result<Progress, CheckpointError> {
        let Some((adam, progress)) = saved.training else {
            return Err(CheckpointError::Finished {
                path: path.to_owned(),
            });
        };
        if saved.model.network().spec() != self.network().spec() {
            let why = "its network is not the one of this run's recipe".to_owned();
            return Err(CheckpointError::Damaged {
                path: path.to_owned(),
                why,
            });
        }
        self.replace(saved.model, adam);
        Ok(progress)
    }
}
