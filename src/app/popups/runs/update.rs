//! What keys do in the browser of runs, and what is drawn or compared.

use std::path::PathBuf;

use super::edit::{change, edit};
use super::list::{ask_for_list, move_cursor};
use super::state::{Compared, RunEditKind};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, RunChange, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::popups::Overlay;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::train::{MOST_OVERLAID, PastRun};

/// Opens the browser.
pub(in crate::app) fn open(state: &mut State) -> Vec<Effect> {
    state.overlay = Some(Overlay::Runs);
    state.runs.compared = None;
    state.runs.measured.clear();
    ask_for_list(state)
}

/// What an action does in the browser.
pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    state.overlay = Some(Overlay::Runs);
    if let Some(compared) = state.runs.compared {
        scroll(state, compared, action);
        return Vec::new();
    }
    match action {
        Action::Back if !state.runs.filter.text.is_empty() => {
            state.runs.keep(|line| line.text.clear());
        }
        Action::Back | Action::Quit | Action::ShowRuns => state.overlay = None,
        Action::MarkRun => mark(state),
        Action::DrawRuns => return draw_chosen(state),
        Action::CompareRuns => compare(state),
        Action::RenameRun => edit(state, RunEditKind::Name),
        Action::NoteRun => edit(state, RunEditKind::Note),
        Action::DeleteRun => {
            let run = state.runs.current().map(|run| run.path.clone());
            return run.map_or_else(Vec::new, |run| change(RunChange::Delete(run)));
        }
        Action::RestoreRun => return change(RunChange::Restore),
        Action::ClearRuns => {
            state.runs.marked.clear();
            state.train.overlaid.clear();
            state.say(
                Level::Info,
                "no run is marked, and none is drawn in the charts",
            );
        }
        Action::FilterRuns => state.runs.filtering = true,
        _ => move_cursor(state, action),
    }
    Vec::new()
}

/// Marks the run under the cursor, or unmarks it, and goes on to the next.
fn mark(state: &mut State) {
    let runs = &mut state.runs;
    let Some(run) = runs.current().map(|run| run.path.clone()) else {
        return;
    };
    match runs.is_marked(&run) {
        true => runs.marked.retain(|marked| *marked != run),
        false => runs.marked.push(run),
    }
    move_cursor(state, Action::Down);
}

/// Requests the epochs of the chosen runs, to draw them in the charts.
fn draw_chosen(state: &mut State) -> Vec<Effect> {
    let own = state.own_run();
    let mut refused = None;
    let mut wanted: Vec<PathBuf> = Vec::new();
    for run in state.runs.chosen() {
        let why = match &run.figures {
            _ if own == Some(&run.path) && !state.train.epochs.is_empty() => {
                Some("is the training that the charts show already")
            }
            None => Some("cannot be read"),
            Some(figures) if figures.epochs == 0 => Some("has no complete epoch yet"),
            Some(_) => None,
        };
        match why {
            Some(why) => refused = Some(format!("{} {why}", run.name)),
            None => wanted.push(run.path.clone()),
        }
    }
    if wanted.is_empty() {
        let why = refused.unwrap_or_else(|| "there is no run to draw".to_owned());
        state.say(Level::Info, why);
        return Vec::new();
    }
    if wanted.len() > MOST_OVERLAID {
        let text = format!("only the first {MOST_OVERLAID} of the marked runs are drawn");
        state.say(Level::Warning, text);
        wanted.truncate(MOST_OVERLAID);
    } else if let Some(why) = refused {
        state.say(Level::Warning, why);
    }
    let number = state.ask();
    state.runs.curves.ask(number);
    (state.overlay, state.screen) = (None, Screen::Train);
    request(FileJob::RunCurves(number, wanted))
}

/// Draws runs in the charts.
pub(in crate::app) fn drawn(state: &mut State, number: Request, runs: Vec<PastRun>) {
    if !state.runs.curves.settle(number) {
        return;
    }
    if !state.has_unread(Level::Warning) {
        let key = state
            .keymap
            .first_shown(Action::PastRun)
            .unwrap_or_default();
        let what = match &runs[..] {
            [run] => format!("{} is", run.name),
            _ => format!("{} runs are", runs.len()),
        };
        state.say(
            Level::Info,
            format!("{what} drawn in the charts; {key} removes that"),
        );
    }
    state.train.overlaid = runs;
}

/// Shows the marked runs side by side.
fn compare(state: &mut State) {
    let readable = state
        .runs
        .chosen()
        .into_iter()
        .filter(|run| run.figures.is_some());
    match readable.count() {
        0 | 1 => {
            let key = state
                .keymap
                .first_shown(Action::MarkRun)
                .unwrap_or_default();
            let text = format!("two runs are needed to compare: {key} marks them");
            state.say(Level::Info, text);
        }
        _ => state.runs.compared = Some(Compared::default()),
    }
}

fn scroll(state: &mut State, mut at: Compared, action: Action) {
    let page = geometry::runs_rows(state.size);
    let last = state.runs.chosen().len().saturating_sub(1);
    match action {
        Action::Up => at.line = at.line.saturating_sub(1),
        Action::Down => at.line += 1,
        Action::PageUp => at.line = at.line.saturating_sub(page),
        Action::PageDown => at.line += page,
        Action::First => at = Compared::default(),
        Action::Left => at.run = at.run.saturating_sub(1),
        Action::Right => at.run = (at.run + 1).min(last),
        Action::Back | Action::Quit | Action::CompareRuns => {
            state.runs.compared = None;
            return;
        }
        _ => {}
    }
    at.line = at.line.min(state.runs_compared().len().saturating_sub(1));
    state.runs.compared = Some(at);
}

/// A request of the browser failed. Whether it was one.
pub(in crate::app) fn failed(state: &mut State, number: Request, why: &TaskError) -> bool {
    let runs = &mut state.runs;
    if runs.measured.settle(number) {
        // The list stays useful without intervals.
        return true;
    }
    let ours = runs.list.settle(number) || runs.curves.settle(number);
    if ours {
        state.say(why.level(), why.to_string());
    }
    ours
}
