//! What is typed in the browser of runs, and how runs are changed.

use std::path::{Path, PathBuf};

use super::list::{ask_for_list, move_cursor};
use super::state::{RunEdit, RunEditKind, RunsView};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, RunChange, request};
use crate::app::message::Level;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::app::train::Unfinished;
use crate::files::clean;
use crate::train::run_dir;

/// Begins to type a name or a note for the run under the cursor.
pub(super) fn edit(state: &mut State, kind: RunEditKind) {
    let Some(run) = state.runs.current() else {
        return;
    };
    let number = run_dir::number(&run.path);
    let text = match kind {
        RunEditKind::Note => run.note.clone().unwrap_or_default(),
        RunEditKind::Name => match run.name.split_once('-').filter(|_| number.is_some()) {
            Some((_, name)) => name.to_owned(),
            None => run.name.clone(),
        },
    };
    state.runs.edit = Some(RunEdit {
        kind,
        run: run.path.clone(),
        line: TextLine::new(text),
    });
}

/// What an editing action does while a filter, a name or a note is typed.
pub(in crate::app) fn type_action(state: &mut State, action: Action) -> Vec<Effect> {
    state.overlay = Some(Overlay::Runs);
    let Some(mut edit) = state.runs.edit.take() else {
        in_filter(state, action);
        return Vec::new();
    };
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm => {
            let text = edit.line.text.trim().to_owned();
            return change(match edit.kind {
                RunEditKind::Name => RunChange::Rename(edit.run, text),
                RunEditKind::Note => RunChange::Note(edit.run, text),
            });
        }
        _ => drop(edit.line.edit(action)),
    }
    state.runs.edit = Some(edit);
    Vec::new()
}

fn in_filter(state: &mut State, action: Action) {
    match action {
        Action::Confirm => state.runs.filtering = false,
        Action::Cancel => {
            state.runs.filtering = false;
            state.runs.keep(|line| line.text.clear());
        }
        Action::NextField => move_cursor(state, Action::Down),
        Action::PreviousField => move_cursor(state, Action::Up),
        _ => state.runs.keep(|line| {
            line.edit(action);
        }),
    }
}

/// Types or pastes, by `type_it`, into the line that is typed.
pub(in crate::app) fn type_text(state: &mut State, type_it: impl FnOnce(&mut TextLine)) {
    match &mut state.runs.edit {
        Some(edit) => type_it(&mut edit.line),
        None if state.runs.filtering => state.runs.keep(type_it),
        None => {}
    }
}

/// Requests a change.
pub(super) fn change(change: RunChange) -> Vec<Effect> {
    request(FileJob::ChangeRun(change))
}

/// A run was renamed, annotated or restored (it is at `to`), or deleted.
pub(in crate::app) fn changed(
    state: &mut State,
    from: &Path,
    to: Option<PathBuf>,
    said: String,
) -> Vec<Effect> {
    let key = state
        .keymap
        .first_shown(Action::RestoreRun)
        .unwrap_or_default();
    let text = match to {
        Some(_) => said,
        None => format!("{said}; {key} brings it back"),
    };
    state.say(Level::Info, text);
    match &to {
        Some(to) => follow(state, from, to),
        None => {
            state.runs.marked.retain(|path| path != from);
            state.offer.take_if(|offer| offer.path == from);
        }
    }
    state.runs.wanted = to;
    ask_for_list(state)
}

/// What is known of a run, and refers to it, goes with it to its new name.
fn follow(state: &mut State, from: &Path, to: &Path) {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        clean(&name.to_string_lossy())
    };
    let (before, now) = (name(from), name(to));
    let overlaid = state.train.overlaid.iter_mut();
    for run in overlaid.filter(|run| run.name == before) {
        run.name.clone_from(&now);
    }
    for path in state.runs.marked.iter_mut().filter(|path| *path == from) {
        *path = to.to_owned();
    }
    if let Some(known) = state.runs.intervals.remove(from) {
        state.runs.intervals.insert(to.to_owned(), known);
    }
    if let Some(started) = &mut state.train.started
        && started.run.as_deref() == Some(from)
    {
        started.run = Some(to.to_owned());
    }
    if let Some(offer) = state.offer.take_if(|offer| offer.path == from) {
        state.offer = Some(Unfinished {
            path: to.to_owned(),
            name: now.clone(),
            ..offer
        });
    }
    if let Some(model) = state.model.as_mut().filter(|model| model.origin == before) {
        model.origin = now;
    }
}

impl RunsView {
    /// Changes the filter. The cursor stays on its run if that is still shown.
    pub(super) fn keep(&mut self, change: impl FnOnce(&mut TextLine)) {
        let before = self.current().map(|run| run.path.clone());
        change(&mut self.filter);
        let shown = self.shown();
        let at = shown
            .iter()
            .position(|run| Some(&run.path) == before.as_ref());
        self.selected = at.unwrap_or(0);
    }
}
