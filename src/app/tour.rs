//! The tour: eight stops over the real screens, each with one key to press.

use super::action::Action;
use super::screen::Screen;

/// One stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// The screen that it explains.
    pub screen: Screen,
    /// Its heading.
    pub title: &'static str,
    /// The explanation.
    pub text: &'static str,
    /// The key to press, and what that does.
    pub press: (Action, &'static str),
}

/// The stops.
pub const STOPS: [Stop; 8] = [
    Stop {
        screen: Screen::Data,
        title: "What is to be recognised",
        text: "Forty people, ten photographs of each. The task is not to name these forty, but to decide for any two \
               photographs whether they show the same person - also for people never seen in training.",
        press: (Action::Down, "look at the next person"),
    },
    Stop {
        screen: Screen::Network,
        title: "A Siamese network",
        text: "Two faces go through two towers that share all weights: a Siamese network. Each tower turns its face into \
               a short list of numbers, the embedding. Same person: a small distance. Two people: a large one.",
        press: (Action::NextExample, "show another pair of faces"),
    },
    Stop {
        screen: Screen::Pairs,
        title: "It learns from pairs",
        text: "Each picture is paired with another one of the same person (label 1) and with one of another person \
               (label 0). The network gets nothing else: no names, no features.",
        press: (Action::NextPair, "see the next pair"),
    },
    Stop {
        screen: Screen::Train,
        title: "Training",
        text: "Pairs are processed in batches; after each batch all weights change a little so that the loss falls. \
               Training runs in the background, and every screen can be used meanwhile.",
        press: (Action::StartTraining, "start it"),
    },
    Stop {
        screen: Screen::Train,
        title: "Reading the curves",
        text: "The loss on the training pairs almost always falls. What counts is the other curve: people held out, \
               not used for training. Training loss falls while validation loss rises: overfitting.",
        press: (Action::Crosshair, "read single values with the arrows"),
    },
    Stop {
        screen: Screen::Pairs,
        title: "The hardest pairs",
        text: "The hardest pairs come first: two people with a high similarity, or one person with a low one - glasses, \
               a smile, a turned head. Earlier epochs show how the similarity of a pair changed.",
        press: (Action::EarlierEpoch, "go back an epoch"),
    },
    Stop {
        screen: Screen::Verify,
        title: "The threshold",
        text: "A similarity is not yet a decision. At or above the threshold, two pictures count as one person. Lower: \
               more false matches (FMR). Higher: more false non-matches (FNMR).",
        press: (Action::ThresholdUp, "raise it, and see who is rejected"),
    },
    Stop {
        screen: Screen::Verify,
        title: "A new person, from one photograph",
        text: "This is the purpose of it all: a new person needs no new training. One photograph gives one embedding, \
               and from then on that person is recognised like all the others.",
        press: (Action::Enroll, "enroll the probe"),
    },
];

/// The state of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TourView {
    /// Index of the stop; kept when the tour is left.
    pub stop: usize,
    /// Whether the tour is active.
    pub active: bool,
    /// Whether the key of the stop was pressed.
    pub pressed: bool,
}

impl TourView {
    /// The stop, while the tour is active.
    pub fn current(&self) -> Option<&'static Stop> {
        STOPS.get(self.stop).filter(|_| self.active)
    }

    /// Goes `step` stops further. After the last stop the tour is over.
    pub fn go(&mut self, step: isize) {
        self.pressed = false;
        match self.stop.checked_add_signed(step) {
            Some(stop) if stop < STOPS.len() => self.stop = stop,
            Some(_) => *self = Self::default(),
            None => {}
        }
    }

    /// Notes an action.
    pub fn apply(&mut self, action: Action) {
        self.pressed |= self.current().is_some_and(|stop| stop.press.0 == action);
    }
}
