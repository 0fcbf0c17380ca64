//! Requests that fail. The message line says so, and the program goes on.

use std::io;

use super::training::StartError;
use crate::files::FileError;
use crate::tui::error::SettingsError;

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
