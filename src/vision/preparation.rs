//! How a photo becomes a face: which part is cut out.
//!
//! A network recognises only faces that were cut out like those it was trained on. Everything that decides this is one
//! value, [`Preparation`], which is stored with the data set, with the trained model and in the gallery.

use image::imageops;
use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

use super::align::{self, COLOUR_SIDE};
use super::aligned::AlignedFace;
use super::backbone_hash::BackboneHash;
use super::cascade::Cascade;
use super::close::CloseSquare;
use super::crop::Crop;
use super::detect::{Detector, FaceBox};
use super::face::Face;
use super::photo::Photo;
use super::quality::FaceQuality;
use super::rect::Rect;
use super::resize;
use super::yunet::{Detection, Landmarks, YuNet};

/// Everything that decides how a photo becomes a [`Face`]. Two faces can be compared only if their preparations are equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preparation {
    /// How the face is found.
    pub crop: Crop,
    /// How much is cut out around the face. With [`Crop::Haar`] the side of the square as a multiple of the detector's box;
    /// with [`Crop::Aligned`] relative to the [usual](align::MARGIN) one ([`Template::grey`](align::Template::grey)).
    #[serde(default = "default_margin")]
    pub margin: f32,
    /// The backbone whose features a face has, for networks that are trained on them. Only [`Crop::Aligned`] has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backbone: Option<BackboneHash>,
}

/// For both detectors: the cascade's box ends at the eyebrows and the lower lip. A fifth more includes the chin, the hair line
/// and the shape of the head, which help to tell people apart.
fn default_margin() -> f32 {
    align::MARGIN
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
    /// Whether no face was found and the middle of the photo was taken instead. Only a crop that
    /// [searches](Crop::searches) can find none.
    pub fallback: bool,
    /// Where eyes, nose and mouth are, in pixels of the upright photo; only [`Crop::Aligned`] knows.
    pub landmarks: Option<Landmarks>,
    /// How good the face is for recognition; only [`Crop::Aligned`] measures it.
    pub quality: Option<FaceQuality>,
}

impl Preparation {
    /// A crop with the default margin.
    pub fn of(crop: Crop) -> Self {
        Self {
            crop,
            margin: default_margin(),
            backbone: None,
        }
    }

    /// Aligned faces with the features of a backbone.
    pub fn for_backbone(hash: BackboneHash) -> Self {
        Self {
            backbone: Some(hash),
            ..Self::of(Crop::Aligned)
        }
    }

    /// Cuts one face out of a photo and scales it to [`SIDE`](super::SIDE) × [`SIDE`](super::SIDE) pixels. Of several
    /// faces it takes the one with the highest detection score; where there is none, the middle of the photo, marked as
    /// [`fallback`](PreparedFace::fallback).
    ///
    /// # Panics
    /// On a picture without pixels, which [`gray::decode`](super::gray::decode) never returns.
    pub fn prepare(&self, photo: &Photo) -> PreparedFace {
        self.prepare_all(photo).swap_remove(0)
    }

    /// Cuts every face out of a photo, the best first: at least one, for where none is found it is the middle of the photo,
    /// as with [`prepare`](Self::prepare).
    ///
    /// # Panics
    /// As [`prepare`](Self::prepare).
    pub fn prepare_all(&self, photo: &Photo) -> Vec<PreparedFace> {
        let mut faces: Vec<PreparedFace> = match self.crop {
            Crop::Haar => self
                .find(photo.grey())
                .iter()
                .map(|found| self.prepare_boxed(photo, found))
                .collect(),
            Crop::Aligned => AlignedFace::of_photo(photo, self.margin)
                .into_iter()
                .map(|found| {
                    let face = found.grey.with_colour(found.colour);
                    aligned(face, &found.detection, found.quality, photo)
                })
                .collect(),
            Crop::Close => Self::prepare_close(photo, &YuNet::built_in().detect(&photo.rgb())),
            Crop::Whole | Crop::Centre => Vec::new(),
        };
        if faces.is_empty() {
            faces.push(self.prepare_without_search(photo));
        }
        faces
    }

    /// The part of the photo that is taken where no face is searched for, or none was found.
    fn prepare_without_search(&self, photo: &Photo) -> PreparedFace {
        let all = Rect::of(photo.grey());
        let area = match self.crop {
            Crop::Whole => all,
            Crop::Haar | Crop::Centre | Crop::Aligned | Crop::Close => all.centred_square(),
        };
        let face = resize::face(photo.grey(), area);
        let face = match self.crop {
            Crop::Aligned => face.with_colour(middle(photo, area)),
            _ => face,
        };
        PreparedFace {
            face,
            area: area.scaled(photo.scale()),
            fallback: self.crop.searches(),
            landmarks: None,
            quality: None,
        }
    }

    /// As [`prepare`](Self::prepare) with [`Crop::Haar`], where the detector's answer is known already, in pixels of
    /// [`Photo::grey`].
    pub(crate) fn prepare_boxed(&self, photo: &Photo, found: &FaceBox) -> PreparedFace {
        let side = (found.width as f32 * self.margin).round().max(1.0) as i32;
        let corner = [
            found.x + (found.width - side) / 2,
            found.y + (found.height - side) / 2,
        ];
        cut_square(photo, corner, side)
    }

    /// The faces that YuNet found, with [`Crop::Close`].
    fn prepare_close(photo: &Photo, found: &[Detection]) -> Vec<PreparedFace> {
        let close = |(found, ..): (Detection, Face, FaceQuality)| {
            let square = CloseSquare::of(&found.landmarks);
            if square.fills(photo.grey().dimensions()) {
                return Self::of(Crop::Whole).prepare_without_search(photo);
            }
            let CloseSquare { centre, side } = square;
            let corner = centre.map(|middle| (middle - side / 2.0).round() as i32);
            cut_square(photo, corner, side.round().max(1.0) as i32)
        };
        let best_first = AlignedFace::measured(&photo.rgb(), found, align::MARGIN);
        best_first.into_iter().map(close).collect()
    }

    /// As [`prepare`](Self::prepare) with [`Crop::Aligned`] or [`Crop::Close`], where the detector's answer is known already. The
    /// face has no colours.
    pub(crate) fn prepare_detected(&self, photo: &Photo, found: &[Detection]) -> PreparedFace {
        if self.crop == Crop::Close {
            let first = Self::prepare_close(photo, found).into_iter().next();
            return first.unwrap_or_else(|| self.prepare_without_search(photo));
        }
        let faces = AlignedFace::measured(&photo.rgb(), found, self.margin);
        let prepared = match faces.into_iter().next() {
            Some((detection, grey, quality)) => aligned(grey, &detection, quality, photo),
            None => self.prepare_without_search(photo),
        };
        PreparedFace {
            face: prepared.face.without_colour(),
            ..prepared
        }
    }

    fn find(&self, photo: &GrayImage) -> Vec<FaceBox> {
        let faces = Detector::default().detect(Cascade::frontal(), photo);
        faces.expect("the detector's defaults are valid")
    }
}

/// Cuts a square out, in pixels of [`Photo::grey`]. Beyond the photo's border the outermost pixels are repeated, as in the
/// detector.
fn cut_square(photo: &Photo, [left, top]: [i32; 2], side: i32) -> PreparedFace {
    let grey = photo.grey();
    let (right, bottom) = (grey.width() as i32 - 1, grey.height() as i32 - 1);
    let square = GrayImage::from_fn(side as u32, side as u32, |x, y| {
        let (x, y) = (
            (left + x as i32).clamp(0, right),
            (top + y as i32).clamp(0, bottom),
        );
        *grey.get_pixel(x as u32, y as u32)
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
        area: area.scaled(photo.scale()),
        fallback: false,
        landmarks: None,
        quality: None,
    }
}

/// A face that YuNet found; `area` is its box, cut at the photo's border.
fn aligned(face: Face, found: &Detection, quality: FaceQuality, photo: &Photo) -> PreparedFace {
    let (width, height) = photo.dimensions();
    let inside = |from: f32, length: f32, most: u32| {
        let start = from.round().clamp(0.0, most as f32 - 1.0) as u32;
        let end = (from + length).round().clamp(0.0, most as f32) as u32;
        (start, end.saturating_sub(start).max(1))
    };
    let (x, w) = inside(found.x, found.width, width);
    let (y, h) = inside(found.y, found.height, height);
    PreparedFace {
        area: Rect {
            x,
            y,
            width: w,
            height: h,
        },
        fallback: false,
        landmarks: Some(found.landmarks),
        quality: Some(quality),
        face,
    }
}

/// A square part of a photo in colour, as large as an aligned face.
fn middle(photo: &Photo, area: Rect) -> RgbImage {
    let part =
        imageops::crop_imm(&*photo.rgb(), area.x, area.y, area.width, area.height).to_image();
    imageops::resize(
        &part,
        COLOUR_SIDE,
        COLOUR_SIDE,
        imageops::FilterType::Triangle,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_is_in_the_middle() {
        let photo = GrayImage::from_fn(92, 112, |_, y| {
            image::Luma([if (10..102).contains(&y) { 255 } else { 0 }])
        });
        let centre = Preparation::of(Crop::Centre).prepare(&photo.clone().into());
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
        let whole = Preparation::of(Crop::Whole).prepare(&photo.clone().into());
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
    fn a_preparation_survives_a_round_trip() {
        let preparation = Preparation::of(Crop::Centre);
        let text = ron::to_string(&preparation).unwrap();
        assert_eq!(text, "(crop:centre,margin:1.2)");
        assert_eq!(ron::from_str::<Preparation>(&text).unwrap(), preparation);
    }
}
