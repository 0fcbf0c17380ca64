//! What an embedding network takes and gives: the part that an ONNX file does not say.
//!
//! In RON, in a file beside the network:
//!
//! ```ron
//! (
//!     name: "SFace",
//!     channels: rgb,          // rgb, bgr or grey
//!     mean: 0.0, scale: 1.0,  // each value is (pixel - mean) * scale, pixels from 0 to 255
//!     embedding: 128,         // how many values come out
//!     // Width and height of the input, and where right eye, left eye, nose and the corners of the mouth lie in it.
//!     template: (side: 112, points: (
//!         (38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041),
//!     )),
//! )
//! ```
//!
//! Without `template` it is ArcFace's, which these are; without `mean` and `scale`, the pixels are given as they are.

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::vision::align::Template;

/// The longest name.
const MAX_NAME: usize = 64;
/// The most values of an embedding.
const MAX_EMBEDDING: usize = 4096;
/// The smallest and the largest width of an input, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=512;

/// The colours of an input, and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// One channel: BT.601 luma.
    Grey,
}

/// What a network takes and gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// What it is called in answers.
    pub name: String,
    /// The colours of its input.
    pub channels: Channels,
    /// Subtracted from each pixel, which is between 0 and 255.
    #[serde(default)]
    pub mean: f32,
    /// What the difference is multiplied by.
    #[serde(default = "one")]
    pub scale: f32,
    /// How many values an embedding has.
    pub embedding: usize,
    /// Size of the input, and how faces are aligned in it.
    #[serde(default = "arcface")]
    pub template: Template,
}

fn one() -> f32 {
    1.0
}

fn arcface() -> Template {
    Template::ARCFACE
}

/// Why a description is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// Not RON of the expected form.
    #[error("{0}")]
    Syntax(String),
    /// A value is out of range.
    #[error("its {field} must be {allowed}")]
    Range {
        /// Which.
        field: &'static str,
        /// What is accepted.
        allowed: String,
    },
}

impl Description {
    /// That of the built-in network.
    pub fn sface() -> Self {
        Self {
            name: "SFace".to_owned(),
            channels: Channels::Rgb,
            mean: 0.0,
            scale: 1.0,
            embedding: 128,
            template: Template::ARCFACE,
        }
    }

    /// Reads a description and checks its values.
    ///
    /// # Errors
    /// With the place in the text, or the field that is out of range.
    pub fn parse(text: &[u8]) -> Result<Self, DescriptionError> {
        let text = std::str::from_utf8(text)
            .map_err(|_| DescriptionError::Syntax("it is not text in UTF-8".into()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let read: Self = ron::from_str(text)
            .map_err(|error| DescriptionError::Syntax(files::clean(&error.to_string())))?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), DescriptionError> {
        let require = |holds: bool, field, allowed: &str| match holds {
            true => Ok(()),
            false => Err(DescriptionError::Range {
                field,
                allowed: allowed.to_owned(),
            }),
        };
        let Template { side, points } = self.template;
        let named = !self.name.trim().is_empty()
            && self.name.chars().count() <= MAX_NAME
            && files::clean(&self.name) == self.name;
        require(named, "name", "1 to 64 printable characters")?;
        require(
            (1..=MAX_EMBEDDING).contains(&self.embedding),
            "embedding",
            "1 to 4096 values",
        )?;
        require(SIDES.contains(&side), "template's side", "16 to 512 pixels")?;
        require(
            self.mean.is_finite() && self.mean.abs() <= 1000.0,
            "mean",
            "between -1000 and 1000",
        )?;
        require(
            self.scale.is_normal() && self.scale.abs() <= 1000.0,
            "scale",
            "between -1000 and 1000, and not 0",
        )?;
        let near = |v: &f32| v.is_finite() && (-(side as f32)..=2.0 * side as f32).contains(v);
        let spread = points.iter().any(|point| {
            (point[0] - points[0][0]).hypot(point[1] - points[0][1]) >= side as f32 / 16.0
        });
        require(
            points.iter().flatten().all(near) && spread,
            "template's points",
            "five different points near the picture",
        )
    }

    /// `[1, C, H, W]`.
    pub fn input_shape(&self) -> [usize; 4] {
        let channels = match self.channels {
            Channels::Grey => 1,
            Channels::Rgb | Channels::Bgr => 3,
        };
        let side = self.template.side as usize;
        [1, channels, side, side]
    }

    /// The values of an aligned face, channel after channel.
    pub(super) fn input(&self, face: &RgbImage) -> Vec<f32> {
        let value = |pixel: f32| (pixel - self.mean) * self.scale;
        let pixels = face.as_raw().as_chunks::<3>().0;
        let plane = |channel: usize| pixels.iter().map(move |rgb| value(f32::from(rgb[channel])));
        match self.channels {
            Channels::Rgb => (0..3).flat_map(plane).collect(),
            Channels::Bgr => (0..3).rev().flat_map(plane).collect(),
            Channels::Grey => {
                let luma = |rgb: &[u8; 3]| {
                    let [r, g, b] = rgb.map(f32::from);
                    value(0.299 * r + 0.587 * g + 0.114 * b)
                };
                pixels.iter().map(luma).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_sface() {
        let text = "\u{feff}(name: \"SFace\", channels: rgb, embedding: 128)";
        assert_eq!(
            Description::parse(text.as_bytes()),
            Ok(Description::sface())
        );
        let whole = ron::to_string(&Description::sface()).unwrap();
        assert_eq!(
            Description::parse(whole.as_bytes()),
            Ok(Description::sface())
        );
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let refused = |text: &str| Description::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            refused("(name: \"a\", channels: rgb, embedding: 0)"),
            "its embedding must be 1 to 4096 values"
        );
        assert_eq!(
            refused("(name: \"a\u{1b}\", channels: rgb, embedding: 8)"),
            "its name must be 1 to 64 printable characters"
        );
        assert!(
            refused("(name: \"a\", channels: rgb, embedding: 8, scale: 0.0)").contains("scale")
        );
        assert!(refused("(name: \"a\", channels: rgb, embedding: 8, mean: inf)").contains("mean"));
        let points = "template: (side: 112, points: ((1,1),(1,1),(1,1),(1,1),(1,1)))";
        let text = format!("(name: \"a\", channels: grey, embedding: 8, {points})");
        assert!(refused(&text).contains("five different points"));
        assert!(refused("(name: 3)").contains("1:8"));
    }

    #[test]
    fn pixels_become_planes_in_the_order_of_the_channels() {
        let face = RgbImage::from_fn(16, 16, |x, _| image::Rgb([x as u8, 100, 200]));
        let mut description = Description::sface();
        description.template = Template::ARCFACE.scaled_to(16);
        (description.mean, description.scale) = (100.0, 0.5);
        let input = description.input(&face);
        assert_eq!(
            (input.len(), input[1], input[256], input[512]),
            (768, -49.5, 0.0, 50.0)
        );
        description.channels = Channels::Bgr;
        assert_eq!(description.input(&face)[0], 50.0);
        description.channels = Channels::Grey;
        assert_eq!(description.input_shape(), [1, 1, 16, 16]);
        let luma = 0.5 * (0.587 * 100.0 + 0.114 * 200.0 - 100.0);
        assert!((description.input(&face)[0] - luma).abs() < 1e-3);
    }
}
