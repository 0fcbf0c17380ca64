//! A model as the bytes of a safetensors file, and back.

use super::damage::Damage;
use super::{
    CheckpointError, CheckpointMetadata, EpochProgress, Saved, VERSION, VERSION_0_1,
    ValidationScores, seal,
};
use crate::files::clean;
use crate::metrics::{Logistic, Scores};
use crate::model::augmentation::TestTimeAugmentation;
use crate::model::channels::InputSpec;
use crate::model::input::FaceInput;
use crate::model::siamese::{Head, Siamese};
use crate::model::tower::Tower;
use crate::model::whitening::Whitening;
use crate::nn::adam::Adam;
use crate::nn::network::Network;
use crate::nn::spec::NetworkSpec;
use crate::units::{Distance, Seed};
use crate::vision::Preparation;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// Key of the RON text in the file's metadata.
const HEADER: &str = "twinsight";

// Unknown fields are errors: otherwise a flipped bit in the name of the checksum would disable the check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// First, so that no other text of the header is taken for it.
    #[serde(default)]
    sha256: Option<String>,
    // The keys of format 3.
    #[serde(rename = "facts")]
    metadata: CheckpointMetadata,
    #[serde(rename = "towers")]
    members: Vec<SavedMember>,
    preparation: Preparation,
    #[serde(rename = "views")]
    augmentation: TestTimeAugmentation,
    calibration: Option<Logistic>,
    training: Option<(u64, EpochProgress)>,
    /// Name of the backbone whose hash the preparation has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backbone: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedMember {
    network: NetworkSpec,
    /// Whether it has a whitening.
    whitened: bool,
    /// What it sees of a face, if that is more than the grey values.
    #[serde(default, skip_serializing_if = "is_grey")]
    input: InputSpec,
}

fn is_grey(input: &InputSpec) -> bool {
    *input == InputSpec::default()
}

/// The part of the header that every version has.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "facts")]
    metadata: VersionedMetadata,
}

#[derive(Deserialize)]
struct VersionedMetadata {
    version: u32,
}

/// The prefix of the names of a member's arrays; the first member has none.
fn prefix(member: usize) -> String {
    match member {
        0 => String::new(),
        _ => format!("tower{}.", member + 1),
    }
}

/// The file of a model; `path` is for error messages.
///
/// # Errors
/// [`CheckpointError::Damaged`] if the model cannot be written as a file, which would be a bug.
pub(super) fn encode(
    path: &Path,
    model: &Siamese,
    metadata: &CheckpointMetadata,
    scores: &ValidationScores,
    training: Option<(&Adam, EpochProgress)>,
) -> Result<Vec<u8>, CheckpointError> {
    let damaged = |why: Damage| CheckpointError::Damaged {
        path: path.to_owned(),
        why: Box::new(why),
    };
    let mut arrays = Arrays::default();
    for (index, member) in model.members().iter().enumerate() {
        arrays.push_member(&prefix(index), member);
    }
    arrays.push("head", &[2], &[model.head().weight, model.head().bias]);
    arrays.push_scores(model, scores);
    if let Some((adam, _)) = training {
        for (index, (first, second)) in adam.first.iter().zip(&adam.second).enumerate() {
            arrays.push(&format!("adam{index}.first"), &[first.len()], first);
            arrays.push(&format!("adam{index}.second"), &[second.len()], second);
        }
    }
    let saved = |member: &Tower| SavedMember {
        network: member.network().spec().clone(),
        whitened: member.whitening().is_some(),
        input: member.input().spec(),
    };
    let header = Header {
        sha256: Some(seal::PLACEHOLDER.to_owned()),
        metadata: metadata.clone(),
        members: model.members().iter().map(saved).collect(),
        preparation: *model.preparation(),
        augmentation: model.augmentation().clone(),
        calibration: model.calibration(),
        training: training.map(|(adam, progress)| (adam.steps, progress)),
        backbone: model.backbone().map(|backbone| backbone.name),
    };
    let header = ron::to_string(&header).map_err(|e| damaged(Damage::Unwritable(e)))?;
    let mut bytes = arrays
        .serialise(header)
        .map_err(|e| damaged(Damage::Format(e)))?;
    seal::close(&mut bytes);
    Ok(bytes)
}

/// The model in `bytes`, which came from `path`.
///
/// # Errors
/// As [`load`](super::load).
pub fn decode(bytes: &[u8], path: &Path) -> Result<Saved, CheckpointError> {
    let damaged = |why: Damage| CheckpointError::Damaged {
        path: path.to_owned(),
        why: Box::new(why),
    };
    let text = read_header(bytes).map_err(damaged)?;
    let unreadable = |e| damaged(Damage::Header(e));
    // The version first: the header of another version may not parse.
    let Versioned { metadata } = ron::from_str(&text).map_err(unreadable)?;
    if ![VERSION_0_1, VERSION].contains(&metadata.version) {
        return Err(CheckpointError::Version {
            path: path.to_owned(),
            found: metadata.version,
        });
    }
    let header: Header = ron::from_str(&text).map_err(unreadable)?;
    // Some files of format 3 have no checksum.
    if let Some(sum) = &header.sha256 {
        seal::check(bytes, sum).map_err(damaged)?;
    }
    let mut inputs = Vec::with_capacity(header.members.len());
    for saved in &header.members {
        saved
            .input
            .validate()
            .map_err(|(field, value, ..)| damaged(Damage::Augmentation { field, value }))?;
        let input = FaceInput::of(&header.preparation, &saved.input);
        inputs.push(input.map_err(|unknown| CheckpointError::Backbone {
            path: path.to_owned(),
            name: clean(header.backbone.as_deref().unwrap_or("without a name")),
            hash: unknown.0,
        })?);
    }
    assemble(bytes, header, inputs).map_err(damaged)
}

/// Bytes before a file's header, which hold its length.
pub(super) const PREFIX: u64 = 8;

/// The bytes of a file up to the end of its header, from its first [`PREFIX`] bytes.
pub(super) fn header_length(first: &[u8]) -> u64 {
    let length = first
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    length.saturating_add(PREFIX)
}

/// The metadata from the first bytes of a file, of which only the header must be whole: its length and JSON.
///
/// # Errors
/// [`Damage`] if it is no header of a model.
pub(super) fn decode_metadata(bytes: &[u8]) -> Result<CheckpointMetadata, Damage> {
    /// The part of the header that is not about arrays.
    #[derive(Deserialize)]
    struct FileHeader {
        #[serde(rename = "__metadata__")]
        metadata: HashMap<String, String>,
    }
    let (length, rest) = bytes.split_first_chunk().ok_or(Damage::NoHeader)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok();
    let json = length.and_then(|length| rest.get(..length));
    let header: Option<FileHeader> = json.and_then(|json| serde_json::from_slice(json).ok());
    let text = header.and_then(|mut header| header.metadata.remove(HEADER));
    let header: Header = ron::from_str(&text.ok_or(Damage::NoHeader)?).map_err(Damage::Header)?;
    Ok(header.metadata)
}

fn read_header(bytes: &[u8]) -> Result<String, Damage> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(Damage::Format)?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(HEADER));
    let text = text.ok_or(Damage::NoHeader)?;
    Ok(text.clone())
}

fn assemble(bytes: &[u8], header: Header, inputs: Vec<FaceInput>) -> Result<Saved, Damage> {
    let tensors = SafeTensors::deserialize(bytes).map_err(Damage::Format)?;
    let members: Vec<Tower> = (0..)
        .zip(header.members.iter().zip(inputs))
        .map(|(index, (saved, input))| member(&tensors, saved, index, input))
        .collect::<Result<_, _>>()?;
    let last = members.last().ok_or(Damage::NoMember)?;
    let head = read(&tensors, "head", Some(&[2]))?;
    let head = Head {
        weight: head[0],
        bias: head[1],
    };
    let training = match header.training {
        None => None,
        Some((steps, progress)) => Some((adam(&tensors, last.network(), steps)?, progress)),
    };
    let sane = |l: &Logistic| l.weight.is_finite() && l.bias.is_finite();
    if !header.calibration.as_ref().is_none_or(sane) {
        return Err(Damage::NotFinite("its calibration".to_owned()));
    }
    header
        .augmentation
        .validate()
        .map_err(|(field, value, ..)| Damage::Augmentation { field, value })?;
    if header.preparation.backbone.is_some() && header.augmentation.count() > 1 {
        // Features are of one view.
        let value = header.augmentation.count().to_string();
        let field = "the number of views of a face with features";
        return Err(Damage::Augmentation { field, value });
    }
    let model = Siamese::new(members, head, header.preparation)
        .with_augmentation(header.augmentation)
        .calibrated(header.calibration);
    let (scores, distances) = read_scores(&tensors, &model)?;
    Ok(Saved {
        model,
        metadata: header.metadata,
        scores,
        distances,
        training,
    })
}

/// Similarities and, if they are stored, distances of the validation comparisons.
fn read_scores(
    tensors: &SafeTensors<'_>,
    model: &Siamese,
) -> Result<(Scores, Option<Scores>), Damage> {
    let kinds = |prefix: &str| -> Result<Scores, Damage> {
        Ok(Scores {
            mated: read(tensors, &format!("{prefix}.mated"), None)?,
            non_mated: read(tensors, &format!("{prefix}.non_mated"), None)?,
        })
    };
    if model.preparation().backbone.is_none() || tensors.tensor("distances.mated").is_err() {
        return Ok((kinds("validation")?, None));
    }
    let distances = kinds("distances")?;
    let similarities = |distances: &[f32]| {
        let similarity = |&distance: &f32| model.similarity(Distance(distance)).0;
        distances.iter().map(similarity).collect()
    };
    let scores = Scores {
        mated: similarities(&distances.mated),
        non_mated: similarities(&distances.non_mated),
    };
    Ok((scores, Some(distances)))
}

fn member(
    tensors: &SafeTensors<'_>,
    saved: &SavedMember,
    index: usize,
    input: FaceInput,
) -> Result<Tower, Damage> {
    let prefix = prefix(index);
    // Checked before a network is built, which costs memory: a header may announce more members than the file has.
    if index > 0 && !tensors.names().iter().any(|name| name.starts_with(&prefix)) {
        return Err(Damage::MissingMember(index + 1));
    }
    let mut network = Network::new(&saved.network, input.extent(), Seed(0))?;
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
    Ok(Tower::new(network, input).whitened(whitening))
}

/// The state of the optimiser for a network and its head.
fn adam(tensors: &SafeTensors<'_>, network: &Network, steps: u64) -> Result<Adam, Damage> {
    let tower = network.parameters().iter().map(|p| p.len());
    let sizes: Vec<usize> = tower.chain([1, 1]).collect();
    let moments = |which: &str| -> Result<Vec<Vec<f32>>, Damage> {
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
) -> Result<Vec<f32>, Damage> {
    let view = tensors
        .tensor(name)
        .map_err(|_| Damage::MissingArray(name.to_owned()))?;
    let expected = shape.unwrap_or(view.shape());
    if view.dtype() != Dtype::F32 || view.shape() != expected {
        return Err(Damage::Shape {
            name: name.to_owned(),
            found_type: view.dtype(),
            found: view.shape().to_vec(),
            expected: expected.to_vec(),
        });
    }
    let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let values: Vec<f32> = view.data().chunks_exact(4).map(number).collect();
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(values),
        false => Err(Damage::NotFinite(format!("the array \"{name}\""))),
    }
}

/// Arrays to be written into a file.
#[derive(Default)]
struct Arrays {
    arrays: Vec<(String, Vec<usize>, Vec<u8>)>,
}

impl Arrays {
    fn push(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.arrays.push((name.to_owned(), shape.to_vec(), bytes));
    }

    fn push_member(&mut self, prefix: &str, member: &Tower) {
        let network = member.network();
        for p in network.parameters() {
            self.push(&format!("{prefix}{}", p.name), &p.shape, &p.value);
        }
        for buffer in network.buffers() {
            let name = format!("{prefix}{}", buffer.name);
            self.push(&name, &[buffer.value.len()], &buffer.value);
        }
        if let Some(whitening) = member.whitening() {
            let (mean, axes) = whitening.parts();
            let size = mean.len();
            self.push(&format!("{prefix}whitening.mean"), &[size], mean);
            self.push(&format!("{prefix}whitening.axes"), &[size, size], axes);
        }
    }

    /// The validation comparisons: distances for a model on a backbone, similarities for any other.
    fn push_scores(&mut self, model: &Siamese, scores: &ValidationScores) {
        let (prefix, scores) = match &scores.distances {
            Some(distances) if model.preparation().backbone.is_some() => ("distances", distances),
            _ => ("validation", &scores.similarities),
        };
        for (name, kind) in [("mated", &scores.mated), ("non_mated", &scores.non_mated)] {
            self.push(&format!("{prefix}.{name}"), &[kind.len()], kind);
        }
    }

    fn serialise(&self, header: String) -> Result<Vec<u8>, SafeTensorError> {
        let mut views = Vec::with_capacity(self.arrays.len());
        for (name, shape, bytes) in &self.arrays {
            views.push((
                name.as_str(),
                TensorView::new(Dtype::F32, shape.clone(), bytes)?,
            ));
        }
        let metadata = HashMap::from([(HEADER.to_owned(), header)]);
        safetensors::serialize(views, Some(metadata))
    }
}
