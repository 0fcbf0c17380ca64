//! Faces brought into one position by their landmarks.
//!
//! A similarity transform (rotation, one scale, translation; no reflection) takes the five [`Landmarks`] as close as it
//! can to the five points of a [`Template`], and the photo is sampled at the pixels of the result. Then the eyes, the nose
//! and the mouth of everybody are in nearly the same place, whatever the size and the tilt of the head.
//!
//! The transform [a −b; b a] x + t that minimises Σ ‖[a −b; b a] pₖ + t − qₖ‖² has, with centred points p′, q′ and n = Σ ‖p′ₖ‖²,
//!
//! - a = Σ (p′ₖ · q′ₖ) / n,
//! - b = Σ (p′ₖ × q′ₖ) / n,
//! - t = mean(q) − [a −b; b a] mean(p).
//!
//! In the plane this is what Umeyama's method gives (S. Umeyama: *Least-squares estimation of transformation parameters
//! between two point patterns*, IEEE TPAMI 13, 1991) without a singular value decomposition; OpenCV's `alignCrop` computes the
//! same.
//!
//! ```
//! use twinsight::vision::align::{Similarity, Template};
//!
//! // The template's own points, twice as large and moved, need half the scale.
//! let template = Template::ARCFACE;
//! let landmarks = template.points.map(|[x, y]| [2.0 * x + 30.0, 2.0 * y + 10.0]);
//! let moved = Similarity::between(&landmarks, &template.points).unwrap();
//! assert!((moved.scale() - 0.5).abs() < 1e-5);
//! let [x, y] = moved.apply(landmarks[2]);
//! assert!((x - 56.0252).abs() < 1e-3 && (y - 71.7366).abs() < 1e-3);
//! ```

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::face::{Face, SIDE};
use super::yunet::Landmarks;

/// Width and height of the aligned colour picture that face networks in general take.
pub const COLOUR_SIDE: u32 = 112;
/// How much of the 64 × 64 grey face is face, for a margin of 1: by so much the template's points are drawn to the centre.
///
/// With the usual margin of 1.2 they are drawn in by 0.85, for the smaller network does better with more of the head. With
/// points as they are, drawn in by 0.85 and by 0.70 its equal error rate was 5.33, 4.86 and 4.81 %, its FNMR at FMR 1 % 12.7,
/// 11.1 and 12.9 %.
const GREY_EXTENT: f32 = 0.85 * MARGIN;
/// The usual margin around an aligned face.
pub const MARGIN: f32 = 1.2;
/// The margin for pictures that are cut close to the face already. Of the aligned Olivetti faces three fifths would lie beyond
/// the border of their pictures with the usual margin, with this one a quarter.
pub const CLOSE_MARGIN: f32 = 0.8;
/// The most samples in each direction for one pixel of the result.
const MOST_SAMPLES: usize = 16;

/// Where the landmarks come to lie in a square picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Width and height of the picture, in pixels.
    pub side: u32,
    /// Right eye, left eye, nose, right and left corner of the mouth, in pixels.
    pub points: Landmarks,
}

impl Template {
    /// The template of ArcFace (J. Deng et al.: *ArcFace*, CVPR 2019), which most face networks are trained with; also
    /// that of OpenCV's `FaceRecognizerSF::alignCrop`.
    pub const ARCFACE: Self = Self {
        side: COLOUR_SIDE,
        points: [
            [38.2946, 51.6963],
            [73.5318, 51.5014],
            [56.0252, 71.7366],
            [41.5493, 92.3655],
            [70.7299, 92.2041],
        ],
    };

    /// For the 64 × 64 grey face: ArcFace's points, the closer to the centre the larger the margin around the face.
    pub fn grey(margin: f32) -> Self {
        let drawn_in = GREY_EXTENT / margin;
        Self::ARCFACE.drawn_in(drawn_in).scaled_to(SIDE as u32)
    }

    /// The points moved towards the centre of the picture: the face becomes smaller.
    #[must_use]
    pub fn drawn_in(self, factor: f32) -> Self {
        let centre = self.side as f32 / 2.0;
        let near = |[x, y]: [f32; 2]| [x, y].map(|v| centre + (v - centre) * factor);
        Self {
            points: self.points.map(near),
            ..self
        }
    }

    /// The same for a picture of another size.
    #[must_use]
    pub fn scaled_to(self, side: u32) -> Self {
        let factor = side as f32 / self.side as f32;
        Self {
            side,
            points: self.points.map(|point| point.map(|v| v * factor)),
        }
    }

    /// From the photo to the aligned picture.
    fn similarity(&self, landmarks: &Landmarks) -> Option<Similarity> {
        Similarity::between(landmarks, &self.points)
    }

    /// The aligned face in colour, [`side`](Self::side) × `side` pixels; `None` if the landmarks coincide or are not finite.
    ///
    /// Pixels are interpolated bilinearly, and black beyond the border of the photo, as in OpenCV's `alignCrop`. Where the
    /// face is more than four times as large in the photo, several samples are averaged for each pixel, unlike there:
    /// single ones would skip most of the pixels.
    pub fn colour(&self, photo: &RgbImage, landmarks: &Landmarks) -> Option<RgbImage> {
        let mut aligned = RgbImage::new(self.side, self.side);
        let row = 3 * self.side as usize;
        let sampler = Sampler::new(photo, self.similarity(landmarks)?, Beyond::Black, 4.0);
        for (y, pixels) in aligned.chunks_exact_mut(row).enumerate() {
            for (x, pixel) in pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                *pixel = sampler.at(x, y).map(|value| (value + 0.5) as u8);
            }
        }
        Some(aligned)
    }
}

/// The aligned 64 × 64 grey face of the networks that Twinsight trains; `None` if the landmarks coincide or are not finite.
///
/// Sampled as [`Template::colour`] does with [`Template::grey`], but the border of the photo is repeated beyond it: a black
/// edge would be the strongest feature of a tightly cut portrait. Grey is BT.601 luma, as for
/// [`gray::decode`](super::gray::decode).
pub fn grey(photo: &RgbImage, landmarks: &Landmarks, margin: f32) -> Option<Face> {
    let template = Template::grey(margin);
    let sampler = Sampler::new(
        photo,
        template.similarity(landmarks)?,
        Beyond::Repeated,
        2.0,
    );
    let place = |at: usize| sampler.at(at % SIDE, at / SIDE);
    let value = |[r, g, b]: [f32; 3]| (0.299 * r + 0.587 * g + 0.114 * b) / 255.0;
    let pixels: Vec<f32> = (0..SIDE * SIDE).map(|at| value(place(at))).collect();
    Some(Face::from_pixels(pixels))
}

/// Points that must be shrunk to less than this part of the target's extent per pixel do not describe a face.
const LEAST_SCALE: f64 = 1e-8;

/// (x, y) ↦ (a·x − b·y + tx, b·x + a·y + ty).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl Similarity {
    /// The one that takes the points of `from` closest to those of `to`; `None` if all points of `from` coincide, or all of
    /// `to`, or some are not finite.
    pub fn between(from: &Landmarks, to: &Landmarks) -> Option<Self> {
        let mean = |points: &Landmarks| {
            let sum = points.iter().fold([0.0; 2], |s, p| {
                [s[0] + f64::from(p[0]), s[1] + f64::from(p[1])]
            });
            sum.map(|v| v / points.len() as f64)
        };
        let (p0, q0) = (mean(from), mean(to));
        let (mut dot, mut cross, mut norm, mut extent) = (0.0, 0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p[0]) - p0[0], f64::from(p[1]) - p0[1]);
            let (qx, qy) = (f64::from(q[0]) - q0[0], f64::from(q[1]) - q0[1]);
            dot += px * qx + py * qy;
            cross += px * qy - py * qx;
            norm += px * px + py * py;
            extent += qx * qx + qy * qy;
        }
        let (a, b) = (dot / norm, cross / norm);
        let (tx, ty) = (
            q0[0] - (a * p0[0] - b * p0[1]),
            q0[1] - (b * p0[0] + a * p0[1]),
        );
        let [a, b, tx, ty] = [a, b, tx, ty].map(|v| v as f32);
        // Seen from the target, so that it holds for a template whatever its size.
        let extended = f64::from(a.hypot(b)) > LEAST_SCALE * extent.sqrt();
        let valid = extended && [a, b, tx, ty].iter().all(|v| v.is_finite());
        valid.then_some(Self { a, b, tx, ty })
    }

    /// By how much lengths grow.
    pub fn scale(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Where a point comes to lie.
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [
            self.a * x - self.b * y + self.tx,
            self.b * x + self.a * y + self.ty,
        ]
    }

    /// The transform back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let n = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / n, -self.b / n);
        Self {
            a,
            b,
            tx: -(a * self.tx - b * self.ty),
            ty: -(b * self.tx + a * self.ty),
        }
    }
}

/// As `f32::floor`, which is a call of a function on processors without SSE 4.1.
fn floor(value: f32) -> i64 {
    let whole = value as i64;
    whole - i64::from((whole as f32) > value)
}

/// What lies beyond the border of a photo.
#[derive(Clone, Copy)]
enum Beyond {
    Black,
    Repeated,
}

/// A photo, to be sampled at the pixels of an aligned picture.
struct Sampler<'a> {
    photo: &'a RgbImage,
    /// From the aligned picture to the photo.
    back: Similarity,
    beyond: Beyond,
    /// In each direction, for each pixel.
    samples: usize,
}

impl<'a> Sampler<'a> {
    /// One sample for each pixel where the face in the photo is at most `single` times as large as the result.
    fn new(photo: &'a RgbImage, similarity: Similarity, beyond: Beyond, single: f32) -> Self {
        let back = similarity.inverse();
        let samples = match back.scale() {
            scale if scale <= single => 1,
            // Each is bilinear over two pixels, so that none is missed.
            scale => ((scale / 2.0).ceil() as usize).min(MOST_SAMPLES),
        };
        Self {
            photo,
            back,
            beyond,
            samples,
        }
    }

    /// The colour of a pixel, 0…255: the mean of the samples spread evenly over it.
    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let n = self.samples;
        if n == 1 {
            return self.bilinear(self.back.apply([x as f32, y as f32]));
        }
        let offset = |i: usize| (i as f32 + 0.5) / n as f32 - 0.5;
        let mut sum = [0.0; 3];
        for i in 0..n * n {
            let place = [x as f32 + offset(i % n), y as f32 + offset(i / n)];
            let colour = self.bilinear(self.back.apply(place));
            for (total, value) in sum.iter_mut().zip(colour) {
                *total += value;
            }
        }
        sum.map(|total| total / (n * n) as f32)
    }

    fn bilinear(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (left, top) = (floor(x), floor(y));
        let (along, down) = (x - left as f32, y - top as f32);
        let [a, b, c, d] = self.inner(left, top).unwrap_or_else(|| {
            let corner = |dx, dy| self.pixel(left.saturating_add(dx), top.saturating_add(dy));
            [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)]
        });
        std::array::from_fn(|i| {
            let upper = a[i] * (1.0 - along) + b[i] * along;
            let lower = c[i] * (1.0 - along) + d[i] * along;
            upper * (1.0 - down) + lower * down
        })
    }

    /// Four neighbouring pixels, row by row, if all are inside the photo.
    fn inner(&self, left: i64, top: i64) -> Option<[[f32; 3]; 4]> {
        let (left, top) = (usize::try_from(left).ok()?, usize::try_from(top).ok()?);
        let (width, height) = (self.photo.width() as usize, self.photo.height() as usize);
        if left >= width - 1 || top >= height - 1 {
            return None;
        }
        let pixels = self.photo.as_raw().as_chunks::<3>().0;
        let at = top * width + left;
        let upper = pixels.get(at..at + 2)?;
        let lower = pixels.get(at + width..at + width + 2)?;
        Some([upper[0], upper[1], lower[0], lower[1]].map(|pixel| pixel.map(f32::from)))
    }

    fn pixel(&self, x: i64, y: i64) -> [f32; 3] {
        let (width, height) = (
            i64::from(self.photo.width()),
            i64::from(self.photo.height()),
        );
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        match self.beyond {
            Beyond::Black if !inside => [0.0; 3],
            _ => {
                let (x, y) = (x.clamp(0, width - 1), y.clamp(0, height - 1));
                self.photo.get_pixel(x as u32, y as u32).0.map(f32::from)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Turned by 30°, three times as large, and moved.
    const TURNED: Similarity = Similarity {
        a: 2.598_076,
        b: 1.5,
        tx: 40.0,
        ty: -7.0,
    };

    #[test]
    fn a_similarity_is_found_again() {
        let points = Template::ARCFACE.points;
        let moved = points.map(|point| TURNED.apply(point));
        let found = Similarity::between(&points, &moved).unwrap();
        for (a, b) in [(found.a, TURNED.a), (found.b, TURNED.b)] {
            assert!((a - b).abs() < 1e-4);
        }
        let back = Similarity::between(&moved, &points).unwrap();
        for point in points {
            let [x, y] = back.apply(TURNED.apply(point));
            assert!((x - point[0]).abs() < 1e-3 && (y - point[1]).abs() < 1e-3);
            let [x, y] = TURNED.inverse().apply(TURNED.apply(point));
            assert!((x - point[0]).abs() < 1e-3 && (y - point[1]).abs() < 1e-3);
        }
    }

    #[test]
    fn reflections_are_not_used() {
        let points = Template::ARCFACE.points;
        let mirrored = points.map(|[x, y]| [112.0 - x, y]);
        let found = Similarity::between(&mirrored, &points).unwrap();
        // The determinant a² + b² is positive; the eyes stay swapped.
        let [eye, other] = [found.apply(mirrored[0]), found.apply(mirrored[1])];
        assert!(eye[0] > other[0]);
    }

    #[test]
    fn points_without_extent_give_no_transform() {
        let template = Template::ARCFACE;
        let photo = RgbImage::from_pixel(20, 20, Rgb([9, 9, 9]));
        for landmarks in [
            [[5.0, 5.0]; 5],
            [[f32::NAN, 1.0]; 5],
            [[f32::INFINITY, 1.0]; 5],
        ] {
            assert_eq!(template.colour(&photo, &landmarks), None);
            assert!(grey(&photo, &landmarks, MARGIN).is_none());
        }
    }

    /// Found by the property below: one landmark far away, near the least scale of one template and beyond that of the other.
    #[test]
    fn both_templates_take_the_same_landmarks() {
        let photo = RgbImage::from_pixel(20, 20, Rgb([9, 9, 9]));
        for exponent in 60..90 {
            let mut landmarks = Landmarks::default();
            landmarks[3][1] = 1.25_f32.powi(exponent);
            let colour = Template::ARCFACE.colour(&photo, &landmarks);
            assert_eq!(
                colour.is_some(),
                grey(&photo, &landmarks, MARGIN).is_some(),
                "{exponent}"
            );
        }
    }

    #[test]
    fn a_picture_whose_points_are_the_template_stays_as_it_is() {
        let photo = RgbImage::from_fn(112, 112, |x, y| Rgb([x as u8, y as u8, (x ^ y) as u8]));
        let template = Template::ARCFACE;
        let same = template.colour(&photo, &template.points).unwrap();
        let differ = |a: &u8, b: &u8| a.abs_diff(*b);
        let most = photo
            .iter()
            .zip(same.iter())
            .map(|(a, b)| differ(a, b))
            .max();
        assert!(most <= Some(1), "{most:?}");
    }

    #[test]
    fn large_faces_are_averaged_and_small_crops_repeat_the_border() {
        // Single pixels, black and white in turn: grey once several are averaged.
        let board = RgbImage::from_fn(900, 900, |x, y| Rgb([255 * ((x + y) % 2) as u8; 3]));
        let landmarks = Template::ARCFACE.scaled_to(900).points;
        let aligned = Template::ARCFACE.colour(&board, &landmarks).unwrap();
        let middle = &aligned.as_raw()[3 * 112 * 40..3 * 112 * 70];
        assert!(middle.iter().all(|v| v.abs_diff(128) < 64));
        let plain = RgbImage::from_pixel(60, 60, Rgb([200; 3]));
        let landmarks = Template::ARCFACE.scaled_to(60).points;
        let face = grey(&plain, &landmarks, MARGIN).unwrap();
        assert!(
            face.pixels()
                .iter()
                .all(|v| (v - 200.0 / 255.0).abs() < 1e-4)
        );
    }

    #[test]
    fn the_smaller_the_margin_the_larger_the_face() {
        let eyes = |margin| {
            let [right, left, ..] = Template::grey(margin).points;
            left[0] - right[0]
        };
        assert!((eyes(MARGIN / 2.0) - 2.0 * eyes(MARGIN)).abs() < 1e-4);
        let usual = Template::ARCFACE.drawn_in(0.85).scaled_to(64);
        assert_eq!(Template::grey(MARGIN), usual);
    }

    proptest::proptest! {
        /// Any bits as coordinates: infinite, not a number, beyond the photo, or all alike.
        #[test]
        fn any_landmarks_give_a_face_or_none(bits in proptest::array::uniform10(proptest::num::f32::ANY), side in 1_u32..40) {
            let photo = RgbImage::from_fn(side, 41 - side, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]));
            let mut landmarks = Landmarks::default();
            landmarks.as_flattened_mut().copy_from_slice(&bits);
            let colour = Template::ARCFACE.colour(&photo, &landmarks);
            let grey = grey(&photo, &landmarks, MARGIN);
            proptest::prop_assert_eq!(colour.is_some(), grey.is_some());
            if let Some(face) = grey {
                proptest::prop_assert!(face.pixels().iter().all(|value| (-1e-3..=1.001).contains(value)));
            }
        }
    }
}
