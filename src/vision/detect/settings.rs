//! The settings of the detector.

use serde::{Deserialize, Serialize};

/// The smallest accepted factor between scales: below it a search has thousands of levels.
const MIN_SCALE_FACTOR: f64 = 1.01;
/// The largest accepted factor between scales: above it most sizes of faces are missed.
const MAX_SCALE_FACTOR: f64 = 4.0;
/// The largest padding on each side, as a share of the picture.
const MAX_PADDING: f64 = 1.0;
/// The smallest `max_side`, in pixels.
const MIN_MAX_SIDE: u32 = 64;

/// Why a detector's settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// `scale_factor` is out of range.
    #[error("scale_factor is {0}; it must lie between 1.01 and 4, for example 1.1")]
    ScaleFactor(f64),
    /// `padding` is out of range.
    #[error(
        "padding is {0}; it must lie between 0 (none) and 1 (on each side as much as the picture), for example 0.25"
    )]
    Padding(f64),
    /// `min_size` exceeds `max_size`.
    #[error(
        "min_size {min:?} is larger than max_size {max:?}; give a min_size that is not larger in width or height"
    )]
    Sizes {
        /// The requested smallest face.
        min: (u32, u32),
        /// The requested largest face.
        max: (u32, u32),
    },
    /// A size has a side of 0; the setting's name.
    #[error("{0} has a side of 0 pixels; leave it out to have no limit")]
    EmptySize(&'static str),
    /// `max_side` is too small.
    #[error(
        "max_side is {0}; it must be at least 64 pixels, or absent to search photos at full size"
    )]
    MaxSide(u32),
}

/// The settings of a search for faces. The defaults find one face in each of the 400 ORL pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detector {
    /// The factor between one window size and the next; 1.01 to 4.
    pub scale_factor: f64,
    /// A face needs more than this many overlapping windows. 0 returns every window.
    pub min_neighbors: u32,
    /// Width and height of the smallest face, in pixels of the picture; absent: the cascade's window.
    ///
    /// If no searched size is between the limits, only the size nearest to this one is searched, as in OpenCV.
    pub min_size: Option<(u32, u32)>,
    /// Width and height of the largest face, in pixels of the picture; absent: the (padded) picture.
    pub max_size: Option<(u32, u32)>,
    /// Padding on each side, as a share of the width and height of the picture; its border is repeated. 0 to 1.
    pub padding: f64,
    /// The longest side to search, in pixels; a larger photo is searched in a reduced copy. Absent: never reduced.
    ///
    /// The default, 2048, halves a photo of 4000 × 3000. The smallest face found in it has 47 pixels, fewer than the 64
    /// that a network receives, so no usable face is lost, and only a quarter of the pixels is searched.
    pub max_side: Option<u32>,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            scale_factor: 1.1,
            min_neighbors: 5,
            min_size: None,
            max_size: None,
            padding: 0.25,
            max_side: Some(2048),
        }
    }
}

impl Detector {
    /// The settings for the same search as OpenCV: no padding, no reduction.
    pub fn like_opencv(scale_factor: f64, min_neighbors: u32) -> Self {
        Self {
            scale_factor,
            min_neighbors,
            padding: 0.0,
            max_side: None,
            ..Self::default()
        }
    }

    /// Checks the ranges of all settings.
    ///
    /// # Errors
    /// The first setting out of range, with its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(MIN_SCALE_FACTOR..=MAX_SCALE_FACTOR).contains(&self.scale_factor) {
            return Err(SettingsError::ScaleFactor(self.scale_factor));
        }
        if !(0.0..=MAX_PADDING).contains(&self.padding) {
            return Err(SettingsError::Padding(self.padding));
        }
        for (size, name) in [(self.min_size, "min_size"), (self.max_size, "max_size")] {
            if size.is_some_and(|(width, height)| width == 0 || height == 0) {
                return Err(SettingsError::EmptySize(name));
            }
        }
        if let (Some(min), Some(max)) = (self.min_size, self.max_size)
            && (min.0 > max.0 || min.1 > max.1)
        {
            return Err(SettingsError::Sizes { min, max });
        }
        match self.max_side {
            Some(side) if side < MIN_MAX_SIDE => Err(SettingsError::MaxSide(side)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut Detector)) -> String {
        let mut detector = Detector::default();
        change(&mut detector);
        detector.check().unwrap_err().to_string()
    }

    #[test]
    fn each_setting_out_of_range_is_named_with_its_range() {
        for factor in [1.0, 0.0, -1.1, 1.001, 5.0, f64::NAN, f64::INFINITY] {
            let message = refusal(|detector| detector.scale_factor = factor);
            assert!(
                message.ends_with("must lie between 1.01 and 4, for example 1.1"),
                "{message}"
            );
        }
        for padding in [-0.1, 1.5, f64::NAN] {
            assert!(refusal(|detector| detector.padding = padding).starts_with("padding is "));
        }
        assert!(
            refusal(|detector| detector.min_size = Some((0, 30)))
                .starts_with("min_size has a side of 0")
        );
        assert!(
            refusal(|detector| detector.max_size = Some((30, 0)))
                .starts_with("max_size has a side of 0")
        );
        assert!(refusal(|detector| detector.max_side = Some(10)).starts_with("max_side is 10"));
        let crossed = |detector: &mut Detector| {
            (detector.min_size, detector.max_size) = (Some((50, 50)), Some((60, 40)));
        };
        assert!(refusal(crossed).starts_with("min_size (50, 50) is larger than max_size (60, 40)"));
        assert_eq!(Detector::default().check(), Ok(()));
    }

    #[test]
    fn a_file_names_what_it_changes_and_nothing_unknown() {
        let detector: Detector =
            ron::from_str("(min_neighbors: 3, min_size: Some((30, 40)))").unwrap();
        let expected = Detector {
            min_neighbors: 3,
            min_size: Some((30, 40)),
            ..Detector::default()
        };
        assert_eq!(detector, expected);
        assert!(ron::from_str::<Detector>("(min_neighbours: 3)").is_err());
        let text = ron::to_string(&detector).unwrap();
        assert_eq!(ron::from_str::<Detector>(&text).unwrap(), detector);
    }
}
