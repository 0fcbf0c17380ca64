//! Where the socket of a run is, and how to reach it.
//!
//! A socket's path may have 103 bytes, and a run's directory may be deeper. Then the socket is bound and reached through a
//! short link in a private temporary folder. The link is needed for one call only and is removed at once. Rejected: a socket
//! outside the run, which needs a file that says where it is; and changing the working directory, which affects all threads.

use super::ControlError;
use crate::files::{self, FileReason};
use crate::train::run_dir;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// `sun_path` holds 108 bytes on Linux and 104 on the BSDs and macOS, with the zero at its end.
const LONGEST: usize = 103;

/// Removes the socket and its folder when it is dropped.
#[derive(Debug)]
pub(super) struct SocketFolder {
    run: PathBuf,
}

/// Makes the private folder of the socket, removes what a killed training left there, and listens. The caller holds the
/// run's lock, so no other process uses a socket that is there.
///
/// # Errors
/// [`ControlError`] if the system refuses.
pub(super) fn listen(run: &Path) -> Result<(SocketFolder, UnixListener), ControlError> {
    let folder = run_dir::socket_folder(run);
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
    let guard = SocketFolder {
        run: run.to_owned(),
    };
    let bind = || -> io::Result<UnixListener> {
        let socket = folder.join(run_dir::SOCKET);
        match std::fs::remove_file(&socket) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = reach(&folder, |path| UnixListener::bind(path))?;
        std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    let listener = bind().map_err(|why| ControlError::Socket {
        run: run.to_owned(),
        why,
    })?;
    Ok((guard, listener))
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        run_dir::remove_socket(&self.run);
    }
}

/// Connects to the process that listens in a run.
pub(super) fn connect(run: &Path) -> io::Result<UnixStream> {
    reach(&run_dir::socket_folder(run), |path| {
        UnixStream::connect(path)
    })
}

fn reach<T>(folder: &Path, with: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    let folder = std::path::absolute(folder)?;
    let socket = folder.join(run_dir::SOCKET);
    if socket.as_os_str().len() <= LONGEST {
        return with(&socket);
    }
    let short = tempfile::Builder::new().prefix("twinsight-").tempdir()?;
    let link = short.path().join("run");
    symlink(&folder, &link)?;
    with(&link.join(run_dir::SOCKET))
}
