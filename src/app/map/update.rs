//! What keys and answers change on the Map screen.

use std::sync::Arc;

use super::state::Projection;
use crate::app::action::Action;
use crate::app::effect::{Effect, NetworkQuery, TerminalRequest, request};
use crate::app::pending::Request;
use crate::app::state::State;
use crate::app::verify;

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Select => return verify::update::identify(state, state.map.current()),
        Action::Copy => {
            let dataset = state.data.dataset.as_ref();
            let picture = dataset.and_then(|dataset| dataset.images.get(state.map.selected));
            return picture.map_or_else(Vec::new, |picture| {
                request(TerminalRequest::Copy(picture.label.clone()))
            });
        }
        _ => state.map.act(action),
    }
    Vec::new()
}

/// Requests the points of the newest network, unless they are there or on their way.
pub(in crate::app) fn refresh(state: &mut State) -> Vec<Effect> {
    let newest = state.model.as_ref().map(|model| model.epoch);
    let shown = state.map.projection.get().map(|shown| shown.epoch);
    if newest.is_none() || newest == shown || state.map.projection.waiting() {
        return Vec::new();
    }
    let number = state.ask();
    state.map.projection.ask(number);
    request(NetworkQuery::Project(number))
}

/// Takes the points.
pub(in crate::app) fn projected(state: &mut State, number: Request, projection: Arc<Projection>) {
    let last = projection.points.len().saturating_sub(1);
    if state.map.projection.accept(number, projection) {
        state.map.selected = state.map.selected.min(last);
    }
}
