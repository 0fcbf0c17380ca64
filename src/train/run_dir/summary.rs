//! The main figures of a run, from its recipe, its rows and the header of its best model: no model is opened.

use super::error::RunError;
use super::{
    BEST, CALIBRATED, CHECKPOINT, METRICS, PREVIOUS, RECIPE, RunDir, about, checkpoints, journal,
    lock, naming, remove_socket,
};
use crate::files::{self, FileReason};
use crate::model::checkpoint;
use crate::train::epoch_metrics::EpochMetrics;
use crate::train::learned::NotLearned;
use crate::train::recipe::Recipe;
use std::fs;
use std::time::SystemTime;

/// Every file of the program in a run's directory.
const FILES: [&str; 11] = [
    METRICS,
    CHECKPOINT,
    PREVIOUS,
    BEST,
    CALIBRATED,
    checkpoints::DAMAGED,
    journal::EVENTS,
    about::ABOUT,
    naming::NOTE,
    lock::LOCK,
    // Last: as long as it exists, the directory is a run.
    RECIPE,
];

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A process with a terminal trains there now.
    Training,
    /// A process without a terminal trains there now; `twinsight attach` shows it.
    Background,
    /// All epochs are done, or patience ran out.
    Finished,
    /// `--resume` would continue.
    Unfinished,
}

/// The main figures of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Its recipe.
    pub recipe: Recipe,
    /// Its state.
    pub state: State,
    /// The last epoch.
    pub last: Option<EpochMetrics>,
    /// The epoch with the lowest validation EER, whose model is kept; the last of equals.
    pub best: Option<EpochMetrics>,
    /// How many people were held out for validation; `None` if there is no model yet.
    pub held_out: Option<usize>,
    /// Why it learned nothing, if it did not.
    pub not_learned: Option<NotLearned>,
    /// Of all epochs together, without pauses.
    pub seconds: f64,
    /// The version of the program that began it.
    pub program: Option<String>,
    /// The name of the data set it was trained on; `None` as long as it has no model.
    pub data: Option<String>,
    /// When it began.
    pub started: SystemTime,
    /// The user's note.
    pub note: Option<String>,
}

impl RunDir {
    /// The main figures of the run.
    ///
    /// # Errors
    /// [`RunError`] if its recipe or rows cannot be read.
    pub fn summary(&self) -> Result<Summary, RunError> {
        let (recipe, rows) = (self.recipe()?, self.rows()?);
        let best = recipe.best_of(&rows).map(|index| rows[index]);
        let last = rows.last().copied();
        let state = match self.owner() {
            Some(owner) if owner.background => State::Background,
            Some(_) => State::Training,
            None if recipe.is_over(&rows) => State::Finished,
            None => State::Unfinished,
        };
        let models = [BEST, CHECKPOINT].map(|name| self.path.join(name));
        let metadata = models
            .iter()
            .find_map(|file| checkpoint::load_metadata(file).ok());
        Ok(Summary {
            recipe,
            state,
            held_out: metadata.as_ref().map(|found| found.validation.len()),
            not_learned: NotLearned::of(&rows),
            last,
            best,
            // Not by `sum`, which is -0 for no rows.
            seconds: rows.iter().fold(0.0, |sum, row| sum + row.seconds),
            program: self.about()?.map(|about| about.program),
            data: metadata.map(|found| files::clean(&found.data)),
            started: self.started(),
            note: self.note(),
        })
    }

    /// The size of its files in bytes.
    pub fn bytes(&self) -> u64 {
        let size = |name| fs::metadata(self.path.join(name)).map_or(0, |m| m.len());
        FILES.iter().map(size).sum()
    }

    /// Removes the run: its own files, and the directory unless it holds other files.
    ///
    /// # Errors
    /// [`RunError::Busy`] if a process trains there; [`RunError::File`] if a file cannot be removed.
    pub fn remove(mut self) -> Result<(), RunError> {
        self.lock()?;
        let failed = |e: std::io::Error, name| FileReason::from(e).when("remove", name);
        for path in FILES.map(|name| self.path.join(name)) {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed(e, &path).into());
                }
                _ => {}
            }
        }
        // A training that was killed in the background leaves its socket.
        remove_socket(&self.path);
        match fs::remove_dir(&self.path) {
            Err(e) if e.kind() != std::io::ErrorKind::DirectoryNotEmpty => {
                Err(failed(e, &self.path).into())
            }
            _ => Ok(()),
        }
    }
}
