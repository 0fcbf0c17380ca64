//! What keys and answers change on the Data screen.

use std::sync::Arc;

use super::state::{Focus, Phase};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, TerminalRequest, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::photo::Photo;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::{pairs, verify};
use crate::data::Dataset;
use crate::units::ImageId;

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let data = &mut state.data;
    match action {
        Action::Filter => data.filtering = true,
        Action::ShowRefused => state.overlay = Some(Overlay::Refused { selected: 0 }),
        Action::AskWho => {
            let image = data.current_image();
            return image.map_or_else(Vec::new, |image| verify::update::identify(state, image));
        }
        Action::Copy => {
            let picture = data.dataset.as_ref().zip(data.current_image());
            return picture.map_or_else(Vec::new, |(dataset, image)| {
                request(TerminalRequest::Copy(dataset.picture(image).label.clone()))
            });
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

pub(in crate::app) fn refresh(_: &mut State) -> Vec<Effect> {
    Vec::new()
}

/// Requests the photo behind the enlarged picture, unless it is there.
pub(in crate::app) fn show_photo(state: &mut State) -> Vec<Effect> {
    let Some(image) = state.data.current_image().filter(|_| state.data.enlarged) else {
        return Vec::new();
    };
    let shown = |(shown, _): &(ImageId, Photo)| *shown == image;
    if state.data.photo.get().is_some_and(shown) {
        return Vec::new();
    }
    let number = state.ask();
    state.data.photo.ask(number);
    request(FileJob::ShowPhoto(number, image))
}

/// Requests the data set of the source.
pub(in crate::app) fn load(state: &mut State) -> Vec<Effect> {
    let number = state.ask();
    state.data.load.ask(number);
    request(FileJob::Load(number, state.data.source.clone()))
}

/// Takes the data set, draws pairs, selects what was selected before, and prepares a probe.
pub(in crate::app) fn loaded(
    state: &mut State,
    number: Request,
    dataset: Arc<Dataset>,
) -> Vec<Effect> {
    if !state.data.load.settle(number) {
        return Vec::new();
    }
    if state.data_before.take().is_some() {
        let text = format!("{} loaded; t starts the training", dataset.name);
        state.say(Level::Info, text);
    }
    if !dataset.refused.is_empty() && !state.has_unread(Level::Error) {
        let count = dataset.refused.len();
        let text = format!("{count} files could not be used; r on the Data screen says why");
        state.say(Level::Warning, text);
    }
    state.data.loaded(dataset.clone());
    state.pairs.marks.clear();
    state.pairs.left_out.clear();
    state.pairs.draw(&dataset, state.verify.threshold);
    let probe = state.recall_selection(&dataset);
    let mut effects = verify::update::first_probe(state, probe);
    effects.extend(pairs::update::score(state));
    // An attached training brings newer weights.
    if !std::mem::replace(&mut state.model_requested, true) && !state.train.attached {
        effects.push(FileJob::LoadModel.into());
    }
    effects
}

/// The data set cannot be loaded: the one before it, if there is one, returns.
pub(in crate::app) fn load_failed(state: &mut State, why: &TaskError) {
    state.say(Level::Error, why.to_string());
    match state.data_before.take() {
        Some(before) => {
            state.train.settings.data.clone_from(&before.source);
            state.data = *before;
        }
        None => state.data.phase = Phase::Failed(why.to_string()),
    }
}
