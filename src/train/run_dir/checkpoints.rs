//! The two newest checkpoints of a training, and which of them it resumes from.
//!
//! A checkpoint gets its name only when it is complete and on disk; the one that had the name before becomes the previous
//! one. So there is a complete checkpoint at every moment. If the newest is damaged, its checksum shows it, and the previous
//! one is used. More than two would not help: the same program writes them all to the same disk.

use super::error::RunError;
use super::{CHECKPOINT, PREVIOUS, RunDir};
use crate::files::{FileError, FileReason, shown};
use crate::model::Siamese;
use crate::model::checkpoint::{
    self, CheckpointError, CheckpointMetadata, EpochProgress, Saved, ValidationScores,
};
use crate::nn::adam::Adam;
use std::path::{Path, PathBuf};

/// A damaged newest checkpoint is renamed to this.
pub(super) const DAMAGED: &str = "damaged.safetensors";

/// The state that a training resumes from.
#[derive(Debug)]
pub struct ResumePoint {
    /// The file it came from.
    pub path: PathBuf,
    /// The state.
    pub saved: Saved,
    /// Why it is not the newest, if it is not.
    pub fallen_back: Option<String>,
}

impl RunDir {
    /// The newest complete checkpoint; `None` if none was ever saved.
    ///
    /// # Errors
    /// [`RunError`] if there are checkpoints, and none of them can be used.
    pub fn resume_point(&self) -> Result<Option<ResumePoint>, RunError> {
        let [newest, before] = [CHECKPOINT, PREVIOUS].map(|name| self.path.join(name));
        let why = match checkpoint::load(&newest) {
            Ok(saved) => {
                return Ok(Some(ResumePoint {
                    path: newest,
                    saved,
                    fallen_back: None,
                }));
            }
            // The program was killed between two renames: nothing is lost.
            Err(e) if is_missing(&e) => None,
            Err(e @ CheckpointError::Damaged { .. }) => Some(e),
            Err(e) => return Err(e.into()),
        };
        match (checkpoint::load(&before), why) {
            (Ok(saved), why) => Ok(Some(ResumePoint {
                path: before,
                fallen_back: why.map(|why| fallen_back(&why, &saved)),
                saved,
            })),
            (Err(e), None) if is_missing(&e) => Ok(None),
            (Err(_), Some(why)) => Err(why.into()),
            (Err(e), None) => Err(e.into()),
        }
    }

    /// Renames a damaged newest checkpoint, so that it never replaces the previous one.
    pub(in crate::train) fn set_aside(&self) -> Result<(), RunError> {
        let path = self.path.join(CHECKPOINT);
        match std::fs::rename(&path, self.path.join(DAMAGED)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(FileReason::from(e).when("rename", &path).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether there is a checkpoint to resume from.
    pub fn has_checkpoint(&self) -> bool {
        [CHECKPOINT, PREVIOUS]
            .iter()
            .any(|name| self.path.join(name).is_file())
    }

    pub(in crate::train) fn save_checkpoint(
        &self,
        model: &Siamese,
        metadata: &CheckpointMetadata,
        scores: &ValidationScores,
        training: (&Adam, EpochProgress),
    ) -> Result<PathBuf, RunError> {
        let [newest, before] = [CHECKPOINT, PREVIOUS].map(|name| self.path.join(name));
        let saved =
            checkpoint::save_keeping(&newest, &before, model, metadata, scores, Some(training));
        saved.map_err(|e| self.or_gone(e.into()))?;
        Ok(newest)
    }
}

fn is_missing(error: &CheckpointError) -> bool {
    matches!(
        error,
        CheckpointError::File(FileError {
            reason: FileReason::NotFound,
            ..
        })
    )
}

fn fallen_back(why: &CheckpointError, saved: &Saved) -> String {
    let CheckpointError::Damaged { path, why } = why else {
        return why.to_string();
    };
    let batch = saved.training.as_ref().map_or(0, |(_, p)| p.batch);
    let name = path.file_name().map(Path::new).unwrap_or(path);
    format!(
        "{} is damaged ({why}); going on from the one before, after epoch {}, batch {batch}. It was renamed to {DAMAGED}",
        shown(name),
        saved.metadata.epoch
    )
}
