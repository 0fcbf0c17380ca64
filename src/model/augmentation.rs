//! Test-time augmentation: embedding several views of a face instead of one.

use serde::{Deserialize, Serialize};

use crate::vision::Face;

/// The views of a face whose mean embedding is used. It multiplies the work, and it cancels errors that depend on the exact
/// position of the box or on the direction of the head. Training uses random variations instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestTimeAugmentation {
    /// Whether each view is also mirrored.
    pub mirror: bool,
    /// Factors by which the face is enlarged about its centre; 1 leaves it unchanged.
    pub zooms: Vec<f32>,
}

/// Most zooms: more of them are slower and not better.
const MAX_ZOOMS: usize = 16;

impl Default for TestTimeAugmentation {
    /// The face itself, without other views.
    fn default() -> Self {
        Self {
            mirror: false,
            zooms: vec![1.0],
        }
    }
}

impl TestTimeAugmentation {
    /// Variations of each face.
    pub fn count(&self) -> usize {
        self.zooms.len() * if self.mirror { 2 } else { 1 }
    }

    /// The same without zooms, which is enough for statistics of embeddings.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self {
            mirror: self.mirror,
            ..Self::default()
        }
    }

    /// The views of a face, [`count`](Self::count) of them, all enlarged by `zoom` besides.
    pub fn views(&self, face: &Face, zoom: f32) -> Vec<Face> {
        let zoomed = self.zooms.iter().map(|&own| match own * zoom {
            1.0 => face.clone(),
            both => face.zoomed(both),
        });
        match self.mirror {
            true => zoomed.flat_map(|face| [face.mirrored(), face]).collect(),
            false => zoomed.collect(),
        }
    }

    /// Checks the zooms.
    ///
    /// # Errors
    /// The field, its value, and the least and most allowed.
    pub fn validate(&self) -> Result<(), (&'static str, String, &'static str, &'static str)> {
        if !(1..=MAX_ZOOMS).contains(&self.zooms.len()) {
            return Err((
                "the number of zooms",
                self.zooms.len().to_string(),
                "1",
                "16",
            ));
        }
        match self.zooms.iter().find(|zoom| !(0.5..=2.0).contains(*zoom)) {
            Some(zoom) => Err(("a zoom", zoom.to_string(), "0.5", "2")),
            None => Ok(()),
        }
    }
}
