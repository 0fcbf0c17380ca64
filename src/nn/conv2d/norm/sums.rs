//! The sums of the backward pass.

use super::super::isa::{Isa, Job};
use super::{BLOCK, Peaks, TASK, unmasked};
use rayon::prelude::*;

pub(super) fn sums<I: Isa>(isa: I, peaks: Peaks<'_>, mean: &[f32]) -> [Vec<f64>; 2] {
    let channels = mean.len();
    let len = BLOCK * TASK * channels;
    let parts: Vec<[Vec<f64>; 2]> = (0..peaks.gradient.len().div_ceil(len))
        .into_par_iter()
        .map(|task| {
            let part = task * len..((task + 1) * len).min(peaks.gradient.len());
            let argmax = if peaks.argmax.is_empty() {
                peaks.argmax
            } else {
                &peaks.argmax[part.clone()]
            };
            let peaks = Peaks {
                gradient: &peaks.gradient[part.clone()],
                argmax,
                values: &peaks.values[part],
            };
            isa.run(Pixels { peaks, mean })
        })
        .collect();
    let mut total = [vec![0.0; channels], vec![0.0; channels]];
    for part in parts {
        for (total, part) in total.iter_mut().zip(part) {
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
    }
    total
}

/// Some blocks of pixels.
struct Pixels<'a> {
    peaks: Peaks<'a>,
    mean: &'a [f32],
}

impl Job for Pixels<'_> {
    type Output = [Vec<f64>; 2];

    #[inline(always)]
    fn call(self) -> [Vec<f64>; 2] {
        let Self { peaks, mean } = self;
        let channels = mean.len();
        let mut total = [vec![0.0; channels], vec![0.0; channels]];
        let (mut plain, mut centred) = (vec![0.0; channels], vec![0.0; channels]);
        let len = BLOCK * channels;
        for (at, gradient) in peaks.gradient.chunks(len).enumerate() {
            let values = &peaks.values[at * len..][..gradient.len()];
            plain.fill(0.0);
            centred.fill(0.0);
            let rows = gradient
                .chunks_exact(channels)
                .zip(values.chunks_exact(channels));
            if peaks.argmax.is_empty() {
                for (gradient, values) in rows {
                    add(gradient, values, mean, &mut plain, &mut centred);
                }
            } else {
                let marks = peaks.argmax[at * len..].chunks_exact(channels);
                for ((gradient, values), marks) in rows.zip(marks) {
                    add_unmasked(gradient, marks, values, mean, &mut plain, &mut centred);
                }
            }
            for (total, block) in total.iter_mut().zip([&plain, &centred]) {
                for (total, &sum) in total.iter_mut().zip(block) {
                    *total += f64::from(sum);
                }
            }
        }
        total
    }
}

#[inline(always)]
fn add(gradient: &[f32], x: &[f32], mean: &[f32], plain: &mut [f32], centred: &mut [f32]) {
    let n = plain.len();
    let (gradient, x, mean, centred) = (&gradient[..n], &x[..n], &mean[..n], &mut centred[..n]);
    for c in 0..n {
        plain[c] += gradient[c];
        centred[c] += gradient[c] * (x[c] - mean[c]);
    }
}

#[inline(always)]
fn add_unmasked(
    gradient: &[f32],
    marks: &[u8],
    x: &[f32],
    mean: &[f32],
    plain: &mut [f32],
    centred: &mut [f32],
) {
    let n = plain.len();
    let (gradient, marks, x) = (&gradient[..n], &marks[..n], &x[..n]);
    let (mean, centred) = (&mean[..n], &mut centred[..n]);
    for c in 0..n {
        let value = unmasked(gradient[c], marks[c]);
        plain[c] += value;
        centred[c] += value * (x[c] - mean[c]);
    }
}
