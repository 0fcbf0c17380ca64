//! Why a source of faces cannot be read.

use std::io;
use std::path::PathBuf;

use crate::files::{FileError, shown};

/// Why a source yields no faces at all. What is wrong with single pictures is a [`Refusal`](super::Refusal) instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// An empty word.
    #[error(
        "the data source is empty; write orl, a folder with one sub-folder for each person, or a .mat file"
    )]
    Nothing,
    /// The folder or file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A folder in which nobody has a usable picture.
    #[error("{} holds no people: {why}", shown(path))]
    NoPeople {
        /// The folder.
        path: PathBuf,
        /// What is there instead, and how it should look.
        why: String,
    },
    /// A folder too large to be meant.
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
    /// A file that is not the Olivetti faces.
    #[error("{} does not hold the Olivetti faces: {why}", shown(path))]
    Mat {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        why: MatError,
    },
}

/// Why a MATLAB file does not hold the matrix that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum MatError {
    /// No such header.
    #[error("it is not a MATLAB file of version 5 to 7")]
    NotMat,
    /// The format of version 7.3, which is another one.
    #[error("it is a MATLAB 7.3 (HDF5) file; save it again with the option -v7")]
    Hdf5,
    /// The variable is missing.
    #[error("it has no variable called {wanted}; it has: {}", if found.is_empty() { "none" } else { found })]
    Missing {
        /// The variable that was looked for.
        wanted: &'static str,
        /// Those that are there.
        found: String,
    },
    /// The variable has other dimensions.
    #[error("its variable has {found} values, not {} × {}", expected[0], expected[1])]
    Shape {
        /// Rows and columns that are wanted.
        expected: [usize; 2],
        /// The dimensions that are there.
        found: String,
    },
    /// Text, a structure, complex or sparse values.
    #[error("its variable holds no plain real numbers")]
    Kind,
    /// A value that is no 8-bit grey.
    #[error("it holds the value {0}; the faces are whole numbers from 0 to 255")]
    Range(f64),
    /// The end came too early.
    #[error("it breaks off in the middle; copy or fetch it again")]
    Truncated,
    /// Something contradicts the format.
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
