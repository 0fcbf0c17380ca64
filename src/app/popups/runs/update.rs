//! What keys and answers change in the browser of runs.

use std::path::{Path, PathBuf};

use super::state::{Compared, RunEdit, RunEditKind, RunsView};
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, RunChange, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::popups::Overlay;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::app::train::{MOST_OVERLAID, PastRun, Unfinished};
use crate::files::clean;
use crate::metrics::Interval;
use crate::train::run_dir::{self, RunOverview};

/// Intervals that are measured at once: each takes a model from disk, and other jobs wait meanwhile.
const AT_ONCE: usize = 4;

/// Opens the browser.
pub(in crate::app) fn open(state: &mut State) -> Vec<Effect> {
    state.overlay = Some(Overlay::Runs);
    state.runs.compared = None;
    state.runs.measured.clear();
    ask_for_list(state)
}

/// Requests the list. An answer that is on its way is dropped.
fn ask_for_list(state: &mut State) -> Vec<Effect> {
    let number = state.ask();
    state.runs.list.ask(number);
    state.runs.read_at = state.now;
    request(FileJob::ListRuns(number))
}

/// Takes the list. The cursor stays on its run.
pub(in crate::app) fn listed(
    state: &mut State,
    number: Request,
    found: Vec<RunOverview>,
) -> Vec<Effect> {
    let runs = &mut state.runs;
    let before = runs.current().map(|run| run.path.clone());
    if !runs.list.accept(number, found) {
        return Vec::new();
    }
    let there = |path: &Path| {
        runs.list
            .get()
            .into_iter()
            .flatten()
            .any(|run| run.path == *path)
    };
    let marked = runs
        .marked
        .iter()
        .filter(|path| there(path))
        .cloned()
        .collect();
    runs.marked = marked;
    let wanted = runs.wanted.take().or(before);
    let at = runs
        .shown()
        .iter()
        .position(|run| Some(&run.path) == wanted.as_ref());
    let last = runs.shown().len().saturating_sub(1);
    runs.selected = at.unwrap_or(runs.selected).min(last);
    measure(state)
}

/// Requests some of the intervals that are not known, as long as the browser is open. They need the faces of the run.
fn measure(state: &mut State) -> Vec<Effect> {
    let open = matches!(state.overlay, Some(Overlay::Runs));
    let Some(faces) = state.data.dataset.as_ref().filter(|_| open) else {
        return Vec::new();
    };
    let runs = &state.runs;
    let missing = |run: &RunOverview| {
        let figures = run.figures.as_ref()?;
        let best = figures
            .best
            .as_ref()
            .filter(|best| best.val_eer.is_some())?;
        let known = runs.intervals.get(&run.path).map(|(epoch, _)| *epoch);
        let wanted = known != Some(best.epoch) && figures.data.as_ref() == Some(&faces.name);
        wanted.then(|| (run.path.clone(), best.epoch))
    };
    let all = runs.list.get().into_iter().flatten();
    let wanted: Vec<_> = all.filter_map(missing).take(AT_ONCE).collect();
    if wanted.is_empty() || runs.measured.waiting() {
        return Vec::new();
    }
    let number = state.ask();
    state.runs.measured.ask(number);
    request(FileJob::RunIntervals(number, wanted))
}

/// Takes intervals, and requests further ones.
pub(in crate::app) fn measured(
    state: &mut State,
    number: Request,
    found: Vec<(PathBuf, u32, Option<Interval>)>,
) -> Vec<Effect> {
    if !state.runs.measured.settle(number) {
        return Vec::new();
    }
    let found = found
        .into_iter()
        .map(|(path, epoch, interval)| (path, (epoch, interval)));
    state.runs.intervals.extend(found);
    measure(state)
}

/// Other faces are loaded: the intervals are no longer those of these faces.
pub(in crate::app) fn forget_intervals(state: &mut State) {
    state.runs.intervals.clear();
    state.runs.measured.clear();
}

/// Reads the list again if it is old.
pub(in crate::app) fn tick(state: &mut State) -> Vec<Effect> {
    match state.runs_stale_at().is_some_and(|at| at <= state.now) {
        true => ask_for_list(state),
        false => Vec::new(),
    }
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
        Action::OverlayRuns => return overlay(state),
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

fn move_cursor(state: &mut State, action: Action) {
    let page = geometry::runs_rows(state.size);
    let runs = &mut state.runs;
    let last = runs.shown().len().saturating_sub(1);
    let at = runs.selected;
    runs.selected = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::First => 0,
        Action::Last => last,
        _ => at,
    }
    .min(last);
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
fn overlay(state: &mut State) -> Vec<Effect> {
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
        state.say(Level::Warning, why);
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

fn edit(state: &mut State, kind: RunEditKind) {
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

fn change(change: RunChange) -> Vec<Effect> {
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
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        clean(&name.to_string_lossy())
    };
    let before = name(from);
    if let Some(offer) = state.offer.take_if(|offer| offer.path == from)
        && let Some(to) = &to
    {
        state.offer = Some(Unfinished {
            path: to.clone(),
            name: name(to),
            ..offer
        });
    }
    match &to {
        Some(to) => {
            let now = name(to);
            let overlaid = state.train.overlaid.iter_mut();
            for run in overlaid.filter(|run| run.name == before) {
                run.name.clone_from(&now);
            }
            for path in state.runs.marked.iter_mut().filter(|path| *path == from) {
                path.clone_from(to);
            }
            if let Some(started) = &mut state.train.started
                && started.run.as_deref() == Some(from)
            {
                started.run = Some(to.clone());
            }
            if let Some(model) = state.model.as_mut().filter(|model| model.origin == before) {
                model.origin = now;
            }
            if let Some(known) = state.runs.intervals.remove(from) {
                state.runs.intervals.insert(to.clone(), known);
            }
        }
        None => state.runs.marked.retain(|path| path != from),
    }
    state.runs.wanted = to;
    ask_for_list(state)
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

impl RunsView {
    /// Changes the filter. The cursor stays on its run if that is still shown.
    fn keep(&mut self, change: impl FnOnce(&mut TextLine)) {
        let before = self.current().map(|run| run.path.clone());
        change(&mut self.filter);
        let shown = self.shown();
        let at = shown
            .iter()
            .position(|run| Some(&run.path) == before.as_ref());
        self.selected = at.unwrap_or(0);
    }
}
