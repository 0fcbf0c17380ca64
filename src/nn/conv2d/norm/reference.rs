//! The slow, obvious versions: sums in `f64`, one value after the other, one thread.

use super::super::reference::stages_forward;
use super::super::shape::{Argmax, Fused, MapShape, NormSlopes, window_offset};
use super::{MapMoments, Normalised, Peaks};

pub(super) fn moments(map: &[f32], channels: usize) -> MapMoments {
    let pixels = map.len() / channels;
    let of = |c: usize| map.iter().skip(c).step_by(channels).map(|&x| f64::from(x));
    let mean: Vec<f64> = (0..channels)
        .map(|c| of(c).sum::<f64>() / pixels as f64)
        .collect();
    let squares = (0..channels).map(|c| of(c).map(|x| (x - mean[c]).powi(2)).sum());
    MapMoments {
        pixels,
        squares: squares.collect(),
        mean,
    }
}

pub(super) fn normalise(
    shape: &MapShape,
    fused: Fused,
    map: &[f32],
    [scale, shift]: [&[f32]; 2],
    out: Normalised<'_>,
) {
    let channels = shape.channels;
    let at = |(i, x): (usize, &f32)| scale[i % channels] * x + shift[i % channels];
    let normal: Vec<f32> = map.iter().enumerate().map(at).collect();
    stages_forward(shape, fused, &normal, out.output, out.argmax);
    let small = shape.after(fused);
    for (i, peak) in out.peaks.iter_mut().enumerate() {
        let (c, pixel) = (i % channels, i / channels);
        let (column, row) = (pixel % small.width, pixel / small.width);
        let row = row / small.height * shape.height + row % small.height * 2;
        let corner = (row * shape.width + column * 2) * channels + c;
        let position = match out.argmax[i] {
            Argmax::MASKED => 0,
            position => position,
        };
        *peak = map[corner + window_offset(shape, position)];
    }
}

pub(super) fn sums(peaks: Peaks<'_>, mean: &[f32]) -> [Vec<f64>; 2] {
    let channels = mean.len();
    let mut sums = [vec![0.0; channels], vec![0.0; channels]];
    for (i, &gradient) in peaks.gradient.iter().enumerate() {
        if peaks.argmax.get(i) == Some(&Argmax::MASKED) {
            continue;
        }
        let (c, gradient) = (i % channels, f64::from(gradient));
        sums[0][c] += gradient;
        sums[1][c] += gradient * (f64::from(peaks.values[i]) - f64::from(mean[c]));
    }
    sums
}

pub(super) fn add_gradient(slopes: &NormSlopes, peaks: Peaks<'_>, to: &mut [f32]) {
    let channels = slopes.scale.len();
    for (i, to) in to.iter_mut().enumerate() {
        let c = i % channels;
        let gradient = match peaks.argmax.get(i) {
            Some(&Argmax::MASKED) => 0.0,
            _ => peaks.gradient[i],
        };
        let off = slopes.by_value[c] * (peaks.values[i] - slopes.mean[c]);
        *to += slopes.scale[c] * gradient + (off + slopes.constant[c]);
    }
}
