//! A training in the background, watched and controlled by any number of other processes of the same user.
//!
//! ```text
//! train --detach ──starts──▶ train --background ──▶ Server ──┬── socket ──▶ attach() ──▶ Trainer ──▶ the screens
//!                            (a session of its own)          └── socket ──▶ attach() ──▶ Trainer ──▶ --stop, a test
//! ```
//! **Purpose.** A training outlives the terminal it was started from, and can be watched from another terminal later.
//!
//! **Place.** The socket is `control/socket` in the run's directory: the folder has mode 0700, the socket 0600, and on Linux
//! the system also tells which user has connected. Rejected: `$XDG_RUNTIME_DIR`, which is removed at the last logout, and a
//! training must survive that; TCP, which lets in every user of the machine.
//!
//! **Protocol.** Each side begins with a line that names the protocol and its version. Then each line is one JSON value of
//! bounded length: [`ServerMessage`] one way, [`ClientMessage`] the other. A message that is not understood is answered with
//! the reason, and the connection is closed. Weights and past epochs are not sent: they are on disk in the run's directory
//! before their event is sent, and clients read them there. Sending them was rejected: 24 MB per epoch and client.
//!
//! **Bounds.** For each client the server keeps at most [`MOST_UNREAD`] bytes and one greeting. A client that reads too slowly
//! gets nothing more until it has read all of that, and is then greeted again. A greeting and the rows on disk are the whole
//! state, so only batch events are lost. The client stops reading while its own queue is full, which is how it becomes slow.
//!
//! **No thread.** The server runs after each batch, which is the earliest that a command can take effect, and never waits
//! then; only a paused training waits, for the next command. A server thread was rejected: it would only pass commands on to
//! the same moment.

#[cfg(unix)]
mod client;
mod message;
#[cfg(unix)]
mod remote_events;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod watcher;

#[cfg(unix)]
pub(super) use client::CommandSender;
pub use message::{BANNER, ClientMessage, Hello, Lines, MOST_UNREAD, ProtocolError, ServerMessage};
#[cfg(unix)]
pub(super) use remote_events::{RemoteEvents, connect};
#[cfg(unix)]
pub use server::Server;

use super::run_dir::{Owner, RunError};
use crate::files::{FileError, shown};
use std::path::PathBuf;

/// Why a training cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nothing trains there.
    #[error(
        "nobody trains in {run} now: go on with `twinsight train --resume --detach --run {run}`, or look at it with \
         `twinsight --run {run}`",
        run = shown(.0)
    )]
    NotRunning(PathBuf),
    /// A process trains there without a socket.
    #[error(
        "{} is being trained by {owner}, but not in the background, so you cannot attach: watch it where it was started, \
         or stop it there and continue with `twinsight train --resume --detach`",
        shown(run)
    )]
    Foreground {
        /// The run.
        run: PathBuf,
        /// The process.
        owner: Owner,
    },
    /// It ended without a last event.
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
    /// It refuses the connection.
    #[error("the training refuses: {0}")]
    Refused(String),
    /// The system reports an error.
    #[error("the socket of the training in {} cannot be used: {why}", shown(run))]
    Socket {
        /// The run.
        run: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// A file of the run cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The run cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The other side uses another protocol.
    #[error("the training cannot be understood: {0}; attach with the twinsight that trains")]
    Protocol(#[from] ProtocolError),
    /// This system has no Unix sockets.
    #[error(
        "training in the background needs Unix (a session of its own, and Unix sockets), and this system is none"
    )]
    NeedsUnix,
}
