//! The comparison one by one: the probe is compared with person after person, each score appearing as it is reached.
//!
//! The scores are known before it starts. It exists to be watched, as in the tutorial: so it goes by name and not by score, and
//! the list returns to its order at the end.

use std::time::Duration;

/// How long it stays with each person, the slowest first.
pub const STEPS: [Duration; 5] = [
    Duration::from_millis(800),
    Duration::from_millis(400),
    Duration::from_millis(200),
    Duration::from_millis(100),
    Duration::from_millis(50),
];

/// A comparison one by one, while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// How many people are done.
    pub reached: usize,
    /// When the last of them was, on the state's clock.
    since: Duration,
}

impl Walk {
    /// One that starts now.
    pub(super) fn new(now: Duration) -> Self {
        Self {
            reached: 0,
            since: now,
        }
    }

    /// When the next person is done.
    pub fn next(&self, step: Duration) -> Duration {
        self.since + step
    }

    /// Goes on to everyone who is done at `now`.
    pub(super) fn advance(&mut self, now: Duration, step: Duration) {
        while self.next(step) <= now {
            self.since += step;
            self.reached += 1;
        }
    }
}
