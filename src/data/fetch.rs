//! Fetching the Olivetti faces from where scikit-learn gets them.
//!
//! Nothing reads a byte of what came over the network before its SHA-256 is known to be right, and only then does the
//! file get its name. The network itself is one small function, [`download`], handed in as an argument: all the rest is
//! tested without it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::olivetti::MAX_BYTES;
use crate::files::{self, FileError, Paths, shown};
use crate::text::hex;

/// A file that can be fetched.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    /// How it is called on disk.
    pub file: &'static str,
    /// Where it is.
    pub url: &'static str,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: &'static str,
    /// Where else people find it, for those who must fetch it by hand.
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
    /// No network, or one that does not answer as it should.
    #[error(
        "cannot fetch {url}: {why}; without a network, get the file from there or from {page} on another machine and \
         put it at {}",
        shown(target)
    )]
    Network {
        /// What was asked for.
        url: &'static str,
        /// What went wrong.
        why: String,
        /// Where else to find it.
        page: &'static str,
        /// Where to put it.
        target: PathBuf,
    },
    /// Something else than what was asked for came back.
    #[error(
        "what {url} sent is not the file that is known: its SHA-256 is {found}, not {expected}; it was thrown away, so \
         try again later or get the file from {page} and put it at {}",
        shown(target)
    )]
    Checksum {
        /// What was asked for.
        url: &'static str,
        /// The checksum of what came.
        found: String,
        /// The checksum that was expected.
        expected: &'static str,
        /// Where else to find it.
        page: &'static str,
        /// Where to put it.
        target: PathBuf,
    },
    /// The file could not be kept.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What a download looks like to the rest: bytes to come, and how many, if the other side told.
pub type Incoming = (Box<dyn Read>, Option<u64>);

/// Where a fetched file lies, or would lie.
pub fn path_of(remote: &Remote, paths: &Paths) -> PathBuf {
    paths.data_dir().join(remote.file)
}

/// Fetches a file into the user's data folder and says where it is. One that is already there and whole is left alone.
///
/// `open` is [`download`], or what a test puts in its place. `progress` hears how many bytes came, and of how many.
///
/// # Errors
/// See [`FetchError`]; whatever was at that place before is still there.
pub fn fetch(
    remote: &Remote,
    paths: &Paths,
    open: impl FnOnce(&str) -> Result<Incoming, String>,
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

/// Whether the file at `path` is the one that is meant.
pub fn is_whole(remote: &Remote, path: &Path) -> bool {
    files::read_limited(path, MAX_BYTES).is_ok_and(|bytes| checksum(&bytes) == remote.sha256)
}

fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Everything that comes, up to the limit.
fn receive(mut reader: impl Read, mut progress: impl FnMut(u64)) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        let chunk = reader.by_ref().take(1 << 16).read_to_end(&mut bytes);
        chunk.map_err(|error| {
            format!(
                "the connection broke off after {} bytes ({error})",
                bytes.len()
            )
        })?;
        if bytes.len() == before {
            return Ok(bytes);
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!(
                "it sends more than {} MiB, which cannot be right",
                MAX_BYTES >> 20
            ));
        }
        progress(bytes.len() as u64);
    }
}

/// Asks for `url` over HTTPS, redirections included; never over plain HTTP.
///
/// # Errors
/// What went wrong, as part of a sentence.
pub fn download(url: &str) -> Result<Incoming, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .https_only(true)
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_global(Some(Duration::from_secs(600)))
        .user_agent(concat!("twinsight/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let body = agent
        .get(url)
        .call()
        .map_err(|error| error.to_string())?
        .into_body();
    let length = body.content_length();
    Ok((Box::new(body.into_reader()), length))
}
