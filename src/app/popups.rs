//! What popups do with actions, with typed characters, and with the answers they asked for.

use super::action::Action;
use super::event::{Effect, Event, Level, Listing};
use super::form::Form;
use super::geometry;
use super::key::Key;
use super::overlay::{FilePicker, Overlay, Prompt, Purpose};
use super::state::{Screen, State};
use super::train::Phase;
use super::verify::Probe;
use super::{screens, update};
use crate::train::Command;

/// Opens a popup.
pub(super) fn open(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    state.overlay = Some(overlay);
    Vec::new()
}

/// Opens the list of themes at the one in use.
pub(super) fn open_themes(state: &mut State) -> Vec<Effect> {
    let selected = state.themes.iter().position(|name| *name == state.theme).unwrap_or(0);
    open(state, Overlay::Themes { selected, before: state.theme.clone() })
}

/// Opens the settings of the next training.
pub(super) fn open_settings(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        state.say(Level::Info, "settings can be changed when the training has stopped (x)");
        return Vec::new();
    }
    let form = Form::new(state.train.presets.clone(), &state.train.settings);
    open(state, Overlay::Settings(Box::new(form)))
}

/// What a popup without a text line does with an action.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(overlay) = state.overlay.take() else { return Vec::new() };
    match overlay {
        Overlay::Help { scroll } => in_help(state, scroll, action),
        Overlay::Quit => in_quit(state, action),
        Overlay::Themes { selected, before } => return in_themes(state, selected, before, action),
        Overlay::Refused { selected } => in_refused(state, selected, action),
        Overlay::Confirm { question, effect } => match action {
            Action::Select => return vec![*effect],
            Action::Back | Action::Quit => {}
            _ => state.overlay = Some(Overlay::Confirm { question, effect }),
        },
        typed => state.overlay = Some(typed),
    }
    // Leaving is the only thing decided above that has an effect.
    if state.leaving && state.train.phase != Phase::Stopping {
        state.train.phase = Phase::Stopping;
        return vec![Effect::Control(Command::Stop)];
    }
    Vec::new()
}

fn in_help(state: &mut State, scroll: u16, action: Action) {
    let page = state.size.1.saturating_sub(8);
    let scroll = match action {
        Action::Up => scroll.saturating_sub(1),
        Action::Down => scroll.saturating_add(1),
        Action::PageUp => scroll.saturating_sub(page),
        Action::PageDown => scroll.saturating_add(page),
        Action::First => 0,
        Action::Last => u16::MAX,
        Action::Back | Action::Help | Action::Quit | Action::Select => return,
        _ => scroll,
    };
    state.overlay = Some(Overlay::Help { scroll: scroll.min(help_lines(state).saturating_sub(1)) });
}

/// Lines of the help: a heading and its actions for each context, with a line between.
pub(crate) fn help_lines(state: &State) -> u16 {
    let _ = state;
    let contexts = super::action::Context::ALL.len();
    (Action::ALL.len() + 2 * contexts) as u16
}

fn in_quit(state: &mut State, action: Action) {
    match action {
        Action::Select | Action::Quit => {
            state.leaving = true;
            state.say(Level::Warning, "stopping after this batch and saving, then leaving");
        }
        Action::Back => {}
        _ => state.overlay = Some(Overlay::Quit),
    }
}

fn in_themes(state: &mut State, selected: usize, before: String, action: Action) -> Vec<Effect> {
    let last = state.themes.len().saturating_sub(1);
    let selected = match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => (selected + 1).min(last),
        Action::First => 0,
        Action::Last => last,
        Action::Select => return Vec::new(),
        Action::Back | Action::Quit => {
            state.theme = before;
            return vec![Effect::UseTheme(state.theme.clone())];
        }
        _ => selected,
    };
    if let Some(name) = state.themes.get(selected).filter(|name| **name != state.theme) {
        state.theme = name.clone();
    }
    state.overlay = Some(Overlay::Themes { selected, before });
    vec![Effect::UseTheme(state.theme.clone())]
}

fn in_refused(state: &mut State, selected: usize, action: Action) {
    let last = state.data.dataset.as_ref().map_or(0, |d| d.refused.len().saturating_sub(1));
    let page = geometry::list_rows(state.size);
    let selected = match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => selected + 1,
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => selected + page,
        Action::First => 0,
        Action::Last => last,
        Action::Back | Action::Quit | Action::Select => return,
        _ => selected,
    };
    state.overlay = Some(Overlay::Refused { selected: selected.min(last) });
}

/// A character goes into the line that is typed.
pub(super) fn type_key(state: &mut State, key: Key) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Settings(form)) => form.type_key(key),
        Some(Overlay::Prompt(prompt)) => drop(prompt.line.type_key(key)),
        Some(Overlay::Files(picker)) => {
            if picker.line.type_key(key) {
                picker.selected = 0;
                return preview(state);
            }
        }
        None if state.data.filtering => {
            if state.data.filter.type_key(key) {
                state.data.apply_filter();
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Pasted text goes into the line that is typed; anywhere else it is not taken for keys.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
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
pub(super) fn edit(state: &mut State, action: Action) -> Vec<Effect> {
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
        }
        Action::NextField | Action::PreviousField => {
            let movement = if action == Action::NextField { Action::Down } else { Action::Up };
            data.move_cursor(movement, geometry::data_grid(state.size), geometry::list_rows(state.size));
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
fn accept(state: &mut State, settings: super::train::Settings) -> Vec<Effect> {
    let other_faces = settings.data != state.data.source;
    state.train.settings = settings;
    if !other_faces {
        return update::start(state);
    }
    state.data = super::data::DataView::new(&state.train.settings.data);
    state.data.request = state.ask();
    state.say(Level::Info, "loading these faces first; t starts the training then");
    vec![Effect::Load(state.data.request, state.data.source.clone())]
}

fn in_prompt(state: &mut State, mut prompt: Prompt, action: Action) -> Vec<Effect> {
    let name = prompt.line.text.trim().to_owned();
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm if name.is_empty() => state.say(Level::Info, "a name is needed; Esc cancels"),
        Action::Confirm => {
            return match (prompt.purpose, state.verify.probe.clone()) {
                (Purpose::Enrol, Some(probe)) => vec![Effect::Enrol(name, probe)],
                (Purpose::Rename(from), _) => vec![Effect::Rename(from, name)],
                (Purpose::Enrol, None) => Vec::new(),
            };
        }
        _ => {
            prompt.line.edit(action);
        }
    }
    open(state, Overlay::Prompt(prompt))
}

fn in_files(state: &mut State, mut picker: Box<FilePicker>, action: Action) -> Vec<Effect> {
    let last = picker.matching().len().saturating_sub(1);
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm => return choose_file(state, picker),
        Action::NextField => picker.selected = (picker.selected + 1).min(last),
        Action::PreviousField => picker.selected = picker.selected.saturating_sub(1),
        Action::ChoiceLeft => {
            let parent = picker.listing.as_ref().and_then(|l| l.path.parent()).map(std::path::Path::to_path_buf);
            if let Some(parent) = parent {
                return list(state, picker, parent);
            }
        }
        Action::ChoiceRight => {
            if let Some((folder, true)) = picker.current() {
                return list(state, picker, folder);
            }
        }
        _ => {
            if picker.line.edit(action) {
                picker.selected = 0;
            }
        }
    }
    state.overlay = Some(Overlay::Files(picker));
    preview(state)
}

fn list(state: &mut State, mut picker: Box<FilePicker>, folder: std::path::PathBuf) -> Vec<Effect> {
    picker.list_request = state.ask();
    let request = picker.list_request;
    picker.line.text.clear();
    (picker.selected, picker.preview, picker.failure) = (0, None, None);
    state.overlay = Some(Overlay::Files(picker));
    vec![Effect::List(request, folder)]
}

/// A typed path is asked about as it is: it may be a file or a folder, which only the outside knows.
fn choose_file(state: &mut State, picker: Box<FilePicker>) -> Vec<Effect> {
    if let Some(path) = picker.typed_path() {
        return list(state, picker, path);
    }
    match picker.current() {
        Some((folder, true)) => list(state, picker, folder),
        Some((file, false)) => take_file(state, &picker, file),
        None => open(state, Overlay::Files(picker)),
    }
}

fn take_file(state: &mut State, picker: &FilePicker, file: std::path::PathBuf) -> Vec<Effect> {
    if let Some(listing) = &picker.listing {
        let files = listing.entries.iter().filter(|(_, folder)| !folder);
        state.verify.siblings = files.map(|(name, _)| listing.path.join(name)).collect();
    }
    screens::probe(state, Probe::File(file))
}

/// Asks for a small view of the file under the cursor.
fn preview(state: &mut State) -> Vec<Effect> {
    let request = state.ask();
    let Some(Overlay::Files(picker)) = &mut state.overlay else { return Vec::new() };
    picker.preview = None;
    match picker.current() {
        Some((file, false)) => {
            picker.preview_request = request;
            vec![Effect::PreviewFile(request, file)]
        }
        _ => Vec::new(),
    }
}

/// Takes in an answer for the file picker.
pub(super) fn answer(state: &mut State, event: Event) -> Vec<Effect> {
    let Some(Overlay::Files(picker)) = &mut state.overlay else { return Vec::new() };
    match event {
        Event::Folder(request, result) if request == picker.list_request => match result {
            Ok(Listing { path, file: Some(file), entries }) => {
                picker.listing = Some(Listing { path, file: None, entries });
                let picker = picker.clone();
                state.overlay = None;
                return take_file(state, &picker, file);
            }
            Ok(listing) => {
                picker.listing = Some(listing);
                picker.selected = 0;
                return preview(state);
            }
            Err(why) => picker.failure = Some(why),
        },
        Event::Preview(request, result) if request == picker.preview_request => picker.preview = result.ok(),
        _ => {}
    }
    Vec::new()
}
