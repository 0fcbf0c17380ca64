//! The faces of a photo, ready for recognition: found, aligned and measured.
//!
//! ```
//! use image::RgbImage;
//! use twinsight::vision::aligned::AlignedFace;
//!
//! assert!(AlignedFace::all(&RgbImage::new(80, 60)).is_empty());
//! ```

use image::RgbImage;

use super::align::{self, Template};
use super::face::Face;
use super::photo::Photo;
use super::quality::FaceQuality;
use super::yunet::{Detection, YuNet};

/// One face of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedFace {
    /// Where it is in the photo.
    pub detection: Detection,
    /// 112 × 112 pixels in colour, for backbones with ArcFace's template, and to be looked at.
    pub colour: RgbImage,
    /// 64 × 64 grey values, for the networks that Twinsight trains, with the margin that was asked for.
    pub grey: Face,
    /// How good it is.
    pub quality: FaceQuality,
}

impl AlignedFace {
    /// The faces of a photo as [`all`](Self::all) lists them, with places and sizes in pixels of the photo itself, of which a
    /// very large one has fewer in memory.
    pub fn of_photo(photo: &Photo, margin: f32) -> Vec<Self> {
        let scale = photo.scale();
        let photo = photo.rgb();
        let found = YuNet::built_in().detect(&photo);
        let mut faces = Self::from_detections(&photo, &found, margin);
        for face in &mut faces {
            face.detection = face.detection.scaled(scale);
            face.quality.size *= (scale[0] * scale[1]).sqrt();
        }
        faces
    }

    /// All faces that [`YuNet::detect`] finds: those that are not [beside](FaceQuality::beside) a better one first, and
    /// of these the strongest (score times size) first. Their margin is the [usual](align::MARGIN) one.
    pub fn all(photo: &RgbImage) -> Vec<Self> {
        Self::from_detections(photo, &YuNet::built_in().detect(photo), align::MARGIN)
    }

    /// The same for faces that were found before, with any margin.
    pub fn from_detections(photo: &RgbImage, found: &[Detection], margin: f32) -> Vec<Self> {
        let coloured = |(detection, grey, quality): (Detection, Face, FaceQuality)| {
            Some(Self {
                colour: Template::ARCFACE.colour(photo, &detection.landmarks)?,
                detection,
                grey,
                quality,
            })
        };
        let faces = Self::measured(photo, found, margin);
        faces.into_iter().filter_map(coloured).collect()
    }

    /// The same without the colours, which take most of the time.
    pub(super) fn measured(
        photo: &RgbImage,
        found: &[Detection],
        margin: f32,
    ) -> Vec<(Detection, Face, FaceQuality)> {
        let measure = |(index, detection): (usize, &Detection)| {
            // The limits of the quality were found with the usual margin.
            let usual = align::grey(photo, &detection.landmarks, align::MARGIN)?;
            let quality = FaceQuality::measure(found, index, &usual, photo.dimensions());
            let grey = match margin {
                align::MARGIN => usual,
                _ => align::grey(photo, &detection.landmarks, margin)?,
            };
            Some((*detection, grey, quality))
        };
        let mut faces: Vec<_> = found.iter().enumerate().filter_map(measure).collect();
        faces.sort_by(|(a, _, a_quality), (b, _, b_quality)| {
            let marked = a_quality.beside.cmp(&b_quality.beside);
            let strength = |face: &Detection| face.score * face.size();
            marked.then(strength(b).total_cmp(&strength(a)))
        });
        faces
    }
}
