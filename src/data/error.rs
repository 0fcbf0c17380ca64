//! Why a source of faces cannot be read.

use std::io;
use std::path::PathBuf;

use crate::backbone::UnknownBackbone;
use crate::files::{FileError, shown};

/// Why a source cannot be read at all. A single picture that cannot be used is a [`Refusal`](super::Refusal) instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The name of the source is empty.
    #[error(
        "the data source is empty; write orl, a folder with one sub-folder for each person, or a .mat file"
    )]
    Nothing,
    /// The folder or file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A folder without a usable picture.
    #[error("{} holds no people: {why}", shown(path))]
    NoPeople {
        /// The folder.
        path: PathBuf,
        /// What was found instead, and how to fix it.
        why: String,
    },
    /// A folder with too many files.
    #[error(
        "{} holds more than {limit} files, the most that are read; name a folder with fewer",
        shown(path)
    )]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// The most files that are read.
        limit: usize,
    },
    /// The reading was stopped.
    #[error(
        "stopped after {read} of {total} pictures; what was read is kept, and the next start goes on there"
    )]
    Interrupted {
        /// How many pictures were read.
        read: usize,
        /// How many there are.
        total: usize,
    },
    /// The faces are too many for memory, and there is no cache.
    #[error(
        "{pictures} pictures are more than the {most} whose faces fit into memory; read them with a cache of prepared faces"
    )]
    NoCache {
        /// How many pictures there are.
        pictures: usize,
        /// The most pictures without a cache.
        most: usize,
    },
    /// The faces are too many for memory, and the cache cannot hold them.
    #[error(
        "the faces of {pictures} pictures do not fit into memory, and the cache of prepared faces does not hold them: {why}"
    )]
    NotCached {
        /// How many pictures there are.
        pictures: usize,
        /// What failed, with the folder.
        why: String,
    },
    /// The faces need a backbone that is not loaded.
    #[error(transparent)]
    Backbone(#[from] UnknownBackbone),
    /// A file that is not the Olivetti faces.
    #[error("{} does not hold the Olivetti faces: {why}", shown(path))]
    Mat {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        #[source]
        why: MatError,
    },
}

/// Why a MATLAB file does not hold the expected matrix. The message continues a sentence about the file.
#[derive(Debug, thiserror::Error)]
pub enum MatError {
    /// The header of a MATLAB file is missing.
    #[error(
        "it is not a MATLAB file of version 5 to 7; fetch it with `twinsight data fetch olivetti`"
    )]
    NotMat,
    /// A file in the format of version 7.3, which is HDF5.
    #[error("it is a MATLAB 7.3 (HDF5) file; save it again with the option -v7")]
    Hdf5,
    /// The variable is missing.
    #[error("it has no variable called {wanted}; its variables are: {}", if found.is_empty() { "none" } else { found })]
    Missing {
        /// The name of the expected variable.
        wanted: &'static str,
        /// The names of the variables in the file.
        found: String,
    },
    /// The variable has other dimensions.
    #[error("its variable has {found} values; {} × {} are needed", expected[0], expected[1])]
    Shape {
        /// The expected numbers of rows and columns.
        expected: [usize; 2],
        /// The dimensions in the file.
        found: String,
    },
    /// Text, a structure, complex or sparse values.
    #[error("its variable does not hold plain real numbers; save it as a full real matrix")]
    Kind,
    /// A value that is not an 8-bit grey level.
    #[error("it holds the value {0}; grey levels are whole numbers from 0 to 255")]
    Range(f64),
    /// The file ends too early.
    #[error("it ends in the middle of its data; copy or fetch it again")]
    Truncated,
    /// The content contradicts the format.
    #[error("it is damaged ({0}); copy or fetch it again")]
    Damaged(String),
}

impl From<io::Error> for MatError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Damaged(error.to_string()),
        }
    }
}
