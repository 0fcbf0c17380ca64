//! Where the faces are: a cascade, tried at every place and size.
//!
//! The search is OpenCV's `CascadeClassifier::detectMultiScale`, to the pixel, so that settings and cascades from there
//! keep their meaning: [`pyramid`] says which sizes and places are tried, [`scan`] tries them, [`group`] makes one box of
//! many hits. `tests/haar_parity.rs` holds it against boxes that OpenCV itself produced.
//!
//! Two steps are ours, and both can be switched off to get OpenCV's answer unchanged. *Padding*: a window needs some
//! surroundings of the face, and in a close portrait these are outside the picture, so its border pixels are repeated
//! outwards first. *Reduction*: a very large photograph is made smaller first; see [`Detector::max_side`].

#[cfg(target_arch = "x86_64")]
mod avx2;
mod group;
mod pyramid;
mod scan;
mod tables;
mod timing;
mod window;

use image::GrayImage;
use image::imageops;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cascade::Cascade;
use scan::{Prepared, Workspace};

pub use timing::{Timing, time_detection};

/// The smallest step between scales that is accepted: below it a search has thousands of levels.
const MIN_SCALE_FACTOR: f64 = 1.01;
/// The largest step between scales that is accepted: above it most sizes of faces would be missed.
const MAX_SCALE_FACTOR: f64 = 4.0;
/// The most padding on each side, as a share of the picture.
const MAX_PADDING: f64 = 1.0;
/// The smallest `max_side`.
const MIN_MAX_SIDE: u32 = 64;

/// Why a detector's settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// See the message.
    #[error("scale_factor is {0}; it must lie between 1.01 and 4, for example 1.1")]
    ScaleFactor(f64),
    /// See the message.
    #[error(
        "padding is {0}; it must lie between 0 (none) and 1 (as much on each side as the picture has), for example 0.25"
    )]
    Padding(f64),
    /// See the message.
    #[error(
        "min_size {min:?} is larger than max_size {max:?}; no face can be as small and as large as that"
    )]
    Sizes {
        /// The smallest face asked for.
        min: (u32, u32),
        /// The largest face asked for.
        max: (u32, u32),
    },
    /// See the message.
    #[error("{0} has a side of 0 pixels; leave it out to have no limit")]
    EmptySize(&'static str),
    /// See the message.
    #[error(
        "max_side is {0}; it must be at least 64 pixels, or absent to search photographs as large as they are"
    )]
    MaxSide(u32),
}

/// How a picture is searched. The defaults find one face in each of the 400 ORL pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detector {
    /// How much larger each size of window is than the one before; 1.01 to 4.
    pub scale_factor: f64,
    /// A face needs more than this many windows that agree on it. 0 gives every window.
    pub min_neighbors: u32,
    /// Smallest face, width and height in pixels of the picture; absent: the cascade's window.
    pub min_size: Option<(u32, u32)>,
    /// Largest face, width and height in pixels of the picture; absent: the picture (with its padding).
    pub max_size: Option<(u32, u32)>,
    /// By how much of its width and height the picture is continued on each side, by repeating the border; 0 to 1.
    pub padding: f64,
    /// Photographs with a longer side are searched in a copy reduced to this, in pixels; absent: never reduced.
    ///
    /// The default, 2048, halves a photograph of 12 megapixels. The smallest face found there has 48 pixels, still fewer
    /// than the 64 that a network is given, so that nothing usable is lost and three quarters of the time are saved.
    pub max_side: Option<u32>,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            scale_factor: 1.1,
            min_neighbors: 5,
            min_size: None,
            max_size: None,
            padding: 0.25,
            max_side: Some(2048),
        }
    }
}

/// A face, in pixels of the picture.
///
/// With padding a box may reach beyond the picture, so `x` and `y` may be negative; who cuts it out has to clip it or to
/// continue the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FaceBox {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width, at least 1.
    pub width: i32,
    /// Height, at least 1.
    pub height: i32,
    /// How many windows agreed on it.
    pub neighbors: u32,
}

impl Detector {
    /// The search as OpenCV does it: without padding and without reducing the picture.
    pub fn like_opencv(scale_factor: f64, min_neighbors: u32) -> Self {
        Self {
            scale_factor,
            min_neighbors,
            padding: 0.0,
            max_side: None,
            ..Self::default()
        }
    }

    /// Whether the settings can be used.
    ///
    /// # Errors
    /// The first setting out of its range, with the range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(MIN_SCALE_FACTOR..=MAX_SCALE_FACTOR).contains(&self.scale_factor) {
            return Err(SettingsError::ScaleFactor(self.scale_factor));
        }
        if !(0.0..=MAX_PADDING).contains(&self.padding) {
            return Err(SettingsError::Padding(self.padding));
        }
        for (size, name) in [(self.min_size, "min_size"), (self.max_size, "max_size")] {
            if size.is_some_and(|(width, height)| width == 0 || height == 0) {
                return Err(SettingsError::EmptySize(name));
            }
        }
        if let (Some(min), Some(max)) = (self.min_size, self.max_size)
            && (min.0 > max.0 || min.1 > max.1)
        {
            return Err(SettingsError::Sizes { min, max });
        }
        match self.max_side {
            Some(side) if side < MIN_MAX_SIDE => Err(SettingsError::MaxSide(side)),
            _ => Ok(()),
        }
    }

    /// The faces in `picture`, best first: most agreeing windows, then largest, then topmost, then leftmost.
    ///
    /// # Errors
    /// If a setting is out of its range; see [`check`](Self::check).
    pub fn detect(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Vec<FaceBox>, SettingsError> {
        let (windows, frame) = self.search(cascade, picture)?;
        let mut faces: Vec<FaceBox> = group::group(&windows, self.min_neighbors)
            .iter()
            .filter_map(|face| frame.to_picture(face))
            .collect();
        faces.sort_by_key(|face| {
            let area = i64::from(face.width) * i64::from(face.height);
            (
                std::cmp::Reverse(face.neighbors),
                std::cmp::Reverse(area),
                face.y,
                face.x,
            )
        });
        Ok(faces)
    }

    /// The first of [`detect`](Self::detect)'s faces, if there is one.
    ///
    /// # Errors
    /// If a setting is out of its range; see [`check`](Self::check).
    pub fn best_face(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Option<FaceBox>, SettingsError> {
        Ok(self.detect(cascade, picture)?.first().copied())
    }

    /// All windows that pass the cascade, before grouping, each with 1 neighbour: from small to large, then row by row.
    ///
    /// # Errors
    /// If a setting is out of its range; see [`check`](Self::check).
    pub fn raw_windows(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Vec<FaceBox>, SettingsError> {
        let (windows, frame) = self.search(cascade, picture)?;
        Ok(windows
            .iter()
            .filter_map(|window| frame.to_picture(window))
            .collect())
    }

    /// All windows that pass, in pixels of the reduced and padded picture, and how to get back from there.
    fn search(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<(Vec<FaceBox>, Frame), SettingsError> {
        self.check()?;
        if picture.width() == 0 || picture.height() == 0 {
            return Ok((
                Vec::new(),
                Frame {
                    dx: 0,
                    dy: 0,
                    width: 0,
                    height: 0,
                    factor: 1.0,
                },
            ));
        }
        let reduced = self.reduce(picture);
        let small = reduced.as_ref().unwrap_or(picture);
        let share = |side: u32| (f64::from(side) * self.padding).round() as u32;
        let (dx, dy) = (share(small.width()), share(small.height()));
        let frame = Frame {
            dx: dx as i32,
            dy: dy as i32,
            width: (small.width() + 2 * dx) as i32,
            height: (small.height() + 2 * dy) as i32,
            factor: f64::from(picture.width().max(picture.height()))
                / f64::from(small.width().max(small.height())),
        };
        let size = |size: (u32, u32)| (frame.shrink(size.0), frame.shrink(size.1));
        let padded = (dx > 0 || dy > 0).then(|| pad(small, dx, dy));
        let (min, max) = (
            self.min_size.map(size).unwrap_or_default(),
            self.max_size.map(size),
        );
        Ok((
            windows(
                cascade,
                padded.as_ref().unwrap_or(small),
                self.scale_factor,
                min,
                max,
            ),
            frame,
        ))
    }

    /// A smaller copy of a picture whose longer side exceeds `max_side`, each pixel the mean of those it replaces.
    fn reduce(&self, picture: &GrayImage) -> Option<GrayImage> {
        let (width, height) = picture.dimensions();
        let longest = width.max(height);
        let limit = self.max_side.filter(|&limit| limit < longest)?;
        let side = |of: u32| (u64::from(of) * u64::from(limit) / u64::from(longest)).max(1) as u32;
        Some(imageops::thumbnail(picture, side(width), side(height)))
    }
}

/// How the searched picture lies in the original one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    /// Width and height of the padding.
    dx: i32,
    dy: i32,
    /// Size of the searched picture, with its padding.
    width: i32,
    height: i32,
    /// Pixels of the original for one of the reduced picture.
    factor: f64,
}

impl Frame {
    fn shrink(&self, side: u32) -> u32 {
        (f64::from(side) / self.factor).round() as u32
    }

    /// A box in pixels of the original, clipped to what was searched; `None` if nothing is left of it.
    ///
    /// Rounding makes windows reach a pixel over the right or lower edge at times. OpenCV clips them after grouping.
    fn to_picture(self, found: &FaceBox) -> Option<FaceBox> {
        let (left, top) = (found.x.max(0), found.y.max(0));
        let right = (found.x + found.width).min(self.width);
        let bottom = (found.y + found.height).min(self.height);
        let grow = |length: i32| (f64::from(length) * self.factor).round() as i32;
        (right > left && bottom > top).then(|| FaceBox {
            x: grow(left - self.dx),
            y: grow(top - self.dy),
            width: grow(right - left),
            height: grow(bottom - top),
            neighbors: found.neighbors,
        })
    }
}

/// The picture with `dx` columns and `dy` rows more on each side, which repeat the border.
fn pad(picture: &GrayImage, dx: u32, dy: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let (dx_, row_length) = (dx as usize, (width + 2 * dx) as usize);
    let mut pixels = Vec::with_capacity(row_length * (height + 2 * dy) as usize);
    for y in 0..height + 2 * dy {
        let start = y.saturating_sub(dy).min(height - 1) as usize * width as usize;
        let row = &picture.as_raw()[start..start + width as usize];
        pixels.extend(std::iter::repeat_n(row[0], dx_));
        pixels.extend_from_slice(row);
        pixels.extend(std::iter::repeat_n(row[row.len() - 1], dx_));
    }
    GrayImage::from_raw(width + 2 * dx, height + 2 * dy, pixels)
        .expect("as many pixels as the size says were pushed")
}

/// All windows of `picture` that pass every stage, from small to large, then row by row.
fn windows(
    cascade: &Cascade,
    picture: &GrayImage,
    scale_factor: f64,
    min: (u32, u32),
    max: Option<(u32, u32)>,
) -> Vec<FaceBox> {
    let levels = pyramid::levels(
        picture.dimensions(),
        cascade.window(),
        scale_factor,
        min,
        max,
    );
    let prepared: Vec<Prepared> = levels
        .par_iter()
        .map(|&level| Prepared::new(picture.dimensions(), level, cascade))
        .collect();
    let bands: Vec<_> = prepared
        .iter()
        .flat_map(|level| level.bands().map(move |band| (level, band)))
        .collect();
    // Collecting keeps the order of the bands, however many threads there are.
    let found: Vec<Vec<FaceBox>> = bands
        .par_iter()
        .with_max_len(1)
        .map_init(Workspace::default, |workspace, (level, band)| {
            let corners = level.search(picture.as_raw(), band.clone(), workspace);
            corners
                .into_iter()
                .map(|corner| window_in_picture(level.level.scale, corner, cascade.window()))
                .collect()
        })
        .collect();
    found.concat()
}

/// A window of a level, in pixels of the picture.
fn window_in_picture(scale: f32, (x, y): (usize, usize), (width, height): (u32, u32)) -> FaceBox {
    let grow = |length: f32| (length * scale).round_ties_even() as i32;
    FaceBox {
        x: grow(x as f32),
        y: grow(y as f32),
        width: grow(width as f32),
        height: grow(height as f32),
        neighbors: 1,
    }
}
