//! Removing faces: all of them, those of a person, and the oldest.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::{
    CacheUsage, ContentHash, FaceCache, FolderListing, KnownFaces, MAX_FILE, PreparationKey,
};
use crate::files::{self, FileError, FileReason};
use crate::text::hex;

/// Below this part of the limit, removing the oldest stops, so that not every new face removes an old one.
const KEPT: f64 = 0.9;

impl FaceCache {
    /// Removes everything, and answers what there was.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub fn clear(&self) -> Result<CacheUsage, FileError> {
        let usage = self.usage();
        for folder in [
            self.pictures(),
            self.lists(),
            self.known_folder(),
            self.fingerprints(),
        ] {
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
        self.forget_known(contents)?;
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

    /// Removes the oldest faces if faces were written and all together are more than the [`limit`](Self::limit), but not those
    /// of `spared`, which are needed with the preparation `key`.
    pub(in crate::data) fn shrink(&self, spared: &KnownFaces, key: PreparationKey) {
        if self.written.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let limit = self.limit();
        let mut all = files_below(&self.pictures());
        let mut bytes: u64 = all.iter().map(|file| file.bytes).sum();
        if bytes <= limit {
            return;
        }
        let spared = spared.contents().map(|content| self.path(content, key));
        let spared: HashSet<PathBuf> = spared.collect();
        all.sort_by_key(|file| file.modified);
        for file in all {
            if bytes as f64 <= limit as f64 * KEPT {
                break;
            }
            if !spared.contains(&file.path) && remove(&file.path).is_ok() {
                bytes -= file.bytes;
            }
        }
    }

    /// Drops these contents from what is known of large folders, and all fingerprints.
    fn forget_known(&self, contents: &[ContentHash]) -> Result<(), FileError> {
        for file in files_below(&self.fingerprints()) {
            remove(&file.path)?;
        }
        for file in files_below(&self.known_folder()) {
            let bytes = files::read_limited(&file.path, MAX_FILE);
            match bytes.ok().and_then(|bytes| KnownFaces::decode(&bytes)) {
                None => remove(&file.path)?,
                Some(mut known) => {
                    if known.drop_contents(contents) {
                        files::write_private_unsynced(&file.path, &known.encode())?;
                    }
                }
            }
        }
        Ok(())
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
}

/// A file of the cache.
pub(super) struct CacheFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) modified: SystemTime,
}

/// All files of a folder and of the folders in it; none if there is no such folder.
pub(super) fn files_below(folder: &Path) -> Vec<CacheFile> {
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
