//! A decoded photo, upright, in grey and in colour.
//!
//! ```
//! use twinsight::vision::Photo;
//!
//! let mut pgm = b"P5 16 16 255\n".to_vec();
//! pgm.extend([200; 16 * 16]);
//! let photo = Photo::decode(&pgm)?;
//! assert_eq!(photo.dimensions(), (16, 16));
//! assert_eq!(photo.rgb().get_pixel(3, 3).0, [200; 3]);
//! # Ok::<(), twinsight::vision::PhotoError>(())
//! ```

use std::borrow::Cow;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};

use super::gray::{self, MAX_BYTES, PhotoError};
use super::halved;
use crate::files;

/// A photo, upright. The Haar cascade searches the grey picture, [`YuNet`](super::yunet::YuNet) the coloured one.
///
/// The pixels of a very large photo (more than 50 megapixels, or 250 MB) are kept with half its width and height, for no
/// face needs more, and a photo of 110 megapixels would take 440 MB for each thread. [`dimensions`](Self::dimensions), and
/// the boxes that faces are reported with, are those of the photo itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Width and height of the photo itself.
    size: (u32, u32),
    grey: GrayImage,
    /// `None` for a grey photo.
    colour: Option<RgbImage>,
}

impl Photo {
    /// Reads a photo file of at most [`MAX_BYTES`] bytes and decodes it.
    ///
    /// # Errors
    /// If the file cannot be read (see [`files::read_limited`]) or decoded (see [`decode`](Self::decode)).
    pub fn open(path: &Path) -> Result<Self, PhotoError> {
        Self::decode(&Self::read(path)?)
    }

    /// The bytes of a photo file of at most [`MAX_BYTES`] bytes.
    pub(crate) fn read(path: &Path) -> Result<Vec<u8>, PhotoError> {
        Ok(files::read_limited(path, MAX_BYTES).map_err(|error| error.reason)?)
    }

    /// Decodes a picture of any readable kind: JPEG, PNG, WebP, TIFF, BMP, GIF, PGM or another Netpbm picture.
    ///
    /// # Errors
    /// As [`gray::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        let (picture, orientation) = gray::decode_pixels(bytes)?;
        let size = (picture.width(), picture.height());
        let picture = match halved::is_large(&picture) {
            true => halved::halved(picture),
            false => picture,
        };
        let lies = matches!(
            orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        );
        let size = if lies { (size.1, size.0) } else { size };
        let photo: Self = match picture.color().has_color() {
            true => {
                let mut colour = DynamicImage::ImageRgb8(picture.into_rgb8());
                colour.apply_orientation(orientation);
                colour.into_rgb8().into()
            }
            false => gray::upright(gray::to_gray(picture), orientation).into(),
        };
        Ok(Self { size, ..photo })
    }

    /// Width and height of the photo in pixels. [`grey`](Self::grey) and [`rgb`](Self::rgb) have half as many of a very
    /// large photo.
    pub fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    /// How many pixels of the photo one of the kept pixels stands for, across and down: 1, or 2 of a very large photo.
    pub fn scale(&self) -> [f32; 2] {
        let (width, height) = self.grey.dimensions();
        [
            self.size.0 as f32 / width as f32,
            self.size.1 as f32 / height as f32,
        ]
    }

    /// The photo in 8-bit grey, BT.601 luma.
    pub fn grey(&self) -> &GrayImage {
        &self.grey
    }

    /// Whether the photo has colours.
    pub fn is_coloured(&self) -> bool {
        self.colour.is_some()
    }

    /// The photo in colour; a grey photo has three equal values for each pixel.
    pub fn rgb(&self) -> Cow<'_, RgbImage> {
        match &self.colour {
            Some(colour) => Cow::Borrowed(colour),
            None => {
                let (width, height) = self.grey.dimensions();
                let mut colours = Vec::with_capacity(3 * self.grey.as_raw().len());
                for &value in self.grey.as_raw() {
                    colours.extend_from_slice(&[value; 3]);
                }
                let colours = RgbImage::from_raw(width, height, colours);
                Cow::Owned(colours.expect("three values for each pixel"))
            }
        }
    }
}

impl From<GrayImage> for Photo {
    fn from(grey: GrayImage) -> Self {
        Self {
            size: grey.dimensions(),
            grey,
            colour: None,
        }
    }
}

impl From<RgbImage> for Photo {
    fn from(colour: RgbImage) -> Self {
        let grey = gray::of_colours(&colour);
        Self {
            size: grey.dimensions(),
            grey,
            colour: Some(colour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Crop, Preparation};
    use super::*;
    use image::{Luma, imageops};

    #[test]
    fn faces_of_a_halved_photo_lie_in_the_pixels_of_the_photo_itself() {
        let sheet = image::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/orl.pgm"));
        // The fifth picture of the first person.
        let face = imageops::crop_imm(&sheet.unwrap().into_luma8(), 4 * 92, 0, 92, 112).to_image();
        let mut grey = GrayImage::from_pixel(300, 200, Luma([128]));
        imageops::overlay(&mut grey, &face, 150, 60);
        let kept = Photo::from(grey);
        let halved = Photo {
            size: (601, 400),
            ..kept.clone()
        };
        for crop in [Crop::Aligned, Crop::Haar, Crop::Centre] {
            let [one, two] = [&kept, &halved].map(|photo| Preparation::of(crop).prepare(photo));
            assert_eq!(one.face, two.face, "{crop}");
            let twice = |a: u32, b: u32| (2 * a).abs_diff(b) <= 2;
            let (a, b) = (one.area, two.area);
            assert!(twice(a.x, b.x) && twice(a.y, b.y), "{crop}: {a:?} {b:?}");
            assert!(
                twice(a.width, b.width) && twice(a.height, b.height),
                "{crop}"
            );
            if let (Some(one), Some(two)) = (one.landmarks, two.landmarks) {
                let points = one.iter().flatten().zip(two.iter().flatten());
                assert!(points.into_iter().all(|(a, b)| (2.0 * a - b).abs() < 1.0));
            }
            if let (Some(one), Some(two)) = (one.quality, two.quality) {
                assert!((2.0 * one.size - two.size).abs() < 0.2);
            }
        }
    }
}
