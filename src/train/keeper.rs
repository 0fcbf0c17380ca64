//! What a session keeps on disk, and when.
//!
//! At the end of each epoch a row, the best so far, and a checkpoint, in this order: a row without its checkpoint is
//! dropped on resuming. Within an epoch a checkpoint as soon as [`SAVE_EVERY`] has passed since the last, so that no more
//! work than that can be lost. A session without a run directory keeps nothing.

use super::error::TrainError;
use super::events::EpochReport;
use super::run_dir::{About, Entry, RunDir, RunError};
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::model::checkpoint::{CheckpointMetadata, EpochProgress};
use crate::nn::adam::Adam;
use crate::units::Epoch;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The most work that a power cut may cost. A checkpoint of the tutorial's two million weights is 24 MB.
pub const SAVE_EVERY: Duration = Duration::from_secs(30);

/// A run directory, and when it was last written to.
#[derive(Debug)]
pub(super) struct Keeper {
    run: Option<RunDir>,
    every: Duration,
    last: Instant,
    /// Epochs, and batches of the next, behind the last checkpoint.
    saved: Option<(Epoch, usize)>,
}

impl Keeper {
    /// Keeps nothing.
    pub(super) fn nothing() -> Self {
        Self {
            run: None,
            every: SAVE_EVERY,
            last: Instant::now(),
            saved: None,
        }
    }

    /// Keeps a training that begins in `run`, and locks it.
    pub(super) fn begin(mut run: RunDir, about: &About) -> Result<Self, RunError> {
        run.hold()?;
        run.write_about(about)?;
        Ok(Self::going_on(run))
    }

    /// Keeps one that goes on in `run`, which is locked.
    pub(super) fn going_on(run: RunDir) -> Self {
        Self {
            run: Some(run),
            ..Self::nothing()
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.run.as_ref().map(RunDir::path)
    }

    pub(super) fn save_every(&mut self, every: Duration) {
        self.every = every;
    }

    /// Whether so much time has passed that a checkpoint is needed within the epoch.
    pub(super) fn is_due(&self) -> bool {
        self.run.is_some() && self.last.elapsed() >= self.every
    }

    pub(super) fn log(&self, entry: &Entry<'_>) {
        if let Some(run) = &self.run {
            run.log(entry);
        }
    }

    /// A line in the log for what ended the training. The directory is called `.`: where somebody keeps it is nobody's
    /// business.
    pub(super) fn log_fault(&self, error: &TrainError) {
        if let Some(run) = &self.run {
            let path = run.path().display().to_string();
            run.log(&Entry::Fault(&error.to_string().replace(&path, ".")));
        }
    }

    /// A checkpoint; `None` if nothing is kept.
    pub(super) fn save(
        &mut self,
        model: &Siamese,
        metadata: &CheckpointMetadata,
        scores: &Scores,
        training: (&Adam, EpochProgress),
    ) -> Result<Option<PathBuf>, RunError> {
        let Some(run) = &self.run else {
            return Ok(None);
        };
        let place = (metadata.epoch, training.1.batch);
        let path = run.save_checkpoint(model, metadata, scores, training)?;
        (self.saved, self.last) = (Some(place), Instant::now());
        let epoch = metadata.epoch.0;
        run.log(&match place.1 {
            0 => Entry::Epoch(epoch),
            batch => Entry::Saved { epoch, batch },
        });
        Ok(Some(path))
    }

    /// Whether the last checkpoint holds the state after `epoch`, `batch` batches into the next.
    pub(super) fn holds(&self, epoch: Epoch, batch: usize) -> bool {
        self.saved == Some((epoch, batch))
    }

    /// What an epoch leaves besides a checkpoint.
    pub(super) fn save_epoch(
        &mut self,
        report: &EpochReport,
        metadata: &CheckpointMetadata,
        scores: &Scores,
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
