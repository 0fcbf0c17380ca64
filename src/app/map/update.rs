//! What keys and answers change on the Map screen.

use std::sync::Arc;

use super::names::short_names;
use super::state::{MapKind, Projection};
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
        Action::SwitchView => {
            state.map.kind = match state.map.kind {
                MapKind::Components => MapKind::Neighbourhoods,
                MapKind::Neighbourhoods => MapKind::Components,
            };
            return refresh(state);
        }
        _ => state.map.act(action),
    }
    Vec::new()
}

/// Requests the points of the newest network in the view that is wanted, unless they are there or on their way.
pub(in crate::app) fn refresh(state: &mut State) -> Vec<Effect> {
    let newest = state.model.as_ref().map(|model| model.epoch);
    let shown = state.map.projection.get();
    let current = shown
        .is_some_and(|shown| Some(shown.epoch) == newest && shown.axes.kind() == state.map.kind);
    if newest.is_none() || current || state.map.projection.waiting() {
        return Vec::new();
    }
    let number = state.ask();
    state.map.projection.ask(number);
    request(NetworkQuery::Project(number, state.map.kind))
}

/// Takes the points.
pub(in crate::app) fn projected(state: &mut State, number: Request, projection: Arc<Projection>) {
    let last = projection.points.len().saturating_sub(1);
    if state.map.projection.accept(number, projection) {
        let people = state
            .data
            .dataset
            .iter()
            .flat_map(|dataset| &dataset.people);
        let names: Vec<&str> = people.map(|person| &*person.name).collect();
        state.map.names = short_names(&names);
        state.map.selected = state.map.selected.min(last);
    }
}
