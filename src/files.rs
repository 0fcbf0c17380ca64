//! Reading and writing on disk, carefully: bounded reads, atomic and private writes, and where things belong.
//!
//! Every file of the user's that Twinsight opens goes through [`read_limited`], so that a folder, a pipe or a
//! file of a hundred gigabytes is answered with a sentence. Everything that it keeps goes through [`write_private`]:
//! faces and what was learnt from them are nobody else's business, and a crash must never leave half a file where a
//! whole one had been. Writing in place, with a backup beside it, was rejected: two files have two ways to be wrong.

mod paths;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use paths::{HOME_VARIABLE, Paths};

/// How the names of files begin and end that are not whole yet.
const STAGED_PREFIX: &str = ".twinsight-";
const STAGED_SUFFIX: &str = ".tmp";

/// A file or folder that could not be used, with what was tried and why it did not work.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {reason}", shown(path))]
pub struct FileError {
    /// What was tried, as a verb: `read`, `write`, `create`, `list`.
    pub action: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why it did not work.
    #[source]
    pub reason: FileReason,
}

/// Why a file could not be used, without its name.
#[derive(Debug, thiserror::Error)]
pub enum FileReason {
    /// Nothing is there.
    #[error("there is no such file")]
    NotFound,
    /// The system forbids it.
    #[error("permission denied")]
    Forbidden,
    /// A folder stands where a file was expected.
    #[error("it is a folder, not a file")]
    Folder,
    /// A file stands where a folder was expected.
    #[error("it is not a folder")]
    NotFolder,
    /// A pipe, a socket or a device.
    #[error("it is a pipe, a socket or a device, not a file")]
    Special,
    /// More bytes than the caller is ready to hold.
    #[error("it is larger than {}, the most that is read here", size(*limit))]
    TooLarge {
        /// The most bytes that were allowed.
        limit: u64,
    },
    /// A folder with more files than the caller is ready to look through.
    #[error(
        "it holds more than {limit} files, the most that are read here; name a folder with fewer"
    )]
    TooMany {
        /// The most files that were allowed.
        limit: usize,
    },
    /// The user has no home folder, or none that can be found.
    #[error("no home folder is known; set {HOME_VARIABLE} to a folder of your own")]
    NoHome,
    /// Whatever else the system says.
    #[error("{0}")]
    Other(#[source] io::Error),
}

impl From<io::Error> for FileReason {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::IsADirectory => Self::Folder,
            io::ErrorKind::NotADirectory => Self::NotFolder,
            _ => Self::Other(error),
        }
    }
}

impl FileReason {
    /// Says what was tried, and where.
    pub fn when(self, action: &'static str, path: &Path) -> FileError {
        FileError {
            action,
            path: path.to_path_buf(),
            reason: self,
        }
    }
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// Refuses folders, pipes, sockets and devices before opening them (opening a pipe would wait for a writer), and files
/// larger than `limit`, also those that only turn out to be while they are read.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    read_regular(path, limit).map_err(|reason| reason.when("read", path))
}

fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, FileReason> {
    let length = regular_length(&fs::metadata(path)?, limit)?;
    let file = File::open(path)?;
    // The name may stand for something else by now.
    regular_length(&file.metadata()?, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileReason::TooLarge { limit });
    }
    Ok(bytes)
}

fn regular_length(metadata: &fs::Metadata, limit: u64) -> Result<u64, FileReason> {
    if metadata.is_dir() {
        Err(FileReason::Folder)
    } else if !metadata.is_file() {
        Err(FileReason::Special)
    } else if metadata.len() > limit {
        Err(FileReason::TooLarge { limit })
    } else {
        Ok(metadata.len())
    }
}

/// Writes a file that only its owner can read, all of it or nothing.
///
/// The bytes go to a temporary file in the same folder (mode 0600 on Unix), reach the disk, and only then take the
/// name; at last the folder is synced, so that the name survives a power cut too. Missing folders above are made, 0700.
///
/// # Errors
/// Whatever was at `path` before is still there, unharmed.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_private_dir(folder)?;
    replace(folder, path, bytes).map_err(|reason| reason.when("write", path))
}

fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), FileReason> {
    let temporary = stage(folder, path, bytes)?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)?;
    Ok(())
}

/// The bytes on the disk under a name that is not theirs yet.
fn stage(folder: &Path, path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, FileReason> {
    if path.is_dir() {
        return Err(FileReason::Folder);
    }
    let mut temporary = tempfile::Builder::new()
        .prefix(STAGED_PREFIX)
        .suffix(STAGED_SUFFIX)
        .tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// As [`write_private`], and what was at `path` is kept at `before`, in the same folder, which must be there.
///
/// Only when the new bytes are on the disk does the old file move, so at every instant one of the two names stands for
/// a whole file; between the two renames it is `before`.
///
/// # Errors
/// Whatever was at `path` is still there, or at `before`.
pub fn write_private_keeping(path: &Path, before: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let rotate = || -> Result<(), FileReason> {
        let temporary = stage(folder, path, bytes)?;
        match fs::rename(path, before) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        temporary.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)?;
        Ok(())
    };
    rotate().map_err(|reason| reason.when("write", path))
}

/// Removes what a process that was killed left half written in a folder. Only for whoever alone writes there.
pub fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(STAGED_PREFIX) && name.ends_with(STAGED_SUFFIX) {
            // One that cannot be removed wastes space, and nothing else.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A rename is on the disk only when its folder is. Windows has no such call, and does not need it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Opens a file that only its owner can read, to write at its end; makes it (0600 on Unix) if it is not there.
///
/// # Errors
/// When the system forbids it.
pub fn append_private(path: &Path) -> Result<File, FileError> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| FileReason::from(error).when("write", path))
}

/// Makes a folder and those above it that are missing, for their owner alone (0700 on Unix). One that exists is left
/// as it is.
///
/// # Errors
/// When a file is in the way, or the system forbids it.
pub fn create_private_dir(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => FileReason::NotFolder,
        _ => error.into(),
    });
    made.map_err(|reason| reason.when("create the folder", path))
}

/// A path as it may be shown on a terminal: see [`clean`].
pub fn shown(path: &Path) -> impl fmt::Display + use<> {
    clean(&path.to_string_lossy())
}

/// A name from outside, without the characters that would act on a terminal instead of being seen: control characters
/// (Unicode category Cc), and the marks that are invisible or turn the direction of text. Each becomes U+FFFD.
pub fn clean(name: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    name.chars()
        .map(|c| {
            if acts(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// A number of bytes for people, in binary units, rounded down.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(size(1), "1 bytes");
        assert_eq!(size(64 << 20), "64 MiB");
        assert_eq!(size(1024), "1 KiB");
    }

    #[test]
    fn names_cannot_act_on_the_terminal() {
        let name = "Zoë 小明\u{1b}[2J\r\n\u{202e}x\u{9b}";
        assert_eq!(
            clean(name),
            "Zoë 小明\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}x\u{fffd}"
        );
    }
}
