//! A threshold that was just moved, and the decisions that it flipped.

use std::time::Duration;

use crate::units::Threshold;

/// How long flipped decisions are highlighted after the last step.
const HIGHLIGHTED: Duration = Duration::from_secs(2);

/// A move of the threshold, while it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdMove {
    /// The threshold before the first step.
    pub from: Threshold,
    /// Until when flipped decisions are highlighted, on the state's clock.
    pub until: Duration,
}

impl ThresholdMove {
    /// A step from `before`, which continues the move `current` if there is one.
    pub(super) fn step(current: Option<Self>, before: Threshold, now: Duration) -> Self {
        Self {
            from: current.map_or(before, |current| current.from),
            until: now + HIGHLIGHTED,
        }
    }
}
