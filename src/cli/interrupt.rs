//! Ctrl-C and the system's signals to end: the first one asks the command to stop, the second one ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGXFSZ};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The exit code of a program that Ctrl-C ended, by the convention of shells: 128 + SIGINT.
const EXIT_CODE: i32 = 130;

/// Whether a signal has asked to stop.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first signal only sets the flag, and the second one ends the process. Since files are replaced in
    /// one step, only the work since the last save is lost then.
    pub(super) fn watch() -> std::io::Result<Self> {
        Self::on(&[
            SIGINT,
            SIGTERM,
            // The terminal was closed, or the connection to it.
            #[cfg(unix)]
            SIGHUP,
        ])
    }

    /// The same for a process without a terminal: it ignores SIGHUP.
    #[cfg(unix)]
    pub(super) fn watch_in_background() -> std::io::Result<Self> {
        flag::register(SIGHUP, Arc::default())?;
        Self::on(&[SIGINT, SIGTERM])
    }

    fn on(signals: &[i32]) -> std::io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for &signal in signals {
            // In this order: the second signal finds the flag set by the first.
            flag::register_conditional_shutdown(signal, EXIT_CODE, asked.clone())?;
            flag::register(signal, asked.clone())?;
        }
        Ok(Self(asked))
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Handles SIGXFSZ, which the system sends when a file grows beyond the user's limit. Without a handler the signal ends the
/// program; with one, the write returns an error, like on a full disk. If it cannot be set up, the signal ends the program.
pub(super) fn expect_file_limits() {
    #[cfg(unix)]
    let _ = flag::register(SIGXFSZ, Arc::default());
}
