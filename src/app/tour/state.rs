//! The stops, and where the user is.

use crate::app::action::Action;
use crate::app::screen::Screen;

/// One stop.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// The screen that it explains.
    pub screen: Screen,
    /// Its heading.
    pub title: &'static str,
    /// The explanation.
    pub text: &'static str,
    /// What to do; nothing at the end.
    pub task: Option<TourTask>,
}

/// Something to do at a stop.
#[derive(Debug, Clone, Copy)]
pub struct TourTask {
    /// The key to press.
    pub action: Action,
    /// What it does.
    pub text: &'static str,
    /// What changes when it is done.
    pub(super) changes: Change,
}

/// What of the state shows that something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Person,
    Example,
    Pair,
    Training,
    Crosshair,
    Epoch,
    Point,
    Threshold,
    Enrolled,
}

const fn task(action: Action, text: &'static str, changes: Change) -> Option<TourTask> {
    Some(TourTask {
        action,
        text,
        changes,
    })
}

/// The stops.
pub const STOPS: [Stop; 10] = [
    Stop {
        screen: Screen::Data,
        title: "What is to be recognised",
        text: "Forty people, ten photographs of each. The task is not to name these forty, but to decide for any two \
               photographs whether they show the same person - also for people never seen in training.",
        task: task(Action::Down, "look at the next person", Change::Person),
    },
    Stop {
        screen: Screen::Network,
        title: "A Siamese network",
        text: "Two faces go through two towers that share all weights: a Siamese network. Each tower turns its face into \
               a list of numbers, the embedding. Same person: a small distance. Two people: a large one.",
        task: task(
            Action::NextExample,
            "show another pair of faces",
            Change::Example,
        ),
    },
    Stop {
        screen: Screen::Pairs,
        title: "It learns from pairs",
        text: "Each picture is paired with another one of the same person (label 1) and with one of another person \
               (label 0). The network gets nothing else: no names, no features.",
        task: task(Action::Down, "see the next pair", Change::Pair),
    },
    Stop {
        screen: Screen::Train,
        title: "Training",
        text: "Pairs are processed in batches; after each batch all weights change a little so that the loss falls. \
               Training runs in the background, and every screen can be used meanwhile.",
        task: task(Action::StartTraining, "start it", Change::Training),
    },
    Stop {
        screen: Screen::Train,
        title: "Reading the curves",
        text: "The loss on the training pairs almost always falls. What counts is the other curve: people held out, \
               not used for training. If it rises while the training loss falls, that is overfitting.",
        task: task(
            Action::Crosshair,
            "read single values with the arrows",
            Change::Crosshair,
        ),
    },
    Stop {
        screen: Screen::Pairs,
        title: "The hardest pairs",
        text: "The hardest pairs come first: two people with a high similarity, or one person with a low one - glasses, \
               a smile, a turned head. Earlier epochs show how the similarity of a pair changed.",
        task: task(Action::EarlierEpoch, "go back an epoch", Change::Epoch),
    },
    Stop {
        screen: Screen::Map,
        title: "The map of all faces",
        text: "Every picture is a point, placed by its embedding: what is near looks alike to the network. Hollow points \
               are people it never saw. A good network makes islands of one person; the view of neighbours shows them.",
        task: task(
            Action::NextNeighbour,
            "jump to the nearest other picture",
            Change::Point,
        ),
    },
    Stop {
        screen: Screen::Verify,
        title: "The threshold",
        text: "A similarity is not yet a decision. At or above the threshold, two pictures count as one person. Lower: \
               more false matches (FMR). Higher: more false non-matches (FNMR).",
        task: task(
            Action::ThresholdUp,
            "raise it, and see who is rejected",
            Change::Threshold,
        ),
    },
    Stop {
        screen: Screen::Verify,
        title: "A new person, from one photograph",
        text: "This is the purpose of it all: a new person needs no new training. One photograph gives one embedding, \
               and from then on that person is recognised like all the others.",
        task: task(Action::Enroll, "enroll the probe", Change::Enrolled),
    },
    Stop {
        screen: Screen::Verify,
        title: "The end of the tour",
        text: "You have seen all of it: data, pairs, training, curves, threshold, a new person. Now it is yours: open a \
               photo of your own here, compare it one by one, or train with other settings. F1 begins the tour again.",
        task: None,
    },
];

/// The state of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TourView {
    /// Index of the stop; kept when the tour is left.
    pub stop: usize,
    /// Whether the tour is active.
    pub active: bool,
    /// Whether the thing of the stop was done.
    pub done: bool,
    /// Whether its end was reached once: it is then not offered any more.
    pub ended: bool,
    /// What it changes, when the stop was reached.
    pub(super) before: u64,
}

impl TourView {
    /// The stop, while the tour is active.
    pub fn current(&self) -> Option<&'static Stop> {
        STOPS.get(self.stop).filter(|_| self.active)
    }
}
