//! The two newest states of a training, and which of them it goes on from.
//!
//! The newest takes its name only when it is whole and on the disk, and what had that name becomes the one before. So
//! there is a good one at every instant; and should a disk lie about what it holds, the checksum tells, and the one
//! before is used. More than two would help against nothing further: both are written by the same program on the same
//! disk.

use super::error::RunError;
use super::{CHECKPOINT, PREVIOUS, RunDir};
use crate::files::{FileError, FileReason, shown};
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::model::checkpoint::{self, CheckpointError, CheckpointMetadata, EpochProgress, Saved};
use crate::nn::adam::Adam;
use std::path::{Path, PathBuf};

/// Where a damaged newest one is put, out of the way of the next.
pub(super) const DAMAGED: &str = "damaged.safetensors";

/// Where a training can go on.
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
    /// The newest state that is whole; `None` if none was ever saved.
    ///
    /// # Errors
    /// [`RunError`] if there are states, and none of them can be used.
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
            // Stopped between two renames: nothing is lost.
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

    /// Puts a damaged newest state out of the way, so that it never takes the place of the one before.
    pub(in crate::train) fn set_aside(&self) -> Result<(), RunError> {
        let path = self.path.join(CHECKPOINT);
        match std::fs::rename(&path, self.path.join(DAMAGED)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(FileReason::from(e).when("rename", &path).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether a training was begun that could go on.
    pub fn has_checkpoint(&self) -> bool {
        [CHECKPOINT, PREVIOUS]
            .iter()
            .any(|name| self.path.join(name).is_file())
    }

    pub(in crate::train) fn save_checkpoint(
        &self,
        model: &Siamese,
        metadata: &CheckpointMetadata,
        scores: &Scores,
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
