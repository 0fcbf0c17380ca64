//! Batch normalisation over channels, with the ReLU that follows it.
//!
//! For each channel `c` over all `R = N·H·W` pixels (Ioffe and Szegedy 2015, algorithm 1, biased variance):
//!
//! ```text
//! x̂ = (x − mean) / √(var + ε)      y = γ·x̂ + β      ε = 1e-5
//! dβ = Σ dy    dγ = Σ dy·x̂    dx = γ/√(var + ε) · (dy − dβ/R − x̂·dγ/R)
//! ```
//!
//! The ReLU is fused because memory limits both: it saves one pass over the activations in each direction. The backward pass
//! needs the sign of `y` and computes it again from `x`. Sums run in f64 over blocks of fixed size that are added in order, so
//! the result does not depend on the number of threads. A NaN stays NaN in both directions.

use super::tape::{Backward, TapeError, Var, apply};
use rayon::prelude::*;
use std::sync::Arc;

/// Added to the variance before the root; PyTorch's default.
pub const EPSILON: f32 = 1e-5;
/// Weight of a new batch in the running averages, after the first ten batches; PyTorch's default.
pub const MOMENTUM: f32 = 0.1;
/// Pixels in a block: enough to be worth a task for a thread, few enough to stay in the cache.
const BLOCK: usize = 1024;

/// Mean and biased variance of each channel, `[C]` both.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: Vec<f32>,
    /// Biased variance (divided by the number of pixels), which normalises the batch.
    pub variance: Vec<f32>,
    /// How many pixels they were taken over.
    pub pixels: usize,
}

impl Moments {
    /// The moments of `x` `[R, C]`.
    pub fn of(x: &[f32], channels: usize) -> Self {
        let pixels = x.len() / channels;
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
        let mean: Vec<f64> = sum.iter().map(|s| s / pixels as f64).collect();
        let variance = square.iter().zip(&mean).map(|(s, m)| {
            let v = s / pixels as f64 - m * m;
            // Rounding can leave a tiny negative; NaN must stay NaN.
            if v < 0.0 { 0.0 } else { v as f32 }
        });
        Self {
            variance: variance.collect(),
            mean: mean.iter().map(|&m| m as f32).collect(),
            pixels,
        }
    }

    /// Moves running averages towards these moments, the variance by its unbiased estimate, as PyTorch does; `updates` counts
    /// the calls.
    ///
    /// The first ten batches have equal weights. With [`MOMENTUM`] from the start, the initial values would count for longer
    /// than an epoch of a few batches, and validation would be computed with them.
    pub fn blend_into(&self, mean: &mut [f32], variance: &mut [f32], updates: &mut f32) {
        *updates += 1.0;
        let share = MOMENTUM.max(1.0 / *updates);
        let unbias = self.pixels as f32 / (self.pixels as f32 - 1.0).max(1.0);
        for c in 0..mean.len() {
            mean[c] += share * (self.mean[c] - mean[c]);
            variance[c] += share * (self.variance[c] * unbias - variance[c]);
        }
    }
}

/// The numbers of a normalisation, `[C]` each.
#[derive(Debug, Clone, Copy)]
pub struct Normalisation<'a> {
    /// The trained scale.
    pub gamma: &'a [f32],
    /// The trained shift.
    pub beta: &'a [f32],
    /// Mean of the batch, or its running average.
    pub mean: &'a [f32],
    /// Variance of the batch, or its running average.
    pub variance: &'a [f32],
}

/// The map `y = scale·x + shift` of each channel, `[C]` both.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// Factor.
    pub scale: Vec<f32>,
    /// Summand.
    pub shift: Vec<f32>,
}

/// A normalisation as an affine map.
pub fn affine(normalisation: &Normalisation<'_>) -> Affine {
    let Normalisation {
        gamma,
        beta,
        mean,
        variance,
    } = normalisation;
    let scale: Vec<f32> = gamma
        .iter()
        .zip(*variance)
        .map(|(g, v)| g / (v + EPSILON).sqrt())
        .collect();
    let shift = (0..beta.len())
        .map(|c| beta[c] - mean[c] * scale[c])
        .collect();
    Affine { scale, shift }
}

/// Normalises `x` `[N, H·W·C]` by its own moments, followed by a ReLU if `relu`. The moments are returned for the running
/// averages.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn batch_norm(
    x: Var,
    gamma: &Arc<[f32]>,
    beta: &Arc<[f32]>,
    relu: bool,
) -> Result<(Var, Moments), TapeError> {
    let shape = x.shape();
    let (g, b, channels) = (gamma.clone(), beta.clone(), gamma.len());
    let mut moments = Moments {
        mean: Vec::new(),
        variance: Vec::new(),
        pixels: 0,
    };
    let y = apply(x, &[gamma, beta], shape, true, |x| {
        moments = Moments::of(&x, channels);
        let affine = affine(&Normalisation {
            gamma: &g,
            beta: &b,
            mean: &moments.mean,
            variance: &moments.variance,
        });
        let y = transformed(&x, &affine, relu);
        let moments = moments.clone();
        (y, move |backward: Backward<'_>| {
            gradients(&x, &moments, &affine, relu, backward)
        })
    })?;
    Ok((y, moments))
}

fn transformed(x: &[f32], affine: &Affine, relu: bool) -> Vec<f32> {
    let Affine { scale, shift } = affine;
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

fn gradients(x: &[f32], moments: &Moments, affine: &Affine, relu: bool, back: Backward<'_>) {
    let Affine { scale, shift } = affine;
    let channels = scale.len();
    let pixels = moments.pixels as f32;
    // A NaN is not masked, so its gradient passes and stays visible.
    let masked = |x: f32, c: usize| relu && scale[c] * x + shift[c] <= 0.0;
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
                let dy = if masked(x[c], c) { 0.0 } else { dy[c] };
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
                    let dy = if masked(x[c], c) { 0.0 } else { dy[c] };
                    let normal = (x[c] - moments.mean[c]) * inverse[c];
                    dx[c] += scale[c] * (dy - (by_beta[c] + normal * by_gamma[c]) / pixels);
                }
            }
        });
}

/// Two sums for each channel, `[2·C]`: `add_block` adds those of one block, and the blocks are added in order.
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
