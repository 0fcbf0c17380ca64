//! A model as the bytes of a safetensors file, and back.

use super::{CheckpointError, CheckpointMetadata, EpochProgress, Saved, VERSION, seal};
use crate::metrics::{Logistic, Scores};
use crate::model::augmentation::TestTimeAugmentation;
use crate::model::siamese::{FACE, Head, Siamese};
use crate::model::tower::Tower;
use crate::model::whitening::Whitening;
use crate::nn::adam::Adam;
use crate::nn::network::Network;
use crate::nn::spec::{NetworkSpec, SpecError};
use crate::units::Seed;
use crate::vision::Preparation;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Key of the RON text in the file's metadata.
const HEADER: &str = "twinsight";

// Unknown fields are errors, lest a flipped bit in the name of the checksum make it one that is passed over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// First, so that no name can stand in its place.
    #[serde(default)]
    sha256: Option<String>,
    // The key of format 3.
    #[serde(rename = "facts")]
    metadata: CheckpointMetadata,
    towers: Vec<SavedTower>,
    preparation: Preparation,
    views: TestTimeAugmentation,
    calibration: Option<Logistic>,
    training: Option<(u64, EpochProgress)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedTower {
    network: NetworkSpec,
    /// Whether its embeddings are.
    whitened: bool,
}

/// As much of a header as every version has.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "facts")]
    metadata: VersionedMetadata,
}

#[derive(Deserialize)]
struct VersionedMetadata {
    version: u32,
}

/// What stands before the names of a tower's arrays. The first has nothing, so that a file with one tower reads plainly.
fn prefix(tower: usize) -> String {
    match tower {
        0 => String::new(),
        _ => format!("tower{}.", tower + 1),
    }
}

/// The file for a model; `path` is where it will be, for messages.
///
/// # Errors
/// [`CheckpointError::Damaged`] if the model cannot be written as a file, which would be a mistake of this program.
pub(super) fn encode(
    path: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &Scores,
    training: Option<(&Adam, EpochProgress)>,
) -> Result<Vec<u8>, CheckpointError> {
    let damaged = |why: String| CheckpointError::Damaged {
        path: path.to_owned(),
        why,
    };
    let mut arrays = Arrays::default();
    for (index, tower) in model.members().iter().enumerate() {
        arrays.push_tower(&prefix(index), tower);
    }
    arrays.push("head", &[2], &[model.head().weight, model.head().bias]);
    for (name, kind) in [("mated", &scores.mated), ("non_mated", &scores.non_mated)] {
        arrays.push(&format!("validation.{name}"), &[kind.len()], kind);
    }
    if let Some((adam, _)) = training {
        for (index, (first, second)) in adam.first.iter().zip(&adam.second).enumerate() {
            arrays.push(&format!("adam{index}.first"), &[first.len()], first);
            arrays.push(&format!("adam{index}.second"), &[second.len()], second);
        }
    }
    let saved = |tower: &Tower| SavedTower {
        network: tower.network().spec().clone(),
        whitened: tower.whitening().is_some(),
    };
    let header = Header {
        sha256: Some(seal::PLACEHOLDER.to_owned()),
        metadata: metadata.clone(),
        towers: model.members().iter().map(saved).collect(),
        preparation: *model.preparation(),
        views: model.augmentation().clone(),
        calibration: model.calibration(),
        training: training.map(|(adam, progress)| (adam.steps, progress)),
    };
    let header = ron::to_string(&header).map_err(|e| damaged(e.to_string()))?;
    let mut bytes = arrays.serialise(header).map_err(damaged)?;
    seal::close(&mut bytes);
    Ok(bytes)
}

/// The model in `bytes`, which came from `path`.
///
/// # Errors
/// As [`load`](super::load).
pub fn decode(bytes: &[u8], path: &Path) -> Result<Saved, CheckpointError> {
    let damaged = |why: String| CheckpointError::Damaged {
        path: path.to_owned(),
        why,
    };
    let text = read_header(bytes).map_err(damaged)?;
    let unreadable = |e| damaged(format!("its description does not parse ({e})"));
    // The version first, by itself: the rest of another version's description need not parse.
    let Versioned { metadata } = ron::from_str(&text).map_err(unreadable)?;
    if metadata.version != VERSION {
        return Err(CheckpointError::Version {
            path: path.to_owned(),
            found: metadata.version,
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
    let towers: Vec<Tower> = (0..)
        .zip(&header.towers)
        .map(|(index, saved)| tower(&tensors, saved, index))
        .collect::<Result<_, _>>()?;
    let last = towers.last().ok_or("it has no tower")?;
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
        Some((steps, progress)) => Some((adam(&tensors, last.network(), steps)?, progress)),
    };
    let sane = |l: &Logistic| l.weight.is_finite() && l.bias.is_finite();
    if !header.calibration.as_ref().is_none_or(sane) {
        return Err("its calibration holds NaN or infinite numbers".to_owned());
    }
    header
        .views
        .validate()
        .map_err(|(field, value, ..)| format!("{field} is {value}"))?;
    let model = Siamese::new(towers, head, header.preparation)
        .with_augmentation(header.views)
        .calibrated(header.calibration);
    Ok(Saved {
        model,
        metadata: header.metadata,
        scores,
        training,
    })
}

fn tower(tensors: &SafeTensors<'_>, saved: &SavedTower, index: usize) -> Result<Tower, String> {
    let prefix = prefix(index);
    // Before a network is built, which costs memory: a description may claim more towers than the file has.
    if index > 0 && !tensors.names().iter().any(|name| name.starts_with(&prefix)) {
        return Err(format!("the arrays of tower {} are missing", index + 1));
    }
    let mut network =
        Network::new(&saved.network, FACE, Seed(0)).map_err(|e: SpecError| e.to_string())?;
    network.replace(|name, shape| read(tensors, &format!("{prefix}{name}"), Some(shape)))?;
    let size = network.embedding();
    let mut whitening = None;
    if saved.whitened {
        let mean = read(tensors, &format!("{prefix}whitening.mean"), Some(&[size]))?;
        let axes = read(
            tensors,
            &format!("{prefix}whitening.axes"),
            Some(&[size, size]),
        )?;
        whitening = Whitening::from_parts(mean, axes);
    }
    Ok(Tower::new(network).whitened(whitening))
}

/// The optimiser's state for a network and its head.
fn adam(tensors: &SafeTensors<'_>, network: &Network, steps: u64) -> Result<Adam, String> {
    let tower = network.parameters().iter().map(|p| p.len());
    let sizes: Vec<usize> = tower.chain([1, 1]).collect();
    let moments = |which: &str| -> Result<Vec<Vec<f32>>, String> {
        let array =
            |(i, &len): (usize, &usize)| read(tensors, &format!("adam{i}.{which}"), Some(&[len]));
        sizes.iter().enumerate().map(array).collect()
    };
    Ok(Adam {
        steps,
        first: moments("first")?,
        second: moments("second")?,
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

    fn push_tower(&mut self, prefix: &str, tower: &Tower) {
        let network = tower.network();
        for p in network.parameters() {
            self.push(&format!("{prefix}{}", p.name), &p.shape, &p.value);
        }
        for buffer in network.buffers() {
            let name = format!("{prefix}{}", buffer.name);
            self.push(&name, &[buffer.value.len()], &buffer.value);
        }
        if let Some(whitening) = tower.whitening() {
            let (mean, axes) = whitening.parts();
            let size = mean.len();
            self.push(&format!("{prefix}whitening.mean"), &[size], mean);
            self.push(&format!("{prefix}whitening.axes"), &[size, size], axes);
        }
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
