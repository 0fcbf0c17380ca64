//! A training as a process of its own, which survives the terminal it was started from.
//!
//! The program is started again as `train --resume --background` in the run's directory, and leaves the session of the
//! terminal ([`leave_terminal`]). The process that starts it waits for one word: that the training has begun. Until then
//! errors are shown on the terminal; from then on they are in the run's events log, and are sent to attached processes
//! ([`control`](super::control)). Rejected: `fork` alone, which needs unsafe code and allows little in a process with threads;
//! and one service for all trainings, where one that crashes takes the others with it.

use super::control::ControlError;
use super::run_dir::RunDir;
use crate::files::as_argument;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the training writes to standard output once it has begun.
pub const READY: &str = "ready";
/// The most bytes that are read of its error message.
const MOST_MESSAGE_BYTES: u64 = 16 << 10;

/// Why a training in the background did not begin.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// The process cannot be started.
    #[error("the training cannot be started in the background: {0}")]
    Start(#[from] std::io::Error),
    /// It ended at once.
    #[error("{0}")]
    Ended(String),
    /// The system lacks what it needs.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// A training to start in the background.
#[derive(Debug, Clone)]
pub struct Background {
    /// The run, which continues, or begins if nothing was saved in it yet.
    pub run: PathBuf,
    /// The data set, as `--data` takes it.
    pub source: String,
    /// Threads to use; as many as there are cores if 0.
    pub threads: usize,
    /// More arguments of the command line.
    pub flags: Vec<String>,
}

/// A training that has begun in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The run, by its full path.
    pub run: PathBuf,
    /// Its process.
    pub process: u32,
}

impl fmt::Display for Begun {
    /// One line: its process, how to watch it, how to stop it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (run, process) = (as_argument(&self.run), self.process);
        write!(
            f,
            "training in the background (process {process}); watch: twinsight attach {run}; stop: twinsight attach {run} --stop"
        )
    }
}

impl Background {
    /// Starts the training, and waits until it has begun. The caller must not hold the run's lock.
    ///
    /// # Errors
    /// [`BackgroundError`] with the training's own reason, if it did not begin.
    pub fn start(&self) -> Result<Begun, BackgroundError> {
        if cfg!(not(unix)) {
            return Err(ControlError::NeedsUnix.into());
        }
        let run = std::path::absolute(&self.run)?;
        let mut child = self.command(&run)?.spawn()?;
        let said = child.stdout.take().map(BufReader::new);
        let ready = said
            .and_then(|said| said.lines().next()?.ok())
            .is_some_and(|line| line == READY);
        if !ready {
            return Err(BackgroundError::Ended(reason(child)?));
        }
        Ok(Begun {
            run,
            process: child.id(),
        })
    }

    fn command(&self, run: &Path) -> std::io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["train", "--resume", "--background", "--run"])
            .arg(run)
            .args(["--data", &self.source])
            .args(&self.flags);
        if self.threads > 0 {
            command.args(["--threads", &self.threads.to_string()]);
        }
        // Neither pipe is read once the training has begun: later output is lost.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// The error message of a training that did not begin.
fn reason(mut child: Child) -> std::io::Result<String> {
    let mut text = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(MOST_MESSAGE_BYTES).read_to_end(&mut text)?;
    }
    let status = child.wait()?;
    let text = String::from_utf8_lossy(&text);
    Ok(match text.trim().trim_start_matches("error: ") {
        "" => format!("the training in the background ended before it began ({status})"),
        why => why.to_owned(),
    })
}

/// Takes this process out of the session of its terminal, so that the terminal may close.
pub fn leave_terminal() {
    // It fails for the leader of a session, which needs no new one.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

/// Removes a run that was made for a training that did not begin, unless it holds a checkpoint after all.
pub fn forget(run: &Path) {
    if let Ok(run) = RunDir::open(run)
        && !run.has_checkpoint()
    {
        // If that fails, an empty run is left, which can be pruned.
        let _ = run.remove();
    }
}
