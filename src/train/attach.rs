//! Watching a training in another process as if it were in this one.

use super::control::ControlError;
use super::run_dir::RunDir;
use super::worker::Trainer;

/// A training in another process.
#[derive(Debug)]
pub struct Attached {
    /// Its events and commands. Dropping it disconnects; the training continues.
    pub trainer: Trainer,
    /// The data set it trains on, as `--data` takes it.
    pub source: String,
}

/// Connects to the training that another process does in `run`.
///
/// # Errors
/// [`ControlError`] if nothing trains there, or it accepts no connection.
#[cfg(unix)]
pub fn attach(run: RunDir) -> Result<Attached, ControlError> {
    let path = run.path().to_owned();
    let (events, commands) = super::control::connect(run)?;
    let source = events.source().to_owned();
    let trainer =
        Trainer::follow(events, commands).map_err(|why| ControlError::Socket { run: path, why })?;
    Ok(Attached { trainer, source })
}

/// Needs Unix sockets.
///
/// # Errors
/// Always [`ControlError::NeedsUnix`].
#[cfg(not(unix))]
pub fn attach(_: RunDir) -> Result<Attached, ControlError> {
    Err(ControlError::NeedsUnix)
}
