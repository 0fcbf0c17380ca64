//! Finds faces: evaluates a cascade at every position and size.
//!
//! The search gives the same boxes as OpenCV's `CascadeClassifier::detectMultiScale`, so that settings and cascades keep
//! their meaning. `pyramid` lists the sizes and positions, `scan` evaluates them, and `group` merges overlapping windows
//! into one box. `tests/haar_parity.rs` compares the result with boxes from OpenCV.
//!
//! Two steps are additions, and both can be switched off to get OpenCV's result. *Padding*: a window includes some
//! surroundings of the face, which a close portrait cuts off, so the border pixels are first repeated outwards.
//! *Reduction*: a very large photo is first made smaller; see [`Detector::max_side`].
//!
//! ```
//! use twinsight::data::{Dataset, Source};
//! use twinsight::units::ImageId;
//! use twinsight::vision::cascade::Cascade;
//! use twinsight::vision::detect::Detector;
//! use twinsight::vision::{Crop, Preparation};
//!
//! let faces = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole))?;
//! let photo = faces.photo(ImageId(0))?; // 92 × 112 pixels
//! let found = Detector::default().detect(Cascade::frontal(), photo.grey())?;
//! assert_eq!(found.len(), 1);
//! assert!(found[0].width > 50 && found[0].neighbors > 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;
mod frame;
mod group;
mod pyramid;
mod scan;
mod settings;
mod tables;
mod timing;
mod window;

use std::cmp::Reverse;

use image::GrayImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cascade::Cascade;
use super::rect::Rect;
use frame::Frame;
use pyramid::Level;
use scan::{Prepared, Workspace};

pub use settings::{Detector, SettingsError};
pub use timing::{Timing, time_detection};

/// The box of a face, in pixels of the picture.
///
/// With padding a box can extend beyond the picture, so `x` and `y` can be negative. A caller that cuts the face out must
/// clip the box (see [`within`](Self::within)) or extend the picture.
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
    /// The number of windows that were merged into the box (OpenCV's neighbours).
    pub neighbors: u32,
}

impl FaceBox {
    /// As seen in a picture that is `[horizontal, vertical]` times as large.
    #[must_use]
    pub(crate) fn scaled(self, [across, down]: [f32; 2]) -> Self {
        let scaled = |length: i32, by: f32| (f64::from(length) * f64::from(by)).round() as i32;
        Self {
            x: scaled(self.x, across),
            y: scaled(self.y, down),
            width: scaled(self.width, across).max(1),
            height: scaled(self.height, down).max(1),
            ..self
        }
    }

    /// The part inside a picture of `width` × `height` pixels; `None` if that part is empty.
    pub fn within(&self, width: u32, height: u32) -> Option<Rect> {
        let clip = |at: i32, side: u32| (i64::from(at).clamp(0, i64::from(side))) as u32;
        let (left, top) = (clip(self.x, width), clip(self.y, height));
        let right = clip(self.x.saturating_add(self.width), width);
        let bottom = clip(self.y.saturating_add(self.height), height);
        let inside = right > left && bottom > top;
        inside.then(|| Rect {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        })
    }
}

impl Detector {
    /// The faces in `picture`, best first: most neighbours, then largest, then topmost, then leftmost.
    ///
    /// # Errors
    /// If a setting is out of range; see [`check`](Self::check).
    pub fn detect(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Vec<FaceBox>, SettingsError> {
        let mut faces = self.search(cascade, picture, |windows| {
            group::group(&windows, self.min_neighbors)
        })?;
        faces.sort_by_key(|face| {
            let area = i64::from(face.width) * i64::from(face.height);
            (Reverse(face.neighbors), Reverse(area), face.y, face.x)
        });
        Ok(faces)
    }

    /// The best face of [`detect`](Self::detect), if there is one.
    ///
    /// # Errors
    /// If a setting is out of range; see [`check`](Self::check).
    pub fn best_face(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Option<FaceBox>, SettingsError> {
        Ok(self.detect(cascade, picture)?.first().copied())
    }

    /// All windows that pass the cascade, before grouping, each with 1 neighbour; from small to large, then row by row.
    ///
    /// # Errors
    /// If a setting is out of range; see [`check`](Self::check).
    pub fn raw_windows(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
    ) -> Result<Vec<FaceBox>, SettingsError> {
        self.search(cascade, picture, |windows| windows)
    }

    /// Finds all windows that pass, lets `choose` group them, and converts the result to pixels of `picture`.
    fn search(
        &self,
        cascade: &Cascade,
        picture: &GrayImage,
        choose: impl FnOnce(Vec<FaceBox>) -> Vec<FaceBox>,
    ) -> Result<Vec<FaceBox>, SettingsError> {
        self.check()?;
        if picture.width() == 0 || picture.height() == 0 {
            return Ok(Vec::new());
        }
        let (searched, frame) = Frame::new(picture, self.padding, self.max_side);
        let min = self
            .min_size
            .map(|size| frame.shrink(size))
            .unwrap_or_default();
        let max = self.max_size.map(|size| frame.shrink(size));
        let levels = pyramid::levels(
            searched.dimensions(),
            cascade.window(),
            self.scale_factor,
            min,
            max,
        );
        let windows = windows(cascade, &searched, &levels);
        Ok(choose(windows)
            .iter()
            .filter_map(|found| frame.to_picture(found))
            .collect())
    }
}

/// All windows of `picture` that pass every stage; level by level, then row by row.
fn windows(cascade: &Cascade, picture: &GrayImage, levels: &[Level]) -> Vec<FaceBox> {
    let prepared: Vec<Prepared> = levels
        .par_iter()
        .map(|&level| Prepared::new(picture.dimensions(), level, cascade))
        .collect();
    let bands: Vec<_> = prepared
        .iter()
        .flat_map(|level| level.bands().map(move |band| (level, band)))
        .collect();
    // The buffer of a picture can be longer than its pixels.
    let pixels = &picture.as_raw()[..picture.width() as usize * picture.height() as usize];
    // Collecting keeps the order of the bands with any number of threads.
    let found: Vec<Vec<FaceBox>> = bands
        .par_iter()
        .map_init(Workspace::default, |workspace, (level, band)| {
            let corners = level.search(pixels, band.clone(), workspace);
            corners
                .into_iter()
                .map(|corner| level.level.window_at(corner, cascade.window()))
                .collect()
        })
        .collect();
    found.concat()
}
