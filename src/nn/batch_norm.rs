//! Batch normalisation over channels, with the ReLU that follows it.
//!
//! For each channel `c` over all `R = N·H·W` pixels (Ioffe and Szegedy 2015, algorithm 1, biased variance):
//!
//! ```text
//! x̂ = (x − mean) / √(var + ε)      y = γ·x̂ + β      ε = 1e-5
//! dβ = Σ dy    dγ = Σ dy·x̂    dx = γ/√(var + ε) · (dy − dβ/R − x̂·dγ/R)
//! ```
//!
//! Behind a convolution it is part of that operation (`conv_norm`). Here is what both share, and the operation alone. A NaN stays NaN in both directions.

use super::conv2d::{Argmax, Fused, Kernels, MapMoments, MapShape, NormSlopes, Normalised, Peaks};
use super::tape::{Backward, TapeError, Var, apply};
use std::sync::Arc;

/// Added to the variance before the root; PyTorch's default.
pub const EPSILON: f32 = 1e-5;
/// Weight of a new batch in the running averages, after the first ten batches; PyTorch's default.
pub const MOMENTUM: f32 = 0.1;

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
        let moments: MapMoments = Kernels::current().map_moments(x, channels);
        Self::new(
            moments.pixels,
            moments.mean.iter().copied().zip(moments.variance()),
        )
    }

    /// From mean and variance of each channel.
    pub(super) fn new(pixels: usize, channels: impl Iterator<Item = (f64, f64)>) -> Self {
        // Rounding can leave a tiny negative variance; NaN must stay NaN.
        let rounded = channels.map(|(m, v)| (m as f32, if v < 0.0 { 0.0 } else { v as f32 }));
        let (mean, variance) = rounded.unzip();
        Self {
            mean,
            variance,
            pixels,
        }
    }

    /// `1/√(var + ε)`.
    fn inverse(&self) -> impl Iterator<Item = f32> {
        self.variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt())
    }

    /// From the sums over outputs that [`Kernels::norm_sums`] returns: adds to the gradients by γ and β, and returns what the
    /// gradient by the map needs.
    pub(super) fn slopes(
        &self,
        scale: &[f32],
        [plain, centred]: &[Vec<f64>; 2],
        [by_gamma, by_beta]: [&mut [f32]; 2],
    ) -> NormSlopes {
        let pixels = self.pixels as f32;
        let mut slopes = NormSlopes {
            scale: scale.to_vec(),
            by_value: Vec::with_capacity(scale.len()),
            mean: self.mean.clone(),
            constant: Vec::with_capacity(scale.len()),
        };
        for (c, inverse) in self.inverse().enumerate() {
            let (gamma, beta) = ((centred[c] * f64::from(inverse)) as f32, plain[c] as f32);
            by_gamma[c] += gamma;
            by_beta[c] += beta;
            slopes.by_value.push(-scale[c] * gamma * inverse / pixels);
            slopes.constant.push(-scale[c] * beta / pixels);
        }
        slopes
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

    /// The normalisation by these moments.
    pub(super) fn affine(&self, gamma: &[f32], beta: &[f32]) -> Affine {
        affine(&Normalisation {
            gamma,
            beta,
            mean: &self.mean,
            variance: &self.variance,
        })
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
    let shape @ (batch, features) = x.shape();
    let channels = gamma.len();
    let map = MapShape {
        batch,
        height: features / channels,
        width: 1,
        channels,
    };
    let fused = Fused { relu, pool: false };
    let mut moments = Moments {
        mean: Vec::new(),
        variance: Vec::new(),
        pixels: 0,
    };
    let y = apply(x, &[gamma, beta], shape, true, |x| {
        let kernels = Kernels::current();
        moments = Moments::of(&x, channels);
        let Affine { scale, shift } = moments.affine(gamma, beta);
        let mut y = vec![0.0; x.len()];
        let mut argmax = Argmax(if relu { vec![0; x.len()] } else { Vec::new() });
        let out = Normalised {
            output: &mut y,
            argmax: &mut argmax.0,
            peaks: &mut [],
        };
        kernels.normalise(&map, fused, &x, [&scale, &shift], out);
        let moments = moments.clone();
        let backward = move |back: Backward<'_>| {
            let peaks = Peaks {
                gradient: back.output,
                argmax: argmax.as_slice(),
                values: &x,
            };
            let sums = kernels.norm_sums(peaks, &moments.mean);
            let parameters = back
                .parameters
                .try_into()
                .unwrap_or_else(|_| unreachable!("two parameters were given"));
            let slopes = moments.slopes(&scale, &sums, parameters);
            if let Some(input) = back.input {
                kernels.add_norm_gradient(&slopes, peaks, input);
            }
        };
        (y, backward)
    })?;
    Ok((y, moments))
}
