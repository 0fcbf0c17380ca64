//! `about.ron`: which program began a run, and on what data.

use super::error::RunError;
use super::{MAX_RECIPE_BYTES, RunDir};
use crate::config::parse_ron;
use crate::files;
use crate::model::checkpoint::VERSION;
use crate::train::recipe::RecipeError;
use serde::{Deserialize, Serialize};

pub(super) const ABOUT: &str = "about.ron";

/// What a run was begun with, besides its recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program.
    pub program: String,
    /// Version of its checkpoints' format.
    pub format: u32,
    /// SHA-256 over names and prepared pictures ([`Dataset::fingerprint`](crate::data::Dataset::fingerprint)).
    pub fingerprint: String,
}

impl About {
    /// This program, on data with that fingerprint.
    pub fn now(fingerprint: &str) -> Self {
        Self {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            format: VERSION,
            fingerprint: fingerprint.to_owned(),
        }
    }
}

impl RunDir {
    /// What the run was begun with; `None` for one of a program that did not say, or that was cut off before.
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

    /// Writes it.
    pub(in crate::train) fn write_about(&self, about: &About) -> Result<(), RunError> {
        let text = ron::ser::to_string_pretty(about, ron::ser::PrettyConfig::default())
            .map_err(|e| RecipeError::Unwritable(e.to_string()))?;
        Ok(files::write_private(
            &self.path.join(ABOUT),
            text.as_bytes(),
        )?)
    }
}
