//! The tour: eight stops over the real screens, each with one thing to press.

use super::action::Action;
use super::state::Screen;

/// One stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// Where it is.
    pub screen: Screen,
    /// What it is about.
    pub title: &'static str,
    /// What there is to understand.
    pub text: &'static str,
    /// What to press, and what that shows.
    pub press: (Action, &'static str),
}

/// The stops.
pub const STOPS: [Stop; 8] = [
    Stop {
        screen: Screen::Data,
        title: "What is to be recognised",
        text: "Forty people, ten photographs of each. The task is not to name these forty, but to tell for any two \
               photographs whether they show one person - also of people never seen before.",
        press: (Action::Down, "look at the next person"),
    },
    Stop {
        screen: Screen::Network,
        title: "Twins",
        text: "Two faces enter two towers that share every weight - a Siamese network. Each tower turns its face into \
               a short list of numbers, the embedding. Same person: near together. Two people: far apart.",
        press: (Action::NextExample, "send other faces through it"),
    },
    Stop {
        screen: Screen::Pairs,
        title: "It learns from pairs",
        text: "Each picture is paired with another one of the same person (label 1) and with one of somebody else \
               (label 0). Nothing else is ever told to the network: no names, no features.",
        press: (Action::NextPair, "see the next pair"),
    },
    Stop {
        screen: Screen::Train,
        title: "Training",
        text: "Pairs go through in batches; each time all weights move a little so that the loss falls. It runs in the \
               background, and every screen stays alive meanwhile.",
        press: (Action::StartTraining, "start it"),
    },
    Stop {
        screen: Screen::Train,
        title: "Reading the curves",
        text: "The loss of the training pairs falls almost always. What counts is the other curve: people held out, \
               whom the network never learns from. Where the two part, it only learns by heart.",
        press: (Action::Crosshair, "read single values with the arrows"),
    },
    Stop {
        screen: Screen::Pairs,
        title: "Strangers, and mistakes",
        text: "The hardest pairs stand first: strangers found alike, or one person found different - glasses, a smile, \
               a turned head. Going through the epochs shows one pair wander across the threshold.",
        press: (Action::EarlierEpoch, "go back an epoch"),
    },
    Stop {
        screen: Screen::Verify,
        title: "The threshold",
        text: "A similarity is not yet an answer. From the threshold on, two pictures count as one person. Lower it and \
               more strangers slip through (FMR); raise it and more friends stand outside (FNMR).",
        press: (Action::ThresholdUp, "raise it, and watch who falls out"),
    },
    Stop {
        screen: Screen::Verify,
        title: "Somebody new, from one photograph",
        text: "That is the point of it all: a new person needs no new training. One photograph gives one embedding, and \
               from then on that person is recognised like all the others.",
        press: (Action::Enrol, "enrol the probe"),
    },
];

/// Where the visitor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TourView {
    /// Index of the stop; kept when the tour is left.
    pub stop: usize,
    /// Whether the tour is on.
    pub active: bool,
    /// Whether the thing to press was pressed.
    pub pressed: bool,
}

impl TourView {
    /// The stop, while the tour is on.
    pub fn current(&self) -> Option<&'static Stop> {
        STOPS.get(self.stop).filter(|_| self.active)
    }

    /// Goes `step` stops further. The screen of that stop, or nothing at the end.
    pub fn go(&mut self, step: isize) -> Option<Screen> {
        self.pressed = false;
        match self.stop.checked_add_signed(step) {
            Some(stop) if stop < STOPS.len() => self.stop = stop,
            Some(_) => *self = Self::default(),
            None => {}
        }
        self.current().map(|stop| stop.screen)
    }

    /// Notes an action.
    pub fn hear(&mut self, action: Action) {
        self.pressed |= self.current().is_some_and(|stop| stop.press.0 == action);
    }
}
