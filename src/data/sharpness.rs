//! Whether a face is blurrier than those that a network learnt from.
//!
//! A network knows nothing of what it never saw. Among the photographs of people that nobody trained on
//! (`tests/photographs/count.py`) nearly all false matches are of faces that were enlarged from 25 pixels, and no threshold
//! helps: to the network they look much like each other, and like a few people of the data set. So the user is told.
//! Refusing such a face was rejected, for some of them are recognised; so was a fixed limit, because somebody's own data
//! set may be blurred throughout, and then its network has learnt from that.

use rayon::prelude::*;

use super::Dataset;
use crate::vision::Face;
use crate::vision::gray::SIDE;

/// One in so many faces of the data set itself lies below the limit.
const ONE_IN: usize = 100;

/// The sharpness below which hardly any face of a data set lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpness(f32);

impl Sharpness {
    /// The limit for a data set, which has at least one picture.
    pub fn of(dataset: &Dataset) -> Self {
        let faces = dataset.images.par_iter();
        let mut all: Vec<f32> = faces.map(|picture| sharpness(&picture.face)).collect();
        let (_, limit, _) = {
            let place = all.len() / ONE_IN;
            all.select_nth_unstable_by(place, f32::total_cmp)
        };
        Self(*limit)
    }

    /// Whether a face is blurrier than that.
    pub fn is_missed_by(self, face: &Face) -> bool {
        sharpness(face) < self.0
    }
}

/// The mean absolute Laplacian (the four neighbours less four times the pixel) of the inner pixels over the standard
/// deviation of all: how much of the contrast is in the finest detail. 0 for a face without any contrast.
fn sharpness(face: &Face) -> f32 {
    let pixels = face.pixels();
    let count = pixels.len() as f32;
    let mean = pixels.iter().sum::<f32>() / count;
    let variance = pixels.iter().map(|p| (p - mean).powi(2)).sum::<f32>() / count;
    if variance <= f32::EPSILON {
        return 0.0;
    }
    let inner = 1..SIDE - 1;
    let places = inner
        .clone()
        .flat_map(|y| inner.clone().map(move |x| y * SIDE + x));
    let detail = places.map(|at| {
        let around = pixels[at - 1] + pixels[at + 1] + pixels[at - SIDE] + pixels[at + SIDE];
        (around - 4.0 * pixels[at]).abs()
    });
    let inside = ((SIDE - 2) * (SIDE - 2)) as f32;
    detail.sum::<f32>() / inside / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::vision::Preparation;

    fn of(value: impl Fn(usize, usize) -> f32) -> Face {
        let pixels: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| value(i % SIDE, i / SIDE))
            .collect();
        Face::from_pixels(pixels)
    }

    #[test]
    fn detail_is_measured_whatever_the_contrast_and_the_light() {
        // Of a chessboard each inner pixel differs by 1 from its four neighbours: 4 over a deviation of ½.
        let board = of(|x, y| ((x + y) % 2) as f32);
        assert!((sharpness(&board) - 8.0).abs() < 1e-4);
        let faint = of(|x, y| 0.5 + 0.1 * ((x + y) % 2) as f32);
        assert!((sharpness(&faint) - 8.0).abs() < 1e-3);
        // A slope has no second derivative, and a plain no contrast.
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
        // As from 16 pixels: means of 4 × 4, and between them straight lines.
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
