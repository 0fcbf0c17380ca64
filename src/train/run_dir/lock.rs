//! Two trainers in one directory would write over each other's checkpoints: a lock stops the second.
//!
//! The lock is the system's, on an open file, so it vanishes with its owner however that ends; a file whose mere
//! presence locks was rejected, because after a power cut somebody would have to judge whether its owner still lives.
//! The number in the file is only there to be told.

use super::error::RunError;
use crate::files::{FileError, FileReason};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

/// The file's name.
pub(super) const LOCK: &str = "lock";
/// More digits than a process number has.
const MAX_OWNER_BYTES: u64 = 20;

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Locks the run in `dir`.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another process, or another training of this one, holds it.
    pub(super) fn take(dir: &Path) -> Result<Self, RunError> {
        let path = dir.join(LOCK);
        let failed = |e: std::io::Error| -> FileError { FileReason::from(e).when("lock", &path) };
        let mut file = open(&path).map_err(failed)?;
        match patiently(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Busy {
                    path: dir.to_owned(),
                    owner: owner(&mut file),
                });
            }
            // A file system without locks (some network ones): better trained unguarded than not at all.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(failed(e).into()),
        }
        // Not being able to say who holds it is no reason not to hold it.
        let _ = file
            .set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { file })
    }

    /// Whether somebody trains in `dir` now, as far as can be told from outside.
    pub(super) fn is_held(dir: &Path) -> bool {
        let file = File::open(dir.join(LOCK));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock itself goes with the file; what is left must not name who has gone.
        let _ = self.file.set_len(0);
    }
}

/// Whoever asks [`Lock::is_held`] has the file locked for a moment: that must not turn a trainer away.
fn patiently(file: &File) -> Result<(), TryLockError> {
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

/// Only digits are believed: the file is in a folder that others may have written to.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MAX_OWNER_BYTES).read_to_string(&mut text);
    match (read, text.parse::<u32>()) {
        (Ok(_), Ok(id)) => format!("process {id}"),
        _ => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is_and_comes_in_when_that_has_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        assert!(Lock::is_held(dir.path()));
        let refused = Lock::take(dir.path()).unwrap_err().to_string();
        let us = format!("is being trained by process {}:", std::process::id());
        assert!(refused.contains(&us), "{refused}");
        drop(first);
        assert!(!Lock::is_held(dir.path()));
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn a_file_left_by_the_dead_or_the_hostile_locks_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LOCK), "\u{1b}[2J1").unwrap();
        let _held = Lock::take(dir.path()).unwrap();
        std::fs::write(dir.path().join(LOCK), "\u{1b}[2J1").unwrap();
        let refused = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(refused.contains("by another process:"), "{refused}");
    }
}
