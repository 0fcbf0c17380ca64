//! What popups do with actions.

mod files;
mod typing;

use super::action::Action;
use super::event::{Effect, Level};
use super::form::Form;
use super::geometry;
use super::overlay::Overlay;
use super::state::State;
use super::train::Phase;
use crate::train::TrainingCommand;

pub(in crate::app) use files::answer;
pub(in crate::app) use typing::{edit, paste, type_key};

/// Opens a popup.
pub(in crate::app) fn open(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    state.overlay = Some(overlay);
    Vec::new()
}

/// Opens the list of themes at the one in use.
pub(in crate::app) fn open_themes(state: &mut State) -> Vec<Effect> {
    let selected = state
        .themes
        .iter()
        .position(|name| *name == state.theme)
        .unwrap_or(0);
    open(
        state,
        Overlay::Themes {
            selected,
            before: state.theme.clone(),
        },
    )
}

/// Opens the settings of the next training.
pub(in crate::app) fn open_settings(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        state.say(
            Level::Info,
            "settings can be changed when the training has stopped (x)",
        );
        return Vec::new();
    }
    let form = Form::new(state.train.presets.clone(), &state.train.settings);
    open(state, Overlay::Settings(Box::new(form)))
}

/// What a popup without a text line does with an action.
pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(overlay) = state.overlay.take() else {
        return Vec::new();
    };
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
        return vec![Effect::Control(TrainingCommand::Stop)];
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
    state.overlay = Some(Overlay::Help {
        scroll: scroll.min(help_lines(state).saturating_sub(1)),
    });
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
            state.say(
                Level::Warning,
                "stopping after this batch and saving, then leaving",
            );
        }
        Action::KeepTraining => {
            (state.leaving, state.hand_over) = (true, true);
            state.say(
                Level::Warning,
                "saving after this batch, then leaving; it goes on in the background",
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
            state.theme = before;
            return vec![Effect::UseTheme(state.theme.clone())];
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
    vec![Effect::UseTheme(state.theme.clone())]
}

fn in_refused(state: &mut State, selected: usize, action: Action) {
    let last = state
        .data
        .dataset
        .as_ref()
        .map_or(0, |d| d.refused.len().saturating_sub(1));
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
    state.overlay = Some(Overlay::Refused {
        selected: selected.min(last),
    });
}
