//! Why a file job or a network query failed.

use std::path::PathBuf;
use std::sync::Arc;

use super::message::Level;
use crate::data::SourceError;
use crate::data::mislabelled::MarksError;
use crate::files::{FileError, FileReason, shown};
use crate::gallery::GalleryError;
use crate::recognition::RecognitionError;
use crate::train::run_dir::RunError;
use crate::vision::PhotoError;

/// Why a file job or a network query failed: the operation, its object, and the cause.
///
/// Events are cloned, so causes are shared.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TaskError {
    /// Reading the faces of a data source.
    #[error("{0}")]
    Faces(Arc<SourceError>),
    /// Reading the photo behind a picture of the data set.
    #[error("{label}: {why}")]
    Picture {
        /// How the picture is called.
        label: String,
        /// The cause.
        why: Arc<PhotoError>,
    },
    /// Reading a photo file.
    #[error("{}: {why}", shown(path))]
    Photo {
        /// The file.
        path: PathBuf,
        /// The cause.
        why: Arc<PhotoError>,
    },
    /// Listing a folder.
    #[error("{}: {why}", shown(path))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        why: Arc<FileReason>,
    },
    /// Reading the pairs that are marked as mislabelled.
    #[error("{0}")]
    ReadMarks(Arc<MarksError>),
    /// Writing the pairs that are marked as mislabelled.
    #[error("{0}")]
    WriteMarks(Arc<FileError>),
    /// Reading the network of a run.
    #[error("{0}")]
    Run(Arc<RunError>),
    /// Comparing a face.
    #[error("{0}")]
    Recognition(Arc<RecognitionError>),
    /// Changing the enrolled people.
    #[error("{0}")]
    Gallery(Arc<GalleryError>),
    /// Changing a run that is being trained.
    #[error("{name} is being trained and cannot be {done} before that has ended")]
    RunInUse {
        /// Its name.
        name: String,
        /// What cannot be done: deleted, renamed.
        done: &'static str,
    },
    /// There is no run to draw in the curves.
    #[error("there is no earlier run with epochs yet")]
    NoEarlierRun,
    /// No data set is loaded.
    #[error("no faces are loaded")]
    NoFaces,
    /// A picture of a data set that is no longer loaded.
    #[error("this picture is not there any more")]
    NoPicture,
    /// There is no network to ask.
    #[error("there is no network yet")]
    NoNetwork,
    /// The system gives no thread.
    #[error("the photos cannot be compared: {0}")]
    NoThread(Arc<std::io::Error>),
    /// The thread panicked; it goes on with the next task.
    #[error("the {0} thread failed at a task; the log file says where")]
    Panicked(&'static str),
}

impl TaskError {
    /// How important that is to the user.
    pub fn level(&self) -> Level {
        match self {
            Self::NoEarlierRun | Self::Picture { .. } => Level::Warning,
            _ => Level::Error,
        }
    }
}

macro_rules! shared {
    ($($variant:ident($cause:ty)),*) => {
        $(impl From<$cause> for TaskError {
            fn from(why: $cause) -> Self {
                Self::$variant(Arc::new(why))
            }
        })*
    };
}

shared!(
    Faces(SourceError),
    ReadMarks(MarksError),
    WriteMarks(FileError),
    NoThread(std::io::Error),
    Run(RunError),
    Recognition(RecognitionError),
    Gallery(GalleryError)
);
