//! Work that takes long: its progress, and Ctrl-C.

use std::io;
use std::ops::ControlFlow;

use super::interrupt::{Interrupt, InterruptScope, Stopped};
use super::progress::ProgressReporter;

/// A part of a command that shows how far it is, and that Ctrl-C ends. It may be told from several threads.
pub(super) struct LongTask {
    interrupt: InterruptScope,
    progress: ProgressReporter,
    stopped: &'static str,
}

impl LongTask {
    /// Begins with `task`, which says what is done and what is counted, such as `reading pictures`. `stopped` is said where
    /// Ctrl-C ends it.
    ///
    /// # Errors
    /// When the system refuses a handler of Ctrl-C.
    pub(super) fn begin(task: &'static str, stopped: &'static str) -> io::Result<Self> {
        Ok(Self {
            interrupt: Interrupt::during()?,
            progress: ProgressReporter::new(task),
            stopped,
        })
    }

    /// Says that `done` of `total` are done, and answers whether to go on.
    pub(super) fn step(&self, done: usize, total: usize) -> ControlFlow<()> {
        self.progress.show(done, total);
        self.interrupt.flow()
    }

    /// Says the same without asking.
    pub(super) fn show(&self, done: usize, total: usize) {
        self.progress.show(done, total);
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn is_stopped(&self) -> bool {
        self.interrupt.flow().is_break()
    }

    /// The error of a task that Ctrl-C ended.
    pub(super) fn stopped(&self) -> Stopped {
        Stopped(self.stopped)
    }

    /// An error if Ctrl-C was pressed.
    ///
    /// # Errors
    /// [`Stopped`].
    pub(super) fn check(&self) -> Result<(), Stopped> {
        match self.is_stopped() {
            true => Err(self.stopped()),
            false => Ok(()),
        }
    }
}
