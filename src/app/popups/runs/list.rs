//! The list of runs and their intervals: requests, answers, and the cursor.

use std::path::{Path, PathBuf};

use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, request};
use crate::app::geometry;
use crate::app::pending::Request;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::metrics::Interval;
use crate::train::run_dir::RunOverview;

/// Intervals that are measured at once: each takes a model from disk, and other jobs wait meanwhile.
const AT_ONCE: usize = 4;

/// Requests the list. An answer that is on its way is dropped.
pub(super) fn ask_for_list(state: &mut State) -> Vec<Effect> {
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

/// Moves the cursor, if the action moves.
pub(super) fn move_cursor(state: &mut State, action: Action) {
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
