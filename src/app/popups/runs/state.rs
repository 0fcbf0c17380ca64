//! The state of the browser of runs. It outlives the popup, so that marks are still there when it is opened again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::pending::Pending;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::app::train::Phase;
use crate::metrics::Interval;
use crate::train::run_dir::{self, RunColumn, RunOverview};

/// How old the list may become while a training runs.
const FRESH: Duration = Duration::from_secs(2);

/// The state of the browser of runs.
#[derive(Debug, Clone, Default)]
pub struct RunsView {
    /// The runs, the newest first.
    pub list: Pending<Vec<RunOverview>>,
    /// The 95 % intervals of validation EERs, each with the epoch that it is for.
    pub intervals: BTreeMap<PathBuf, (u32, Option<Interval>)>,
    /// The request for more of them.
    pub measured: Pending,
    /// Index of the run under the cursor, among those that are shown.
    pub selected: usize,
    /// The runs that are marked, in the order of marking.
    pub marked: Vec<PathBuf>,
    /// Only runs whose line contains these words are shown.
    pub filter: TextLine,
    /// Whether the filter is being typed.
    pub filtering: bool,
    /// The name or note that is being typed.
    pub edit: Option<RunEdit>,
    /// The marked runs side by side, instead of the list.
    pub compared: Option<Compared>,
    /// The request for the epochs of runs, to be drawn in the charts.
    pub curves: Pending,
    /// Where the cursor goes when the list is there.
    pub(super) wanted: Option<PathBuf>,
    /// When the list was last requested, on the state's clock.
    pub(super) read_at: Duration,
}

/// A name or a note that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEdit {
    /// Which of the two.
    pub kind: RunEditKind,
    /// The folder of the run.
    pub run: PathBuf,
    /// What is typed.
    pub line: TextLine,
}

/// What of a run is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEditKind {
    /// Its name, without the number.
    Name,
    /// The note on it.
    Note,
}

/// How far the comparison side by side is scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// The first line that is seen.
    pub line: usize,
    /// The first run that is seen.
    pub run: usize,
}

impl RunsView {
    /// The runs that the filter leaves.
    pub fn shown(&self) -> Vec<&RunOverview> {
        let wanted = self.filter.text.to_lowercase();
        let matches = |run: &&RunOverview| {
            if wanted.is_empty() {
                return true;
            }
            let line = run.cells().join(" ").to_lowercase();
            wanted.split_whitespace().all(|word| line.contains(word))
        };
        self.list
            .get()
            .into_iter()
            .flatten()
            .filter(matches)
            .collect()
    }

    /// How many runs there are, without regard to the filter.
    pub fn count(&self) -> usize {
        self.list.get().map_or(0, Vec::len)
    }

    /// The run under the cursor.
    pub fn current(&self) -> Option<&RunOverview> {
        self.shown().get(self.selected).copied()
    }

    /// Whether a run is marked.
    pub fn is_marked(&self, run: &Path) -> bool {
        self.marked.iter().any(|marked| marked == run)
    }

    /// The marked runs, in the order of marking or, if none is marked, the one under the cursor.
    pub fn chosen(&self) -> Vec<&RunOverview> {
        let all = || self.list.get().into_iter().flatten();
        let find = |path: &PathBuf| all().find(|run| run.path == *path);
        match self.marked.is_empty() {
            true => self.current().into_iter().collect(),
            false => self.marked.iter().filter_map(find).collect(),
        }
    }

    /// The interval of a run's EER, once it is known.
    pub fn interval(&self, run: &RunOverview) -> Option<Interval> {
        let best = run.figures.as_ref()?.best.as_ref()?;
        let (epoch, interval) = self.intervals.get(&run.path)?;
        interval.filter(|_| *epoch == best.epoch)
    }

    /// Whether keys go into a line of text.
    pub fn typing(&self) -> bool {
        self.filtering || self.edit.is_some()
    }

    /// Whether a training runs in one of them: the list then grows old.
    pub(super) fn is_live(&self) -> bool {
        let mut figures = self
            .list
            .get()
            .into_iter()
            .flatten()
            .filter_map(|run| run.figures.as_ref());
        figures.any(|figures| {
            matches!(
                figures.state,
                run_dir::State::Training | run_dir::State::Background
            )
        })
    }
}

impl State {
    /// The texts of the columns of a run, with what only the screens know: the interval of the EER, and whether the training
    /// that runs here is paused.
    pub fn run_cells(&self, run: &RunOverview) -> [String; RunColumn::COUNT] {
        let mut cells = run.cells();
        if let Some(ends) = self.runs.interval(run) {
            let ends = format!(" ({:.1}–{:.1})", 100.0 * ends.low, 100.0 * ends.high);
            cells[RunColumn::EER].push_str(&ends);
        }
        let own = self.own_run() == Some(&run.path) && run.figures.is_some();
        let now = match self.train.phase {
            Phase::Paused => "paused",
            Phase::Stopping => "stopping",
            _ => return cells,
        };
        if own {
            cells[RunColumn::STATE] = now.to_owned();
        }
        cells
    }

    /// The chosen runs side by side: the names of figures and of those fields of the recipes that differ, each with the values.
    pub fn runs_compared(&self) -> Vec<(String, Vec<String>)> {
        let mut chosen = self.runs.chosen();
        chosen.retain(|run| run.figures.is_some());
        let cells: Vec<_> = chosen.iter().map(|run| self.run_cells(run)).collect();
        let figure = |(at, column): (usize, RunColumn)| {
            let values = cells.iter().map(|cells| cells[at].clone()).collect();
            (column.title.to_owned(), values)
        };
        let figures = RunColumn::ALL.into_iter().enumerate().map(figure);
        let recipes = run_dir::differences(&chosen).into_iter();
        figures
            .chain(recipes.map(|of| (of.field, of.values)))
            .collect()
    }

    /// When the list is to be read again, while the browser is open and a training runs.
    pub(in crate::app) fn runs_stale_at(&self) -> Option<Duration> {
        let open = matches!(self.overlay, Some(Overlay::Runs));
        let stale = open && self.runs.is_live() && !self.runs.list.waiting();
        stale.then(|| self.runs.read_at + FRESH)
    }

    /// The folder of the training in these screens, running or over.
    pub fn own_run(&self) -> Option<&PathBuf> {
        self.train.started.as_ref()?.run.as_ref()
    }
}
