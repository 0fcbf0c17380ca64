//! Mean and variance of each channel.
//!
//! The corrected two-pass algorithm within a block, in `f32`, and the pairwise update between blocks, in `f64` (both in Chan,
//! Golub and LeVeque, *Algorithms for Computing the Sample Variance*, 1983):
//!
//! ```text
//! block    m = Σx/n    mean = m + Σ(x − m)/n    M2 = Σ(x − m)² − (Σ(x − m))²/n
//! two      d = mean_b − mean_a    mean = mean_a + d·n_b/n    M2 = M2_a + M2_b + d²·n_a·n_b/n
//! ```
//!
//! Σx² − (Σx)²/n would lose the variance where the mean is large.

use super::super::isa::{Isa, Job};
use super::{BLOCK, TASK};
use rayon::prelude::*;

/// Moments of some pixels, `[C]` each.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nn) struct MapMoments {
    /// How many pixels.
    pub(in crate::nn) pixels: usize,
    /// Mean.
    pub(in crate::nn) mean: Vec<f64>,
    /// Sum of the squared deviations from the mean.
    pub(in crate::nn) squares: Vec<f64>,
}

impl MapMoments {
    fn none(channels: usize) -> Self {
        Self {
            pixels: 0,
            mean: vec![0.0; channels],
            squares: vec![0.0; channels],
        }
    }

    /// Biased variance (divided by the number of pixels).
    pub(in crate::nn) fn variance(&self) -> impl Iterator<Item = f64> {
        let pixels = self.pixels as f64;
        self.squares.iter().map(move |squares| squares / pixels)
    }

    /// Adds the pixels of `other`.
    #[inline(always)]
    fn merge(&mut self, pixels: usize, other_mean: &[f64], other_squares: &[f64]) {
        let total = self.pixels + pixels;
        let share = pixels as f64 / total as f64;
        let weight = self.pixels as f64 * share;
        let n = self.mean.len();
        let (mean, squares) = (&mut self.mean[..n], &mut self.squares[..n]);
        let (other_mean, other_squares) = (&other_mean[..n], &other_squares[..n]);
        for c in 0..n {
            let apart = other_mean[c] - mean[c];
            mean[c] += apart * share;
            squares[c] += other_squares[c] + apart * apart * weight;
        }
        self.pixels = total;
    }
}

pub(super) fn moments<I: Isa>(isa: I, map: &[f32], channels: usize) -> MapMoments {
    let tasks = map.par_chunks(BLOCK * TASK * channels);
    let parts: Vec<MapMoments> = tasks
        .map(|pixels| isa.run(Pixels { pixels, channels }))
        .collect();
    let mut total = MapMoments::none(channels);
    for part in parts {
        total.merge(part.pixels, &part.mean, &part.squares);
    }
    total
}

/// Some blocks of pixels, `[pixels][channels]`.
struct Pixels<'a> {
    pixels: &'a [f32],
    channels: usize,
}

impl Job for Pixels<'_> {
    type Output = MapMoments;

    #[inline(always)]
    fn call(self) -> MapMoments {
        let channels = self.channels;
        let mut total = MapMoments::none(channels);
        let mut about = vec![0.0; channels];
        let (mut sum, mut square) = (vec![0.0; channels], vec![0.0; channels]);
        let (mut mean, mut squares) = (vec![0.0; channels], vec![0.0; channels]);
        for block in self.pixels.chunks(BLOCK * channels) {
            let pixels = block.len() / channels;
            add_up(block, &mut about);
            about.iter_mut().for_each(|sum| *sum /= pixels as f32);
            deviations(block, &about, &mut sum, &mut square);
            let n = pixels as f64;
            for c in 0..channels {
                let off = f64::from(sum[c]);
                mean[c] = f64::from(about[c]) + off / n;
                squares[c] = f64::from(square[c]) - off * off / n;
            }
            total.merge(pixels, &mean, &squares);
        }
        total
    }
}

/// The sum of each channel.
#[inline(always)]
fn add_up(block: &[f32], sum: &mut [f32]) {
    let n = sum.len();
    sum.fill(0.0);
    // Four pixels at a time: the sums are loaded and stored less often.
    let mut fours = block.chunks_exact(4 * n);
    for four in &mut fours {
        let (a, b, c, d) = quarters(four, n);
        for i in 0..n {
            sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
        }
    }
    for row in fours.remainder().chunks_exact(n) {
        for i in 0..n {
            sum[i] += row[i];
        }
    }
}

/// The sums of `x − about` and of its square.
#[inline(always)]
fn deviations(block: &[f32], about: &[f32], sum: &mut [f32], square: &mut [f32]) {
    let n = sum.len();
    let (about, square) = (&about[..n], &mut square[..n]);
    sum.fill(0.0);
    square.fill(0.0);
    let mut fours = block.chunks_exact(4 * n);
    for four in &mut fours {
        let (a, b, c, d) = quarters(four, n);
        for i in 0..n {
            let m = about[i];
            let (a, b, c, d) = (a[i] - m, b[i] - m, c[i] - m, d[i] - m);
            sum[i] += (a + b) + (c + d);
            square[i] += (a * a + b * b) + (c * c + d * d);
        }
    }
    for row in fours.remainder().chunks_exact(n) {
        for i in 0..n {
            let off = row[i] - about[i];
            sum[i] += off;
            square[i] += off * off;
        }
    }
}

/// Four pixels of `n` channels.
#[inline(always)]
fn quarters(four: &[f32], n: usize) -> (&[f32], &[f32], &[f32], &[f32]) {
    (
        &four[..n],
        &four[n..][..n],
        &four[2 * n..][..n],
        &four[3 * n..][..n],
    )
}
