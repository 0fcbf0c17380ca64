//! The answer for one face.

use std::path::PathBuf;
use std::sync::Arc;

use crate::recognition::{Identification, Probe};

/// The answer for one face, or for a photo without one.
pub(super) struct Answer {
    /// The photo, as the user named it.
    pub(super) path: Arc<PathBuf>,
    /// The face; `None` where the photo has none.
    pub(super) probe: Option<Probe>,
    /// Who it is; `None` where there is no face, or one that cannot be used.
    pub(super) identification: Option<Identification>,
}

impl Answer {
    pub(super) fn without_face(path: Arc<PathBuf>) -> Self {
        Self {
            path,
            probe: None,
            identification: None,
        }
    }

    /// A face that was not compared yet.
    pub(super) fn of(path: &Arc<PathBuf>, probe: Probe) -> Self {
        Self {
            path: path.clone(),
            probe: Some(probe),
            identification: None,
        }
    }
}
