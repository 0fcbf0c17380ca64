//! Writes a training to its run directory, and decides when.
//!
//! After each epoch it writes a row of metrics, the best model if this is the best epoch, and a checkpoint, in this order:
//! on resuming, a row without its checkpoint is dropped. Within an epoch it writes a checkpoint when [`SAVE_EVERY`] has
//! passed since the last one, so that no more work than that can be lost. Without a run directory it writes nothing.

use super::error::TrainError;
use super::events::EpochReport;
use super::run_dir::{About, Entry, RunDir, RunError};
use crate::model::Siamese;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress, ValidationScores};
use crate::nn::adam::Adam;
use crate::units::Epoch;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The most work that a power cut may cost. A checkpoint of the tutorial's two million weights is 24 MB.
pub const SAVE_EVERY: Duration = Duration::from_secs(30);

/// A run directory, and when it was last written to.
#[derive(Debug)]
pub(super) struct Checkpointer {
    run: Option<RunDir>,
    every: Duration,
    last: Instant,
    /// Complete epochs, and batches of the next one, in the last checkpoint.
    saved: Option<(Epoch, usize)>,
}

impl Checkpointer {
    /// Writes nothing.
    pub(super) fn without_run() -> Self {
        Self {
            run: None,
            every: SAVE_EVERY,
            last: Instant::now(),
            saved: None,
        }
    }

    /// Writes a new training to `run`, and locks it.
    pub(super) fn begin(mut run: RunDir, about: &About) -> Result<Self, RunError> {
        run.lock()?;
        run.write_about(about)?;
        Ok(Self::resume(run))
    }

    /// Continues in `run`, which is locked already.
    pub(super) fn resume(run: RunDir) -> Self {
        Self {
            run: Some(run),
            ..Self::without_run()
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.run.as_ref().map(RunDir::path)
    }

    pub(super) fn save_every(&mut self, every: Duration) {
        self.every = every;
    }

    /// Whether enough time has passed for a checkpoint within the epoch.
    pub(super) fn is_due(&self) -> bool {
        self.run.is_some() && self.last.elapsed() >= self.every
    }

    pub(super) fn log(&self, entry: &Entry<'_>) {
        if let Some(run) = &self.run {
            run.log(entry);
        }
    }

    /// Logs the error that ended the training. The directory is written as `.`, so that the log names no private folder.
    pub(super) fn log_fault(&self, error: &TrainError) {
        if let Some(run) = &self.run {
            let path = run.path().display().to_string();
            run.log(&Entry::Fault(&error.to_string().replace(&path, ".")));
        }
    }

    /// Writes a checkpoint and returns its path; `None` without a run directory.
    pub(super) fn save(
        &mut self,
        model: &Siamese,
        metadata: &CheckpointMetadata,
        scores: &ValidationScores,
        training: (&Adam, EpochProgress),
    ) -> Result<Option<PathBuf>, RunError> {
        let Some(run) = &self.run else {
            return Ok(None);
        };
        let (epoch, batch) = (metadata.epoch, training.1.batch);
        let path = run.save_checkpoint(model, metadata, scores, training)?;
        (self.saved, self.last) = (Some((epoch, batch)), Instant::now());
        let epoch = epoch.0;
        run.log(&match batch {
            0 => Entry::Epoch(epoch),
            batch => Entry::Saved { epoch, batch },
        });
        Ok(Some(path))
    }

    /// Whether the last checkpoint holds the state after `epoch` and `batch` batches of the next one.
    pub(super) fn holds(&self, epoch: Epoch, batch: usize) -> bool {
        self.saved == Some((epoch, batch))
    }

    /// Writes what an epoch leaves besides its checkpoint.
    pub(super) fn save_epoch(
        &mut self,
        report: &EpochReport<Siamese>,
        metadata: &CheckpointMetadata,
        scores: &ValidationScores,
    ) -> Result<(), RunError> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        run.append_row(&report.metrics)?;
        match report.best {
            true => run.save_best(&report.model, metadata, scores),
            false => Ok(()),
        }
    }
}
