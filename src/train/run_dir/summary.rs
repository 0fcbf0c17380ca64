//! What a run amounts to, from its recipe and rows alone: no model is opened for it.

use super::error::RunError;
use super::{
    BEST, CHECKPOINT, METRICS, PREVIOUS, RECIPE, RunDir, about, checkpoints, journal, lock,
};
use crate::files::FileReason;
#[cfg(unix)]
use crate::train::control;
use crate::train::events::EpochMetrics;
use crate::train::recipe::Recipe;
use std::fs;

/// Every file that is ours in a run's directory.
const FILES: [&str; 9] = [
    METRICS,
    CHECKPOINT,
    PREVIOUS,
    BEST,
    checkpoints::DAMAGED,
    journal::EVENTS,
    about::ABOUT,
    lock::LOCK,
    // Last: as long as it is there, the rest is a run.
    RECIPE,
];

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody trains there now, in a terminal of theirs.
    Training,
    /// Somebody trains there now without a terminal; `twinsight attach` shows it.
    Background,
    /// All epochs are done, or patience was at its end.
    Finished,
    /// `--resume` would go on.
    Unfinished,
}

/// A run in a few figures.
#[derive(Debug, Clone)]
pub struct Summary {
    /// As it ran.
    pub recipe: Recipe,
    /// How far it has come.
    pub state: State,
    /// The last epoch.
    pub last: Option<EpochMetrics>,
    /// The one with the lowest validation EER; of equals the last, as it is that one which is kept.
    pub best: Option<EpochMetrics>,
    /// All epochs together, pauses not counted.
    pub seconds: f64,
    /// Which program began it.
    pub program: Option<String>,
}

impl RunDir {
    /// The run in a few figures.
    ///
    /// # Errors
    /// [`RunError`] if its recipe or rows cannot be read.
    pub fn summary(&self) -> Result<Summary, RunError> {
        let (recipe, rows) = (self.recipe()?, self.rows()?);
        let best = recipe.best_of(&rows).map(|place| rows[place]);
        let last = rows.last().copied();
        let state = match self.owner() {
            Some(owner) if owner.background => State::Background,
            Some(_) => State::Training,
            None if recipe.is_over(&rows) => State::Finished,
            None => State::Unfinished,
        };
        Ok(Summary {
            recipe,
            state,
            last,
            best,
            // Not by `sum`, for which nothing is -0.
            seconds: rows.iter().fold(0.0, |sum, row| sum + row.seconds),
            program: self.about()?.map(|about| about.program),
        })
    }

    /// Bytes that its files take.
    pub fn bytes(&self) -> u64 {
        let size = |name| fs::metadata(self.path.join(name)).map_or(0, |m| m.len());
        FILES.iter().map(size).sum()
    }

    /// Removes the run: its own files, and the directory unless somebody keeps other files in it.
    ///
    /// # Errors
    /// [`RunError::Busy`] if somebody trains there; [`RunError::File`] if a file cannot be removed.
    pub fn remove(mut self) -> Result<(), RunError> {
        self.hold()?;
        let failed = |e: std::io::Error, name| FileReason::from(e).when("remove", name);
        for path in FILES.map(|name| self.path.join(name)) {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed(e, &path).into());
                }
                _ => {}
            }
        }
        // What a training that was killed in the background leaves.
        #[cfg(unix)]
        control::clear_away(&self.path);
        match fs::remove_dir(&self.path) {
            Err(e) if e.kind() != std::io::ErrorKind::DirectoryNotEmpty => {
                Err(failed(e, &self.path).into())
            }
            _ => Ok(()),
        }
    }
}
