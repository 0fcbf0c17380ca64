//! What keys change on the Network screen.

use crate::app::action::Action;
use crate::app::effect::{Effect, NetworkQuery, request};
use crate::app::state::State;

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let count = state.pairs.pairs.len();
    let network = &mut state.network;
    match action {
        Action::NextExample | Action::Right if count > 0 => {
            network.example = (network.example + 1) % count
        }
        Action::PreviousExample | Action::Left if count > 0 => {
            network.example = (network.example + count - 1) % count
        }
        Action::Up => network.scroll = network.scroll.saturating_sub(1),
        Action::Down => {
            let layers = network.activations.get().map_or(0, |a| a.layers.len());
            network.scroll = (network.scroll + 1).min(layers.saturating_sub(1));
        }
        _ => return Vec::new(),
    }
    look(state)
}

/// Requests the outputs for the pair, unless an answer is on its way.
pub(in crate::app) fn refresh(state: &mut State) -> Vec<Effect> {
    if state.network.activations.waiting() {
        return Vec::new();
    }
    look(state)
}

/// Requests the outputs of all layers for the pair, unless they are there.
fn look(state: &mut State) -> Vec<Effect> {
    let pair = state.pairs.pairs.get(state.network.example);
    let (Some(&pair), Some(model)) = (pair, &state.model) else {
        return Vec::new();
    };
    let shown = state.network.activations.get();
    if shown.is_some_and(|shown| shown.pair == pair && shown.epoch == model.epoch) {
        return Vec::new();
    }
    let number = state.ask();
    state.network.activations.ask(number);
    request(NetworkQuery::Activations(number, pair))
}
