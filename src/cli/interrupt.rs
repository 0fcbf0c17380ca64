//! Ctrl-C and the system's signals to end: the first one asks the command to stop, the second one ends the process.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGXFSZ};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

/// The exit code of a program that Ctrl-C ended, by the convention of shells: 128 + SIGINT.
pub(super) const EXIT_CODE: u8 = 130;

/// The signals that ask to stop.
const SIGNALS: &[i32] = &[
    SIGINT,
    SIGTERM,
    // The terminal was closed, or the connection to it.
    #[cfg(unix)]
    SIGHUP,
];

/// Whether the first signal ends the process, because nothing listens to it: a handler stays when the work that it was made
/// for is done.
static NOBODY_LISTENS: LazyLock<Arc<AtomicBool>> =
    LazyLock::new(|| Arc::new(AtomicBool::new(true)));
/// The signals that end the process while [`NOBODY_LISTENS`]. Their handlers stay, so each is registered once.
static ENDING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Work that Ctrl-C ended before its result; what is kept of it, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Stopped(pub(super) &'static str);

/// Whether a signal has asked to stop.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

/// An [`Interrupt`] for a part of a command. When it is dropped, the next signal ends the process again, unless something else
/// listens, and counts as the first one for whatever does.
#[derive(Debug)]
pub(super) struct InterruptScope {
    interrupt: Interrupt,
    handlers: Vec<SigId>,
    nobody_listened: bool,
}

impl InterruptScope {
    pub(super) fn flow(&self) -> ControlFlow<()> {
        self.interrupt.flow()
    }
}

impl Drop for InterruptScope {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
        NOBODY_LISTENS.store(self.nobody_listened, Ordering::SeqCst);
    }
}

impl Interrupt {
    /// From now on the first signal only sets the flag, and the second one ends the process. Since files are replaced in
    /// one step, only the work since the last save is lost then.
    pub(super) fn watch() -> std::io::Result<Self> {
        NOBODY_LISTENS.store(false, Ordering::SeqCst);
        Ok(Self::on(SIGNALS)?.0)
    }

    /// The same until the answer is dropped.
    pub(super) fn during() -> std::io::Result<InterruptScope> {
        let nobody_listened = NOBODY_LISTENS.swap(false, Ordering::SeqCst);
        let (interrupt, handlers) = Self::on(SIGNALS)?;
        Ok(InterruptScope {
            interrupt,
            handlers,
            nobody_listened,
        })
    }

    /// The same as [`watch`](Self::watch) for a process without a terminal: it ignores SIGHUP.
    #[cfg(unix)]
    pub(super) fn watch_in_background() -> std::io::Result<Self> {
        NOBODY_LISTENS.store(false, Ordering::SeqCst);
        flag::register(SIGHUP, Arc::default())?;
        Ok(Self::on(&[SIGINT, SIGTERM])?.0)
    }

    /// The flag, and the handlers that set it.
    fn on(signals: &[i32]) -> std::io::Result<(Self, Vec<SigId>)> {
        let asked = Arc::new(AtomicBool::new(false));
        let mut handlers = Vec::new();
        for &signal in signals {
            // In this order: the second signal finds the flag set by the first.
            end_while_nobody_listens(signal)?;
            let ends =
                flag::register_conditional_shutdown(signal, EXIT_CODE.into(), asked.clone())?;
            handlers.extend([ends, flag::register(signal, asked.clone())?]);
        }
        Ok((Self(asked), handlers))
    }

    pub(super) fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same, for what asks whether to continue.
    pub(super) fn flow(&self) -> ControlFlow<()> {
        match self.asked() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Registers, once for the whole process, that a signal ends it while [`NOBODY_LISTENS`].
fn end_while_nobody_listens(signal: i32) -> std::io::Result<()> {
    let mut ending = ENDING.lock().unwrap_or_else(PoisonError::into_inner);
    if !ending.contains(&signal) {
        flag::register_conditional_default(signal, NOBODY_LISTENS.clone())?;
        ending.push(signal);
    }
    Ok(())
}

/// Handles SIGXFSZ, which the system sends when a file grows beyond the user's limit. Without a handler the signal ends the
/// program; with one, the write returns an error, like on a full disk. If it cannot be set up, the signal ends the program.
pub(super) fn expect_file_limits() {
    #[cfg(unix)]
    let _ = flag::register(SIGXFSZ, Arc::default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_has_one_ending_handler_however_many_parts_a_command_has() {
        for _ in 0..3 {
            let part = Interrupt::during().unwrap();
            assert!(part.flow().is_continue());
        }
        let mut ending = ENDING.lock().unwrap().clone();
        ending.sort_unstable();
        let mut expected = SIGNALS.to_vec();
        expected.sort_unstable();
        assert_eq!(ending, expected);
    }
}
