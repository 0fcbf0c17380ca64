//! Resampling of pictures of any size: exact area averages to reduce, linear interpolation to enlarge.

use super::{Grey, Levels};

/// `picture` resampled to `width` × `height` pixels.
pub fn scale(picture: Grey<'_>, width: usize, height: usize) -> Levels {
    let horizontal = weights(picture.width, width);
    let vertical = weights(picture.height, height);
    let mut rows = vec![0.0_f32; picture.height * width];
    for (source, target) in picture
        .pixels
        .chunks_exact(picture.width)
        .zip(rows.chunks_exact_mut(width.max(1)))
    {
        for (pixel, taps) in target.iter_mut().zip(&horizontal) {
            *pixel = taps.of(|x| source[x]);
        }
    }
    let mut pixels = Vec::with_capacity(width * height);
    for taps in &vertical {
        pixels.extend(
            (0..width)
                .map(|x| (taps.of(|y| rows[y * width + x]).clamp(0.0, 1.0) * 255.0).round() as u8),
        );
    }
    Levels {
        width,
        height,
        pixels,
    }
}

/// The source pixels of one target pixel, with weights that sum to 1.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn of(&self, value: impl Fn(usize) -> f32) -> f32 {
        self.weights
            .iter()
            .enumerate()
            .map(|(i, w)| w * value(self.first + i))
            .sum()
    }
}

/// The taps of one axis from `from` to `to` pixels: area averages to fewer pixels, linear interpolation to more.
fn weights(from: usize, to: usize) -> Vec<Taps> {
    let ratio = from as f64 / to.max(1) as f64;
    (0..to)
        .map(|i| {
            if ratio >= 1.0 {
                area_taps(i as f64 * ratio, ratio, from)
            } else {
                linear_taps(i, ratio, from)
            }
        })
        .collect()
}

/// The share of each source pixel in the interval `[start, start + length)`.
fn area_taps(start: f64, length: f64, from: usize) -> Taps {
    let end = (start + length).min(from as f64);
    let first = (start.floor() as usize).min(from - 1);
    let last = ((end - 1e-9).floor() as usize).clamp(first, from - 1);
    let share =
        |i: usize| ((i as f64 + 1.0).min(end) - (i as f64).max(start)).max(0.0) / (end - start);
    Taps {
        first,
        weights: (first..=last).map(|i| share(i) as f32).collect(),
    }
}

/// The two source pixels around the centre of target pixel `i`.
fn linear_taps(i: usize, ratio: f64, from: usize) -> Taps {
    let centre = ((i as f64 + 0.5) * ratio - 0.5).clamp(0.0, (from - 1) as f64);
    let first = (centre.floor() as usize).min(from - 1);
    let part = (centre - first as f64) as f32;
    let weights = if first + 1 < from {
        vec![1.0 - part, part]
    } else {
        vec![1.0]
    };
    Taps { first, weights }
}
