//! The directory of a run: everything that a training leaves on disk.
//!
//! ```text
//! runs/0007-compact/
//! ├── recipe.ron              the recipe
//! ├── about.ron               the program's version, and the data set's fingerprint
//! ├── metrics.csv             one row per epoch (on a backbone also of epoch 0), readable while it grows
//! ├── checkpoint.safetensors  the newest state, with all that is needed to resume
//! ├── previous.safetensors    the state before, in case the newest is damaged
//! ├── best.safetensors        the model of the epoch with the lowest validation EER
//! ├── note.txt                what the user noted about it
//! ├── calibrated.safetensors  the same, calibrated on the user's own people
//! ├── events.log              started, saved, resumed, stopped, and errors
//! ├── control/socket          while a training runs here in the background: to watch and control it
//! └── lock                    held while a training runs here
//! ```
//!
//! Runs are numbered, not dated: their order is right even if the clock was wrong. A model can recognise people, so all files
//! are private to their owner. The process that trains holds the lock. Readers need none, because each file is replaced in one
//! step or appended to.

mod about;
mod checkpoints;
mod differences;
mod error;
mod find;
mod journal;
mod lock;
mod naming;
mod overview;
mod rows;
mod summary;
mod trash;

use super::recipe::{Recipe, RecipeError};
use crate::config::parse_ron;
use crate::files;
use crate::model::Siamese;
use crate::model::checkpoint::{self, CheckpointMetadata, Saved, ValidationScores};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub use about::About;
pub use checkpoints::ResumePoint;
pub use differences::{Difference, differences};
pub use error::RunError;
pub use find::find;
pub(crate) use journal::Entry;
pub use journal::MAX_BYTES as MAX_EVENTS_BYTES;
pub(crate) use overview::megabytes;
pub use overview::{BestEpoch, RunColumn, RunFigures, RunOverview};
pub use summary::{State, Summary};
pub use trash::{DeletedRun, Trash};

use lock::Lock;
pub use lock::Owner;

const RECIPE: &str = "recipe.ron";
const METRICS: &str = "metrics.csv";
const CHECKPOINT: &str = "checkpoint.safetensors";
const PREVIOUS: &str = "previous.safetensors";
const BEST: &str = "best.safetensors";
/// The best model with the calibration on one's own people, if the user made one.
pub const CALIBRATED: &str = "calibrated.safetensors";
/// The most characters of a run's name, without its number.
pub const MAX_NAME: usize = 60;
/// The most characters of a note on a run: a page.
pub const MAX_NOTE: usize = 4_000;
/// A recipe is a page of text.
const MAX_RECIPE_BYTES: u64 = 1 << 20;

/// The directory of one run.
#[derive(Debug, Clone)]
pub struct RunDir {
    path: PathBuf,
    /// Held while this process trains there.
    lock: Option<Arc<Lock>>,
    /// Whether this process has no terminal.
    background: bool,
}

impl RunDir {
    /// Makes the directory, which must not hold a run, and writes the recipe. Call [`check`](crate::train::check) before, so
    /// that a training that cannot begin leaves no directory.
    ///
    /// # Errors
    /// [`RunError`] if it holds a run, or cannot be written.
    pub fn create(path: &Path, recipe: &Recipe) -> Result<Self, RunError> {
        if path.join(RECIPE).exists() {
            return Err(RunError::Taken(path.to_owned()));
        }
        files::create_private_dir(path)?;
        let mut run = Self {
            path: path.to_owned(),
            lock: None,
            background: false,
        };
        run.lock()?;
        // Checked again: another process may have been quicker.
        if path.join(RECIPE).exists() {
            return Err(RunError::Taken(path.to_owned()));
        }
        let pretty = ron::ser::PrettyConfig::default();
        let text = ron::ser::to_string_pretty(recipe, pretty)
            .map_err(|e| RecipeError::Unwritable(e.to_string()))?;
        files::write_private(&path.join(RECIPE), text.as_bytes())?;
        Ok(run)
    }

    /// Makes the next numbered directory below `runs`.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_next(runs: &Path, recipe: &Recipe) -> Result<Self, RunError> {
        let name = match recipe.preset.as_str() {
            "" => "own".to_owned(),
            // The name may come from a file: it must be no path and no escape sequence.
            preset => preset.replace(|c: char| !c.is_alphanumeric() && !"-_".contains(c), "_"),
        };
        let mut next = list(runs).last().and_then(|p| number(p)).unwrap_or(0) + 1;
        loop {
            match Self::create(&runs.join(format!("{next:04}-{name}")), recipe) {
                // Another process has just taken this number.
                Err(RunError::Taken(_) | RunError::Busy { .. }) => next += 1,
                made => return made,
            }
        }
    }

    /// The run in a directory.
    ///
    /// # Errors
    /// [`RunError::Missing`] if there is none.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        match path.join(RECIPE).is_file() {
            true => Ok(Self {
                path: path.to_owned(),
                lock: None,
                background: false,
            }),
            false => Err(RunError::Missing(path.to_owned())),
        }
    }

    /// The newest run below `runs` that has a model.
    ///
    /// # Errors
    /// [`RunError::NoRuns`] if there is none.
    pub fn newest(runs: &Path) -> Result<Self, RunError> {
        let with_model = |p: &PathBuf| p.join(BEST).is_file();
        match list(runs).into_iter().rev().find(with_model) {
            Some(path) => Self::open(&path),
            None => Err(RunError::NoRuns(runs.to_owned())),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the directory, safe to print.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        files::clean(&name.to_string_lossy())
    }

    /// When the training began: the earlier one of the first time in the events log, whose older half may be gone, and that of
    /// the recipe's file, which a copy of the directory may have lost.
    pub fn started(&self) -> SystemTime {
        let file = std::fs::metadata(self.path.join(RECIPE)).and_then(|m| m.modified());
        let times = [journal::first_time(&self.path), file.ok()];
        times.into_iter().flatten().min().unwrap_or(UNIX_EPOCH)
    }

    /// Its recipe.
    ///
    /// # Errors
    /// [`RunError`] if it cannot be read or is not valid.
    pub fn recipe(&self) -> Result<Recipe, RunError> {
        let path = self.path.join(RECIPE);
        let bytes = files::read_limited(&path, MAX_RECIPE_BYTES)?;
        let recipe: Recipe = parse_ron(
            &String::from_utf8_lossy(&bytes),
            &path.display().to_string(),
        )?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// The model of the best epoch.
    ///
    /// # Errors
    /// [`RunError`] if there is none, or it is damaged.
    pub fn best(&self) -> Result<Saved, RunError> {
        let path = self.path.join(BEST);
        if !path.exists() {
            return Err(RunError::NoModel(self.path.clone()));
        }
        Ok(checkpoint::load(&path)?)
    }

    /// Locks the directory until this and its clones are dropped, and removes partly written files of an earlier training.
    ///
    /// # Errors
    /// [`RunError::Busy`] if another training runs there.
    pub(super) fn lock(&mut self) -> Result<(), RunError> {
        if self.lock.is_none() {
            self.lock = Some(Arc::new(Lock::take(&self.path, self.background)?));
            files::remove_leftovers(&self.path);
        }
        Ok(())
    }

    /// The same directory, for a training without a terminal, which its lock file then says.
    pub fn in_background(self) -> Self {
        Self {
            background: true,
            ..self
        }
    }

    /// Whether a training runs there now.
    pub fn is_held(&self) -> bool {
        self.lock.is_some() || self.owner().is_some()
    }

    /// The other process that trains there now; `None` if none does.
    pub fn owner(&self) -> Option<Owner> {
        Lock::owner(&self.path)
    }

    /// The file of the newest checkpoint.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join(CHECKPOINT)
    }

    /// Adds a line to the events log.
    pub(super) fn log(&self, entry: &Entry<'_>) {
        journal::append(&self.path, entry);
    }

    /// Replaces the error of a failed write by a clearer one if the directory is gone.
    fn or_gone(&self, error: RunError) -> RunError {
        match self.path.is_dir() {
            true => error,
            false => RunError::Gone(self.path.clone()),
        }
    }

    pub(super) fn save_best(
        &self,
        model: &Siamese,
        metadata: &CheckpointMetadata,
        scores: &ValidationScores,
    ) -> Result<(), RunError> {
        let saved = checkpoint::save(&self.path.join(BEST), model, metadata, scores, None);
        saved.map_err(|e| self.or_gone(e.into()))
    }
}

/// The runs below a directory, oldest first; none if it cannot be read.
pub fn list(runs: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|e| e.path())
        .filter(|p| p.join(RECIPE).is_file())
        .collect();
    paths.sort_by_key(|p| (number(p), p.clone()));
    paths
}

/// The folder of a run's control socket.
pub(super) fn socket_folder(run: &Path) -> PathBuf {
    run.join("control")
}

/// The control socket's name in its folder.
pub(super) const SOCKET: &str = "socket";

/// Removes the control socket and its folder. The run may have been moved meanwhile; then there is nothing to remove.
pub(super) fn remove_socket(run: &Path) {
    let folder = socket_folder(run);
    let _ = std::fs::remove_file(folder.join(SOCKET));
    let _ = std::fs::remove_dir(folder);
}

/// The number that a run's name begins with.
pub fn number(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}
