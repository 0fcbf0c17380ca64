//! Haar cascades: their parts, and how to read them from files.
//!
//! A cascade decides whether a small window shows a face. It is a sequence of *stages*. A stage sums the votes of its
//! *trees* and rejects the window if the sum is below the stage's threshold, so that most windows need only a few
//! look-ups. A tree compares *features* with thresholds. A feature is a weighted sum of the grey values in two or three
//! upright rectangles, divided by the contrast of the window (Viola and Jones, "Rapid object detection using a boosted
//! cascade of simple features", CVPR 2001; Lienhart and Maydt, "An extended set of Haar-like features", ICIP 2002). A
//! tree with a single feature is called a stump.
//!
//! The module reads the XML files of OpenCV's trainer ([`Cascade::from_xml`]) and a compact binary form
//! ([`Cascade::from_compact`]), in which the frontal-face cascade is built in ([`Cascade::frontal`]). The module
//! [`detect`](crate::vision::detect) searches pictures with a cascade.
//!
//! These are refused, each with a reason: tilted features, which need a third table and occur in no frontal-face cascade;
//! LBP and HOG cascades; and the format of OpenCV 1, which OpenCV can convert.

mod check;
mod compact;
mod error;
mod xml;

use std::path::Path;
use std::sync::OnceLock;

use crate::files;

pub use error::CascadeError;

/// The largest cascade file that is read, in bytes. OpenCV's largest has 2.7 MB.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// The margin that OpenCV subtracts from every stage threshold, so that rounding in the trainer loses no face.
const THRESHOLD_MARGIN: f32 = 1e-5;

/// One rectangle of a feature, in pixels of the window, and the weight of its sum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rectangle {
    pub(crate) x: u16,
    pub(crate) y: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// 0 if the feature does not use this rectangle.
    pub(crate) weight: f32,
}

/// Up to three weighted rectangles; unused ones are empty and have weight 0.
pub(crate) type Feature = [Rectangle; 3];

/// A comparison in a tree: a value below `threshold` continues at `left`, another at `right`.
///
/// A child above 0 is a later node of the tree; 0 or less is the leaf `-child`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node {
    pub(crate) feature: usize,
    pub(crate) threshold: f32,
    pub(crate) left: i32,
    pub(crate) right: i32,
}

/// A tree: its nodes, of which the first is the root, and one more leaf value than nodes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f32>,
}

/// A stage: the leaf values of its trees are summed and compared with a threshold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stage {
    /// The threshold in the file, without [`THRESHOLD_MARGIN`].
    raw_threshold: f32,
    pub(crate) trees: Vec<Tree>,
}

impl Stage {
    /// A window passes if the sum of its leaf values is at least this.
    pub(crate) fn threshold(&self) -> f32 {
        self.raw_threshold - THRESHOLD_MARGIN
    }
}

/// A validated cascade: every index is in range, every rectangle is inside the window, every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Cascade {
    window: (u32, u32),
    stages: Vec<Stage>,
    features: Vec<Feature>,
}

impl Cascade {
    /// The built-in frontal-face cascade, OpenCV's `haarcascade_frontalface_default.xml`.
    pub fn frontal() -> &'static Self {
        static FRONTAL: OnceLock<Cascade> = OnceLock::new();
        FRONTAL.get_or_init(|| {
            Self::from_compact(include_bytes!(
                "../../../data/cascade/frontalface_default.bin"
            ))
            .expect("a test reads the embedded cascade")
        })
    }

    /// Reads a cascade file in OpenCV's XML format.
    ///
    /// # Errors
    /// If the file cannot be read, is not a regular file or is larger than [`MAX_FILE_BYTES`], or if [`Self::from_xml`]
    /// refuses its content.
    pub fn open(path: &Path) -> Result<Self, CascadeError> {
        let bytes = files::read_limited(path, MAX_FILE_BYTES)?;
        let text =
            str::from_utf8(&bytes).map_err(|error| CascadeError::NotText(error.valid_up_to()));
        text.and_then(Self::from_xml)
            .map_err(|reason| CascadeError::InFile {
                path: files::shown(path).to_string(),
                reason: Box::new(reason),
            })
    }

    /// Width and height of the training window, in pixels: the size of the smallest face that it can find.
    pub fn window(&self) -> (u32, u32) {
        self.window
    }

    /// The numbers of stages, of comparisons in all stages, and of features.
    pub fn size(&self) -> (usize, usize, usize) {
        let nodes = self
            .stages
            .iter()
            .flat_map(|stage| &stage.trees)
            .map(|tree| tree.nodes.len())
            .sum();
        (self.stages.len(), nodes, self.features.len())
    }

    pub(crate) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Whether every tree is a single comparison.
    pub(crate) fn is_stumps(&self) -> bool {
        self.stages
            .iter()
            .flat_map(|stage| &stage.trees)
            .all(|tree| tree.nodes.len() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_cascade_is_the_one_its_page_describes() {
        let cascade = Cascade::frontal();
        assert_eq!(cascade.window(), (24, 24));
        assert_eq!(cascade.size(), (25, 2913, 2913));
        assert!(cascade.is_stumps());
        let of_three = cascade
            .features()
            .iter()
            .filter(|feature| feature[2].weight != 0.0)
            .count();
        assert_eq!(of_three, 557);
    }
}
