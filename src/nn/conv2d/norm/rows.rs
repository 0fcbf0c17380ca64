//! Normalisation, ReLU and pooling in one pass, and the gradient by a map that no convolution computes.

use super::super::isa::{Isa, Job};
use super::super::shape::{Fused, MapShape, NormSlopes};
use super::super::stages;
use super::{BLOCK, Normalised, Peaks, TASK, unmasked};
use rayon::prelude::*;

pub(super) fn normalise<I: Isa>(
    isa: I,
    shape: &MapShape,
    fused: Fused,
    map: &[f32],
    affine: [&[f32]; 2],
    out: Normalised<'_>,
) {
    let len = shape.after(fused).len() / shape.batch;
    let argmax = pieces(out.argmax, len, shape.batch);
    let peaks = pieces(out.peaks, len, shape.batch);
    let map = map.par_chunks_exact(shape.len() / shape.batch);
    let out = out.output.par_chunks_exact_mut(len).zip(argmax).zip(peaks);
    out.zip(map).for_each(|(((output, argmax), peaks), map)| {
        isa.run(Picture {
            shape,
            fused,
            map,
            affine,
            out: Normalised {
                output,
                argmax,
                peaks,
            },
        });
    });
}

/// `slice` in `count` pieces of `len`; empty pieces of an empty one.
fn pieces<T>(slice: &mut [T], len: usize, count: usize) -> Vec<&mut [T]> {
    if slice.is_empty() {
        return (0..count).map(|_| Default::default()).collect();
    }
    slice.chunks_exact_mut(len).collect()
}

/// One picture.
struct Picture<'a> {
    shape: &'a MapShape,
    fused: Fused,
    map: &'a [f32],
    affine: [&'a [f32]; 2],
    out: Normalised<'a>,
}

impl Job for Picture<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            shape,
            fused,
            map,
            affine,
            out,
        } = self;
        let (channels, row) = (shape.channels, shape.width * shape.channels);
        let outputs = out.output.chunks_exact_mut(channels);
        if fused.pool {
            let columns = shape.width / 2;
            let argmax = out.argmax.chunks_exact_mut(channels);
            let peaks = out.peaks.chunks_exact_mut(channels);
            for (at, ((output, argmax), peaks)) in outputs.zip(argmax).zip(peaks).enumerate() {
                let corner = at / columns * 2 * row + at % columns * 2 * channels;
                let cell = |from: usize| &map[corner + from..][..channels];
                let window = [cell(0), cell(channels), cell(row), cell(row + channels)];
                pool(window, affine, fused.relu, output, argmax, peaks);
            }
        } else if fused.relu {
            let pixels = map.chunks_exact(channels).zip(outputs);
            for ((x, output), argmax) in pixels.zip(out.argmax.chunks_exact_mut(channels)) {
                rectify(x, affine, output, argmax);
            }
        } else {
            for (x, output) in map.chunks_exact(channels).zip(outputs) {
                let n = output.len();
                let (x, scale, shift) = (&x[..n], &affine[0][..n], &affine[1][..n]);
                for c in 0..n {
                    output[c] = scale[c] * x[c] + shift[c];
                }
            }
        }
    }
}

/// One window of all channels.
#[inline(always)]
fn pool(
    window: [&[f32]; 4],
    [scale, shift]: [&[f32]; 2],
    relu: bool,
    output: &mut [f32],
    argmax: &mut [u8],
    peaks: &mut [f32],
) {
    let n = output.len();
    let (argmax, peaks) = (&mut argmax[..n], &mut peaks[..n]);
    let (scale, shift, window) = (&scale[..n], &shift[..n], window.map(|cell| &cell[..n]));
    for c in 0..n {
        let x = window.map(|cell| cell[c]);
        let (value, index) = stages::maximum(x.map(|x| scale[c] * x + shift[c]), 0.0, relu);
        output[c] = value;
        argmax[c] = index;
        // A masked window passes no gradient: its peak may be any.
        let lower = if index == 3 { x[3] } else { x[2] };
        let upper = if index == 1 { x[1] } else { x[0] };
        peaks[c] = if index & 2 == 2 { lower } else { upper };
    }
}

/// One pixel of all channels.
#[inline(always)]
fn rectify(x: &[f32], [scale, shift]: [&[f32]; 2], output: &mut [f32], argmax: &mut [u8]) {
    let n = output.len();
    let (x, scale, shift, argmax) = (&x[..n], &scale[..n], &shift[..n], &mut argmax[..n]);
    for c in 0..n {
        (output[c], argmax[c]) = stages::maximum([scale[c] * x[c] + shift[c]], 0.0, true);
    }
}

pub(super) fn add_gradient<I: Isa>(isa: I, slopes: &NormSlopes, peaks: Peaks<'_>, to: &mut [f32]) {
    let len = BLOCK * TASK * slopes.scale.len();
    to.par_chunks_mut(len).enumerate().for_each(|(at, to)| {
        let from = at * len..at * len + to.len();
        let argmax = if peaks.argmax.is_empty() {
            peaks.argmax
        } else {
            &peaks.argmax[from.clone()]
        };
        isa.run(AddGradient {
            slopes,
            peaks: Peaks {
                gradient: &peaks.gradient[from.clone()],
                argmax,
                values: &peaks.values[from],
            },
            to,
        });
    });
}

struct AddGradient<'a> {
    slopes: &'a NormSlopes,
    peaks: Peaks<'a>,
    to: &'a mut [f32],
}

impl Job for AddGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { slopes, peaks, to } = self;
        let channels = slopes.scale.len();
        let mut pixel = vec![0.0; channels];
        for (at, to) in to.chunks_exact_mut(channels).enumerate() {
            let here = at * channels..(at + 1) * channels;
            pixel.copy_from_slice(&peaks.gradient[here.clone()]);
            if !peaks.argmax.is_empty() {
                let marks = &peaks.argmax[here.clone()];
                for (value, &mark) in pixel.iter_mut().zip(marks) {
                    *value = unmasked(*value, mark);
                }
            }
            stages::through_norm(slopes, &peaks.values[here], &mut pixel);
            for (to, value) in to.iter_mut().zip(&pixel) {
                *to += value;
            }
        }
    }
}
