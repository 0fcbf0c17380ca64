//! Bias, ReLU and max pooling on the strips of a convolution, and the way back of their gradients.
//!
//! Plain loops over channels that the compiler turns into vectors; see [`Isa`](super::isa::Isa) for why they are always inlined.
//! The comparisons keep a NaN: it is the maximum of its window, and it is not below zero.

use super::shape::{Argmax, Fused, NormSlopes};

/// One row of outputs and the rows of the map that it is computed from, `[columns][len]` each.
pub(in crate::nn) struct Row<'a> {
    /// The upper row of the map, and the lower one where pooling follows.
    pub(in crate::nn) map: [&'a [f32]; 2],
    /// Channels in the map's rows, of which the first `bias.len()` are outputs.
    pub(in crate::nn) len: usize,
    /// Added to each channel.
    pub(in crate::nn) bias: &'a [f32],
    /// Channels of the whole output.
    pub(in crate::nn) channels: usize,
    /// The first of these channels in the output.
    pub(in crate::nn) first: usize,
}

impl Row<'_> {
    /// Writes one row of the output and, unless it is empty, of `argmax`: `[columns][channels]`.
    #[inline(always)]
    pub(in crate::nn) fn finish(&self, fused: Fused, output: &mut [f32], argmax: &mut [u8]) {
        let (channels, first) = (self.channels, self.first);
        let count = self.bias.len();
        let side = if fused.pool { 2 } else { 1 };
        for column in 0..output.len() / channels {
            let at = column * channels + first;
            let output = &mut output[at..][..count];
            let argmax = if argmax.is_empty() {
                &mut [][..]
            } else {
                &mut argmax[at..][..count]
            };
            let cell = |row: usize, right: usize| {
                &self.map[row][(column * side + right) * self.len..][..count]
            };
            if fused.pool {
                let window = [cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1)];
                finish_window(window, self.bias, fused.relu, output, argmax);
            } else {
                finish_window([cell(0, 0)], self.bias, fused.relu, output, argmax);
            }
        }
    }
}

/// The stages on one window, for consecutive channels.
#[inline(always)]
fn finish_window<const N: usize>(
    window: [&[f32]; N],
    bias: &[f32],
    relu: bool,
    output: &mut [f32],
    argmax: &mut [u8],
) {
    let n = output.len();
    let (window, bias) = (window.map(|cell| &cell[..n]), &bias[..n]);
    if argmax.is_empty() {
        for c in 0..n {
            output[c] = maximum(window.map(|cell| cell[c]), bias[c], relu).0;
        }
    } else {
        let argmax = &mut argmax[..n];
        for c in 0..n {
            (output[c], argmax[c]) = maximum(window.map(|cell| cell[c]), bias[c], relu);
        }
    }
}

/// The maximum plus the bias, and its index. Rounding is monotonic, so the bias may be added after the maximum.
#[inline(always)]
pub(super) fn maximum<const N: usize>(window: [f32; N], bias: f32, relu: bool) -> (f32, u8) {
    let (mut best, mut index) = (window[0], 0);
    for (position, &value) in window.iter().enumerate().skip(1) {
        let better = value > best || value.is_nan();
        best = if better { value } else { best };
        index = if better { position as u8 } else { index };
    }
    let value = best + bias;
    let masked = relu && value <= 0.0;
    (
        if masked { 0.0 } else { value },
        if masked { Argmax::MASKED } else { index },
    )
}

/// Writes one position of the windows of the map's gradient: `gradient` where the maximum was there, zero elsewhere.
#[inline(always)]
pub(in crate::nn) fn spread_window(gradient: &[f32], argmax: &[u8], position: u8, map: &mut [f32]) {
    let n = map.len();
    let (gradient, argmax) = (&gradient[..n], &argmax[..n]);
    for c in 0..n {
        map[c] = if argmax[c] == position {
            gradient[c]
        } else {
            0.0
        };
    }
}

/// Takes the gradient by the normalised map, `map`, at one pixel back through the normalisation, in place; `x` is the pixel
/// before it.
#[inline(always)]
pub(super) fn through_norm(slopes: &NormSlopes, x: &[f32], map: &mut [f32]) {
    let n = map.len();
    let (scale, by_value) = (&slopes.scale[..n], &slopes.by_value[..n]);
    let (mean, constant, x) = (&slopes.mean[..n], &slopes.constant[..n], &x[..n]);
    for c in 0..n {
        map[c] = scale[c] * map[c] + (by_value[c] * (x[c] - mean[c]) + constant[c]);
    }
}
