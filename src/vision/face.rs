//! A face, as networks take it.

use std::sync::Arc;

use image::{GrayImage, RgbImage};

/// Width and height of a [`Face`] in pixels: the size of the Olivetti faces and of the tutorial's network.
pub const SIDE: usize = 64;

/// A face: [`SIDE`] × [`SIDE`] grey values from 0 (black) to 1 (white), row by row from the top left, which is what trained
/// towers take and screens show. An aligned face also has its colours, and the features that a backbone makes of them.
/// Cloning copies pointers only.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    pixels: Arc<[f32]>,
    colour: Option<Arc<RgbImage>>,
    features: Option<Arc<[f32]>>,
}

impl Face {
    /// A face from [`SIDE`]² values, row by row.
    ///
    /// # Panics
    /// If the number of values is not [`SIDE`]².
    pub fn from_pixels(pixels: impl Into<Arc<[f32]>>) -> Self {
        let pixels = pixels.into();
        assert_eq!(
            pixels.len(),
            SIDE * SIDE,
            "a face has {SIDE} × {SIDE} values"
        );
        Self {
            pixels,
            colour: None,
            features: None,
        }
    }

    /// The same face with its aligned colour picture.
    #[must_use]
    pub fn with_colour(self, colour: impl Into<Arc<RgbImage>>) -> Self {
        Self {
            colour: Some(colour.into()),
            ..self
        }
    }

    /// The same face with the features of a backbone.
    #[must_use]
    pub fn with_features(self, features: impl Into<Arc<[f32]>>) -> Self {
        Self {
            features: Some(features.into()),
            ..self
        }
    }

    /// The same face without its colour picture, which takes 37 KB.
    #[must_use]
    pub fn without_colour(self) -> Self {
        Self {
            colour: None,
            ..self
        }
    }

    /// The [`SIDE`]² grey values, row by row.
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// The aligned face in colour, 112 × 112 pixels, if it is kept.
    pub fn colour(&self) -> Option<&RgbImage> {
        self.colour.as_deref()
    }

    /// What a backbone made of the colours, if it was asked.
    pub fn features(&self) -> Option<&[f32]> {
        self.features.as_deref()
    }

    /// The face as an 8-bit grey picture of [`SIDE`] × [`SIDE`] pixels.
    pub fn to_image(&self) -> GrayImage {
        let byte = |x: u32, y: u32| {
            (self.pixels[y as usize * SIDE + x as usize].clamp(0.0, 1.0) * 255.0).round() as u8
        };
        GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| image::Luma([byte(x, y)]))
    }
}
