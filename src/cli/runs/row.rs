//! One training in a list: in JSON, and in a table.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::cli::output::percent;
use crate::cli::table::{Column, cut, lines, terminal_width};
use crate::files::clean;
use crate::metrics::{self, TooFew};
use crate::text::{duration, utc};
use crate::train::run_dir::{State, Summary};
use crate::train::{EpochMetrics, RunDir};

/// The most columns of a note in a table.
const NOTE_WIDTH: usize = 40;
/// Where there is no figure yet.
const NOTHING: &str = "–";

/// One run in JSON.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) run: PathBuf,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) damaged: Option<String>,
    /// When it began, in UTC.
    started: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    bytes: u64,
    #[serde(flatten)]
    pub(super) figures: Option<RunFigures>,
}

#[derive(Debug, Serialize)]
pub(super) struct RunFigures {
    preset: String,
    /// The name of the data set, once it has a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    state: State,
    epochs: u32,
    planned: u32,
    seconds: f64,
    program: Option<String>,
    best: Option<BestEpoch>,
    /// Why it learned nothing; it then has no best epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_learned: Option<String>,
    #[serde(skip)]
    pub(super) recipe: Value,
}

#[derive(Debug, Serialize)]
struct BestEpoch {
    epoch: u32,
    /// Null where nobody was held out for validation, or too few to tell it.
    val_eer: Option<f64>,
    val_auc: Option<f64>,
    /// How many people were held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<usize>,
    /// Why a figure is missing that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<TooFew>,
}

impl BestEpoch {
    fn new(row: &EpochMetrics, held_out: Option<usize>) -> Self {
        let people = held_out.filter(|&people| people > 0);
        let told = |rate: f64| match people {
            Some(people) => metrics::tells_rate(rate, people),
            None => Ok(()),
        };
        let [eer, auc] = [row.validation.map(|v| v.eer), row.validation.map(|v| v.auc)];
        let reason = [eer, auc]
            .into_iter()
            .flatten()
            .find_map(|rate| told(rate).err());
        Self {
            epoch: row.epoch.0,
            val_eer: eer.filter(|&eer| told(eer).is_ok()),
            val_auc: auc.filter(|&auc| told(auc).is_ok()),
            people,
            reason,
        }
    }
}

impl Row {
    /// The run in this directory, even if it is damaged.
    pub(super) fn read(path: &Path) -> Self {
        let run = RunDir::open(path);
        let known = |of: &dyn Fn(&RunDir) -> Option<String>| run.as_ref().ok().and_then(of);
        let (started, note) = (known(&|run| Some(utc(run.started()))), known(&RunDir::note));
        let bytes = run.as_ref().map_or(0, RunDir::bytes);
        let name = path.file_name().unwrap_or(path.as_os_str());
        let (figures, damaged) = match run.and_then(|run| run.summary()) {
            Ok(summary) => (Some(summary.into()), None),
            Err(why) => (None, Some(why.to_string())),
        };
        Self {
            run: path.to_owned(),
            name: clean(&name.to_string_lossy()),
            damaged,
            started: started.unwrap_or_default(),
            note,
            bytes,
            figures,
        }
    }
}

impl From<Summary> for RunFigures {
    fn from(summary: Summary) -> Self {
        // By way of text, in which 0.1 stays 0.1; as a value it would become that of a longer number.
        let recipe = serde_json::to_string(&summary.recipe).unwrap_or_default();
        let learned = summary.not_learned.is_none();
        Self {
            preset: clean(&summary.recipe.preset),
            data: summary.data,
            state: summary.state,
            epochs: summary.last.map_or(0, |row| row.epoch.0),
            planned: summary.recipe.epochs,
            seconds: summary.seconds,
            program: summary.program,
            best: summary
                .best
                .filter(|_| learned)
                .map(|row| BestEpoch::new(&row, summary.held_out)),
            not_learned: summary.not_learned.map(|why| why.to_string()),
            recipe: serde_json::from_str(&recipe).unwrap_or_default(),
        }
    }
}

/// ```text
/// RUN           BEGAN (UTC)       DATA  PRESET   EPOCHS    EER    AUC  PEOPLE  BEST  STATE      TIME    SIZE  NOTE
/// 0001-compact  2026-11-24 10:31  orl   compact   30/30  4.2 %  0.989       5    24  finished   33 s  4.1 MB  more light
/// 0002-compact  2026-11-24 10:40  orl   compact    3/30  did not learn   –     –  unfinished  3 s  4.1 MB
/// ```
pub(super) fn table(rows: &[Row]) -> Vec<String> {
    let columns = [
        Column::new("RUN"),
        Column::new("BEGAN (UTC)").dispensable(2),
        Column::new("DATA").dispensable(1),
        Column::new("PRESET").dispensable(6),
        Column::new("EPOCHS").right(),
        Column::new("EER").right(),
        Column::new("AUC").right().dispensable(3),
        Column::new("PEOPLE").right().dispensable(9),
        Column::new("BEST").right().dispensable(7),
        Column::new("STATE"),
        Column::new("TIME").right().dispensable(5),
        Column::new("SIZE").right().dispensable(8),
        Column::new("NOTE").dispensable(4),
    ];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.cells().to_vec()).collect();
    lines(&columns, &rows, terminal_width())
}

impl Row {
    fn cells(&self) -> [String; 13] {
        let began = self.started.get(..16).unwrap_or_default().replace('T', " ");
        let note = self.note.as_deref().and_then(|note| note.lines().next());
        let note = cut(note.unwrap_or_default(), NOTE_WIDTH);
        let nothing = || NOTHING.to_owned();
        let Some(figures) = &self.figures else {
            let why = self.damaged.as_deref().unwrap_or_default();
            let mut cells = [const { String::new() }; 13];
            cells[0] = self.name.clone();
            cells[1] = began;
            cells[9] = format!("damaged: {why}");
            return cells;
        };
        let (eer, auc) = figures.best_in_words();
        let best = figures.best.as_ref();
        let people = best.and_then(|best| best.people);
        [
            self.name.clone(),
            began,
            figures.data.clone().unwrap_or_else(nothing),
            figures.preset.clone(),
            format!("{}/{}", figures.epochs, figures.planned),
            eer,
            auc,
            people.map_or_else(nothing, |people| people.to_string()),
            best.map_or_else(nothing, |best| best.epoch.to_string()),
            figures.state_in_words().to_owned(),
            duration(figures.seconds),
            megabytes(self.bytes),
            note,
        ]
    }
}

impl RunFigures {
    /// EER and AUC of the best epoch.
    fn best_in_words(&self) -> (String, String) {
        let both = |text: &str| (text.to_owned(), NOTHING.to_owned());
        match &self.best {
            _ if self.not_learned.is_some() => both("did not learn"),
            Some(best) => {
                let missing = || "n/a".to_owned();
                let eer = best.val_eer.map_or_else(missing, percent);
                let auc = best.val_auc.map_or_else(missing, |auc| format!("{auc:.3}"));
                (eer, auc)
            }
            None => both(NOTHING),
        }
    }

    fn state_in_words(&self) -> &'static str {
        match self.state {
            State::Training => "training",
            State::Background => "background",
            State::Finished => "finished",
            State::Unfinished => "unfinished",
        }
    }
}

/// The size of files.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
