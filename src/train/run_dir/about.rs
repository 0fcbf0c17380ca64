//! `about.ron`: which program version began a run, and on which data.

use super::error::RunError;
use super::{MAX_RECIPE_BYTES, RunDir};
use crate::config::parse_ron;
use crate::data::Dataset;
use crate::data::mislabelled::{self, Mark};
use crate::files;
use crate::model::checkpoint::CheckpointMetadata;
use crate::train::recipe::RecipeError;
use crate::units::ImageId;
use serde::{Deserialize, Serialize};

pub(super) const ABOUT: &str = "about.ron";

/// What a run began with, besides its recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The program's version.
    pub program: String,
    /// The version of its checkpoint format.
    pub format: u32,
    /// SHA-256 of names and prepared pictures ([`Dataset::fingerprint`](crate::data::Dataset::fingerprint)).
    pub fingerprint: String,
    /// Indices of the pictures that are left out because they were marked as mislabelled. A run keeps to them, so that a mark
    /// made later counts for the next training only.
    #[serde(default)]
    pub left_out: Vec<usize>,
}

impl About {
    /// This program, with the format and the fingerprint in `metadata`.
    pub fn now(metadata: &CheckpointMetadata, dataset: &Dataset) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            format: metadata.version,
            fingerprint: metadata.fingerprint.clone(),
            left_out: dataset.left_out.iter().map(|image| image.0).collect(),
        }
    }
}

impl RunDir {
    /// What the run began with; `None` if the file was not written.
    ///
    /// # Errors
    /// [`RunError`] if the file cannot be read or does not parse.
    pub fn about(&self) -> Result<Option<About>, RunError> {
        let path = self.path.join(ABOUT);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_limited(&path, MAX_RECIPE_BYTES)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(parse_ron(&text, &path.display().to_string())?))
    }

    /// The data set `all` without the pictures that the run leaves out. For a run that has not begun, or does not say, these
    /// are the pictures in `marks`.
    ///
    /// # Errors
    /// As [`about`](Self::about).
    pub fn learns_from(&self, all: &Dataset, marks: &[Mark]) -> Result<Dataset, RunError> {
        let as_begun = self.about()?.and_then(|about| {
            let known = |&image: &usize| image < all.images.len();
            let images = about.left_out.iter().copied().filter(known).map(ImageId);
            Some(all.leaving_out(images)).filter(|rest| rest.fingerprint() == about.fingerprint)
        });
        Ok(as_begun.unwrap_or_else(|| mislabelled::leave_out(all, marks)))
    }

    /// Writes `about.ron`.
    pub(in crate::train) fn write_about(&self, about: &About) -> Result<(), RunError> {
        let text = ron::ser::to_string_pretty(about, ron::ser::PrettyConfig::default())
            .map_err(|e| RecipeError::Unwritable(e.to_string()))?;
        Ok(files::write_private(
            &self.path.join(ABOUT),
            text.as_bytes(),
        )?)
    }
}
