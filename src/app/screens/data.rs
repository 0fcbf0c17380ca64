//! What the Data screen does with an action.

use super::verify::probe;
use crate::app::action::Action;
use crate::app::data::Focus;
use crate::app::event::Effect;
use crate::app::geometry;
use crate::app::overlay::Overlay;
use crate::app::popups;
use crate::app::state::{Screen, State};
use crate::app::verify::Probe;
use crate::units::ImageId;

pub(in crate::app) fn on_data(state: &mut State, action: Action) -> Vec<Effect> {
    let data = &mut state.data;
    match action {
        Action::Filter => data.filtering = true,
        Action::ShowRefused => return popups::open(state, Overlay::Refused { selected: 0 }),
        Action::AskWho => {
            return data
                .current_image()
                .map_or_else(Vec::new, |image| ask_who(state, image));
        }
        Action::Copy => {
            let label = data
                .dataset
                .as_ref()
                .zip(data.current_image())
                .map(|(d, i)| d.picture(i).label.clone());
            return label.map_or_else(Vec::new, |label| vec![Effect::Copy(label)]);
        }
        Action::Select if data.focus == Focus::Pictures => data.enlarged = !data.enlarged,
        Action::Back if data.enlarged => data.enlarged = false,
        Action::Back if data.focus == Focus::Pictures => data.focus = Focus::People,
        Action::Back if !data.filter.text.is_empty() => {
            data.filter.text.clear();
            data.apply_filter();
        }
        _ => {
            let (grid, list) = (
                geometry::data_grid(state.size),
                geometry::list_rows(state.size),
            );
            data.move_cursor(action, grid, list);
        }
    }
    show_photo(state)
}

/// Asks for the photo behind the enlarged picture, if it is not there.
pub(in crate::app) fn show_photo(state: &mut State) -> Vec<Effect> {
    let Some(image) = state.data.current_image().filter(|_| state.data.enlarged) else {
        return Vec::new();
    };
    if state
        .data
        .photo
        .as_ref()
        .is_some_and(|(shown, _)| *shown == image)
    {
        return Vec::new();
    }
    state.data.request = state.ask();
    vec![Effect::ShowPhoto(state.data.request, image)]
}

pub(in crate::app) fn ask_who(state: &mut State, image: ImageId) -> Vec<Effect> {
    state.screen = Screen::Verify;
    probe(state, Probe::Picture(image))
}
