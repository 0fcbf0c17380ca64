//! Files of the user that cannot be used. The message line says so, and the program goes on without them.

use std::path::PathBuf;

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
