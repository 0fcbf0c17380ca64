//! Fetches the Olivetti faces from the address that scikit-learn uses.
//!
//! The SHA-256 of the download is compared before anything else reads it, and only a correct file is written to its
//! place. The network is one function, [`download`], passed as an argument, so that tests need no network.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::olivetti::MAX_BYTES;
use crate::files::{self, FileError, Paths, shown};
use crate::text::hex;

/// A file that can be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    /// Its file name in the data folder.
    pub file: &'static str,
    /// Its address.
    pub url: &'static str,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: &'static str,
    /// A second address, for users who fetch it by hand.
    pub page: &'static str,
}

/// The Olivetti faces: name, address and checksum as in scikit-learn 1.9.1, `sklearn/datasets/_olivetti_faces.py`.
pub const OLIVETTI: Remote = Remote {
    file: "olivettifaces.mat",
    url: "https://ndownloader.figshare.com/files/5976027",
    sha256: "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794",
    page: "https://cs.nyu.edu/~roweis/data/olivettifaces.mat",
};

/// Why a file was not fetched, and what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The download failed.
    #[error(
        "cannot fetch {url}: {why}; without a network, get the file from there or from {page} on another machine and \
         put it at {}",
        shown(target)
    )]
    Network {
        /// The address.
        url: &'static str,
        /// The reason.
        why: io::Error,
        /// The second address.
        page: &'static str,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The download has another content.
    #[error(
        "{url} sent another file than expected: its SHA-256 is {found}, not {expected}; it was deleted, so try again \
         later or get the file from {page} and put it at {}",
        shown(target)
    )]
    Checksum {
        /// The address.
        url: &'static str,
        /// The checksum of the download.
        found: String,
        /// The expected checksum.
        expected: &'static str,
        /// The second address.
        page: &'static str,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// An open download: its content and, if the server told it, the length in bytes.
pub type Incoming = (Box<dyn Read>, Option<u64>);

/// The path of a fetched file in the user's data folder, whether it exists or not.
pub fn path_of(remote: &Remote, paths: &Paths) -> PathBuf {
    paths.data_dir().join(remote.file)
}

/// Fetches a file into the user's data folder and returns its path. An existing file with the right checksum is kept.
///
/// `open` starts the download: [`download`], or a replacement in tests. `progress` is called with the number of bytes
/// received and the total, if known.
///
/// # Errors
/// See [`FetchError`]; a file that was there before is unchanged then.
pub fn fetch(
    remote: &Remote,
    paths: &Paths,
    open: impl FnOnce(&str) -> io::Result<Incoming>,
    mut progress: impl FnMut(u64, Option<u64>),
) -> Result<PathBuf, FetchError> {
    let target = path_of(remote, paths);
    if is_whole(remote, &target) {
        return Ok(target);
    }
    let network = |why| FetchError::Network {
        url: remote.url,
        why,
        page: remote.page,
        target: target.clone(),
    };
    let (reader, total) = open(remote.url).map_err(network)?;
    let bytes = receive(reader, |count| progress(count, total)).map_err(network)?;
    let found = checksum(&bytes);
    if found != remote.sha256 {
        let Remote {
            url,
            sha256: expected,
            page,
            ..
        } = *remote;
        return Err(FetchError::Checksum {
            url,
            found,
            expected,
            page,
            target,
        });
    }
    files::write_private(&target, &bytes)?;
    Ok(target)
}

/// Whether the file at `path` exists and has the right checksum.
pub fn is_whole(remote: &Remote, path: &Path) -> bool {
    files::read_limited(path, MAX_BYTES).is_ok_and(|bytes| checksum(&bytes) == remote.sha256)
}

fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Reads a download to its end, at most [`MAX_BYTES`].
fn receive(mut reader: impl Read, mut progress: impl FnMut(u64)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        let chunk = reader.by_ref().take(1 << 16).read_to_end(&mut bytes);
        chunk.map_err(|error| {
            let why = format!(
                "the connection was lost after {} bytes ({error})",
                bytes.len()
            );
            io::Error::other(why)
        })?;
        if bytes.len() == before {
            return Ok(bytes);
        }
        if bytes.len() as u64 > MAX_BYTES {
            let why = format!(
                "the server sends more than {} MiB, the largest size of such a file",
                MAX_BYTES >> 20
            );
            return Err(io::Error::other(why));
        }
        progress(bytes.len() as u64);
    }
}

/// Starts a download over HTTPS and follows redirections; plain HTTP is refused.
///
/// # Errors
/// If the server cannot be reached or does not answer with the file.
pub fn download(url: &str) -> io::Result<Incoming> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .https_only(true)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(600)))
        .user_agent(concat!("twinsight/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let body = agent.get(url).call().map_err(io::Error::other)?.into_body();
    let length = body.content_length();
    Ok((Box::new(body.into_reader()), length))
}
