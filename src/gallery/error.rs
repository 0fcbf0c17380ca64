//! Errors of the gallery. Each message says what to do.

use std::path::PathBuf;

use super::limits::{MAX_PEOPLE, MAX_PHOTOS};
use super::name::NameError;
use crate::files::{FileError, shown};

/// Why a gallery cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// The file or its folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is no gallery, or is damaged.
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
    /// The name is not allowed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No enrolled person has this name.
    #[error("nobody called \"{name}\" is enrolled; {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Who is enrolled, as a sentence.
        known: String,
    },
    /// A person of the data set has this name.
    #[error("\"{0}\" is one of the data set's people, who cannot be changed; choose another name")]
    BuiltIn(String),
    /// The name differs from another person's only in case, spaces or how its letters are written.
    #[error(
        "\"{name}\" differs only in capital letters, spaces or how its letters are written from \"{known}\", who is {place} already; {} if \
         it is the same person, or choose another name",
        if *place == "enrolled" { format!("write \"{known}\"") } else { "put the photos into that person's folder".to_owned() }
    )]
    Similar {
        /// The name that was asked for.
        name: String,
        /// The other person's name.
        known: String,
        /// Where that person is: `enrolled`, or `in the data set`.
        place: &'static str,
    },
    /// Another enrolled person has this name.
    #[error("\"{0}\" is enrolled already; choose another name, or forget that person first")]
    Taken(String),
    /// There are no photos to enroll with.
    #[error("a person needs at least one photo; name one")]
    NoPhotos,
    /// More people or photos than a gallery holds.
    #[error(
        "a gallery holds at most {MAX_PEOPLE} people and {MAX_PHOTOS} photos; forget a person first"
    )]
    Full,
    /// Embedding the photos was stopped.
    #[error(
        "not all photos are embedded, because it was stopped; the next comparison embeds the others"
    )]
    Stopped,
}

/// Why a file cannot be read as a gallery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It is not safetensors, or not complete.
    #[error("it is not a whole safetensors file ({0})")]
    Container(String),
    /// It is safetensors with other content.
    #[error("it is a safetensors file, but not of a gallery")]
    Foreign,
    /// A later version of the program wrote it.
    #[error(
        "it was written by a later version of this program (format {found}, this one reads {newest})"
    )]
    Later {
        /// The version of its format.
        found: u32,
        /// The newest version that this program reads.
        newest: u32,
    },
    /// The list of people in the metadata is damaged.
    #[error("its list of people is damaged ({0})")]
    Index(String),
    /// A tensor does not fit the list of people.
    #[error("its {0} are damaged")]
    Tensor(&'static str),
}
