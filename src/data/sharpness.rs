//! Tells whether a face is blurrier than the faces that a network was trained on.
//!
//! A network is unreliable on inputs unlike its training data. In the photographs of unseen people
//! (`tests/photographs/count.py`) nearly all false matches are faces enlarged from 25 pixels, and no threshold separates
//! them: to the network they look like each other and like a few people of the data set. So the user gets a warning.
//! Refusing such a face was rejected, because some are recognised correctly. A fixed limit was rejected, because a user's
//! own data set can be blurred throughout, and a network trained on it copes with blur.

use rayon::prelude::*;

use super::Dataset;
use crate::vision::Face;
use crate::vision::quality::sharpness;

/// One in this many faces of the data set itself is below the limit.
const ONE_IN: usize = 100;

/// The lower limit of sharpness of a data set: one per cent of its faces are below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpness(f32);

impl Sharpness {
    /// The limit for a data set.
    ///
    /// # Panics
    /// If the data set has no picture; [`Dataset::open`] never gives such a one.
    pub fn of(dataset: &Dataset) -> Self {
        let faces = dataset.images.par_iter();
        let mut all: Vec<f32> = faces.map(|picture| sharpness(&picture.face)).collect();
        let (_, limit, _) = {
            let place = all.len() / ONE_IN;
            all.select_nth_unstable_by(place, f32::total_cmp)
        };
        Self(*limit)
    }

    /// Whether a face is blurrier than the limit.
    pub fn is_missed_by(self, face: &Face) -> bool {
        sharpness(face) < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::vision::{Preparation, SIDE};

    fn of(value: impl Fn(usize, usize) -> f32) -> Face {
        let pixels: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| value(i % SIDE, i / SIDE))
            .collect();
        Face::from_pixels(pixels)
    }

    #[test]
    fn detail_is_measured_whatever_the_contrast_and_the_light() {
        // On a chessboard each inner pixel differs by 1 from its four neighbours: 4 divided by a deviation of ½.
        let board = of(|x, y| ((x + y) % 2) as f32);
        assert!((sharpness(&board) - 8.0).abs() < 1e-4);
        let faint = of(|x, y| 0.5 + 0.1 * ((x + y) % 2) as f32);
        assert!((sharpness(&faint) - 8.0).abs() < 1e-3);
        // A linear ramp has no second derivative, and an even picture no contrast.
        assert!(sharpness(&of(|x, _| x as f32 / 64.0)) < 1e-5);
        assert_eq!(sharpness(&of(|_, _| 0.3)), 0.0);
    }

    #[test]
    fn an_enlarged_face_is_missed_and_hardly_any_of_the_data_set() {
        let faces = Dataset::open(&Source::Orl, &Preparation::default()).expect("built in");
        let limit = Sharpness::of(&faces);
        let missed = |face: &Face| limit.is_missed_by(face);
        let own = faces.images.iter().filter(|p| missed(&p.face)).count();
        assert!((1..=4).contains(&own), "{own}");
        // Like a face of 16 pixels, enlarged: means of 4 × 4 pixels with linear interpolation between them.
        let enlarged = faces.images.iter().filter(|picture| {
            let small = image::imageops::resize(
                &picture.face.to_image(),
                16,
                16,
                image::imageops::FilterType::Triangle,
            );
            let side = SIDE as u32;
            let large =
                image::imageops::resize(&small, side, side, image::imageops::FilterType::Triangle);
            let pixels: Vec<f32> = large.pixels().map(|p| f32::from(p.0[0]) / 255.0).collect();
            missed(&Face::from_pixels(pixels))
        });
        assert!(enlarged.count() > 390);
    }
}
