//! Starting a training, and going on with one.

use super::data::Phase as DataPhase;
use super::event::{Effect, Level};
use super::state::{Screen, State};

/// Starts a training with the settings of the form, unless one runs or there is no data.
pub(super) fn start(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        state.screen = Screen::Train;
        state.say(
            Level::Info,
            "a training is running: space pauses it, x stops it",
        );
        return Vec::new();
    }
    if state.data.phase != DataPhase::Ready {
        state.say(
            Level::Warning,
            "there are no faces yet; training can start when they are loaded",
        );
        return Vec::new();
    }
    forget_the_network(state);
    state.screen = Screen::Train;
    vec![Effect::Start(state.train.settings.clone())]
}

/// Goes on with the run that is offered. The screen stays: whoever comes back wants to find what was left.
pub(super) fn resume(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.offer.take() else {
        return Vec::new();
    };
    forget_the_network(state);
    state.say(
        Level::Info,
        format!("going on with {} after epoch {}", run.name, run.epoch),
    );
    vec![Effect::Resume(run.path)]
}

fn forget_the_network(state: &mut State) {
    state.offer = None;
    state.train.begin();
    state.pairs.forget_scores();
    state.map.projection = None;
    state.network.inside = None;
}
