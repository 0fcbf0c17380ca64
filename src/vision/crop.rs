//! How a photo becomes a face: which part is cut out, under a name that is stored with each model.
//!
//! A network recognises only faces that were cut out like those it was trained on. Everything that decides this is one
//! value, [`Preparation`], which is stored with the data set, with the trained model and in the gallery.

use std::fmt;
use std::str::FromStr;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use super::cascade::Cascade;
use super::detect::{Detector, FaceBox};
use super::gray::Face;
use super::rect::Rect;
use super::resize;

/// How the face is found in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// The face that the Haar cascade finds ([`Detector`] with its defaults), widened by the preparation's margin. Where
    /// it finds none, the same part as [`Centre`](Self::Centre), marked as [`fallback`](PreparedFace::fallback).
    #[default]
    Haar,
    /// The whole picture, scaled to a square whatever its shape: for pictures that show just a face.
    Whole,
    /// The largest square in the middle: keeps the proportions, and drops what is above and below, or left and right.
    Centre,
}

impl Crop {
    /// All crops, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Haar, Self::Whole, Self::Centre];
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Haar => "haar",
            Self::Whole => "whole",
            Self::Centre => "centre",
        })
    }
}

/// A word that is no name of a [`Crop`].
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

/// Everything that decides how a photo becomes a [`Face`]. Two faces can be compared only if their preparations are equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// How the face is found.
    pub crop: Crop,
    /// Side of the square that is cut out, as a multiple of the detector's box. Only [`Crop::Haar`] uses it.
    #[serde(default = "default_margin")]
    pub margin: f32,
}

/// The cascade's box ends at the eyebrows and the lower lip. A fifth more includes the chin, the hair line and the shape
/// of the head, which help to tell people apart.
fn default_margin() -> f32 {
    1.2
}

impl Default for Preparation {
    fn default() -> Self {
        Self::of(Crop::default())
    }
}

/// One face of a photo, cut out and scaled for a network.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedFace {
    /// What the network sees.
    pub face: Face,
    /// Which part of the photo it is, in pixels of the upright photo; cut at the photo's border.
    pub area: Rect,
    /// Whether no face was found and the middle of the photo was taken instead. Only [`Crop::Haar`] can find none.
    pub fallback: bool,
}

impl Preparation {
    /// A crop with the default margin.
    pub fn of(crop: Crop) -> Self {
        Self {
            crop,
            margin: default_margin(),
        }
    }

    /// Cuts one face out of a photo and scales it to [`SIDE`](super::SIDE) × [`SIDE`](super::SIDE) pixels. Of several
    /// faces it takes the one with the highest detection score; where there is none, the middle of the photo, marked as
    /// [`fallback`](PreparedFace::fallback).
    ///
    /// # Panics
    /// On a picture without pixels, which [`gray::decode`](super::gray::decode) never returns.
    pub fn prepare(&self, photo: &GrayImage) -> PreparedFace {
        match self.crop {
            Crop::Haar => self.prepare_found(photo, self.find(photo).first()),
            Crop::Whole | Crop::Centre => self.prepare_without_search(photo),
        }
    }

    /// The part of the photo that is taken where no face is searched for, or none was found.
    fn prepare_without_search(&self, photo: &GrayImage) -> PreparedFace {
        let all = Rect::of(photo);
        let area = match self.crop {
            Crop::Whole => all,
            Crop::Haar | Crop::Centre => all.centred_square(),
        };
        PreparedFace {
            face: resize::face(photo, area),
            area,
            fallback: self.crop == Crop::Haar,
        }
    }

    /// Cuts every face out of a photo, the highest detection score first: at least one, for where none is found it is
    /// the middle of the photo, as with [`prepare`](Self::prepare).
    ///
    /// # Panics
    /// As [`prepare`](Self::prepare).
    pub fn prepare_all(&self, photo: &GrayImage) -> Vec<PreparedFace> {
        let found = match self.crop {
            Crop::Haar => self.find(photo),
            Crop::Whole | Crop::Centre => Vec::new(),
        };
        match found.is_empty() {
            true => vec![self.prepare_without_search(photo)],
            false => found.iter().map(|found| self.cut(photo, found)).collect(),
        }
    }

    /// As [`prepare`](Self::prepare) with [`Crop::Haar`], where the detector's answer is known already.
    pub(crate) fn prepare_found(&self, photo: &GrayImage, found: Option<&FaceBox>) -> PreparedFace {
        match found {
            Some(found) => self.cut(photo, found),
            None => self.prepare_without_search(photo),
        }
    }

    fn find(&self, photo: &GrayImage) -> Vec<FaceBox> {
        let faces = Detector::default().detect(Cascade::frontal(), photo);
        faces.expect("the detector's defaults are valid")
    }

    /// Cuts the widened box out. Beyond the photo's border the outermost pixels are repeated, as in the detector.
    fn cut(&self, photo: &GrayImage, found: &FaceBox) -> PreparedFace {
        let side = (found.width as f32 * self.margin).round().max(1.0) as i32;
        let (left, top) = (
            found.x + (found.width - side) / 2,
            found.y + (found.height - side) / 2,
        );
        let (right, bottom) = (photo.width() as i32 - 1, photo.height() as i32 - 1);
        let square = GrayImage::from_fn(side as u32, side as u32, |x, y| {
            let (x, y) = (
                (left + x as i32).clamp(0, right),
                (top + y as i32).clamp(0, bottom),
            );
            *photo.get_pixel(x as u32, y as u32)
        });
        let inside = |from: i32, most: i32| (from.clamp(0, most), (from + side).clamp(1, most + 1));
        let ((x, x_end), (y, y_end)) = (inside(left, right), inside(top, bottom));
        let area = Rect {
            x: x as u32,
            y: y as u32,
            width: (x_end - x) as u32,
            height: (y_end - y) as u32,
        };
        PreparedFace {
            face: resize::face(&square, Rect::of(&square)),
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
        let centre = Preparation::of(Crop::Centre).prepare(&photo);
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
        let whole = Preparation::of(Crop::Whole).prepare(&photo);
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
            "no crop is called \"haal\u{fffd}\"; there are: haar, whole, centre"
        );
    }

    #[test]
    fn a_preparation_survives_a_round_trip() {
        let preparation = Preparation::of(Crop::Centre);
        let text = ron::to_string(&preparation).unwrap();
        assert_eq!(text, "(crop:centre,margin:1.2)");
        assert_eq!(ron::from_str::<Preparation>(&text).unwrap(), preparation);
    }
}
