//! The passes over memory of a batch normalisation with the ReLU and the pooling that follow it.
//!
//! Memory limits all of them, so each value of the map is read as seldom as possible:
//!
//! | pass | reads | writes |
//! |---|---|---|
//! | [`Kernels::map_moments`] | the map | two numbers for each channel |
//! | [`Kernels::normalise`] | the map | the pooled output, its argmax, the maxima before the normalisation |
//! | [`Kernels::norm_sums`] | gradient, argmax and maxima, all pooled | two numbers for each channel |
//!
//! The gradient by the map is not a pass of its own: the backward pass of the convolution computes it strip by strip
//! ([`NormGradient`](super::NormGradient)). [`Kernels::add_norm_gradient`] does where there is no convolution.
//!
//! Sums run in `f32` over [`BLOCK`] pixels and in `f64` over blocks, in an order that depends on the shape alone: any number of
//! threads gives the same bits. A NaN stays NaN in all of them. The loops are plain, compiled for each instruction set; the slow
//! reference is beside them.

mod moments;
mod reference;
mod rows;
mod sums;
#[cfg(test)]
mod tests;

pub(in crate::nn) use moments::MapMoments;

use super::dispatch::{unsupported, with_isa};
use super::kernels::Kernels;
use super::shape::{Argmax, Fused, MapShape, NormSlopes};
use super::simd::Portable;

/// Pixels whose sums run in `f32`: few enough that their rounding does not count, and that they stay in the first-level cache.
const BLOCK: usize = 64;
/// Blocks that one thread sums: enough to be worth a task.
const TASK: usize = 16;

/// Where [`Kernels::normalise`] writes.
pub(in crate::nn) struct Normalised<'a> {
    /// The output, `[batch, height, width, channels]` after the stages.
    pub(in crate::nn) output: &'a mut [f32],
    /// One byte for each output as in [`Argmax`]; empty without stages.
    pub(in crate::nn) argmax: &'a mut [u8],
    /// For each output, the value of the map that it was computed from; empty without pooling, where it is the map itself.
    pub(in crate::nn) peaks: &'a mut [f32],
}

/// What [`Kernels::norm_sums`] reads, each in the order of the output.
#[derive(Debug, Clone, Copy)]
pub(in crate::nn) struct Peaks<'a> {
    /// Gradient of the loss by the output.
    pub(in crate::nn) gradient: &'a [f32],
    /// The argmax, or empty without stages.
    pub(in crate::nn) argmax: &'a [u8],
    /// The values of the map that the outputs were computed from.
    pub(in crate::nn) values: &'a [f32],
}

impl Kernels {
    /// Mean and variance of each channel of `map` `[R, C]`.
    pub(in crate::nn) fn map_moments(self, map: &[f32], channels: usize) -> MapMoments {
        with_isa!(self, reference::moments(map, channels), |isa| {
            moments::moments(isa, map, channels)
        })
    }

    /// `scale·x + shift` for each channel, then the fused stages. A scale may be negative, so the maximum is taken after it.
    ///
    /// # Panics
    /// If a slice has not the length that `shape` gives it.
    pub(in crate::nn) fn normalise(
        self,
        shape: &MapShape,
        fused: Fused,
        map: &[f32],
        [scale, shift]: [&[f32]; 2],
        out: Normalised<'_>,
    ) {
        let len = shape.after(fused).len();
        assert_eq!(map.len(), shape.len(), "map of {shape:?}");
        assert_eq!(out.output.len(), len, "output of {shape:?}");
        let with_argmax = if fused == Fused::NONE { 0 } else { len };
        assert_eq!(out.argmax.len(), with_argmax, "argmax of {shape:?}");
        let with_peaks = if fused.pool { len } else { 0 };
        assert_eq!(out.peaks.len(), with_peaks, "peaks of {shape:?}");
        if len == 0 {
            return;
        }
        let affine = [scale, shift];
        with_isa!(
            self,
            reference::normalise(shape, fused, map, affine, out),
            |isa| rows::normalise(isa, shape, fused, map, affine, out)
        );
    }

    /// `[Σ g, Σ g·(x − mean)]` for each channel, over the outputs that are not masked.
    pub(in crate::nn) fn norm_sums(self, peaks: Peaks<'_>, mean: &[f32]) -> [Vec<f64>; 2] {
        assert_eq!(peaks.gradient.len(), peaks.values.len(), "as many peaks");
        with_isa!(self, reference::sums(peaks, mean), |isa| sums::sums(
            isa, peaks, mean
        ))
    }

    /// Adds the gradient by the normalised map `x` `[R, C]` to `to`; `argmax` masks as in [`Peaks`].
    pub(in crate::nn) fn add_norm_gradient(
        self,
        slopes: &NormSlopes,
        peaks: Peaks<'_>,
        to: &mut [f32],
    ) {
        assert_eq!(peaks.gradient.len(), to.len(), "as many gradients");
        with_isa!(self, reference::add_gradient(slopes, peaks, to), |isa| {
            rows::add_gradient(isa, slopes, peaks, to)
        });
    }
}

/// The gradient of an output, zero where it is masked.
#[inline(always)]
fn unmasked(gradient: f32, mark: u8) -> f32 {
    if mark == Argmax::MASKED {
        0.0
    } else {
        gradient
    }
}
