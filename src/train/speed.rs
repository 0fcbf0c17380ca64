//! The speed of a training, and the time that remains.

use crate::units::Epoch;
use std::time::{Duration, Instant};

/// Measures the time between batches, smoothed over the last few.
#[derive(Debug)]
pub(super) struct Speed {
    batches: usize,
    epochs: u32,
    last: Instant,
    seconds: Option<f64>,
}

/// Weight of the newest batch in the smoothed time.
const NEWEST: f64 = 0.2;

impl Speed {
    /// Starts the clock, for `epochs` of `batches` each.
    pub(super) fn new(batches: usize, epochs: u32) -> Self {
        Self {
            batches,
            epochs,
            last: Instant::now(),
            seconds: None,
        }
    }

    /// Pairs per second and the remaining time, after `batch` (from 1) with `pairs` comparisons.
    pub(super) fn batch(&mut self, pairs: usize, epoch: Epoch, batch: usize) -> (f32, Duration) {
        let now = Instant::now();
        let took = (now - self.last).as_secs_f64().max(1e-9);
        self.last = now;
        let seconds = self.seconds.map_or(took, |s| s + NEWEST * (took - s));
        self.seconds = Some(seconds);
        let epochs = self.epochs.saturating_sub(epoch.0) as usize;
        let left = epochs * self.batches + self.batches.saturating_sub(batch);
        let remaining = Duration::try_from_secs_f64(seconds * left as f64).unwrap_or(Duration::MAX);
        ((pairs as f64 / seconds) as f32, remaining)
    }
}
