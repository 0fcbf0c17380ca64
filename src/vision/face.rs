//! A face, as networks take it.

use std::fmt;
use std::sync::Arc;

use image::{GrayImage, RgbImage};

/// Width and height of a [`Face`] in pixels: the size of the Olivetti faces and of the tutorial's network.
pub const SIDE: usize = 64;

/// A face: [`SIDE`] × [`SIDE`] grey values from 0 (black) to 1 (white), row by row from the top left, which is what trained
/// towers take and screens show. An aligned face also has its colours, and the features that a backbone makes of them.
/// Cloning copies pointers only.
///
/// The faces of a large data set are not in memory: their grey values and colours are read back when they are asked for, and
/// are equal to the bit. The features are always in memory.
#[derive(Clone)]
pub struct Face {
    pixels: Part<Arc<[f32]>>,
    colour: Option<Part<Arc<RgbImage>>>,
    features: Option<Arc<[f32]>>,
}

/// A part of a face: in memory, or read back when it is asked for.
#[derive(Clone)]
enum Part<T> {
    Held(T),
    Stored(Arc<dyn FaceSource>),
}

/// The grey values and colours of a face that was read back.
#[derive(Debug, Clone)]
pub(crate) struct FaceContent {
    pub(crate) pixels: Arc<[f32]>,
    pub(crate) colour: Option<Arc<RgbImage>>,
}

/// Where a face that is not in memory is read back from. What cannot be read back any more, the source reports itself; it
/// returns some face all the same, because drawing and training cannot stop in the middle.
pub(crate) trait FaceSource: Send + Sync {
    fn read(&self) -> FaceContent;
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
            pixels: Part::Held(pixels),
            colour: None,
            features: None,
        }
    }

    /// A face without colours and features whose grey values are read back from `source`.
    pub(crate) fn stored(source: Arc<dyn FaceSource>) -> Self {
        Self {
            pixels: Part::Stored(source),
            colour: None,
            features: None,
        }
    }

    /// The same face with colours that are read back from `source`.
    pub(crate) fn with_stored_colour(self, source: Arc<dyn FaceSource>) -> Self {
        Self {
            colour: Some(Part::Stored(source)),
            ..self
        }
    }

    /// The same face with its aligned colour picture.
    #[must_use]
    pub fn with_colour(self, colour: impl Into<Arc<RgbImage>>) -> Self {
        Self {
            colour: Some(Part::Held(colour.into())),
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

    /// The [`SIDE`]² grey values, row by row. Of a face that is not in memory they are read back.
    pub fn pixels(&self) -> Arc<[f32]> {
        match &self.pixels {
            Part::Held(pixels) => pixels.clone(),
            Part::Stored(source) => source.read().pixels,
        }
    }

    /// The aligned face in colour, 112 × 112 pixels, if it is kept; read back as [`pixels`](Self::pixels) are.
    pub fn colour(&self) -> Option<Arc<RgbImage>> {
        match self.colour.as_ref()? {
            Part::Held(colour) => Some(colour.clone()),
            Part::Stored(source) => source.read().colour,
        }
    }

    /// Whether it has a colour picture; nothing is read back.
    pub fn is_coloured(&self) -> bool {
        self.colour.is_some()
    }

    /// The same features as [`features`](Self::features), shared.
    pub(crate) fn shared_features(&self) -> Option<Arc<[f32]>> {
        self.features.clone()
    }

    /// What a backbone made of the colours, if it was asked.
    pub fn features(&self) -> Option<&[f32]> {
        self.features.as_deref()
    }

    /// The face as an 8-bit grey picture of [`SIDE`] × [`SIDE`] pixels.
    pub fn to_image(&self) -> GrayImage {
        let pixels = self.pixels();
        let byte = |x: u32, y: u32| {
            (pixels[y as usize * SIDE + x as usize].clamp(0.0, 1.0) * 255.0).round() as u8
        };
        GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| image::Luma([byte(x, y)]))
    }
}

/// By content, wherever it is kept.
impl PartialEq for Face {
    fn eq(&self, other: &Self) -> bool {
        self.features == other.features
            && self.pixels() == other.pixels()
            && self.colour() == other.colour()
    }
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Face")
            .field("pixels", &self.pixels())
            .field("colour", &self.colour())
            .field("features", &self.features)
            .finish()
    }
}
