//! Which files of a folder are pictures: one rule for data sets, the command line and the file picker.
//!
//! Hidden files (names that begin with a dot) and those that a system puts into folders ([`SYSTEM`]) are left out. The others come in natural order, so that `2.png` stands
//! before `10.png`. A file counts as a picture if its first bytes are those of one (`vision::kind`), whatever its name is.
//! Pictures of kinds that are not read, such as HEIC, count too, and so does a file whose name ends like a picture's but
//! whose content is something else: reading it tells the user why it cannot be used. What is neither is listed in
//! [`Pictures::left_out`], so that a caller can report it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::natural::natural;
use crate::files::FileReason;
use crate::vision::kind::{self, Kind};

/// The most files and folders of one data set or folder: 100,000 people with four pictures each. What is known of so many
/// takes about half a gigabyte; their faces stay in the cache.
pub const MAX_FILES: usize = 500_000;
/// Endings of picture files, in lower case: of those that are read, and of those that people take for such.
const ENDINGS: [&str; 33] = [
    "pgm", "ppm", "pbm", "pnm", "pam", "png", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff",
    "bmp", "gif", "heic", "heif", "avif", "jxl", "jp2", "cr2", "cr3", "crw", "nef", "arw", "dng",
    "raf", "orf", "rw2", "pef", "srw", "svg", "psd",
];

/// Names of files and folders that Windows, macOS, and network drives by Synology and QNAP put beside the user's, in lower case.
const SYSTEM: [&str; 9] = [
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "__macosx",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "system volume information",
];

/// What a folder holds, each list in natural order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictures {
    /// Folders inside it.
    pub folders: Vec<PathBuf>,
    /// Files that are pictures by content or by name.
    pub pictures: Vec<PathBuf>,
    /// Everything else that is not hidden.
    pub left_out: Vec<PathBuf>,
}

impl Pictures {
    /// Looks through a folder, but not through the folders inside it.
    ///
    /// # Errors
    /// See [`list`].
    pub fn in_folder(folder: &Path) -> Result<Self, FileReason> {
        let entries = list(folder, MAX_FILES)?;
        let kinds: Vec<(bool, bool)> = entries
            .par_iter()
            .map(|path| (path.is_dir(), is_picture(path)))
            .collect();
        let mut found = Self::default();
        for (path, (folder, picture)) in entries.into_iter().zip(kinds) {
            let group = match (folder, picture) {
                (true, _) => &mut found.folders,
                (false, true) => &mut found.pictures,
                (false, false) => &mut found.left_out,
            };
            group.push(path);
        }
        Ok(found)
    }
}

/// Everything in a folder that is neither hidden nor the system's, in natural order of the names.
///
/// # Errors
/// When the folder cannot be read, or holds more than `limit` entries.
pub fn list(folder: &Path, limit: usize) -> Result<Vec<PathBuf>, FileReason> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if name.starts_with('.') || SYSTEM.contains(&name.as_str()) {
            continue;
        }
        if paths.len() == limit {
            return Err(FileReason::TooMany { limit: MAX_FILES });
        }
        paths.push(entry.path());
    }
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_owned();
    paths.sort_by_cached_key(|path| {
        NaturalKey(name(path).to_string_lossy().into_owned(), path.clone())
    });
    Ok(paths)
}

/// Whether a file is a picture by its content or by its name; see the module.
pub fn is_picture(path: &Path) -> bool {
    // Opening a pipe would wait for a writer.
    path.is_file() && (has_picture_name(path) || has_picture_content(path))
}

fn has_picture_name(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
}

fn has_picture_content(path: &Path) -> bool {
    kind_of(path).is_some_and(Kind::is_picture)
}

/// The kind of a file by its content, if it can be read and is one that is known.
pub(super) fn kind_of(path: &Path) -> Option<Kind> {
    let mut start = Vec::with_capacity(kind::START);
    let file = File::open(path).ok()?;
    file.take(kind::START as u64).read_to_end(&mut start).ok()?;
    kind::of(&start)
}

/// Sorts by name in natural order, and where two names are equal there, by path.
#[derive(PartialEq, Eq)]
struct NaturalKey(String, PathBuf);

impl Ord for NaturalKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        natural(&self.0, &other.0).then_with(|| self.1.cmp(&other.1))
    }
}

impl PartialOrd for NaturalKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_before_names_and_hidden_files_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("10.png", b"\x89PNG\r\n\x1a\n");
        write("2", b"P5 16 16 255\n");
        write("broken.JPG", b"");
        write("notes.txt", b"Pictures of Ada");
        write(".hidden.png", b"\x89PNG\r\n\x1a\n");
        write("Thumbs.db", b"\xd0\xcf\x11\xe0");
        write("desktop.ini", b"[.ShellClassInfo]");
        for system in ["__MACOSX", "@eaDir"] {
            std::fs::create_dir(folder.path().join(system)).unwrap();
        }
        std::fs::create_dir(folder.path().join("ada")).unwrap();
        let found = Pictures::in_folder(folder.path()).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
            paths.iter().map(name).collect()
        };
        assert_eq!(names(&found.pictures), ["2", "10.png", "broken.JPG"]);
        assert_eq!(names(&found.folders), ["ada"]);
        assert_eq!(names(&found.left_out), ["notes.txt"]);
    }

    #[test]
    fn too_many_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        assert_eq!(list(folder.path(), 3).unwrap().len(), 3);
        let refused = list(folder.path(), 2).unwrap_err();
        assert!(matches!(refused, FileReason::TooMany { .. }), "{refused}");
    }
}
