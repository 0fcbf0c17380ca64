//! What popups with a line of text do with characters and editing actions.

use super::files::{in_files, preview};
use super::open;
use crate::app::action::Action;
use crate::app::data::DataView;
use crate::app::event::{Effect, Level};
use crate::app::form::Form;
use crate::app::geometry;
use crate::app::key::Key;
use crate::app::overlay::{Overlay, Prompt, Purpose};
use crate::app::runs;
use crate::app::state::{Screen, State};

/// A character goes into the line that is typed.
pub(in crate::app) fn type_key(state: &mut State, key: Key) -> Vec<Effect> {
    let filtering = state.data.filtering;
    match &mut state.overlay {
        Some(Overlay::Settings(form)) => form.type_key(key),
        Some(Overlay::Prompt(prompt)) => drop(prompt.line.type_key(key)),
        Some(Overlay::Files(picker)) => {
            let typed = picker.line.type_key(key);
            picker.selected = if typed { 0 } else { picker.selected };
            return if typed { preview(state) } else { Vec::new() };
        }
        None if filtering => {
            state.data.filter.type_key(key);
            state.data.apply_filter();
        }
        _ => {}
    }
    Vec::new()
}

/// Pasted text goes into the line that is typed; anywhere else it is not taken for keys.
pub(in crate::app) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Settings(form)) if form.at > 0 => form.lines[form.at].paste(text),
        Some(Overlay::Prompt(prompt)) => prompt.line.paste(text),
        Some(Overlay::Files(picker)) => {
            picker.line.paste(text);
            picker.selected = 0;
        }
        None if state.screen == Screen::Data && state.data.filtering => {
            state.data.filter.paste(text);
            state.data.apply_filter();
        }
        _ => {}
    }
    Vec::new()
}

/// What an editing action does to the line that is typed.
pub(in crate::app) fn edit(state: &mut State, action: Action) -> Vec<Effect> {
    match state.overlay.take() {
        None => filter(state, action),
        Some(Overlay::Settings(form)) => in_settings(state, form, action),
        Some(Overlay::Prompt(prompt)) => in_prompt(state, prompt, action),
        Some(Overlay::Files(picker)) => in_files(state, picker, action),
        other => {
            state.overlay = other;
            Vec::new()
        }
    }
}

fn filter(state: &mut State, action: Action) -> Vec<Effect> {
    let data = &mut state.data;
    match action {
        Action::Confirm => data.filtering = false,
        Action::Cancel => {
            data.filtering = false;
            data.filter.text.clear();
            data.apply_filter();
            data.keep_visible(geometry::data_grid(state.size));
        }
        Action::NextField | Action::PreviousField => {
            let movement = if action == Action::NextField {
                Action::Down
            } else {
                Action::Up
            };
            data.move_cursor(
                movement,
                geometry::data_grid(state.size),
                geometry::list_rows(state.size),
            );
        }
        _ => {
            if data.filter.edit(action) {
                data.apply_filter();
            }
        }
    }
    Vec::new()
}

fn in_settings(state: &mut State, mut form: Box<Form>, action: Action) -> Vec<Effect> {
    match action {
        Action::Cancel => Vec::new(),
        Action::Confirm => match form.settings() {
            Ok(settings) => accept(state, settings),
            Err(_) => open(state, Overlay::Settings(form)),
        },
        _ => {
            form.act(action);
            open(state, Overlay::Settings(form))
        }
    }
}

/// Starts with new settings. Other faces are loaded first; the training then waits for a `t` of somebody who has seen them.
fn accept(state: &mut State, settings: crate::app::train::Settings) -> Vec<Effect> {
    let other_faces = settings.data != state.data.source;
    state.train.settings = settings;
    if !other_faces {
        return runs::start(state);
    }
    let other = DataView::new(&state.train.settings.data);
    let before = std::mem::replace(&mut state.data, other);
    // While one is loading, the one before that was there last.
    if before.dataset.is_some() {
        state.data_before = Some(Box::new(before));
    }
    state.data.request = state.ask();
    state.say(
        Level::Info,
        "loading these faces first; t starts the training then",
    );
    vec![Effect::Load(state.data.request, state.data.source.clone())]
}

fn in_prompt(state: &mut State, mut prompt: Prompt, action: Action) -> Vec<Effect> {
    let name = prompt.line.text.trim().to_owned();
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm if name.is_empty() => {
            state.say(Level::Info, "a name is needed; Esc cancels")
        }
        Action::Confirm => {
            return match (prompt.purpose, state.verify.probe.clone()) {
                (Purpose::Enrol, Some(probe)) => vec![Effect::Enrol(name, probe)],
                (Purpose::Rename(from), _) => {
                    state.verify.renamed = Some(name.clone());
                    vec![Effect::Rename(from, name)]
                }
                (Purpose::Enrol, None) => Vec::new(),
            };
        }
        _ => {
            prompt.line.edit(action);
        }
    }
    open(state, Overlay::Prompt(prompt))
}
