//! What popups do with keys and pasted text.

use super::state::{Overlay, Prompt, Purpose};
use super::{files, help, models, palette, runs, settings};
use crate::app::action::Action;
use crate::app::data;
use crate::app::effect::{Effect, GalleryChange, NetworkQuery, TerminalRequest, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::key::Key;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::train::{self, Phase};

pub(in crate::app) use files::update::{completed, listed, previewed};
pub(in crate::app) use help::update::open as open_help;
pub(in crate::app) use models::update::{listed as models_listed, open as open_models};
pub(in crate::app) use runs::edit::changed as run_changed;
pub(in crate::app) use runs::list::{
    forget_intervals, listed as runs_listed, measured as runs_measured, tick as runs_tick,
};
pub(in crate::app) use runs::update::{drawn as runs_drawn, open as open_runs};
pub(in crate::app) use settings::update::{correct_data, open as open_settings};

/// Opens the list of themes at the one in use.
pub(in crate::app) fn open_themes(state: &mut State) -> Vec<Effect> {
    let in_use = state.themes.iter().position(|name| *name == state.theme);
    state.overlay = Some(Overlay::Themes {
        selected: in_use.unwrap_or(0),
        before: state.theme.clone(),
    });
    Vec::new()
}

/// A request of a popup failed.
pub(in crate::app) fn failed(state: &mut State, number: Request, why: &TaskError) {
    if !runs::update::failed(state, number, why) {
        files::update::failed(state, number, why);
    }
}

/// Adds a character to the line that is typed.
pub(in crate::app) fn type_key(state: &mut State, key: Key) -> Vec<Effect> {
    let filtering = state.data.filtering;
    match &mut state.overlay {
        Some(Overlay::Settings(form)) => form.type_key(key),
        Some(Overlay::Prompt(prompt)) => drop(prompt.line.type_key(key)),
        Some(Overlay::Palette(palette)) => palette.type_key(key),
        Some(Overlay::Help(help)) => help.type_text(|line| {
            line.type_key(key);
        }),
        Some(Overlay::Files(picker)) => {
            if !picker.line.type_key(key) {
                return Vec::new();
            }
            picker.selected = 0;
            return files::update::preview(state);
        }
        Some(Overlay::Runs) => runs::edit::type_text(state, |line| {
            line.type_key(key);
        }),
        None if filtering => {
            state.data.filter.type_key(key);
            state.data.apply_filter();
        }
        _ => {}
    }
    Vec::new()
}

/// Adds pasted text to the line that is typed. Where none is typed, pasted text is not taken for keys.
pub(in crate::app) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    match &mut state.overlay {
        Some(Overlay::Settings(form)) if !form.field().is_choice() => {
            form.lines[form.at].paste(text);
        }
        Some(Overlay::Prompt(prompt)) => prompt.line.paste(text),
        Some(Overlay::Palette(palette)) => palette.line.paste(text),
        Some(Overlay::Help(help)) => help.type_text(|line| line.paste(text)),
        Some(Overlay::Files(picker)) => {
            picker.line.paste(text);
            picker.selected = 0;
            return files::update::preview(state);
        }
        Some(Overlay::Runs) => runs::edit::type_text(state, |line| line.paste(text)),
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
        None => {
            in_filter(state, action);
            Vec::new()
        }
        Some(Overlay::Settings(form)) => settings::update::act(state, form, action),
        Some(Overlay::Prompt(prompt)) => in_prompt(state, prompt, action),
        Some(Overlay::Files(picker)) => files::update::act(state, picker, action),
        Some(Overlay::Runs) => runs::edit::type_action(state, action),
        Some(Overlay::Help(help)) => {
            help::update::type_action(state, help, action);
            Vec::new()
        }
        Some(Overlay::Palette(palette)) => {
            palette::update::act(state, palette, action);
            Vec::new()
        }
        other => {
            state.overlay = other;
            Vec::new()
        }
    }
}

fn in_filter(state: &mut State, action: Action) {
    let (grid, list) = (
        geometry::data_grid(state.room()),
        geometry::list_rows(state.room()),
    );
    let data = &mut state.data;
    match action {
        Action::Confirm => data.filtering = false,
        Action::Cancel => {
            data.filtering = false;
            data.filter.text.clear();
            data.apply_filter();
            data.keep_visible(grid);
        }
        Action::NextField => data.move_cursor(Action::Down, grid, list),
        Action::PreviousField => data.move_cursor(Action::Up, grid, list),
        _ => {
            if data.filter.edit(action) {
                data.apply_filter();
            }
        }
    }
}

fn in_prompt(state: &mut State, mut prompt: Prompt, action: Action) -> Vec<Effect> {
    let name = prompt.line.text.trim().to_owned();
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm if name.is_empty() => {
            state.say(Level::Info, "a name is needed; Esc cancels")
        }
        Action::Confirm => {
            let change = match prompt.purpose {
                Purpose::Enroll(probe) => GalleryChange::Enroll(name, probe),
                Purpose::Rename(from) => {
                    state.verify.renamed = Some(name.clone());
                    GalleryChange::Rename { from, to: name }
                }
            };
            return request(NetworkQuery::Change(change));
        }
        _ => drop(prompt.line.edit(action)),
    }
    state.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}

/// What an action does in a popup without a text line.
pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(overlay) = state.overlay.take() else {
        return Vec::new();
    };
    match overlay {
        Overlay::Help(help) => help::update::act(state, help, action),
        Overlay::Quit => in_quit(state, action),
        Overlay::Themes { selected, before } => return in_themes(state, selected, before, action),
        Overlay::Models(picker) => return models::update::act(state, picker, action),
        Overlay::Runs => return runs::update::act(state, action),
        Overlay::Check { selected } => return in_check(state, selected, action),
        Overlay::EnrollMiddle(probe) => match action {
            Action::Select => state.overlay = Some(Overlay::enroll(probe)),
            Action::Back | Action::Quit => {}
            _ => state.overlay = Some(Overlay::EnrollMiddle(probe)),
        },
        Overlay::Confirm { question, effect } => match action {
            Action::Select => return vec![*effect],
            Action::Back | Action::Quit => {}
            _ => state.overlay = Some(Overlay::Confirm { question, effect }),
        },
        typed => state.overlay = Some(typed),
    }
    // Of the popups above, only the question whether to leave has an effect.
    if state.leaving && state.train.phase != Phase::Stopping {
        return train::update::stop(state);
    }
    Vec::new()
}

fn in_quit(state: &mut State, action: Action) {
    match action {
        Action::Select | Action::Quit => {
            state.leaving = true;
            state.say(
                Level::Warning,
                "stopping after this batch and saving, then leaving",
            );
        }
        Action::KeepTraining => {
            (state.leaving, state.hand_over) = (true, true);
            state.say(
                Level::Warning,
                "saving after this batch, then leaving; it continues in the background",
            );
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
            state.theme.clone_from(&before);
            return request(TerminalRequest::UseTheme(before));
        }
        _ => selected,
    };
    if let Some(name) = state
        .themes
        .get(selected)
        .filter(|name| **name != state.theme)
    {
        state.theme = name.clone();
    }
    state.overlay = Some(Overlay::Themes { selected, before });
    request(TerminalRequest::UseTheme(state.theme.clone()))
}

fn in_check(state: &mut State, selected: usize, action: Action) -> Vec<Effect> {
    let findings = state.data.findings.clone();
    let last = findings.entries().count().saturating_sub(1);
    let page = geometry::list_rows(state.room());
    let selected = match action {
        Action::Up => selected.saturating_sub(1),
        Action::Down => selected + 1,
        Action::PageUp => selected.saturating_sub(page),
        Action::PageDown => selected + page,
        Action::First => 0,
        Action::Last => last,
        Action::Back | Action::Quit | Action::ShowRefused => return Vec::new(),
        Action::Select => {
            if let Some(image) = findings.entries().nth(selected).and_then(|e| e.image) {
                return data::update::go_to(state, image);
            }
            selected
        }
        _ => selected,
    };
    state.overlay = Some(Overlay::Check {
        selected: selected.min(last),
    });
    Vec::new()
}
