//! What each screen does with an action, and with the answers it asked for.

use crate::units::Epoch;

mod data;
mod pairs;
mod train;
mod verify;

use super::action::Action;
use super::event::{Effect, Event, Request};
use super::geometry;
use super::popups;
use super::state::{Screen, State};
use data::on_data;
use pairs::{look_inside, on_map, on_network, on_pairs};
use train::on_train;
use verify::on_verify;

pub(in crate::app) use pairs::{marks_changed, score_pairs};
pub(in crate::app) use verify::{compare, first_probe, probe};

/// Goes to a screen and asks for what it lacks.
pub(in crate::app) fn show(state: &mut State, screen: Screen) -> Vec<Effect> {
    state.screen = screen;
    refresh(state)
}

/// Asks for what the current screen shows and is out of date.
pub(in crate::app) fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(epoch) = state.model.as_ref().map(|model| model.epoch) else {
        return Vec::new();
    };
    match state.screen {
        Screen::Map
            if !state.map.waiting
                && state
                    .map
                    .projection
                    .as_ref()
                    .is_none_or(|p| p.epoch != epoch) =>
        {
            state.map.request = state.ask();
            state.map.waiting = true;
            vec![Effect::Project(state.map.request)]
        }
        Screen::Network if !state.network.waiting => look_inside(state),
        _ => Vec::new(),
    }
}

/// The terminal has another size.
pub(in crate::app) fn resized(state: &mut State) {
    state.data.keep_visible(geometry::data_grid(state.size));
    if !super::train::TrainView::charts(state.size.0).contains(&state.train.focus) {
        state.train.focus = super::train::Chart::Loss;
    }
}

/// What a screen does with an action that is not for everywhere.
pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match state.screen {
        Screen::Data => on_data(state, action),
        Screen::Train => on_train(state, action),
        Screen::Pairs => on_pairs(state, action),
        Screen::Verify => on_verify(state, action),
        Screen::Map => on_map(state, action),
        Screen::Network => on_network(state, action),
    }
}

/// Takes in an answer, unless a newer question has been asked since.
pub(in crate::app) fn answer(state: &mut State, event: Event) -> Vec<Effect> {
    let newest = |request: Request, asked: Request| request == asked;
    match event {
        Event::PairScores(request, epoch, scores)
            if newest(request, state.pairs.request) && scores.len() == state.pairs.pairs.len() =>
        {
            let threshold = state.verify.threshold;
            state.pairs.scored(epoch, scores, threshold);
            if outdated(state, epoch) {
                return score_pairs(state);
            }
        }
        Event::Photo(request, photo) if newest(request, state.data.request) => {
            state.data.photo = state.data.current_image().map(|image| (image, photo));
        }
        Event::Probed(request, result) if newest(request, state.verify.prepare_request) => {
            match result {
                Ok(view) => state.verify.view = Some(view),
                Err(why) => probe_failed(state, why),
            }
        }
        Event::Compared(request, epoch, result)
            if newest(request, state.verify.compare_request) =>
        {
            match result {
                Ok(candidates) => {
                    state.verify.compared(epoch, candidates);
                    if outdated(state, epoch) {
                        return compare(state);
                    }
                }
                Err(why) => probe_failed(state, why),
            }
        }
        Event::Projected(request, projection) if newest(request, state.map.request) => {
            state.map.waiting = false;
            state.map.selected = state
                .map
                .selected
                .min(projection.points.len().saturating_sub(1));
            state.map.projection = Some(projection);
            return refresh(state);
        }
        Event::Inside(request, inside) if newest(request, state.network.request) => {
            state.network.waiting = false;
            state.network.inside = Some(inside);
            return refresh(state);
        }
        Event::Folder(..) | Event::Preview(..) => return popups::answer(state, event),
        _ => {}
    }
    Vec::new()
}

/// Whether there are newer weights than those after `epoch`.
fn outdated(state: &State, epoch: Epoch) -> bool {
    let newest = state.model.as_ref().map(|model| model.epoch);
    newest.is_some_and(|newest| newest != epoch)
}

fn probe_failed(state: &mut State, why: String) {
    state.verify.waiting = false;
    state.verify.candidates.clear();
    state.verify.view = None;
    state.verify.failure = Some(why);
}
