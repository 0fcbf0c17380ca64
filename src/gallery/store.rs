//! The file format of a gallery: safetensors, with names and settings as RON in its metadata.
//!
//! | tensor | shape | what |
//! |---|---|---|
//! | `faces` | `[N, 64, 64]` f32 | the faces of all photos, person after person, values from 0 to 1 |
//! | `colours` | `[C, 112, 112, 3]` u8 | red, green and blue of the aligned faces, in the same order; absent if none has |
//! | `embeddings` | `[K, E]` f32 | those of the photos that have one, in the same order; absent if none has |
//!
//! More than 20,000 photos are in other files: see `large`.
//!
//! There is one file, not a RON file beside a tensor file, because two files cannot be replaced in one step.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use image::RgbImage;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::error::{GalleryError, StoreError};
use super::name::stored_name;
use super::person::{EnrolledPerson, EnrolledPhoto};
use crate::files::{self, FileReason};
use crate::model::Embedding;
use crate::vision::align::COLOUR_SIDE;
use crate::vision::{Face, Preparation, SIDE};

/// The ending of the files.
pub(super) const EXTENSION: &str = "safetensors";
/// The largest file that is read: 20,000 faces of 53 KB with embeddings of up to 1,024 numbers,
/// rounded up.
const MAX_BYTES: u64 = 1280 << 20;
/// The metadata's key under which version and list of people are stored.
const KEY: &str = "twinsight_gallery";
/// Version of the format with colours. A version grows when an older program would misread a file.
const VERSION: u32 = 2;
/// Version of a file without colours, as 0.1.0 reads and writes it.
const WITHOUT_COLOURS: u32 = 1;
/// Bytes of one face in colour.
const COLOUR_BYTES: usize = (COLOUR_SIDE * COLOUR_SIDE * 3) as usize;

/// The metadata: everything but numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    preparation: Preparation,
    model: Option<String>,
    people: Vec<IndexPerson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexPerson {
    name: String,
    photos: Vec<IndexPhoto>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexPhoto {
    file: String,
    embedded: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    coloured: bool,
}

/// Locks the gallery at `path` against changes by other processes until the returned file is dropped. The lock is a file
/// beside the gallery, because the gallery itself is replaced while the lock is held. On a file system without locks it is
/// not locked; see [`files::locked`].
pub(super) fn lock(path: &Path) -> Result<File, GalleryError> {
    if let Some(folder) = path.parent() {
        files::create_private_dir(folder)?;
    }
    let path = path.with_extension("lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let locked = options
        .open(&path)
        .and_then(|file| files::locked(file.lock(), &path).map(|()| file));
    Ok(locked.map_err(|error| FileReason::from(error).when("lock", &path))?)
}

pub(super) fn load(path: &Path) -> Result<Contents, GalleryError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    decode(&bytes).map_err(|why| GalleryError::Unreadable {
        path: path.to_path_buf(),
        why,
    })
}

pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    let photo = |photo: &EnrolledPhoto| IndexPhoto {
        file: photo.file.clone(),
        embedded: photo.embedding.is_some(),
        coloured: photo.face_here().is_some_and(Face::is_coloured),
    };
    let person = |person: &EnrolledPerson| IndexPerson {
        name: person.name.clone(),
        photos: person.photos.iter().map(photo).collect(),
    };
    let index = Index {
        preparation: contents.preparation,
        model: contents.model.clone(),
        people: contents.people.iter().map(person).collect(),
    };
    let text = ron::to_string(&index).expect("plain values always have a RON form");
    let colours: Vec<Arc<RgbImage>> = contents
        .photos()
        .filter_map(|p| p.face_here()?.colour())
        .collect();
    let version = match colours.is_empty() {
        true => WITHOUT_COLOURS,
        false => VERSION,
    };
    let metadata = HashMap::from([(KEY.to_owned(), format!("{version}\n{text}"))]);

    let faces: Vec<u8> = contents
        .photos()
        .filter_map(EnrolledPhoto::face_here)
        .flat_map(|face| le_bytes(&face.pixels()).collect::<Vec<u8>>())
        .collect();
    let vectors: Vec<&Embedding> = contents
        .photos()
        .filter_map(|p| p.embedding.as_ref())
        .collect();
    let embeddings: Vec<u8> = vectors.iter().flat_map(|e| le_bytes(&e.0)).collect();
    let colour_bytes: Vec<u8> = colours
        .iter()
        .flat_map(|c| c.as_raw().iter().copied())
        .collect();
    let view = |dtype, shape, bytes| {
        TensorView::new(dtype, shape, bytes).expect("as many bytes as the shape says")
    };
    let photos = contents.photos().count();
    let mut tensors = vec![("faces", view(Dtype::F32, vec![photos, SIDE, SIDE], &faces))];
    if !colours.is_empty() {
        let side = COLOUR_SIDE as usize;
        let shape = vec![colours.len(), side, side, 3];
        tensors.push(("colours", view(Dtype::U8, shape, &colour_bytes)));
    }
    if let Some(first) = vectors.first() {
        tensors.push((
            "embeddings",
            view(Dtype::F32, vec![vectors.len(), first.0.len()], &embeddings),
        ));
    }
    safetensors::serialize(tensors, Some(metadata))
        .expect("the shapes are right and the header is small")
}

pub(super) fn decode(bytes: &[u8]) -> Result<Contents, StoreError> {
    let container = |error: safetensors::SafeTensorError| StoreError::Container(error.to_string());
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(container)?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|map| map.get(KEY))
        .ok_or(StoreError::Foreign)?;
    let (version, text) = text.split_once('\n').ok_or(StoreError::Foreign)?;
    match version.parse() {
        Ok(WITHOUT_COLOURS | VERSION) => {}
        Ok(found) => {
            return Err(StoreError::Later {
                found,
                newest: VERSION,
            });
        }
        Err(_) => return Err(StoreError::Foreign),
    }
    let index: Index = ron::from_str(text).map_err(|error| StoreError::Index(error.to_string()))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(container)?;

    let count = |counts: fn(&IndexPhoto) -> bool| {
        let photos = index.people.iter().flat_map(|person| &person.photos);
        photos.filter(|photo| counts(photo)).count()
    };
    let (photos, embedded) = (count(|_| true), count(|photo| photo.embedded));
    let faces =
        rows(&tensors, "faces", photos).filter(|rows| rows.iter().all(|r| r.len() == SIDE * SIDE));
    let faces = faces.ok_or(StoreError::Tensor("faces"))?;
    // Scaling a photo down may give values a little above 1 or below 0.
    if faces
        .iter()
        .flatten()
        .any(|pixel| !(-0.001..=1.001).contains(pixel))
    {
        return Err(StoreError::Tensor("faces"));
    }
    let embeddings =
        rows(&tensors, "embeddings", embedded).ok_or(StoreError::Tensor("embeddings"))?;
    let colours =
        colours(&tensors, count(|photo| photo.coloured)).ok_or(StoreError::Tensor("colours"))?;
    assemble(index, faces, colours, embeddings)
}

/// Puts the rows of the tensors together with the people of the index.
fn assemble(
    index: Index,
    faces: Vec<Vec<f32>>,
    colours: Vec<RgbImage>,
    embeddings: Vec<Vec<f32>>,
) -> Result<Contents, StoreError> {
    let (mut faces, mut embeddings) = (faces.into_iter(), embeddings.into_iter());
    let mut colours = colours.into_iter();
    let mut contents = Contents {
        preparation: index.preparation,
        people: Vec::new(),
        model: index.model,
    };
    for person in index.people {
        let name =
            stored_name(&person.name).map_err(|error| StoreError::Index(error.to_string()))?;
        if contents.people.iter().any(|known| known.name == name) || person.photos.is_empty() {
            return Err(StoreError::Index(format!(
                "\"{name}\" is in it twice, or has no photos"
            )));
        }
        let mut photos = Vec::with_capacity(person.photos.len());
        for photo in person.photos {
            let face = faces.next().ok_or(StoreError::Tensor("faces"))?;
            let embedding = match photo.embedded {
                true => Some(embeddings.next().ok_or(StoreError::Tensor("embeddings"))?),
                false => None,
            };
            let face = match photo.coloured {
                true => Face::from_pixels(face)
                    .with_colour(colours.next().ok_or(StoreError::Tensor("colours"))?),
                false => Face::from_pixels(face),
            };
            let embedding = embedding.map(|values| Embedding(values.into()));
            photos.push(EnrolledPhoto {
                embedding,
                ..EnrolledPhoto::new(Path::new(&photo.file), face)
            });
        }
        contents.people.push(EnrolledPerson { name, photos });
    }
    contents
        .check_size()
        .map_err(|error| StoreError::Index(error.to_string()))?;
    Ok(contents)
}

/// The `count` coloured faces; `None` if the tensor is missing or another. No faces need no tensor.
fn colours(tensors: &SafeTensors, count: usize) -> Option<Vec<RgbImage>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let tensor = tensors.tensor("colours").ok()?;
    if tensor.dtype() != Dtype::U8 || tensor.data().len() != count * COLOUR_BYTES {
        return None;
    }
    let faces = tensor.data().chunks_exact(COLOUR_BYTES);
    faces
        .map(|bytes| RgbImage::from_raw(COLOUR_SIDE, COLOUR_SIDE, bytes.to_vec()))
        .collect()
}

/// The `count` rows of a tensor of finite f32, flattened; `None` if the tensor is missing or another. No rows need no
/// tensor.
fn rows(tensors: &SafeTensors, name: &str, count: usize) -> Option<Vec<Vec<f32>>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let tensor = tensors.tensor(name).ok()?;
    let [rows, ..] = *tensor.shape() else {
        return None;
    };
    let length = tensor.data().len() / 4 / count;
    if tensor.dtype() != Dtype::F32 || rows != count || length == 0 {
        return None;
    }
    let values: Vec<f32> = tensor
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|bytes: &[u8; 4]| f32::from_le_bytes(*bytes))
        .collect();
    let finite = values.iter().all(|value| value.is_finite());
    finite.then(|| values.chunks_exact(length).map(<[f32]>::to_vec).collect())
}

fn le_bytes(values: &[f32]) -> impl Iterator<Item = u8> {
    values.iter().flat_map(|value| value.to_le_bytes())
}
