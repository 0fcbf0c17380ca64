//! A training as a process of its own, which the terminal it was started from may leave behind.
//!
//! The same program is started once more, as `train --resume --background` in the run's directory, and takes itself out
//! of the terminal's session ([`leave_terminal`]). Whoever starts it waits for one word from it: that the training has
//! begun. Until then every error still has a terminal to be told on; from then on what goes wrong is in the run's events
//! log, and told to whoever is attached ([`control`](super::control)). Forking without a fresh start was rejected: it needs
//! unsafe code, and a process with threads may not do much after it. So was a service that all trainings run in: a
//! process each ends by itself, and takes no other along.

use super::control::ControlError;
use super::run_dir::RunDir;
use crate::files::shown;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the training says on standard output once it has begun.
pub const READY: &str = "ready";
/// Of why it has not begun, this much is told at most.
const MOST_TOLD: u64 = 16 << 10;

/// Why no training was begun in the background.
#[derive(Debug, thiserror::Error)]
pub enum BackgroundError {
    /// The process cannot be started.
    #[error("the training cannot be started in the background: {0}")]
    Start(#[from] std::io::Error),
    /// It has ended at once.
    #[error("{0}")]
    Ended(String),
    /// The system has not what it needs.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// What is to be trained, where, and on what.
#[derive(Debug, Clone)]
pub struct Background {
    /// The run, which goes on, or begins if nothing was saved in it yet.
    pub run: PathBuf,
    /// The faces, as `--data` takes them.
    pub source: String,
    /// Cores to use; all if 0.
    pub threads: usize,
    /// Further words of the command line.
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
    /// One line: where, how to watch it, how to stop it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (run, process) = (shown(&self.run), self.process);
        write!(
            f,
            "training in the background (process {process}); watch: twinsight attach {run}; stop: twinsight attach {run} --stop"
        )
    }
}

impl Background {
    /// Starts the training, and waits until it has begun. Whoever calls must not hold the run's lock.
    ///
    /// # Errors
    /// [`BackgroundError`] with the training's own reason, if it has not.
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
        // Neither pipe is read after the beginning: from then on what is written goes nowhere.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(command)
    }
}

/// What a training that has not begun said of it.
fn reason(mut child: Child) -> std::io::Result<String> {
    let mut text = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(MOST_TOLD).read_to_end(&mut text)?;
    }
    let status = child.wait()?;
    let text = String::from_utf8_lossy(&text);
    Ok(match text.trim().trim_start_matches("error: ") {
        "" => format!("the training in the background ended before it began ({status})"),
        why => why.to_owned(),
    })
}

/// Takes this process out of the session of its terminal, which may then go away.
pub fn leave_terminal() {
    // Refused to the leader of a session, which has left already.
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}

/// Removes a run that was made for a training that has not begun, unless there is something in it after all.
pub fn forget(run: &Path) {
    if let Ok(run) = RunDir::open(run)
        && !run.has_checkpoint()
    {
        // Left behind at worst: an empty run can be pruned.
        let _ = run.remove();
    }
}
