//! What some file systems cannot do: syncing a folder, and locks.
//!
//! SMB, VirtualBox's shared folders and several FUSE file systems answer such a call with one of a few errors, although
//! nothing went wrong. The rule is the same for everything that is stored: go on without.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::{HOME_VARIABLE, STAGED_PREFIX, STAGED_SUFFIX, shown, sync_folder};

/// Whether the file system says that it has no such call.
pub fn is_unsupported(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::Unsupported {
        return true;
    }
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // EINVAL: "fd is bound to a special file which does not support synchronization", fsync(2). ENOLCK: NFS without a
        // lock daemon, flock(2).
        let known = [
            Errno::INVAL,
            Errno::NOTSUP,
            Errno::OPNOTSUPP,
            Errno::NOSYS,
            Errno::NOLCK,
            Errno::NOTTY,
        ];
        error
            .raw_os_error()
            .is_some_and(|code| known.contains(&Errno::from_raw_os_error(code)))
    }
    #[cfg(not(unix))]
    false
}

/// Whether a lock was asked of a file system that has none.
static WITHOUT_LOCKS: AtomicBool = AtomicBool::new(false);

/// The result of taking a lock: a file system without locks counts as locked, because working without is better than not
/// working. The log says so, and so does [`lock_note`].
///
/// # Errors
/// Any other error.
pub fn locked(result: io::Result<()>, path: &Path) -> io::Result<()> {
    match result {
        Err(error) if is_unsupported(&error) => {
            if !WITHOUT_LOCKS.swap(true, Ordering::Relaxed) {
                tracing::warn!(path = %shown(path), %error, "the file system has no locks");
            }
            Ok(())
        }
        other => other,
    }
}

/// A note to the user, if something was written without a lock.
pub fn lock_note() -> Option<String> {
    WITHOUT_LOCKS.load(Ordering::Relaxed).then(no_locks)
}

/// What it means that a file system has no locks.
pub fn no_locks() -> String {
    format!(
        "the file system has no locks, so that two programs which write at the same time can lose what one of them wrote; set \
         {HOME_VARIABLE} to a folder on a local disk"
    )
}

/// What a file system can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// Locks of files.
    pub locks: bool,
    /// Syncing a folder, so that a renamed file survives a power cut.
    pub fsync: bool,
}

impl Abilities {
    /// Tries them in a folder, with a temporary file.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new()
            .prefix(STAGED_PREFIX)
            .suffix(STAGED_SUFFIX)
            .tempfile_in(folder)?;
        Ok(Self {
            locks: file.as_file().try_lock().is_ok(),
            fsync: sync_folder(folder).is_ok(),
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn what_a_file_system_lacks_is_told_from_what_goes_wrong() {
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        for errno in [
            Errno::INVAL,
            Errno::OPNOTSUPP,
            Errno::NOTSUP,
            Errno::NOSYS,
            Errno::NOLCK,
        ] {
            assert!(is_unsupported(&error(errno)), "{errno}");
        }
        for errno in [
            Errno::IO,
            Errno::NOSPC,
            Errno::ACCESS,
            Errno::ROFS,
            Errno::DQUOT,
            Errno::NOENT,
        ] {
            assert!(!is_unsupported(&error(errno)), "{errno}");
            assert!(
                locked(Err(error(errno)), Path::new("x")).is_err(),
                "{errno}"
            );
        }
        assert!(locked(Ok(()), Path::new("x")).is_ok() && lock_note().is_none());
        assert!(locked(Err(error(Errno::NOLCK)), Path::new("x")).is_ok());
        assert!(lock_note().unwrap().contains("TWINSIGHT_HOME"));
    }
}
