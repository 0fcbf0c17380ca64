//! Which part of a photo becomes the face, by a name that is stored with a model.
//!
//! A network must be asked about faces that were cut out as those it learnt from, so the whole way from a photo to a
//! [`Face`] is one value, [`Preparation`], kept with the data set, with the trained model and in the gallery.

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
    /// The face that the Haar cascade finds ([`Detector`] with its defaults), widened by the preparation's margin; where
    /// it finds none, as `centre`, and the picture is marked.
    #[default]
    Haar,
    /// The whole picture, squeezed to a square whatever its shape: for pictures that are cut to the face already.
    Whole,
    /// The largest square in the middle: keeps the proportions, loses what is above and below (or left and right).
    Centre,
}

impl Crop {
    /// All of them, in the order in which they are offered.
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// How the face is found.
    pub crop: Crop,
    /// Side of the square that is cut out, as a multiple of the detector's box; only `haar` looks at it.
    #[serde(default = "default_margin")]
    pub margin: f32,
}

/// The cascade's box ends at the eyebrows and the lower lip; a fifth more takes in chin, hair line and the shape of the
/// head, which tell people apart.
fn default_margin() -> f32 {
    1.2
}

impl Default for Preparation {
    fn default() -> Self {
        Self::of(Crop::default())
    }
}

/// A photo, prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What the network sees.
    pub face: Face,
    /// Which part of the photo that was, without what lies beyond its border.
    pub area: Rect,
    /// Whether the crop found no face and another part was taken instead. Only `haar` can miss.
    pub fallback: bool,
}

impl Preparation {
    /// With the usual margin.
    pub fn of(crop: Crop) -> Self {
        Self {
            crop,
            margin: default_margin(),
        }
    }

    /// Cuts the face out of a photo and scales it to [`SIDE`](super::SIDE) × [`SIDE`](super::SIDE): of several faces the
    /// one that the detector is surest of.
    ///
    /// # Panics
    /// On a picture without pixels, which [`gray::decode`](super::gray::decode) never returns.
    pub fn prepare(&self, photo: &GrayImage) -> Prepared {
        match self.crop {
            Crop::Haar => self.prepare_found(photo, self.find(photo).first()),
            Crop::Whole => plain(photo, Rect::of(photo), false),
            Crop::Centre => plain(photo, Rect::of(photo).centred_square(), false),
        }
    }

    /// As [`prepare`](Self::prepare), for every face in the photo, the surest first; `haar` answers nothing if there is
    /// none, the others always answer one.
    pub fn prepare_all(&self, photo: &GrayImage) -> Vec<Prepared> {
        match self.crop {
            Crop::Haar => self
                .find(photo)
                .iter()
                .map(|found| self.cut(photo, found))
                .collect(),
            _ => vec![self.prepare(photo)],
        }
    }

    /// As [`prepare`](Self::prepare) with `haar`, where the detector's answer is known already.
    pub fn prepare_found(&self, photo: &GrayImage, found: Option<&FaceBox>) -> Prepared {
        match found {
            Some(found) => self.cut(photo, found),
            None => plain(photo, Rect::of(photo).centred_square(), true),
        }
    }

    fn find(&self, photo: &GrayImage) -> Vec<FaceBox> {
        let faces = Detector::default().detect(Cascade::frontal(), photo);
        faces.expect("the detector's defaults are valid")
    }

    /// The widened box, continued beyond the picture's border by repeating it, as the detector saw it.
    fn cut(&self, photo: &GrayImage, found: &FaceBox) -> Prepared {
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
        Prepared {
            face: resize::face(&square, Rect::of(&square)),
            area,
            fallback: false,
        }
    }
}

fn plain(photo: &GrayImage, area: Rect, fallback: bool) -> Prepared {
    Prepared {
        face: resize::face(photo, area),
        area,
        fallback,
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
