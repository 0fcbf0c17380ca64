//! The lock of a run: two trainings in one directory would overwrite each other's checkpoints.
//!
//! It is a lock of the operating system on an open file, so it disappears with its process, however that ends. A file whose
//! presence is the lock was rejected: after a power cut a user would have to decide whether its owner still runs. The file's
//! content is for messages only: `4711`, or `4711 background`.

use super::error::RunError;
use crate::files::{self, FileError, FileReason};
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// The file's name.
pub(super) const LOCK: &str = "lock";
/// Longer than a process number and a word.
const MAX_OWNER_BYTES: u64 = 40;
/// Follows the number of a process without a terminal.
const BACKGROUND: &str = "background";

/// The process that trains in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owner {
    /// Its number, if known.
    pub process: Option<u32>,
    /// Whether it has no terminal, so that others may attach.
    pub background: bool,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(id) => write!(f, "process {id}")?,
            None => f.write_str("another process")?,
        }
        f.write_str(if self.background {
            ", in the background"
        } else {
            ""
        })
    }
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Locks the run in `dir`, for an owner in the background or not.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another process, or another training of this one, holds it.
    pub(super) fn take(dir: &Path, background: bool) -> Result<Self, RunError> {
        let path = dir.join(LOCK);
        let failed = |e: std::io::Error| -> FileError { FileReason::from(e).when("lock", &path) };
        let mut file = open(&path).map_err(failed)?;
        match try_for_a_while(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Busy {
                    path: dir.to_owned(),
                    owner: read_owner(&mut file).to_string(),
                });
            }
            Err(TryLockError::Error(e)) => files::locked(Err(e), &path).map_err(failed)?,
        }
        // The lock holds even if its owner cannot be written.
        let id = std::process::id();
        let text = match background {
            true => format!("{id} {BACKGROUND}"),
            false => id.to_string(),
        };
        let _ = file
            .set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()));
        Ok(Self { file })
    }

    /// The process that trains in `dir` now; `None` if none does.
    pub(super) fn owner(dir: &Path) -> Option<Owner> {
        let mut file = File::open(dir.join(LOCK)).ok()?;
        let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        held.then(|| read_owner(&mut file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file releases the lock; its content must not name a process that has ended.
        let _ = self.file.set_len(0);
    }
}

/// Tries for 100 ms, because [`Lock::owner`] in another process locks the file for a moment.
fn try_for_a_while(file: &File) -> Result<(), TryLockError> {
    for _ in 0..20 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            other => return other,
        }
    }
    file.try_lock()
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Accepts only a number and the one word: other programs may have written to the file.
fn read_owner(file: &mut File) -> Owner {
    let mut text = String::new();
    if file
        .take(MAX_OWNER_BYTES)
        .read_to_string(&mut text)
        .is_err()
    {
        return Owner::default();
    }
    let (id, background) = match text.strip_suffix(BACKGROUND) {
        Some(id) => (id.trim_end(), true),
        None => (&*text, false),
    };
    Owner {
        process: id.parse().ok(),
        background,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is_and_comes_in_when_that_has_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path(), false).unwrap();
        let owner = Owner {
            process: Some(std::process::id()),
            background: false,
        };
        assert_eq!(Lock::owner(dir.path()), Some(owner));
        let refused = Lock::take(dir.path(), false).unwrap_err().to_string();
        let us = format!("is being trained by process {}:", std::process::id());
        assert!(refused.contains(&us), "{refused}");
        drop(first);
        assert_eq!(Lock::owner(dir.path()), None);
        let _second = Lock::take(dir.path(), true).unwrap();
        let background = Owner {
            background: true,
            ..owner
        };
        assert_eq!(Lock::owner(dir.path()), Some(background));
        let refused = Lock::take(dir.path(), false).unwrap_err().to_string();
        assert!(refused.contains(", in the background:"), "{refused}");
    }

    #[test]
    fn a_file_left_by_the_dead_or_the_hostile_locks_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LOCK), "\u{1b}[2J1").unwrap();
        let _held = Lock::take(dir.path(), false).unwrap();
        std::fs::write(dir.path().join(LOCK), "\u{1b}[2J1").unwrap();
        let refused = Lock::take(dir.path(), false).unwrap_err().to_string();
        assert!(refused.contains("by another process:"), "{refused}");
    }
}
