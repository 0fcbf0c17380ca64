//! Errors of a run's files.

use super::{MAX_NAME, MAX_NOTE, RECIPE};
use crate::config::ConfigError;
use crate::files::{FileError, clean, shown};
use crate::model::checkpoint::CheckpointError;
use crate::train::recipe::RecipeError;
use std::path::PathBuf;

/// What can go wrong with a run's files.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The directory holds a run already.
    #[error("{} already holds a run: name another directory, or continue it with --resume", shown(.0))]
    Taken(PathBuf),
    /// The directory holds no run.
    #[error("{} holds no run (there is no {RECIPE} in it): train first, or name another directory", shown(.0))]
    Missing(PathBuf),
    /// There is no run with this number.
    #[error("there is no run {0}: `twinsight runs` lists those there are")]
    NoNumber(u32),
    /// The built-in model, where a training is needed.
    #[error(
        "the built-in model is no run, because it was not trained here: name a run by its number, name or directory (`twinsight runs` \
         lists them)"
    )]
    BuiltIn,
    /// No run has a model.
    #[error("there is no trained model yet in {}: train one first with `twinsight train`", shown(.0))]
    NoRuns(PathBuf),
    /// None of the runs can be the best.
    #[error(
        "no run on {} has a model that learned anything: train one with `twinsight train`, or name a run or `builtin` with --run",
        clean(.0)
    )]
    NoBest(String),
    /// The run has no model yet.
    #[error("{} holds no model yet: its first epoch was not completed", shown(.0))]
    NoModel(PathBuf),
    /// Another process trains there.
    #[error(
        "{} is being trained by {owner}: wait for its end or stop it, or name another directory",
        shown(path)
    )]
    Busy {
        /// The run.
        path: PathBuf,
        /// The process, as far as known: `process 4711`, `another process`.
        owner: String,
    },
    /// The directory was removed during the training.
    #[error("{} was removed or renamed while it was being written to, and training stopped: put it back and continue with --resume, or start again", shown(.0))]
    Gone(PathBuf),
    /// The calibration on one's own people cannot be used.
    #[error(
        "the calibration {} cannot be used ({why}): delete this file, and the model has the one again that it came with",
        shown(path)
    )]
    OwnCalibration {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: Box<CheckpointError>,
    },
    /// Not a name for a run.
    #[error(
        "\"{0}\" is no name for a run: use 1 to {MAX_NAME} letters, digits, spaces, and -, _ or ., which must not be first"
    )]
    Name(String),
    /// Another run has this name.
    #[error("{} exists already: choose another name", shown(.0))]
    NameTaken(PathBuf),
    /// A note that is too long.
    #[error("the note has {0} characters; at most {MAX_NOTE} are kept")]
    Note(usize),
    /// A run outside the folder of the runs cannot be moved into their trash.
    #[error("{} is not in the folder of the runs: remove its folder yourself", shown(.0))]
    Elsewhere(PathBuf),
    /// There is no such run in the trash.
    #[error("there is no deleted run{}: `twinsight runs trash` lists those there are", .0.as_ref().map(|name| format!(" {name}")).unwrap_or_default())]
    NotInTrash(Option<String>),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A write to the metrics failed.
    #[error(
        "cannot write {}: {source}. Training stopped; the last checkpoint is kept",
        shown(path)
    )]
    Metrics {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The metrics do not parse.
    #[error(
        "{} is damaged ({why}): restore it from a copy, or start a new run; the models in this one can still be used",
        shown(path)
    )]
    Rows {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        why: String,
    },
    /// A model cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The recipe does not parse.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}
