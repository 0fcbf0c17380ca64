//! Frozen embedding networks: an aligned face in, a vector of unit length out.
//!
//! A backbone was trained elsewhere on many people, and is used as it is. Two faces are compared by the cosine of their
//! embeddings. [`Backbone::built_in`] is SFace (Yaoyao Zhong et al.: *SFace: Sigmoid-Constrained Hypersphere Loss for
//! Robust Face Recognition*, IEEE TIP 30, 2021) with weights of 8 bits; any other network comes from an ONNX file with a
//! [`Description`] beside it ([`Backbone::open`]).
//!
//! ```
//! use image::{Rgb, RgbImage};
//! use twinsight::backbone::{Backbone, cosine};
//!
//! let backbone = Backbone::built_in();
//! let face = RgbImage::from_fn(112, 112, |x, y| Rgb([x as u8, y as u8, 90]));
//! let embedding = backbone.embed(&face).unwrap();
//! assert_eq!(embedding.len(), backbone.description().embedding);
//! assert!((cosine(&embedding, &embedding) - 1.0).abs() < 1e-5);
//! ```

mod description;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use image::{RgbImage, imageops};
use sha2::{Digest, Sha256};

use crate::files::{self, FileError};
use crate::onnx::{OnnxError, Session, Wanted, limits, on_all_cores};
use crate::vision::{BackboneHash, Face};
pub use description::{Channels, Description, DescriptionError};

/// SFace, converted by `data/models/convert.py`; 9.8 MB.
static SFACE: &[u8] = include_bytes!("../../data/models/sface.onnx");
/// SHA-256 of [`SFACE`]; a test computes it.
const SFACE_HASH: BackboneHash = BackboneHash([
    0x25, 0xb6, 0x9c, 0x39, 0xd1, 0x90, 0xf2, 0x63, 0x62, 0x72, 0x2c, 0xef, 0xf3, 0x38, 0xac, 0x49,
    0x73, 0x8b, 0xe8, 0x7a, 0x90, 0x8c, 0xe1, 0x73, 0x5f, 0x28, 0x9c, 0x70, 0x8d, 0xa1, 0x3a, 0xe6,
]);
/// The largest description that is read, in bytes.
const MAX_DESCRIPTION: u64 = 64 << 10;

/// A network that turns aligned faces into embeddings.
#[derive(Debug)]
pub struct Backbone {
    description: Description,
    session: Session,
    hash: BackboneHash,
}

/// What decides an embedding: two embeddings can be compared only if theirs are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BackboneId {
    /// Name of the description.
    pub name: String,
    /// SHA-256 of the ONNX file and, unless it is built in, of its description.
    pub hash: BackboneHash,
}

impl fmt::Display for BackboneId {
    /// The name, and the first 12 digits of the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.hash)
    }
}

/// Why a backbone cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackboneError {
    /// The network or its description cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The description is not valid.
    #[error(
        "the description {} of the backbone cannot be used: {reason}",
        files::shown(path)
    )]
    Description {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: DescriptionError,
    },
    /// The network is not valid, or does not fit its description.
    #[error("the backbone {} cannot be used: {reason}", files::shown(path))]
    Network {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: OnnxError,
    },
}

/// A backbone that was not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the backbone {0:?} is needed and not loaded; name its file with --backbone FILE.onnx")]
pub struct UnknownBackbone(pub BackboneHash);

/// Backbones that were loaded from files.
static OTHERS: Mutex<Vec<&'static Backbone>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why an aligned face has no embedding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// The picture does not have the size of the backbone's input.
    #[error(
        "a face of {found} × {found} pixels was given to a backbone that takes {wanted} × {wanted}"
    )]
    Size {
        /// Its width.
        found: u32,
        /// The width that is needed.
        wanted: u32,
    },
    /// The network failed, or its result is zero or not finite.
    #[error("the backbone gives no embedding of this face: {0}")]
    Network(#[from] OnnxError),
}

impl Backbone {
    /// SFace, loaded on the first call (about 15 ms).
    ///
    /// # Panics
    /// If the network in the program cannot be loaded, which a test excludes.
    pub fn built_in() -> &'static Self {
        static LOADED: OnceLock<Backbone> = OnceLock::new();
        LOADED.get_or_init(|| Self {
            description: Description::sface(),
            session: Session::built_in(SFACE, &["fc1"])
                .expect("the backbone in the program can be loaded"),
            hash: SFACE_HASH,
        })
    }

    /// The identity of [`built_in`](Self::built_in), without loading it.
    pub fn built_in_id() -> BackboneId {
        BackboneId {
            name: Description::sface().name,
            hash: SFACE_HASH,
        }
    }

    /// Loads `network`, and its description from the file of the same name that ends in `.ron`, and runs it once.
    ///
    /// # Errors
    /// When one of the two cannot be read, the description is invalid, or the network is damaged, too large, or does not
    /// fit the description.
    pub fn open(network: &Path) -> Result<Self, BackboneError> {
        let path = network.with_extension("ron");
        let text = files::read_limited(&path, MAX_DESCRIPTION)?;
        let description = Description::parse(&text)
            .map_err(|reason| BackboneError::Description { path, reason })?;
        let bytes = files::read_limited(network, limits::MAX_BYTES)?;
        Self::from_parts(description, &bytes, &text).map_err(|reason| BackboneError::Network {
            path: network.to_path_buf(),
            reason,
        })
    }

    /// Loads a backbone as [`open`](Self::open) does, and keeps it for [`with_hash`](Self::with_hash).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn load(network: &Path) -> Result<&'static Self, BackboneError> {
        let loaded = Self::open(network)?;
        if let Ok(known) = Self::with_hash(loaded.hash) {
            return Ok(known);
        }
        // A program uses one or two, for as long as it runs.
        let kept: &'static Self = Box::leak(Box::new(loaded));
        lock(&OTHERS).push(kept);
        Ok(kept)
    }

    /// The built-in backbone, or one that was loaded before.
    ///
    /// # Errors
    /// If none with this hash was loaded.
    pub fn with_hash(hash: BackboneHash) -> Result<&'static Self, UnknownBackbone> {
        match hash == SFACE_HASH {
            true => Ok(Self::built_in()),
            false => Self::loaded(hash),
        }
    }

    /// Whether [`with_hash`](Self::with_hash) knows it, without loading the built-in one.
    ///
    /// # Errors
    /// As `with_hash`.
    pub fn check(hash: BackboneHash) -> Result<(), UnknownBackbone> {
        match hash == SFACE_HASH {
            true => Ok(()),
            false => Self::loaded(hash).map(drop),
        }
    }

    /// One that was loaded from a file.
    fn loaded(hash: BackboneHash) -> Result<&'static Self, UnknownBackbone> {
        let others = lock(&OTHERS);
        let known = others.iter().copied().find(|other| other.hash == hash);
        known.ok_or(UnknownBackbone(hash))
    }

    fn from_parts(
        description: Description,
        network: &[u8],
        text: &[u8],
    ) -> Result<Self, OnnxError> {
        let wanted = Wanted {
            input: &description.input_shape(),
            output: &[1, description.embedding],
        };
        let session = Session::from_untrusted(network, &wanted)?;
        let mut hash = Sha256::new();
        hash.update(network);
        hash.update(text);
        let digest = hash.finalize();
        Ok(Self {
            session,
            description,
            hash: BackboneHash(digest.into()),
        })
    }

    /// What it takes and gives.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// What its embeddings depend on.
    pub fn id(&self) -> BackboneId {
        BackboneId {
            name: self.description.name.clone(),
            hash: self.hash,
        }
    }

    /// The embedding of one face that was aligned to the description's [`template`](Description::template), of unit length.
    /// All threads work on it (10 ms for SFace on two cores).
    ///
    /// # Errors
    /// See [`EmbedError`].
    pub fn embed(&self, face: &RgbImage) -> Result<Vec<f32>, EmbedError> {
        let (wanted, found) = (self.description.template.side, face.width());
        if face.dimensions() != (wanted, wanted) {
            return Err(EmbedError::Size { found, wanted });
        }
        let input = self.description.input(face);
        let outputs = self.session.run(&self.description.input_shape(), &input)?;
        let values = outputs.into_iter().next().map(|tensor| tensor.values);
        normalised(values.unwrap_or_default()).ok_or(EmbedError::Network(OnnxError::NotFinite))
    }

    /// The features of an aligned face: the mean of its [embedding](Self::embed) and that of its mirror image, of unit
    /// length. Light from one side and a turned head weigh less in it than in one embedding.
    ///
    /// # Errors
    /// See [`EmbedError`].
    pub fn features(&self, face: &RgbImage) -> Result<Vec<f32>, EmbedError> {
        let mirrored = self.embed(&imageops::flip_horizontal(face))?;
        let sum = self
            .embed(face)?
            .into_iter()
            .zip(mirrored)
            .map(|(a, b)| a + b);
        normalised(sum.collect()).ok_or(EmbedError::Network(OnnxError::NotFinite))
    }

    /// The same face with the [features](Self::features) of its colours. A face without colours gets zeros, which are as far
    /// from one face as from any other, and so does one that the network fails on.
    pub fn with_features(&self, face: Face) -> Face {
        if face.features().is_some() {
            return face;
        }
        let features = face.colour().and_then(|colour| self.features(&colour).ok());
        face.with_features(features.unwrap_or_else(|| vec![0.0; self.description.embedding]))
    }

    /// The embeddings of many faces, in order, one face a thread (8 ms a face for SFace on two cores). `done` is called after
    /// each, from any thread.
    pub fn embed_all(
        &self,
        faces: &[RgbImage],
        done: impl Fn() + Sync,
    ) -> Vec<Result<Vec<f32>, EmbedError>> {
        let embed = |face: &RgbImage| {
            let embedding = self.embed(face);
            done();
            embedding
        };
        on_all_cores(faces, embed)
    }
}

/// The cosine of the angle between two vectors of unit length, −1 to 1: their inner product.
///
/// # Panics
/// If their lengths differ.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(
        a.len(),
        b.len(),
        "embeddings of one backbone have one length"
    );
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Divided by the Euclidean length; `None` if that is zero or not finite.
fn normalised(values: Vec<f32>) -> Option<Vec<f32>> {
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    let usable = length.is_finite() && length > f32::MIN_POSITIVE;
    usable.then(|| values.into_iter().map(|v| v / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_network_is_the_file_in_the_tree() {
        let digest = Sha256::digest(SFACE);
        assert_eq!(BackboneHash(digest.into()), SFACE_HASH);
        assert_eq!(Backbone::built_in().id(), Backbone::built_in_id());
        assert_eq!(Backbone::built_in_id().to_string(), "SFace 25b69c39d190");
    }

    #[test]
    fn the_built_in_network_passes_the_checks_for_others() {
        let description = Description::sface();
        let other = Backbone::from_parts(description, SFACE, b"").unwrap();
        let face = RgbImage::from_fn(112, 112, |x, y| image::Rgb([x as u8, y as u8, 7]));
        let [a, b] = [&other, Backbone::built_in()].map(|network| network.embed(&face).unwrap());
        assert_eq!(a, b);
        assert!((cosine(&a, &a) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn features_are_of_a_face_and_its_mirror_image() {
        let backbone = Backbone::built_in();
        let face = RgbImage::from_fn(112, 112, |x, y| image::Rgb([x as u8, y as u8, 7]));
        let mirrored = imageops::flip_horizontal(&face);
        let [a, b] = [&face, &mirrored].map(|face| backbone.features(face).unwrap());
        assert!(cosine(&a, &b) > 0.999_999);
        assert!((cosine(&a, &a) - 1.0).abs() < 1e-5);
        let [one, other] = [&face, &mirrored].map(|face| backbone.embed(face).unwrap());
        assert!(cosine(&one, &other) < 0.999);
        assert!((cosine(&a, &one) - cosine(&a, &other)).abs() < 1e-4);
    }

    #[test]
    fn a_description_that_does_not_fit_is_refused() {
        let refused = |description| match Backbone::from_parts(description, SFACE, b"") {
            Err(error) => error.to_string(),
            Ok(_) => panic!("accepted"),
        };
        let longer = Description {
            embedding: 512,
            ..Description::sface()
        };
        assert_eq!(
            refused(longer),
            "its output has the shape ? × 128, not 1 × 512"
        );
        let grey = Description {
            channels: Channels::Grey,
            ..Description::sface()
        };
        assert_eq!(
            refused(grey),
            "its input has the shape ? × 3 × 112 × 112, not 1 × 1 × 112 × 112"
        );
    }

    #[test]
    fn many_faces_give_what_each_gives() {
        let face = |k: u32| {
            RgbImage::from_fn(112, 112, move |x, y| {
                image::Rgb([(k * x) as u8, y as u8, 9])
            })
        };
        let faces: Vec<_> = (1..4).map(face).collect();
        let count = std::sync::atomic::AtomicUsize::new(0);
        let all = Backbone::built_in().embed_all(&faces, || {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 3);
        for (face, embedding) in faces.iter().zip(all) {
            let alone = Backbone::built_in().embed(face).unwrap();
            assert!(cosine(&alone, &embedding.unwrap()) > 0.99999);
        }
        let small = RgbImage::new(64, 64);
        let error = Backbone::built_in().embed(&small).unwrap_err();
        assert_eq!(
            error,
            EmbedError::Size {
                found: 64,
                wanted: 112
            }
        );
    }
}
