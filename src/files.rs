//! Files: bounded reads, atomic and private writes, and the folders of the program.
//!
//! The program reads every file of the user with [`read_limited`], so that a folder, a pipe or a file of a hundred
//! gigabytes gives an error message. It writes everything it stores with [`write_private`]: faces, and models trained on
//! them, must be readable by their owner only, and a crash must not leave half a file in place of a whole one. Writing in
//! place with a backup beside it was rejected, because then there are two files that can be damaged.

mod joiners;
mod paths;
mod staged;
mod unsupported;
mod user_path;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use paths::{HOME_VARIABLE, Paths};
pub use staged::StagedFile;
pub use unsupported::{Abilities, is_unsupported, lock_note, locked, no_locks};
pub use user_path::{as_argument, user_path};

/// Prefix of the names of files that are not complete yet; the next line is their suffix.
const STAGED_PREFIX: &str = ".twinsight-";
const STAGED_SUFFIX: &str = ".tmp";

/// An operation on a file or folder that failed, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {reason}", shown(path))]
pub struct FileError {
    /// The operation, as a verb: `read`, `write`, `create`, `list`.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// Why it failed.
    #[source]
    pub reason: FileReason,
}

/// Why an operation on a file failed, without the file's name.
#[derive(Debug, thiserror::Error)]
pub enum FileReason {
    /// There is no such file.
    #[error("there is no such file")]
    NotFound,
    /// The system does not allow it.
    #[error("permission denied")]
    Forbidden,
    /// It is a folder, and a file was expected.
    #[error("it is a folder, not a file")]
    Folder,
    /// It is a file, and a folder was expected.
    #[error("it is not a folder")]
    NotFolder,
    /// A pipe, a socket or a device.
    #[error("it is a pipe, a socket or a device, not a file")]
    Special,
    /// It has more bytes than the caller's limit.
    #[error("it is larger than {}, the most that is read here", size(*limit))]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A folder with more files than the caller's limit.
    #[error(
        "it holds more than {limit} files, the most that are read here; name a folder with fewer"
    )]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// No space is left, or the user's share of it is used up.
    #[error(
        "no space is left on the device; free some, or write elsewhere ({HOME_VARIABLE} sets the folder of the program's own files)"
    )]
    Full,
    /// Nothing can be written to the file system.
    #[error(
        "the file system is read-only; write elsewhere ({HOME_VARIABLE} sets the folder of the program's own files)"
    )]
    ReadOnly,
    /// The user has no home folder, or it cannot be found.
    #[error("no home folder is known; set {HOME_VARIABLE} to a folder of your own")]
    NoHome,
    /// Any other error of the system.
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
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Other(error),
        }
    }
}

impl FileReason {
    /// Adds which operation failed, and on which file.
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
/// When the file cannot be read; for folders, pipes, sockets and devices, which are not even opened (opening a pipe would
/// wait for a writer); and for files larger than `limit`, also if they grow while they are read.
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    read_regular(path, limit).map_err(|reason| reason.when("read", path))
}

/// Reads the first bytes of a file, at most `limit`, however long it is.
///
/// # Errors
/// When the file cannot be read; for folders, pipes, sockets and devices.
pub fn read_first(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let read = || -> Result<Vec<u8>, FileReason> {
        regular_length(&fs::metadata(path)?, u64::MAX)?;
        let mut bytes = Vec::new();
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|reason| reason.when("read", path))
}

fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, FileReason> {
    let length = regular_length(&fs::metadata(path)?, limit)?;
    let file = File::open(path)?;
    // Between the two calls the name may have been given to another file.
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

/// Writes a file that only its owner can read, completely or not at all.
///
/// The bytes go to a temporary file in the same folder (mode 0600 on Unix), are synced to disk, and then the file is
/// renamed. Last, the folder is synced, so that the new name survives a power cut. From the renaming on the file counts as
/// written: if the folder cannot be synced, as on some network file systems, only the log says so. Missing parent folders
/// are created with mode 0700.
///
/// # Errors
/// When writing fails. Then the file that was at `path` is unchanged.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = folder_of(path);
    create_private_dir(folder)?;
    replace(folder, path, bytes, sync_folder).map_err(|reason| reason.when("write", path))
}

/// The folder in which a file is.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A new file for its owner only, under a name that says that it is not complete.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(STAGED_PREFIX)
        .suffix(STAGED_SUFFIX)
        .tempfile_in(folder)
}

/// Waits until a file is on disk, where the file system can tell.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if !is_unsupported(&error) => Err(error),
        _ => Ok(()),
    }
}

fn replace(
    folder: &Path,
    path: &Path,
    bytes: &[u8],
    sync: impl Fn(&Path) -> io::Result<()>,
) -> Result<(), FileReason> {
    let temporary = stage(folder, path, bytes)?;
    temporary.persist(path).map_err(|error| error.error)?;
    settle(folder, sync);
    Ok(())
}

/// Syncs a folder in which a file was renamed. The file is there already, so what goes wrong here is no error any more.
fn settle(folder: &Path, sync: impl Fn(&Path) -> io::Result<()>) {
    match sync(folder) {
        Err(error) if !is_unsupported(&error) => {
            tracing::warn!(folder = %shown(folder), %error, "a folder cannot be synced");
        }
        _ => {}
    }
}

/// Writes the bytes to disk under a temporary name.
fn stage(folder: &Path, path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, FileReason> {
    if path.is_dir() {
        return Err(FileReason::Folder);
    }
    let mut temporary = temporary(folder)?;
    temporary.write_all(bytes)?;
    sync(temporary.as_file())?;
    Ok(temporary)
}

/// Writes a file like [`write_private`], but does not wait until it is on disk: for what can be computed again. After a
/// power cut it may be incomplete.
///
/// # Errors
/// When writing fails. Then the file that was at `path` is unchanged.
pub fn write_private_unsynced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = folder_of(path);
    create_private_dir(folder)?;
    let write = || -> Result<(), FileReason> {
        let mut temporary = temporary(folder)?;
        temporary.write_all(bytes)?;
        temporary.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|reason| reason.when("write", path))
}

/// Writes a file like [`write_private`], and keeps the old file as `before`, which must be in the same folder. The folder
/// must exist.
///
/// The old file is renamed only when the new bytes are on disk. So at any time one of the two names is a complete file;
/// between the two renames it is `before`.
///
/// # Errors
/// When writing fails. Then the old file is still at `path`, or at `before`.
pub fn write_private_keeping(path: &Path, before: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let rotate = || -> Result<(), FileReason> {
        let temporary = stage(folder, path, bytes)?;
        match fs::rename(path, before) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        temporary.persist(path).map_err(|error| error.error)?;
        settle(folder, sync_folder);
        Ok(())
    };
    rotate().map_err(|reason| reason.when("write", path))
}

/// Removes the temporary files that a killed process left in a folder. Only for a folder in which no other process writes.
pub fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(STAGED_PREFIX) && name.ends_with(STAGED_SUFFIX) {
            // A file that cannot be removed only takes space.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Syncs a folder: without it a rename may be lost. Windows has no such call and does not need it.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Opens a file that only its owner can read, to append to it. Creates it (mode 0600 on Unix) if it does not exist.
///
/// # Errors
/// When the system does not allow it.
pub fn append_private(path: &Path) -> Result<File, FileError> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| FileReason::from(error).when("write", path))
}

/// Creates a folder and its missing parents for their owner only (mode 0700 on Unix). A folder that exists is left as it
/// is.
///
/// # Errors
/// When there is a file of this name, or the system does not allow it.
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

/// A path that is safe to show on a terminal: see [`clean`].
pub fn shown(path: &Path) -> impl fmt::Display + use<> {
    clean(&path.to_string_lossy())
}

/// A name from a user or a file that is safe to show on a terminal. Control characters (Unicode category Cc), invisible
/// characters and those that change the direction of text are replaced by U+FFFD. The two joiners stay where a script or an
/// emoji needs them (`joiners`).
pub fn clean(name: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    // Names are short, and few have joiners.
    let text: Vec<char> = name.chars().collect();
    let stays = |at: usize| joiners::is_joiner(text[at]) && joiners::is_needed(&text, at);
    let shown = text
        .iter()
        .enumerate()
        .map(|(at, &c)| match acts(c) && !stays(at) {
            true => char::REPLACEMENT_CHARACTER,
            false => c,
        });
    shown.collect()
}

/// A number of bytes as text, in binary units, rounded down.
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

    #[cfg(unix)]
    #[test]
    fn a_file_counts_as_written_from_its_renaming_on() {
        use rustix::io::Errno;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (round, errno) in [Errno::INVAL, Errno::OPNOTSUPP, Errno::IO]
            .into_iter()
            .enumerate()
        {
            let refuses = |_: &Path| Err(io::Error::from_raw_os_error(errno.raw_os_error()));
            let bytes = [round as u8; 3];
            replace(folder.path(), &path, &bytes, refuses).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes, "{errno}");
        }
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file stays"
        );
        // Before the renaming nothing has happened.
        let inside_a_file = path.join("y");
        let no_sync = |_: &Path| -> io::Result<()> { panic!("nothing was renamed") };
        assert!(replace(&path, &inside_a_file, b"new", no_sync).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_the_system_refuses_is_said_with_the_way_out() {
        use rustix::io::Errno;
        for (errno, said) in [
            (Errno::NOSPC, "no space is left on the device; free some"),
            (Errno::DQUOT, "no space is left on the device; free some"),
            (Errno::ROFS, "the file system is read-only; write elsewhere"),
            (Errno::ACCESS, "permission denied"),
        ] {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            let reason = FileReason::from(error).to_string();
            assert!(reason.starts_with(said), "{reason}");
        }
    }

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
        assert_eq!(clean("علی\u{200c}رضا"), "علی\u{200c}رضا");
        assert_eq!(
            clean("An\u{200c}na\u{200b}\u{feff}"),
            "An\u{fffd}na\u{fffd}\u{fffd}"
        );
    }
}
