//! Prepared faces kept on disk, so that opening a folder again does not search its photos again.
//!
//! ```text
//! faces/                          mode 0700; all files 0600
//! ├── pictures/3f/3f09…-a1b2…     one prepared face: SHA-256 of the picture's file, and the key of the preparation
//! └── folders/77c1…               for one folder: path, size and times of each file, and the SHA-256 of its content
//! ```
//!
//! A face depends on the content of a file and on the [`Preparation`], its backbone included; both are its name. The list of a
//! folder saves reading the files: a file whose size and times are as listed has the listed content. Every file has a
//! checksum; one that is damaged counts as missing and is written again. Photos that someone asks about are never kept here,
//! only pictures of data sets.
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
mod listing;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::files::{self, FileError, FileReason};
use crate::text::hex;
use crate::vision::{Preparation, PreparedFace};
pub(super) use listing::{FolderListing, Stamp};

/// The most bytes that are kept: about 63,000 faces with features. Beyond it the oldest are removed.
pub const MAX_CACHE_BYTES: u64 = 1 << 30;
/// Below this part of the limit, removing the oldest stops, so that not every new face removes an old one.
const KEPT: f64 = 0.9;
/// The most bytes of one file that is read back.
const MAX_FILE: u64 = 256 << 20;
/// Raised when the same photo gives another face: detector, alignment, crop or scaling have changed.
const PREPARATION_VERSION: u32 = 3;

/// SHA-256 of the content of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// What a preparation is called in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PreparationKey([u8; 32]);

impl PreparationKey {
    pub(super) fn of(preparation: &Preparation) -> Self {
        let text = ron::to_string(preparation).expect("a preparation can be written");
        let mut hash = Sha256::new();
        hash.update(PREPARATION_VERSION.to_le_bytes());
        hash.update(text);
        Self(hash.finalize().into())
    }
}

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
#[derive(Debug)]
pub struct FaceCache {
    folder: PathBuf,
    limit: u64,
    /// Faces written since the size was checked last.
    written: AtomicUsize,
}

impl FaceCache {
    /// A cache in a folder of its own, of at most 1 GiB.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            limit: MAX_CACHE_BYTES,
            written: AtomicUsize::new(0),
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
        let lists = files_below(&self.lists());
        CacheUsage {
            faces: pictures.len(),
            bytes: pictures.iter().chain(&lists).map(|file| file.bytes).sum(),
        }
    }

    /// Removes everything, and answers what there was.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub fn clear(&self) -> Result<CacheUsage, FileError> {
        let usage = self.usage();
        for folder in [self.pictures(), self.lists()] {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(FileReason::from(error).when("remove", &folder));
                }
                _ => {}
            }
        }
        Ok(usage)
    }

    /// Removes the faces of files with this content, however they were prepared, and answers how many there were. The lists
    /// of folders forget these files too.
    ///
    /// # Errors
    /// When a file cannot be removed or written.
    pub fn remove_contents(&self, contents: &[ContentHash]) -> Result<usize, FileError> {
        let mut removed = 0;
        for content in contents {
            let digits = hex(&content.0);
            for file in files_below(&self.shard(&digits)) {
                let name = file.path.file_name().unwrap_or_default();
                if name.to_string_lossy().starts_with(&digits) {
                    remove(&file.path)?;
                    removed += 1;
                }
            }
        }
        self.edit_lists(|list| list.drop_contents(contents))?;
        Ok(removed)
    }

    /// Removes the faces of all pictures that were read from a person's sub-folder of this name, in any folder, and answers
    /// how many there were.
    ///
    /// # Errors
    /// As [`remove_contents`](Self::remove_contents).
    pub fn remove_person(&self, name: &str) -> Result<usize, FileError> {
        let mut contents = Vec::new();
        self.edit_lists(|list| {
            contents.extend(list.contents_of(name));
            false
        })?;
        self.remove_contents(&contents)
    }

    /// The face of a file with this content; `None` if there is none, or it is damaged.
    pub(super) fn get(&self, content: ContentHash, key: PreparationKey) -> Option<CachedFace> {
        let bytes = files::read_limited(&self.path(content, key), MAX_FILE).ok()?;
        face::decode(&bytes, content, key)
    }

    /// Keeps a face. What cannot be written is computed again next time.
    pub(super) fn put(&self, content: ContentHash, key: PreparationKey, face: &CachedFace) {
        let bytes = face::encode(face, content, key);
        match files::write_private_unsynced(&self.path(content, key), &bytes) {
            Ok(()) => {
                self.written.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => tracing::warn!(reason = %error.reason, "a face is not cached"),
        }
    }

    /// What is known of the files of a folder, named without links.
    pub(super) fn listing(&self, root: &Path) -> FolderListing {
        let bytes = files::read_limited(&self.list_path(root), MAX_FILE);
        let known = bytes.ok().and_then(|bytes| FolderListing::decode(&bytes));
        known.unwrap_or_default()
    }

    /// Keeps what is known of the files of a folder, and removes the oldest faces if there are too many.
    pub(super) fn finish(&self, root: &Path, listing: &FolderListing) {
        let written = files::write_private_unsynced(&self.list_path(root), &listing.encode());
        if let Err(error) = written {
            tracing::warn!(reason = %error.reason, "the list of a folder is not cached");
        }
        self.shrink();
    }

    /// Removes the oldest faces if faces were written and all together are more than the limit.
    pub(super) fn shrink(&self) {
        if self.written.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let mut all = files_below(&self.pictures());
        let mut bytes: u64 = all.iter().map(|file| file.bytes).sum();
        if bytes <= self.limit {
            return;
        }
        all.sort_by_key(|file| file.modified);
        for file in all {
            if bytes as f64 <= self.limit as f64 * KEPT {
                break;
            }
            if remove(&file.path).is_ok() {
                bytes -= file.bytes;
            }
        }
    }

    /// Writes each list again for which `edit` answers that it changed it.
    fn edit_lists(
        &self,
        mut edit: impl FnMut(&mut FolderListing) -> bool,
    ) -> Result<(), FileError> {
        for file in files_below(&self.lists()) {
            let bytes = files::read_limited(&file.path, MAX_FILE);
            match bytes.ok().and_then(|bytes| FolderListing::decode(&bytes)) {
                // It may name anyone.
                None => remove(&file.path)?,
                Some(mut list) => {
                    if edit(&mut list) {
                        files::write_private_unsynced(&file.path, &list.encode())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn pictures(&self) -> PathBuf {
        self.folder.join("pictures")
    }

    fn lists(&self) -> PathBuf {
        self.folder.join("folders")
    }

    fn shard(&self, digits: &str) -> PathBuf {
        self.pictures().join(&digits[..2])
    }

    fn path(&self, content: ContentHash, key: PreparationKey) -> PathBuf {
        let digits = hex(&content.0);
        let name = format!("{digits}-{}", hex(&key.0[..8]));
        self.shard(&digits).join(name)
    }

    fn list_path(&self, root: &Path) -> PathBuf {
        let hash = Sha256::digest(root.as_os_str().as_encoded_bytes());
        self.lists().join(hex(&hash))
    }
}

/// A file of the cache.
struct CacheFile {
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
}

/// All files of a folder and of the folders in it; none if there is no such folder.
fn files_below(folder: &Path) -> Vec<CacheFile> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.metadata() {
            Ok(data) if data.is_dir() => found.extend(files_below(&path)),
            Ok(data) => found.push(CacheFile {
                path,
                bytes: data.len(),
                modified: data.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            }),
            // Another program has removed it.
            Err(_) => {}
        }
    }
    found
}

fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileReason::from(error).when("remove", path))
        }
        _ => Ok(()),
    }
}
