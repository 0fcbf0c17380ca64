//! Where the socket of a run is, and how to reach it.
//!
//! A socket's path may have 103 bytes, and a run's directory may be deeper. Then it is bound and reached through a short
//! link in a private temporary folder, which goes at once: the link is only needed for the one call. The other ways were
//! rejected: a socket outside the run needs a file to say where, and changing the working directory is for all threads.

use super::ControlError;
use crate::files::{self, FileReason};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// In the run's directory.
const FOLDER: &str = "control";
const SOCKET: &str = "socket";
/// `sun_path` holds 108 bytes on Linux and 104 on the BSDs and macOS, with the zero at its end.
const LONGEST: usize = 103;

/// The socket's folder while somebody listens there; dropped, it is cleared away.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
}

impl Place {
    /// Makes the folder, for its owner alone, clears away what a killed training left there, and listens. The caller
    /// holds the run's lock, so whatever socket is there is nobody's.
    ///
    /// # Errors
    /// [`ControlError`] if the system refuses.
    pub(super) fn listen(run: &Path) -> Result<(Self, UnixListener), ControlError> {
        let folder = run.join(FOLDER);
        files::create_private_dir(&folder)?;
        let protect = || -> io::Result<()> {
            let found = std::fs::symlink_metadata(&folder)?;
            if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
                let why = "it is not a folder of yours";
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
            }
            std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700))
        };
        protect().map_err(|e| FileReason::Other(e).when("protect", &folder))?;
        let place = Self { folder };
        let bind = || -> io::Result<UnixListener> {
            let socket = place.folder.join(SOCKET);
            match std::fs::remove_file(&socket) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            let listener = reach(&place.folder, |path| UnixListener::bind(path))?;
            std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o600))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let listener = bind().map_err(|why| ControlError::Socket {
            run: run.to_owned(),
            why,
        })?;
        Ok((place, listener))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        clear(&self.folder);
    }
}

/// Removes a socket and its folder. The run may have been moved or removed meanwhile; then there is nothing to clear.
fn clear(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(SOCKET));
    let _ = std::fs::remove_dir(folder);
}

/// Clears away what a killed training left in a run that the caller has locked.
pub(in crate::train) fn clear_away(run: &Path) {
    clear(&run.join(FOLDER));
}

/// Connects to whoever listens for a run.
pub(super) fn connect(run: &Path) -> io::Result<UnixStream> {
    reach(&run.join(FOLDER), |path| UnixStream::connect(path))
}

fn reach<T>(folder: &Path, with: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    let folder = std::path::absolute(folder)?;
    let socket = folder.join(SOCKET);
    if socket.as_os_str().len() <= LONGEST {
        return with(&socket);
    }
    let short = tempfile::Builder::new().prefix("twinsight-").tempdir()?;
    let link = short.path().join("run");
    symlink(&folder, &link)?;
    with(&link.join(SOCKET))
}
