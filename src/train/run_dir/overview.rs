//! One training in a list, for the command line and for the screens: what is known of it, in figures and in words.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::RunDir;
use super::summary::{State, Summary};
use crate::files::clean;
use crate::metrics::{self, TooFew};
use crate::text::{duration, percent, utc};
use crate::train::epoch_metrics::EpochMetrics;

/// Where there is no figure yet.
const NOTHING: &str = "–";

/// One training in a list. Serialised as `runs --json` writes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOverview {
    /// Its folder.
    #[serde(rename = "run")]
    pub path: PathBuf,
    /// The name of the folder, safe to print.
    pub name: String,
    /// Why it cannot be read, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
    /// When it began, in UTC.
    pub started: String,
    /// The user's note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The size of its files.
    pub bytes: u64,
    /// Its figures; `None` if it is damaged.
    #[serde(flatten)]
    pub figures: Option<RunFigures>,
}

/// The figures of a training that can be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFigures {
    /// The preset of its recipe.
    pub preset: String,
    /// The name of the data set, once it has a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its state.
    pub state: State,
    /// Complete epochs.
    pub epochs: u32,
    /// Epochs of its recipe.
    pub planned: u32,
    /// Seconds of all epochs together, without pauses.
    pub seconds: f64,
    /// The version of the program that began it.
    pub program: Option<String>,
    /// The epoch whose model is kept; `None` if it learned nothing.
    pub best: Option<BestEpoch>,
    /// Why it learned nothing; it then has no best epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_learned: Option<String>,
    /// Its recipe, for [`differences`](super::differences()).
    #[serde(skip)]
    pub recipe: Value,
}

/// The figures of the epoch whose model is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BestEpoch {
    /// The epoch.
    pub epoch: u32,
    /// Validation EER, from 0 to 1; null where nobody was held out for validation, or too few to tell it.
    pub val_eer: Option<f64>,
    /// The area under the ROC, from 0 to 1; null as for the EER.
    pub val_auc: Option<f64>,
    /// How many people were held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<usize>,
    /// Why a figure is missing that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<TooFew>,
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

impl RunOverview {
    /// The run in this directory, even if it is damaged.
    pub fn read(path: &Path) -> Self {
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
            path: path.to_owned(),
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

/// A column of the table of trainings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunColumn {
    /// Its title.
    pub title: &'static str,
    /// Whether its texts end at the right edge.
    pub right: bool,
    /// Where there is too little room, those with the highest number are left out first; those with 0 never.
    pub dispensable: u8,
}

impl RunColumn {
    /// How many there are.
    pub const COUNT: usize = 13;
    /// Which one has the name.
    pub const NAME: usize = 0;
    /// Which one says when a training began.
    pub const BEGAN: usize = 1;
    /// Which one has the name of the data set.
    pub const DATA: usize = 2;
    /// Which one has the EER.
    pub const EER: usize = 5;
    /// Which one has the state, or why a training cannot be read.
    pub const STATE: usize = 9;
    /// Which one has the note.
    pub const NOTE: usize = 12;

    /// All of them:
    ///
    /// ```text
    /// RUN           BEGAN (UTC)       DATA  PRESET   EPOCHS    EER    AUC  PEOPLE  BEST  STATE      TIME    SIZE  NOTE
    /// 0001-compact  2026-11-24 10:31  orl   compact   30/30  4.2 %  0.989       5    24  finished   33 s  4.1 MB  more light
    /// 0002-compact  2026-11-24 10:40  orl   compact    3/30  did not learn   –     –  unfinished  3 s  4.1 MB
    /// ```
    pub const ALL: [Self; Self::COUNT] = [
        Self::left("RUN", 0),
        Self::left("BEGAN (UTC)", 2),
        Self::left("DATA", 1),
        Self::left("PRESET", 6),
        Self::right("EPOCHS", 0),
        Self::right("EER", 0),
        Self::right("AUC", 3),
        Self::right("PEOPLE", 9),
        Self::right("BEST", 7),
        Self::left("STATE", 0),
        Self::right("TIME", 5),
        Self::right("SIZE", 8),
        Self::left("NOTE", 4),
    ];

    const fn left(title: &'static str, dispensable: u8) -> Self {
        Self {
            title,
            right: false,
            dispensable,
        }
    }

    const fn right(title: &'static str, dispensable: u8) -> Self {
        Self {
            title,
            right: true,
            dispensable,
        }
    }
}

impl RunOverview {
    /// The texts of the columns, in the order of [`RunColumn::ALL`]. Of the note only the first line.
    pub fn cells(&self) -> [String; RunColumn::COUNT] {
        let began = self.started.get(..16).unwrap_or_default().replace('T', " ");
        let note = self.note.as_deref().and_then(|note| note.lines().next());
        let nothing = || NOTHING.to_owned();
        let Some(figures) = &self.figures else {
            let why = self.damaged.as_deref().unwrap_or_default();
            let mut cells = [const { String::new() }; RunColumn::COUNT];
            cells[RunColumn::NAME] = self.name.clone();
            cells[RunColumn::BEGAN] = began;
            cells[RunColumn::STATE] = format!("damaged: {why}");
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
            note.unwrap_or_default().to_owned(),
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

    /// Its state in one word.
    pub fn state_in_words(&self) -> &'static str {
        match self.state {
            State::Training => "training",
            State::Background => "background",
            State::Finished => "finished",
            State::Unfinished => "unfinished",
        }
    }
}

/// The size of files.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
