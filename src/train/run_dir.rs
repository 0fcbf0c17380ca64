//! What a training leaves on disk.
//!
//! ```text
//! runs/0007-compact/
//! ├── recipe.ron              what was run
//! ├── metrics.csv             one row an epoch, readable while it grows
//! ├── checkpoint.safetensors  the newest state, with all that is needed to go on
//! └── best.safetensors        the epoch with the lowest validation EER: what verifies
//! ```
//!
//! Runs are numbered rather than dated: the order is right even if the clock was not. Embeddings of faces can be made
//! with a model, so everything is private to its owner.

use super::events::EpochMetrics;
use super::recipe::{Recipe, RecipeError};
use crate::config::{ConfigError, parse_ron};
use crate::files::{self, FileError};
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::model::checkpoint::{self, CheckpointError, Facts, Progress, Saved};
use crate::nn::adam::Adam;
use crate::units::Epoch;
use std::io::Write;
use std::path::{Path, PathBuf};

const RECIPE: &str = "recipe.ron";
const METRICS: &str = "metrics.csv";
const CHECKPOINT: &str = "checkpoint.safetensors";
const BEST: &str = "best.safetensors";
/// A recipe is a page of text.
const MAX_RECIPE_BYTES: u64 = 1 << 20;
/// A million epochs' rows.
const MAX_METRICS_BYTES: u64 = 1 << 28;

/// The directory of one run.
#[derive(Debug, Clone)]
pub struct RunDir {
    path: PathBuf,
}

/// What can go wrong with a run's files.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is something already.
    #[error("{} already holds a run: name another directory, or continue it with --resume", .0.display())]
    Taken(PathBuf),
    /// There is no run.
    #[error("{} holds no run (there is no {RECIPE} in it): train first, or name another directory", .0.display())]
    Missing(PathBuf),
    /// There is no run at all.
    #[error("there is no trained model yet in {}: train one first with `twinsight train`", .0.display())]
    NoRuns(PathBuf),
    /// A run without a model.
    #[error("{} holds no model yet: its first epoch was not completed", .0.display())]
    NoModel(PathBuf),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A write to the metrics failed.
    #[error("cannot write {}: {source}. Training stopped; the last checkpoint is kept", path.display())]
    Metrics {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The metrics do not parse.
    #[error("{} is damaged ({why}): restore or remove it", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// The parser's reason.
        why: String,
    },
    /// A model cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The recipe does not parse.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The recipe cannot do.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

impl RunDir {
    /// Makes the directory, which must not hold a run, and writes the recipe into it.
    ///
    /// # Errors
    /// [`RunError`] if it holds one, or cannot be written.
    pub fn create(path: &Path, recipe: &Recipe) -> Result<Self, RunError> {
        if path.join(RECIPE).exists() {
            return Err(RunError::Taken(path.to_owned()));
        }
        files::create_private_dir(path)?;
        let pretty = ron::ser::PrettyConfig::default();
        let text = ron::ser::to_string_pretty(recipe, pretty)
            .map_err(|e| RecipeError::Unwritable(e.to_string()))?;
        files::write_private(&path.join(RECIPE), text.as_bytes())?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Makes the next numbered directory below `runs`.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_next(runs: &Path, recipe: &Recipe) -> Result<Self, RunError> {
        let number = list(runs).last().and_then(|p| number(p)).unwrap_or(0) + 1;
        let name = if recipe.preset.is_empty() {
            "own"
        } else {
            &recipe.preset
        };
        Self::create(&runs.join(format!("{number:04}-{name}")), recipe)
    }

    /// The run in a directory.
    ///
    /// # Errors
    /// [`RunError::Missing`] if there is none.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        match path.join(RECIPE).is_file() {
            true => Ok(Self {
                path: path.to_owned(),
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
            Some(path) => Ok(Self { path }),
            None => Err(RunError::NoRuns(runs.to_owned())),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe as it ran.
    ///
    /// # Errors
    /// [`RunError`] if it cannot be read or is not one.
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

    /// The best epoch's model.
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

    /// The newest state, with the file it came from.
    ///
    /// # Errors
    /// [`RunError`] if there is none, or it is damaged.
    pub fn checkpoint(&self) -> Result<(PathBuf, Saved), RunError> {
        let path = self.path.join(CHECKPOINT);
        if !path.exists() {
            return Err(RunError::NoModel(self.path.clone()));
        }
        let saved = checkpoint::load(&path)?;
        Ok((path, saved))
    }

    /// Whether a training was begun that could go on.
    pub fn has_checkpoint(&self) -> bool {
        self.path.join(CHECKPOINT).is_file()
    }

    /// The rows so far.
    ///
    /// # Errors
    /// [`RunError`] if the file cannot be read or a row is damaged.
    pub fn rows(&self) -> Result<Vec<EpochMetrics>, RunError> {
        let path = self.path.join(METRICS);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = files::read_limited(&path, MAX_METRICS_BYTES)?;
        let rows = csv::Reader::from_reader(bytes.as_slice())
            .into_deserialize()
            .collect::<Result<_, _>>();
        rows.map_err(|e| RunError::Rows {
            path,
            why: e.to_string(),
        })
    }

    /// Drops rows after `epoch`, which have no checkpoint, and answers those that stay.
    pub(super) fn keep_rows(&mut self, epoch: Epoch) -> Result<Vec<EpochMetrics>, RunError> {
        let mut rows = self.rows()?;
        let all = rows.len();
        rows.retain(|row| row.epoch <= epoch);
        if rows.len() < all {
            let text: String = std::iter::once(Ok(header()))
                .chain(rows.iter().map(csv_row))
                .collect::<Result<_, _>>()
                .map_err(|e: csv::Error| RunError::Rows {
                    path: self.path.join(METRICS),
                    why: e.to_string(),
                })?;
            files::write_private(&self.path.join(METRICS), text.as_bytes())?;
        }
        Ok(rows)
    }

    /// Appends one row in a single write, so that whoever reads meanwhile sees whole rows.
    pub(super) fn append_row(&mut self, row: &EpochMetrics) -> Result<(), RunError> {
        let path = self.path.join(METRICS);
        let failed = |source| RunError::Metrics {
            path: path.clone(),
            source,
        };
        let mut text = csv_row(row).map_err(|e| failed(std::io::Error::other(e)))?;
        if !path.exists() {
            text.insert_str(0, &header());
        }
        let mut file = files::append_private(&path)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(failed)
    }

    pub(super) fn save_checkpoint(
        &self,
        model: &Siamese,
        facts: &Facts,
        scores: &Scores,
        training: (&Adam, Progress),
    ) -> Result<PathBuf, RunError> {
        let path = self.path.join(CHECKPOINT);
        checkpoint::save(&path, model, facts, scores, Some(training))?;
        Ok(path)
    }

    pub(super) fn save_best(
        &self,
        model: &Siamese,
        facts: &Facts,
        scores: &Scores,
    ) -> Result<(), RunError> {
        Ok(checkpoint::save(
            &self.path.join(BEST),
            model,
            facts,
            scores,
            None,
        )?)
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

/// The number that a run's name begins with.
fn number(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.split('-').next()?.parse().ok()
}

fn header() -> String {
    let columns = [
        "epoch",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "val_eer",
        "val_auc",
    ];
    format!("{},learning_rate,seconds\n", columns.join(","))
}

fn csv_row(row: &EpochMetrics) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.serialize(row)?;
    let bytes = writer
        .into_inner()
        .map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
