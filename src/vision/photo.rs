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

use image::{DynamicImage, GrayImage, RgbImage};

use super::gray::{self, MAX_BYTES, PhotoError};
use crate::files;

/// A photo, upright. The Haar cascade searches the grey picture, [`YuNet`](super::yunet::YuNet) the coloured one.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
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

    /// Decodes a PGM (or another Netpbm picture), PNG or JPEG.
    ///
    /// # Errors
    /// As [`gray::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        let (picture, orientation) = gray::decode_pixels(bytes)?;
        if !picture.color().has_color() {
            return Ok(gray::upright(gray::to_gray(picture), orientation).into());
        }
        let mut colour = DynamicImage::ImageRgb8(picture.into_rgb8());
        colour.apply_orientation(orientation);
        Ok(colour.into_rgb8().into())
    }

    /// Width and height in pixels.
    pub fn dimensions(&self) -> (u32, u32) {
        self.grey.dimensions()
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
        Self { grey, colour: None }
    }
}

impl From<RgbImage> for Photo {
    fn from(colour: RgbImage) -> Self {
        let grey = gray::of_colours(&colour);
        Self {
            grey,
            colour: Some(colour),
        }
    }
}
