//! What can fail around the loop without ending it: the message line says so.

use std::io;
use std::path::PathBuf;

use super::program::StartError;
use crate::config::ConfigError;
use crate::files::{FileError, clean, shown};

/// A user's file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum SettingsError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not text.
    #[error("{}: it is not UTF-8 text; save it as such", shown(.0))]
    NotText(PathBuf),
    /// The text is not a theme, or not a key table.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No theme has this name.
    #[error("there is no theme `{}`; there are {known}", clean(name))]
    NoTheme {
        /// The name that was asked for.
        name: String,
        /// The names of all themes.
        known: String,
    },
}

/// A file with what is remembered that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MemoryError {
    /// It cannot be read.
    #[error("what was remembered is not used: {0}")]
    Read(#[from] ConfigError),
    /// It cannot be expressed as RON.
    #[error("what is to be remembered cannot be expressed as text: {0}")]
    Text(#[from] ron::Error),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] FileError),
}

/// A request that the loop could not carry out.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// A theme.
    #[error(transparent)]
    Theme(#[from] SettingsError),
    /// Sending something to the terminal.
    #[error("cannot {operation}: {why}")]
    Terminal {
        /// What was attempted.
        operation: &'static str,
        /// The cause.
        why: io::Error,
    },
    /// Writing the screen to a file.
    #[error(transparent)]
    Export(#[from] FileError),
    /// Starting or resuming a training.
    #[error(transparent)]
    Training(#[from] StartError),
}
