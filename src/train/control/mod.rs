//! A training in the background, watched and steered by any number of other processes of the same user.
//!
//! ```text
//! train --detach ──starts──▶ train --background ──▶ Server ──┬── socket ──▶ attach() ──▶ Trainer ──▶ the screens
//!                            (a session of its own)          └── socket ──▶ attach() ──▶ Trainer ──▶ --stop, a test
//! ```
//! **What for.** A training outlives the line it was started over; whoever logs in later sees it as if it were theirs.
//!
//! **Where.** The socket is `control/socket` in the run's directory: the folder is 0700, the socket 0600, and on Linux
//! the system says besides who has connected. `$XDG_RUNTIME_DIR` was rejected, because it is removed at the last logout,
//! which is what the training shall survive; TCP, because it lets in everybody on the machine.
//!
//! **What goes over it.** Each side begins with a line that names the language and its version; then each line is one JSON
//! value, [`Said`] one way and [`Asked`] the other, of bounded length. What is not understood is answered with the reason,
//! and hung up on. Weights and past epochs do not go over it: they are on disk in the run's directory before they are
//! told, and whoever watches reads them there. Sending them was rejected: 24 MB an epoch to each.
//!
//! **Bounded.** For each client the server keeps at most [`MOST_UNREAD`] bytes and one greeting. Who reads too slowly is
//! told nothing more until all of that is read, and is then greeted anew: a greeting with the rows on disk is the whole
//! state, so nobody has to be thrown out and nothing is lost but batches that nobody looked at. The watching side stops
//! reading while its own queue is full, which is how it becomes slow.
//!
//! **No thread.** The server takes a turn after each batch, which is when a wish could take effect at the earliest, and
//! never waits then; only a paused training waits, for the next wish. A server thread beside the training was rejected:
//! it would only have to hand wishes on to the same moment.

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod following;
mod message;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod telling;
#[cfg(unix)]
mod watcher;

#[cfg(unix)]
pub(super) use client::Wishes;
#[cfg(unix)]
pub use client::attach;
#[cfg(unix)]
pub(super) use following::Following;
pub use message::{Asked, BANNER, Hello, Lines, MOST_UNREAD, ProtocolError, Said};
#[cfg(unix)]
pub(super) use place::clear_away;
#[cfg(unix)]
pub use server::Server;

use super::Trainer;
use super::run_dir::{Owner, RunError};
use crate::files::{FileError, shown};
use std::path::PathBuf;

/// A training of another process, as if it were this one's.
#[derive(Debug)]
pub struct Attached {
    /// Its events, and where wishes go. Dropped, it lets go of the training, which goes on.
    pub trainer: Trainer,
    /// The faces it trains on, as `--data` takes them.
    pub source: String,
}

/// Nobody can be watched here.
///
/// # Errors
/// Always [`ControlError::NeedsUnix`].
#[cfg(not(unix))]
pub fn attach(_: super::RunDir) -> Result<Attached, ControlError> {
    Err(ControlError::NeedsUnix)
}

/// Why a training cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody trains there.
    #[error(
        "nobody trains in {run} now: go on with `twinsight train --resume --detach --run {run}`, or look at it with \
         `twinsight --run {run}`",
        run = shown(.0)
    )]
    NotRunning(PathBuf),
    /// Somebody trains there who opens no socket.
    #[error(
        "{} is being trained by {owner}, but not in the background, so nobody can attach: watch it where it was started, \
         or stop it there and go on with `twinsight train --resume --detach`",
        shown(run)
    )]
    Foreground {
        /// The run.
        run: PathBuf,
        /// Who.
        owner: Owner,
    },
    /// It ended without saying so.
    #[error(
        "the training in {run} has ended without a word; what it saved is kept: go on with \
         `twinsight train --resume --detach --run {run}`",
        run = shown(.0)
    )]
    Lost(PathBuf),
    /// It does not answer.
    #[error(
        "the training in {} does not answer: it may be stopped (`kill -CONT` lets it go on) or very slow; try again",
        shown(.0)
    )]
    Silent(PathBuf),
    /// It has said no.
    #[error("the training refuses: {0}")]
    Refused(String),
    /// The system refuses.
    #[error("the socket of the training in {} cannot be used: {why}", shown(run))]
    Socket {
        /// The run.
        run: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// A file of it cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The other side speaks another language.
    #[error("the training cannot be understood: {0}; attach with the twinsight that trains")]
    Protocol(#[from] ProtocolError),
    /// There are no Unix sockets.
    #[error(
        "training in the background needs Unix (a session of its own, and Unix sockets), and this system is none"
    )]
    NeedsUnix,
}
