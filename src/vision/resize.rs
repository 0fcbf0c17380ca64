//! Scales a rectangle of a grey picture to [`SIDE`] × [`SIDE`].
//!
//! A larger source is reduced by area averaging (OpenCV's `INTER_AREA`): each target pixel is the mean of the area it
//! covers, and source pixels on the border of the area count by the part inside. Every source pixel counts, there are no
//! ringing artefacts, and the mean brightness stays. A smaller source is enlarged by linear interpolation between the
//! centres of pixels. Both are weighted sums along each axis, so the axes are processed one after the other and can be of
//! different kinds.
//!
//! The filters of the `image` crate were rejected: its triangle filter blurs more than an area mean when it reduces, and
//! its result is rounded to 8 bits, although floats are needed.
//!
//! ```text
//! 3 pixels to 2: each target pixel covers 1.5 source pixels
//! source   | 10 | 20 | 30 |
//! target   |   A   |   B   |      A = (10 + 20/2) / 1.5 = 13.33    B = (20/2 + 30) / 1.5 = 26.67
//! ```

use image::GrayImage;

use super::face::{Face, SIDE};
use super::rect::Rect;

/// The source pixels of one target pixel, with their weights.
struct Window {
    first: usize,
    weights: Vec<f32>,
}

/// Scales the `area` of a picture to a [`Face`]; grey levels 0 to 255 become 0 to 1.
///
/// `area` must not be empty and must be inside the picture; [`Rect::within`] ensures that.
pub(super) fn face(picture: &GrayImage, area: Rect) -> Face {
    let stride = picture.width() as usize;
    let (x, y, height) = (area.x as usize, area.y as usize, area.height as usize);
    let across = windows(area.width as usize);
    let down = windows(height);
    // Horizontally first, so that each source row is scaled once even if several target rows use it.
    let mut narrow = Vec::with_capacity(height * SIDE);
    for row in picture.as_raw().chunks_exact(stride).skip(y).take(height) {
        let row = &row[x..];
        narrow.extend(
            across
                .iter()
                .map(|window| weighted(window, |at| f32::from(row[at]))),
        );
    }
    let mut pixels = Vec::with_capacity(SIDE * SIDE);
    for window in &down {
        pixels.extend(
            (0..SIDE).map(|column| weighted(window, |at| narrow[at * SIDE + column]) / 255.0),
        );
    }
    Face::from_pixels(pixels)
}

fn weighted(window: &Window, value: impl Fn(usize) -> f32) -> f32 {
    window
        .weights
        .iter()
        .enumerate()
        .map(|(offset, weight)| weight * value(window.first + offset))
        .sum()
}

/// One window for each of the [`SIDE`] target pixels of an axis with `length` source pixels. The weights sum to 1.
fn windows(length: usize) -> Vec<Window> {
    let one = if length >= SIDE {
        area_window
    } else {
        linear_window
    };
    (0..SIDE).map(|target| one(target, length)).collect()
}

/// Area averaging: with `scale = length / SIDE`, the weight of a source pixel is its part inside
/// `[target · scale, (target + 1) · scale)`, divided by `scale`. Computed in whole numbers: a source pixel is [`SIDE`]
/// units long, a target pixel `length` units.
fn area_window(target: usize, length: usize) -> Window {
    let (start, end) = (target * length, (target + 1) * length);
    let (first, last) = (start / SIDE, end.div_ceil(SIDE));
    let weights = (first..last).map(|source| {
        let covered = end.min((source + 1) * SIDE) - start.max(source * SIDE);
        covered as f32 / length as f32
    });
    Window {
        first,
        weights: weights.collect(),
    }
}

/// Linear interpolation between the two source pixels around the centre of the target pixel; at the border, the outermost
/// source pixel.
fn linear_window(target: usize, length: usize) -> Window {
    let centre = (target as f32 + 0.5) * length as f32 / SIDE as f32 - 0.5;
    let centre = centre.clamp(0.0, (length - 1) as f32);
    let first = (centre as usize).min(length.saturating_sub(2));
    let part = centre - first as f32;
    let weights = if length == 1 {
        vec![1.0]
    } else {
        vec![1.0 - part, part]
    };
    Window { first, weights }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    fn whole(picture: &GrayImage) -> Face {
        face(
            picture,
            Rect {
                x: 0,
                y: 0,
                width: picture.width(),
                height: picture.height(),
            },
        )
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let picture = GrayImage::from_fn(64, 64, |x, y| Luma([(x * 3 + y) as u8]));
        let bytes: Vec<f32> = picture
            .as_raw()
            .iter()
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        assert_eq!(*whole(&picture).pixels(), bytes);
    }

    #[test]
    fn an_area_is_averaged() {
        // 96 to 64 is 3 to 2, the example above.
        let picture = GrayImage::from_fn(96, 96, |x, _| Luma([10 * (x % 3 + 1) as u8]));
        let face = whole(&picture);
        assert!((face.pixels()[0] * 255.0 - 13.333_33).abs() < 1e-3);
        assert!((face.pixels()[1] * 255.0 - 26.666_67).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn weights_add_up_and_stay_inside(length in 1_usize..500) {
            for window in windows(length) {
                prop_assert!(window.first + window.weights.len() <= length);
                prop_assert!(window.weights.iter().all(|&weight| (0.0..=1.0).contains(&weight)));
                prop_assert!((window.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }

        #[test]
        fn the_mean_is_kept_when_reducing(width in 64_u32..150, height in 64_u32..150, seed in any::<u32>()) {
            let value = |x: u32, y: u32| (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ seed) as u8;
            let picture = GrayImage::from_fn(width, height, |x, y| Luma([value(x, y)]));
            let mean = |sum: f64, count: usize| sum / count as f64;
            let before = mean(picture.as_raw().iter().map(|&b| f64::from(b)).sum(), picture.as_raw().len());
            let face = whole(&picture);
            let after = mean(face.pixels().iter().map(|&p| f64::from(p) * 255.0).sum(), SIDE * SIDE);
            prop_assert!((before - after).abs() < 1e-2, "{before} became {after}");
        }

        #[test]
        fn a_part_is_scaled_as_if_it_were_a_picture(x in 0_u32..30, y in 0_u32..30, width in 1_u32..90, height in 1_u32..90) {
            let picture = GrayImage::from_fn(120, 120, |x, y| Luma([(x * 5 + y * 11) as u8]));
            let part = image::imageops::crop_imm(&picture, x, y, width, height).to_image();
            prop_assert_eq!(face(&picture, Rect { x, y, width, height }), whole(&part));
        }
    }
}
