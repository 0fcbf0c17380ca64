//! Moving the threshold, and what that turns.

use std::time::Duration;

use super::event::{Effect, Level};
use super::state::State;
use crate::units::{Similarity, Threshold};

/// A threshold on the move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slide {
    /// Where it stood.
    pub from: Threshold,
    /// Until when what it turned is lit, on the state's clock.
    pub until: Duration,
}

/// How long that is, after the last step.
const LIT: Duration = Duration::from_secs(2);

impl State {
    /// Moves the threshold by `steps`; whoever that turns is lit for a while.
    pub(super) fn move_threshold(&mut self, steps: f32) -> Vec<Effect> {
        let before = self.verify.threshold;
        self.verify.move_threshold(steps);
        let from = self.slide.map_or(before, |slide| slide.from);
        let until = self.now + LIT;
        self.slide = Some(Slide { from, until });
        self.pairs.list(self.verify.threshold);
        let people = self.verify.candidates.iter().map(|c| c.similarity);
        let people = people.filter(|&s| self.turned(s).is_some()).count();
        let all = 0..self.pairs.pairs.len();
        let pairs = all.filter_map(|i| self.pairs.similarity(i));
        let pairs = pairs.filter(|&s| self.turned(s).is_some()).count();
        let to = self.verify.threshold.0;
        let text = format!(
            "threshold {:.2} → {to:.2} turns {people} of {} people and {pairs} of {} pairs",
            from.0,
            self.verify.candidates.len(),
            self.pairs.pairs.len()
        );
        self.say(Level::Info, text);
        Vec::new()
    }

    /// Whether moving the threshold has just turned the verdict on `similarity`, and if so, to what.
    pub fn turned(&self, similarity: Similarity) -> Option<bool> {
        let accepted = similarity.accepted_at(self.verify.threshold);
        let before = similarity.accepted_at(self.slide?.from);
        (accepted != before).then_some(accepted)
    }
}
