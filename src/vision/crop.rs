//! Which part of a photo becomes the face, by a name that is stored with a model.
//!
//! A network must be asked about faces that were cut out as those it learnt from, so the whole way from a photo to a
//! [`Face`] is one value, [`Preparation`], kept with the data set, with the trained model and in the gallery.

use std::fmt;
use std::str::FromStr;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use super::{Face, resize};

/// A rectangle in pixels, from the top left corner of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rect {
    /// Pixels left of it.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

impl Rect {
    /// All of a picture.
    pub fn of(picture: &GrayImage) -> Self {
        Self {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        }
    }

    /// The largest square in the middle of this rectangle; an odd pixel is left at the right or the bottom.
    pub fn centred_square(self) -> Self {
        let side = self.width.min(self.height);
        Self {
            x: self.x + (self.width - side) / 2,
            y: self.y + (self.height - side) / 2,
            width: side,
            height: side,
        }
    }

    /// The part of it that lies in a picture of the given size, or nothing if there is none.
    pub fn within(self, width: u32, height: u32) -> Option<Self> {
        let inside = Self {
            width: self.width.min(width.saturating_sub(self.x)),
            height: self.height.min(height.saturating_sub(self.y)),
            ..self
        };
        (inside.width > 0 && inside.height > 0).then_some(inside)
    }
}

/// How the face is found in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// The whole picture, squeezed to a square whatever its shape: for pictures that are faces already, as the ORL ones.
    #[default]
    Whole,
    /// The largest square in the middle: keeps the proportions, loses what is above and below (or left and right).
    Centre,
}

impl Crop {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Whole, Self::Centre];
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "whole",
            Self::Centre => "centre",
        })
    }
}

/// A word that names no [`Crop`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no crop is called \"{0}\"; there are: {names}", names = Crop::ALL.map(|crop| crop.to_string()).join(", "))]
pub struct UnknownCrop(String);

impl FromStr for Crop {
    type Err = UnknownCrop;

    fn from_str(word: &str) -> Result<Self, UnknownCrop> {
        let named = Self::ALL.into_iter().find(|crop| crop.to_string() == word);
        named.ok_or_else(|| UnknownCrop(crate::files::clean(word)))
    }
}

/// Everything that decides how a photo becomes a [`Face`]. Two faces can be compared only if theirs are equal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// How the face is found.
    pub crop: Crop,
}

/// A photo, prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What the network sees.
    pub face: Face,
    /// Which part of the photo that was.
    pub area: Rect,
    /// Whether the crop found no face and another part was taken instead. Never for `whole` and `centre`.
    pub fallback: bool,
}

impl Preparation {
    /// Cuts the face out of a photo and scales it to [`SIDE`](super::SIDE) × [`SIDE`](super::SIDE).
    ///
    /// # Panics
    /// On a picture without pixels, which [`gray::decode`](super::gray::decode) never returns.
    pub fn prepare(&self, photo: &GrayImage) -> Prepared {
        let whole = Rect::of(photo);
        let area = match self.crop {
            Crop::Whole => whole,
            Crop::Centre => whole.centred_square(),
        };
        Prepared {
            face: resize::face(photo, area),
            area,
            fallback: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_is_in_the_middle() {
        let photo = GrayImage::from_fn(92, 112, |_, y| {
            image::Luma([if (10..102).contains(&y) { 255 } else { 0 }])
        });
        let centre = Preparation { crop: Crop::Centre }.prepare(&photo);
        assert_eq!(
            centre.area,
            Rect {
                x: 0,
                y: 10,
                width: 92,
                height: 92
            }
        );
        assert!(
            centre
                .face
                .pixels()
                .iter()
                .all(|&pixel| (pixel - 1.0).abs() < 1e-5)
        );
        let whole = Preparation::default().prepare(&photo);
        assert_eq!(
            whole.area,
            Rect {
                x: 0,
                y: 0,
                width: 92,
                height: 112
            }
        );
        assert_eq!(whole.face.pixels()[0], 0.0);
    }

    #[test]
    fn rectangles_are_cut_to_the_picture() {
        let rect = Rect {
            x: 5,
            y: 5,
            width: 10,
            height: 10,
        };
        assert_eq!(
            rect.within(8, 100),
            Some(Rect {
                x: 5,
                y: 5,
                width: 3,
                height: 10
            })
        );
        assert_eq!(rect.within(5, 100), None);
    }

    #[test]
    fn crops_have_one_name_everywhere() {
        for crop in Crop::ALL {
            assert_eq!(crop.to_string().parse(), Ok(crop));
            assert_eq!(ron::to_string(&crop).unwrap(), crop.to_string());
        }
        let error = "haal\u{1b}".parse::<Crop>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no crop is called \"haal\u{fffd}\"; there are: whole, centre"
        );
    }

    #[test]
    fn a_preparation_survives_a_round_trip() {
        let preparation = Preparation { crop: Crop::Centre };
        let text = ron::to_string(&preparation).unwrap();
        assert_eq!(text, "(crop:centre)");
        assert_eq!(ron::from_str::<Preparation>(&text).unwrap(), preparation);
    }
}
