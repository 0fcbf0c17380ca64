//! Sixteen neighbouring windows at once.
//!
//! Nearly all windows are turned away in the first stages. There, neighbours share everything but their place: the same
//! rectangle corners, sixteen entries in a row, which one or two vector loads fetch. Later stages see few windows, far
//! apart; those are left to [`window`](super::window).
//!
//! The loops run over arrays of fixed length and hold no branch that depends on a lane, so that the compiler turns them
//! into vector instructions of whatever width the caller's target features allow. Lane by lane, the operations and their
//! order are exactly those for a single window, and so are the results.

use super::tables::{CascadeAt, FeatureAt, StumpAt};
use super::window::FLATNESS;
use crate::vision::integral::Band;

/// Windows in a block.
pub(crate) const LANES: usize = 16;

/// Something for each window of a block.
pub(crate) type Lanes<T> = [T; LANES];

/// One bit for each window of a block, the first the lowest.
pub(crate) type Mask = u16;

#[inline(always)]
fn load<T: Copy>(table: &[T], at: usize) -> &Lanes<T> {
    table[at..]
        .first_chunk()
        .expect("tables end with slack for a whole block")
}

/// Packs sixteen answers into bits.
#[inline(always)]
fn pack(answers: &Lanes<bool>) -> Mask {
    let mut bits: Lanes<u16> = [0; LANES];
    for lane in 0..LANES {
        bits[lane] = u16::from(answers[lane]) << lane;
    }
    bits.iter().fold(0, |all, bit| all | bit)
}

#[inline(always)]
fn rectangles(sums: &[i32], at: usize, corners: &[u32; 4]) -> Lanes<i32> {
    let [a, b, c, d] = corners.map(|offset| load(sums, at + offset as usize));
    let mut out = [0; LANES];
    for lane in 0..LANES {
        out[lane] = a[lane]
            .wrapping_sub(b[lane])
            .wrapping_sub(c[lane])
            .wrapping_add(d[lane]);
    }
    out
}

/// The contrast factors, and which windows are not too flat.
#[inline(always)]
pub(crate) fn contrasts(cascade: &CascadeAt, band: &Band, at: usize) -> (Lanes<f32>, Mask) {
    let sums = rectangles(&band.sums, at, &cascade.inner);
    let [a, b, c, d] = cascade
        .inner
        .map(|offset| load(&band.squares, at + offset as usize));
    let mut factors = [0.0; LANES];
    let mut good = [false; LANES];
    for lane in 0..LANES {
        let sum = f64::from(sums[lane]);
        let squares = f64::from(
            a[lane]
                .wrapping_sub(b[lane])
                .wrapping_sub(c[lane])
                .wrapping_add(d[lane]),
        );
        // Of a spread of 0 or less this makes an infinity or no number, and both fail the comparison.
        let factor = (1.0 / (cascade.area * squares - sum * sum).sqrt()) as f32;
        good[lane] = cascade.area * f64::from(factor) < FLATNESS;
        factors[lane] = factor;
    }
    (factors, pack(&good))
}

#[inline(always)]
fn values(feature: &FeatureAt, sums: &[i32], at: usize, factors: &Lanes<f32>) -> Lanes<f32> {
    let parts = [0, 1].map(|i| rectangles(sums, at, &feature.corners[i]));
    let mut out = [0.0; LANES];
    for lane in 0..LANES {
        out[lane] =
            feature.weights[0] * parts[0][lane] as f32 + feature.weights[1] * parts[1][lane] as f32;
    }
    if feature.weights[2] != 0.0 {
        let third = rectangles(sums, at, &feature.corners[2]);
        for lane in 0..LANES {
            out[lane] += feature.weights[2] * third[lane] as f32;
        }
    }
    for lane in 0..LANES {
        out[lane] *= factors[lane];
    }
    out
}

/// Which windows pass a stage of stumps. The first window's corner is entry `at` of the tables.
#[inline(always)]
pub(crate) fn passing(
    stumps: &[StumpAt],
    threshold: f64,
    sums: &[i32],
    at: usize,
    factors: &Lanes<f32>,
) -> Mask {
    let mut totals = [0.0_f64; LANES];
    for stump in stumps {
        let values = values(&stump.feature, sums, at, factors);
        for lane in 0..LANES {
            totals[lane] += if values[lane] < stump.threshold {
                stump.left
            } else {
                stump.right
            };
        }
    }
    pack(&totals.map(|total| total >= threshold))
}
