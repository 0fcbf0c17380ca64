//! The progress bars that are drawn on standard error, and lines that are written above them.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{MultiProgress, ProgressBar};

/// Draws them below each other.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);
/// How many there are.
static SHOWN: AtomicUsize = AtomicUsize::new(0);

/// A bar on the terminal, which is removed with it.
pub(super) struct ShownBar(ProgressBar);

impl ShownBar {
    /// Shows a bar below the others.
    pub(super) fn new(bar: ProgressBar) -> Self {
        SHOWN.fetch_add(1, Ordering::SeqCst);
        Self(BARS.add(bar))
    }

    pub(super) fn bar(&self) -> &ProgressBar {
        &self.0
    }
}

impl Drop for ShownBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        BARS.remove(&self.0);
        SHOWN.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Writes to the terminal while no bar is on it, so that no line is mixed with one.
pub(super) fn without_bars<R>(write: impl FnOnce() -> R) -> R {
    match SHOWN.load(Ordering::SeqCst) {
        0 => write(),
        _ => BARS.suspend(write),
    }
}
