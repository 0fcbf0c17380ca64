//! Prepared faces kept on disk, so that opening a folder again does not search its photos again.
//!
//! ```text
//! faces/                          mode 0700; all files 0600
//! ├── pictures/3f/3f09…-a1b2…     one prepared face: SHA-256 of the picture's file, and the key of the preparation
//! ├── folders/77c1…               for one folder: path, size and times of each file, and the SHA-256 of its content
//! ├── known/77c1…-a1b2…           for one large folder: all of its faces besides grey values and colours
//! └── fingerprints/90be…          the fingerprint of a large data set with these names and contents
//! ```
//!
//! A face depends on the content of a file and on the [`Preparation`], its backbone included; both are its name. The list of a
//! folder saves reading the files: a file whose size and times are as listed has the listed content. Every file has a
//! checksum; one that is damaged counts as missing and is written again. Photos that someone asks about are never kept here,
//! only pictures of data sets.
//!
//! The faces of a data set that is too large for memory stay here and are read back one by one. So that such a data set is
//! never removed by half, the limit of the cache follows the largest of them: [`limit`](FaceCache::limit).
//!
//! One file for each face was chosen over one database: [`remove_contents`](FaceCache::remove_contents) can delete a face for
//! good, and two programs can write at the same time.
//!
//! ```
//! use twinsight::data::{Dataset, FaceCache, Loading, Source};
//! use twinsight::vision::{Crop, Preparation};
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::create_dir(folder.path().join("anna"))?;
//! let mut photo = b"P5 64 64 255\n".to_vec();
//! photo.extend([90; 64 * 64]);
//! std::fs::write(folder.path().join("anna/1.pgm"), photo)?;
//!
//! let home = tempfile::tempdir()?;
//! let cache = FaceCache::at(home.path());
//! let loading = Loading { cache: Some(&cache), ..Loading::default() };
//! let source = Source::Folder(folder.path().into());
//! let first = Dataset::open_with(&source, &Preparation::of(Crop::Centre), &loading)?;
//! assert_eq!(cache.usage().faces, 1);
//! let again = Dataset::open_with(&source, &Preparation::of(Crop::Centre), &loading)?;
//! assert_eq!(first.fingerprint(), again.fingerprint());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod face;
mod key;
mod known;
mod listing;
mod removal;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::files::{self, FileError};
use crate::text::{hex, unhex};
use crate::vision::PreparedFace;
pub(super) use face::{COLOUR_BYTES, FaceFacts, GREY_BYTES};
pub use key::ContentHash;
pub(super) use key::{ContentDigest, PreparationKey};
pub(super) use known::KnownFaces;
pub(super) use listing::{FolderListing, Stamp};
use removal::{CacheFile, files_below};

/// The most bytes that are kept, if no data set needs more: about 63,000 faces with features. Beyond it the oldest are removed.
pub const MAX_CACHE_BYTES: u64 = 1 << 30;
/// The limit for a large data set, as a multiple of the bytes of its faces.
const ROOM: f64 = 1.25;
/// The most bytes of one file that is read back.
const MAX_FILE: u64 = 1 << 30;

/// A prepared face, with the width and height of its photo.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CachedFace {
    pub(super) size: (u32, u32),
    pub(super) prepared: PreparedFace,
}

/// How much a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheUsage {
    /// Prepared faces.
    pub faces: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// The prepared faces of data sets on disk. Creating this value creates no file.
#[derive(Debug, Clone)]
pub struct FaceCache {
    folder: PathBuf,
    limit: u64,
    /// Faces written since the size was checked last.
    written: Arc<AtomicUsize>,
}

impl FaceCache {
    /// A cache in a folder of its own, of at most 1 GiB if no data set needs more.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            limit: MAX_CACHE_BYTES,
            written: Arc::default(),
        }
    }

    /// The same with another limit in bytes.
    #[must_use]
    pub fn with_limit(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it holds now.
    pub fn usage(&self) -> CacheUsage {
        let pictures = files_below(&self.pictures());
        let others = [self.lists(), self.known_folder(), self.fingerprints()];
        let others: Vec<CacheFile> = others.iter().flat_map(|of| files_below(of)).collect();
        CacheUsage {
            faces: pictures.len(),
            bytes: pictures.iter().chain(&others).map(|file| file.bytes).sum(),
        }
    }

    /// The most bytes of faces that it keeps: 1 GiB, or 1.25 times the faces of the largest data set that is too large for
    /// memory and was read since the cache was cleared.
    pub fn limit(&self) -> u64 {
        let faces = files_below(&self.known_folder()).into_iter().map(|file| {
            let header = files::read_first(&file.path, known::HEADER).ok();
            header.and_then(|header| KnownFaces::files_in(&header))
        });
        let largest = faces.flatten().max().unwrap_or(0);
        self.limit.max((largest as f64 * ROOM) as u64)
    }

    /// The face of a file with this content; `None` if there is none, or it is damaged.
    pub(super) fn get(&self, content: ContentHash, key: PreparationKey) -> Option<CachedFace> {
        let bytes = files::read_limited(&self.path(content, key), MAX_FILE).ok()?;
        face::decode(&bytes, content, key)
    }

    /// Keeps a face.
    ///
    /// # Errors
    /// When it cannot be written. It is computed again next time.
    pub(super) fn put(
        &self,
        content: ContentHash,
        key: PreparationKey,
        face: &CachedFace,
    ) -> Result<(), FileError> {
        let bytes = face::encode(face, content, key);
        files::write_private_unsynced(&self.path(content, key), &bytes)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The contents of which there is a face with this preparation, damaged or not.
    pub(super) fn present(&self, key: PreparationKey) -> HashSet<ContentHash> {
        let ending = key.ending();
        let content = |name: &str| {
            let digits = name.strip_suffix(&ending)?;
            Some(ContentHash(unhex(digits)?.try_into().ok()?))
        };
        let shards = fs::read_dir(self.pictures()).into_iter().flatten();
        let files = shards.flatten().flat_map(|shard| {
            let files = fs::read_dir(shard.path()).into_iter().flatten();
            files.flatten()
        });
        files
            .filter_map(|file| content(file.file_name().to_str()?))
            .collect()
    }

    /// What is known of the files of a folder, named without links.
    pub(super) fn listing(&self, root: &Path) -> FolderListing {
        let bytes = files::read_limited(&self.list_path(root), MAX_FILE);
        let known = bytes.ok().and_then(|bytes| FolderListing::decode(&bytes));
        known.unwrap_or_default()
    }

    /// What is known of the faces of a large folder.
    pub(super) fn known(&self, root: &Path, key: PreparationKey) -> KnownFaces {
        let bytes = files::read_limited(&self.known_path(root, key), MAX_FILE);
        let known = bytes.ok().and_then(|bytes| KnownFaces::decode(&bytes));
        known.unwrap_or_default()
    }

    /// Keeps what is known of the files of a folder.
    pub(super) fn keep_listing(
        &self,
        root: &Path,
        listing: &FolderListing,
    ) -> Result<(), FileError> {
        files::write_private_unsynced(&self.list_path(root), &listing.encode())
    }

    /// Keeps what is known of the faces of a large folder.
    pub(super) fn keep_known(
        &self,
        root: &Path,
        key: PreparationKey,
        known: &KnownFaces,
    ) -> Result<(), FileError> {
        files::write_private_unsynced(&self.known_path(root, key), &known.encode())
    }

    /// The fingerprint that was kept under this digest.
    pub(super) fn fingerprint(&self, digest: [u8; 32]) -> Option<String> {
        let path = self.fingerprints().join(hex(&digest));
        let bytes = files::read_limited(&path, MAX_FILE).ok()?;
        let hash: [u8; 32] = bytes::unsealed(&bytes)?.array()?;
        Some(hex(&hash))
    }

    /// Keeps a fingerprint. What cannot be written is computed again next time.
    pub(super) fn keep_fingerprint(&self, digest: [u8; 32], fingerprint: [u8; 32]) {
        let path = self.fingerprints().join(hex(&digest));
        let bytes = bytes::sealed(fingerprint.to_vec());
        if let Err(error) = files::write_private_unsynced(&path, &bytes) {
            tracing::warn!(reason = %error.reason, "a fingerprint is not cached");
        }
    }

    fn pictures(&self) -> PathBuf {
        self.folder.join("pictures")
    }

    fn lists(&self) -> PathBuf {
        self.folder.join("folders")
    }

    fn known_folder(&self) -> PathBuf {
        self.folder.join("known")
    }

    fn fingerprints(&self) -> PathBuf {
        self.folder.join("fingerprints")
    }

    fn shard(&self, digits: &str) -> PathBuf {
        self.pictures().join(&digits[..2])
    }

    fn path(&self, content: ContentHash, key: PreparationKey) -> PathBuf {
        let digits = hex(&content.0);
        let name = digits.clone() + &key.ending();
        self.shard(&digits).join(name)
    }

    fn list_path(&self, root: &Path) -> PathBuf {
        self.lists().join(root_digits(root))
    }

    fn known_path(&self, root: &Path, key: PreparationKey) -> PathBuf {
        self.known_folder().join(root_digits(root) + &key.ending())
    }
}

/// The name of a folder in the cache.
fn root_digits(root: &Path) -> String {
    hex(&Sha256::digest(root.as_os_str().as_encoded_bytes()))
}
