//! Where the faces are: a cascade, tried at every place and size.
//!
//! The search is OpenCV's `CascadeClassifier::detectMultiScale`, to the pixel, so that settings and cascades from there
//! keep their meaning: `pyramid` says which sizes and places are tried, `scan` tries them, `group` makes one box of many
//! hits. `tests/haar_parity.rs` holds it against boxes that OpenCV itself produced.
//!
//! Two steps are ours, and both can be switched off to get OpenCV's answer unchanged. *Padding*: a window needs some
//! surroundings of the face, and in a close portrait these are outside the picture, so its border pixels are repeated
//! outwards first. *Reduction*: a very large photograph is made smaller first; see [`Detector::max_side`].

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

/// A face, in pixels of the picture.
///
/// With padding a box may reach beyond the picture, so `x` and `y` may be negative; who cuts it out has to clip it (see
/// [`within`](Self::within)) or to continue the picture.
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

impl FaceBox {
    /// The part of it that lies in a picture of the given size, or nothing if there is none.
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
    /// The faces in `picture`, best first: most agreeing windows, then largest, then topmost, then leftmost.
    ///
    /// # Errors
    /// If a setting is out of its range; see [`check`](Self::check).
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
        self.search(cascade, picture, |windows| windows)
    }

    /// What `choose` makes of all windows that pass, in pixels of `picture`.
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

/// All windows of `picture` that pass every stage, level by level, then row by row.
fn windows(cascade: &Cascade, picture: &GrayImage, levels: &[Level]) -> Vec<FaceBox> {
    let prepared: Vec<Prepared> = levels
        .par_iter()
        .map(|&level| Prepared::new(picture.dimensions(), level, cascade))
        .collect();
    let bands: Vec<_> = prepared
        .iter()
        .flat_map(|level| level.bands().map(move |band| (level, band)))
        .collect();
    // A picture may come with a longer buffer than it needs.
    let pixels = &picture.as_raw()[..picture.width() as usize * picture.height() as usize];
    // Collecting keeps the order of the bands, however many threads there are.
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
