//! In how many ways a finished network looks at a face before it answers.

use serde::{Deserialize, Serialize};

use crate::vision::Face;

/// A face is embedded as it is cut out and in each of these variations, and the answer is the mean: many times the work,
/// and errors that depend on how exactly the box was placed or which way the head was turned cancel out. Training sees each
/// picture once, varied by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestTimeAugmentation {
    /// Each also as its mirror image.
    pub mirror: bool,
    /// Factors by which the face is enlarged about its middle; 1 leaves it.
    pub zooms: Vec<f32>,
}

/// The most zooms: beyond, it is only slower.
const MOST: usize = 16;

impl Default for TestTimeAugmentation {
    /// The face as it is.
    fn default() -> Self {
        Self {
            mirror: false,
            zooms: vec![1.0],
        }
    }
}

impl TestTimeAugmentation {
    /// How many there are of each face.
    pub fn count(&self) -> usize {
        self.zooms.len() * if self.mirror { 2 } else { 1 }
    }

    /// Without zooms: enough where only statistics are wanted.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self {
            mirror: self.mirror,
            ..Self::default()
        }
    }

    /// The views of a face, [`count`](Self::count) of them.
    pub fn of(&self, face: &Face) -> Vec<Face> {
        let zoomed = self.zooms.iter().map(|&zoom| match zoom {
            1.0 => face.clone(),
            _ => face.zoomed(zoom),
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
        if !(1..=MOST).contains(&self.zooms.len()) {
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
