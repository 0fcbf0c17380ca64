//! What can go wrong with a gallery, and what to do about it.

use std::path::PathBuf;

use super::{MAX_PEOPLE, MAX_PHOTOS, NameError, StoreError};
use crate::files::{FileError, shown};

/// Why the gallery cannot be used, or not as asked.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// The file or its folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a gallery that this program can read.
    #[error(
        "the gallery {} cannot be used: {why}; it is left as it is, so move it away to start a new one",
        shown(path)
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        why: StoreError,
    },
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Nobody has this name.
    #[error("nobody called \"{name}\" is enrolled; {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Who is, as a sentence.
        known: String,
    },
    /// A person of the data set.
    #[error("\"{0}\" is one of the data set's people, who cannot be changed; choose another name")]
    BuiltIn(String),
    /// Somebody else has this name.
    #[error(
        "somebody called \"{0}\" is enrolled already; choose another name, or forget that person first"
    )]
    Taken(String),
    /// Enrolled with nothing.
    #[error("a person is enrolled with at least one photo; name one")]
    NoPhotos,
    /// More than a gallery holds.
    #[error(
        "a gallery holds at most {MAX_PEOPLE} people and {MAX_PHOTOS} photos; forget somebody first"
    )]
    Full,
}
