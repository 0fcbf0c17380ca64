//! Ctrl-C, and being asked to end by the system: the first time politely, the second time at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGXFSZ};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// What a shell reports of a program that Ctrl-C ended: 128 + SIGINT.
const EXIT_CODE: i32 = 130;

/// Whether somebody has asked to stop.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first signal only sets the flag, and a second one ends the process. Files are replaced in one
    /// step wherever that happens, so nothing is lost but the work since the last save.
    pub(super) fn watch() -> std::io::Result<Self> {
        Self::on(&[
            SIGINT,
            SIGTERM,
            // The terminal, or the line to it, has gone.
            #[cfg(unix)]
            SIGHUP,
        ])
    }

    /// The same for a process without a terminal, which does not mind when one goes.
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

/// A file grown beyond the user's limit ends a program that does not expect it. One that does gets an error from the
/// write, like that of a full disk, and can tell it. Where the signal cannot be caught it ends the program as before.
pub(super) fn expect_file_limits() {
    #[cfg(unix)]
    let _ = flag::register(SIGXFSZ, Arc::default());
}
