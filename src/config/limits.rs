//! Bounds and defaults of the numbers that a user may set: one table for the configuration, recipes, the command line and the
//! screens.

use std::fmt::{self, Display};

use crate::units::Seed;

/// The least and the most that a number may be.
///
/// ```text
/// Bounds::new(1, 4096)   contains 1 and 4096; shown as "from 1 to 4096"
/// Bounds::above(0.0, 1.0) contains 1, not 0;  shown as "above 0, at most 1"
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds<T> {
    /// The least, or what the number must be above.
    pub low: T,
    /// The most.
    pub high: T,
    low_excluded: bool,
}

/// Passes over the training pictures.
pub const EPOCHS: Bounds<u32> = Bounds::new(1, 1_000_000);
/// Pairs, or pictures, per batch.
pub const BATCH: Bounds<usize> = Bounds::new(1, 4096);
/// Adam's learning rate.
pub const LEARNING_RATE: Bounds<f32> = Bounds::above(0.0, 10.0);
/// How much is cut out around a face. With half the usual margin an aligned face is cut from the eyebrows to the lips.
pub const MARGIN: Bounds<f32> = Bounds::new(0.6, 4.0);
/// Threads that compute.
pub const THREADS: Bounds<usize> = Bounds::new(1, 1024);
/// The seed where none is named.
pub const DEFAULT_SEED: Seed = Seed(0);

impl<T> Bounds<T> {
    /// From `low` to `high`, both included.
    pub const fn new(low: T, high: T) -> Self {
        Self {
            low,
            high,
            low_excluded: false,
        }
    }

    /// Above `low`, up to `high`, which is included.
    pub const fn above(low: T, high: T) -> Self {
        Self {
            low,
            high,
            low_excluded: true,
        }
    }
}

impl<T: PartialOrd> Bounds<T> {
    /// Whether `value` lies within; NaN never does.
    pub fn contains(&self, value: &T) -> bool {
        let above = match self.low_excluded {
            true => *value > self.low,
            false => *value >= self.low,
        };
        above && *value <= self.high
    }
}

impl<T: Display> Bounds<T> {
    /// The lower end: `1`, or `just above 0`.
    pub fn low_in_words(&self) -> String {
        match self.low_excluded {
            true => format!("just above {}", self.low),
            false => self.low.to_string(),
        }
    }
}

impl<T: Display> Display for Bounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.low_excluded {
            true => write!(f, "above {}, at most {}", self.low, self.high),
            false => write!(f, "from {} to {}", self.low, self.high),
        }
    }
}

/// Whether this many people may be held out: nobody, or at least two, because one person has nobody to be compared with.
pub fn may_hold_out(people: usize) -> bool {
    people != 1
}
