//! Batch normalisation over channels, with the ReLU that follows it.
//!
//! For each channel `c` over all `R = N·H·W` places (Ioffe and Szegedy 2015, algorithm 1, biased variance):
//!
//! ```text
//! x̂ = (x − mean) / √(var + ε)      y = γ·x̂ + β      ε = 1e-5
//! dβ = Σ dy    dγ = Σ dy·x̂    dx = γ/√(var + ε) · (dy − dβ/R − x̂·dγ/R)
//! ```
//!
//! The ReLU is fused because both are bound by memory: one pass less each way. What the backward pass needs of it, the
//! sign of `y`, is computed again from `x`. Sums run in f64 over blocks of fixed size that are added in order, so that
//! the result does not depend on how threads share the work. NaN passes through both ways.

use super::tape::{Backward, Batch, Recording, Vector, apply};
use dfdx::shapes::HasShape;
use dfdx::tensor::CpuError;
use rayon::prelude::*;

/// Added to the variance before the root, as PyTorch has it.
pub const EPSILON: f32 = 1e-5;
/// Share of a new batch in the running averages, after the first ten; PyTorch's default.
pub const MOMENTUM: f32 = 0.1;
/// Places a block: large enough to outweigh the hand-over to a thread, small enough to stay in the cache.
const BLOCK: usize = 1024;

/// Mean and biased variance of each channel, `[C]` both.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance divided by the number of places, as used to normalise the batch.
    pub variance: Vec<f32>,
    /// How many places they were taken over.
    pub places: usize,
}

impl Moments {
    /// Of `x` `[R, C]`.
    pub fn of(x: &[f32], channels: usize) -> Self {
        let places = x.len() / channels;
        let sums = block_sums(x.par_chunks(BLOCK * channels), channels, |block, sums| {
            let (sum, square) = sums.split_at_mut(channels);
            for row in block.chunks_exact(channels) {
                for c in 0..channels {
                    let value = f64::from(row[c]);
                    sum[c] += value;
                    square[c] += value * value;
                }
            }
        });
        let (sum, square) = sums.split_at(channels);
        let mean: Vec<f64> = sum.iter().map(|s| s / places as f64).collect();
        let variance = square.iter().zip(&mean).map(|(s, m)| {
            let v = s / places as f64 - m * m;
            // Rounding can leave a tiny negative; NaN must stay NaN.
            if v < 0.0 { 0.0 } else { v as f32 }
        });
        Self {
            variance: variance.collect(),
            mean: mean.iter().map(|&m| m as f32).collect(),
            places,
        }
    }

    /// Moves running averages towards these, the variance by its unbiased estimate, as PyTorch does; `updates` counts.
    ///
    /// The first ten batches are averaged evenly: the averages would otherwise remember what they were set to before
    /// the first batch for longer than an epoch of a few batches lasts, and validation would judge that memory.
    pub fn blend_into(&self, mean: &mut [f32], variance: &mut [f32], updates: &mut f32) {
        *updates += 1.0;
        let share = MOMENTUM.max(1.0 / *updates);
        let unbias = self.places as f32 / (self.places as f32 - 1.0).max(1.0);
        for c in 0..mean.len() {
            mean[c] += share * (self.mean[c] - mean[c]);
            variance[c] += share * (self.variance[c] * unbias - variance[c]);
        }
    }
}

/// `scale` and `shift` with which `y = scale·x + shift`, `[C]` both.
pub fn affine(gamma: &[f32], beta: &[f32], mean: &[f32], variance: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let scale: Vec<f32> = gamma
        .iter()
        .zip(variance)
        .map(|(g, v)| g / (v + EPSILON).sqrt())
        .collect();
    let shift = (0..beta.len())
        .map(|c| beta[c] - mean[c] * scale[c])
        .collect();
    (scale, shift)
}

/// Normalises `x` `[N, H·W·C]` by its own moments, which it returns for the running averages.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn batch_norm(
    x: Batch<Recording>,
    gamma: &Vector,
    beta: &Vector,
    relu: bool,
) -> Result<(Batch<Recording>, Moments), CpuError> {
    let shape = *x.shape();
    let (g, b) = (gamma.as_vec(), beta.as_vec());
    let channels = g.len();
    let mut moments = Moments {
        mean: Vec::new(),
        variance: Vec::new(),
        places: 0,
    };
    let y = apply(x, &[gamma, beta], shape, true, |x| {
        moments = Moments::of(&x, channels);
        let (scale, shift) = affine(&g, &b, &moments.mean, &moments.variance);
        let y = transformed(&x, &scale, &shift, relu);
        let moments = moments.clone();
        (y, move |backward: Backward<'_>| {
            gradients(&x, &moments, &scale, &shift, relu, backward)
        })
    })?;
    Ok((y, moments))
}

fn transformed(x: &[f32], scale: &[f32], shift: &[f32], relu: bool) -> Vec<f32> {
    let channels = scale.len();
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut(BLOCK * channels)
        .zip(x.par_chunks(BLOCK * channels))
        .for_each(|(y, x)| {
            for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
                for c in 0..channels {
                    let value = scale[c] * x[c] + shift[c];
                    // Not `max`, which would hide NaN.
                    y[c] = if relu && value < 0.0 { 0.0 } else { value };
                }
            }
        });
    y
}

fn gradients(
    x: &[f32],
    moments: &Moments,
    scale: &[f32],
    shift: &[f32],
    relu: bool,
    back: Backward<'_>,
) {
    let channels = scale.len();
    let places = moments.places as f32;
    // Where it is NaN the gradient passes: it must not be hidden.
    let silent = |x: f32, c: usize| relu && scale[c] * x + shift[c] <= 0.0;
    let inverse: Vec<f32> = moments
        .variance
        .iter()
        .map(|v| 1.0 / (v + EPSILON).sqrt())
        .collect();
    let pieces = x
        .par_chunks(BLOCK * channels)
        .zip(back.output.par_chunks(BLOCK * channels));
    let sums = block_sums(pieces, channels, |(x, dy), sums| {
        let (by_gamma, by_beta) = sums.split_at_mut(channels);
        for (x, dy) in x.chunks_exact(channels).zip(dy.chunks_exact(channels)) {
            for c in 0..channels {
                let dy = if silent(x[c], c) { 0.0 } else { dy[c] };
                by_gamma[c] += f64::from(dy * ((x[c] - moments.mean[c]) * inverse[c]));
                by_beta[c] += f64::from(dy);
            }
        }
    });
    let sums: Vec<f32> = sums.iter().map(|&s| s as f32).collect();
    let (by_gamma, by_beta) = sums.split_at(channels);
    let [gamma, beta] = back
        .parameters
        .try_into()
        .unwrap_or_else(|_| unreachable!("two parameters were given"));
    add(gamma, by_gamma);
    add(beta, by_beta);
    let Some(input) = back.input else { return };
    let rows = input
        .par_chunks_mut(BLOCK * channels)
        .zip(x.par_chunks(BLOCK * channels));
    rows.zip(back.output.par_chunks(BLOCK * channels))
        .for_each(|((dx, x), dy)| {
            let rows = dx.chunks_exact_mut(channels).zip(x.chunks_exact(channels));
            for ((dx, x), dy) in rows.zip(dy.chunks_exact(channels)) {
                for c in 0..channels {
                    let dy = if silent(x[c], c) { 0.0 } else { dy[c] };
                    let normal = (x[c] - moments.mean[c]) * inverse[c];
                    dx[c] += scale[c] * (dy - (by_beta[c] + normal * by_gamma[c]) / places);
                }
            }
        });
}

/// Adds up what `add_block` makes of each block into two sums a channel, `[2·C]`, in the order of the blocks.
fn block_sums<P, F>(blocks: P, channels: usize, add_block: F) -> Vec<f64>
where
    P: IndexedParallelIterator,
    F: Fn(P::Item, &mut [f64]) + Sync,
{
    let partial: Vec<Vec<f64>> = blocks
        .map(|block| {
            let mut sums = vec![0.0; 2 * channels];
            add_block(block, &mut sums);
            sums
        })
        .collect();
    partial
        .into_iter()
        .fold(vec![0.0; 2 * channels], |mut total, sums| {
            total.iter_mut().zip(sums).for_each(|(t, s)| *t += s);
            total
        })
}

fn add(to: &mut [f32], values: &[f32]) {
    to.iter_mut()
        .zip(values)
        .for_each(|(to, value)| *to += value);
}
