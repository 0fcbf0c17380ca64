//! Evaluates one window at a time.
//!
//! This is the reference for the test of the AVX2 kernel, and the code path for other processors and for cascades with
//! larger trees.
//!
//! The arithmetic is OpenCV's: rectangle sums in 32-bit integers; the value of a feature in f32, rectangle by rectangle,
//! times the contrast factor; stage sums in f64 in the order of the trees.

use super::tables::{CascadeAt, FeatureAt, StageAt, TreeAt, Votes};
use crate::vision::integral::Band;

/// The limit of flatness: a window with a standard deviation of 10 grey levels or less is skipped.
///
/// With area `A`, sum `S` and sum of squares `Q`, `nf = √(A·Q − S²)` is `A` times the standard deviation. OpenCV requires
/// `A / nf < 0.1`, which is a standard deviation above 10.
pub(crate) const FLATNESS: f64 = 0.1;

/// `S[0] − S[1] − S[2] + S[3]` at a window's corner.
#[inline(always)]
fn rectangle(sums: &[i32], at: usize, corners: &[u32; 4]) -> i32 {
    let [a, b, c, d] = corners.map(|offset| sums[at + offset as usize]);
    a.wrapping_sub(b).wrapping_sub(c).wrapping_add(d)
}

/// The factor `1 / nf` that makes feature values independent of contrast; `None` for a window that is too flat.
pub(crate) fn contrast(cascade: &CascadeAt, band: &Band, at: usize) -> Option<f32> {
    let sum = f64::from(rectangle(&band.sums, at, cascade.inner()));
    let [a, b, c, d] = cascade
        .inner()
        .map(|offset| band.squares[at + offset as usize]);
    let squares = f64::from(a.wrapping_sub(b).wrapping_sub(c).wrapping_add(d));
    let spread = cascade.area() * squares - sum * sum;
    if spread <= 0.0 {
        return None;
    }
    let factor = (1.0 / spread.sqrt()) as f32;
    (cascade.area() * f64::from(factor) < FLATNESS).then_some(factor)
}

#[inline(always)]
fn value(feature: &FeatureAt, sums: &[i32], at: usize, factor: f32) -> f32 {
    let part = |i: usize| feature.weights[i] * rectangle(sums, at, &feature.corners[i]) as f32;
    let mut value = part(0) + part(1);
    if feature.weights[2] != 0.0 {
        value += part(2);
    }
    value * factor
}

/// Whether the window with its corner at entry `at` of the tables passes one stage.
#[inline(always)]
pub(crate) fn passes(stage: &StageAt, sums: &[i32], at: usize, factor: f32) -> bool {
    let mut total = 0.0;
    match &stage.votes {
        Votes::Stumps(stumps) => {
            for stump in stumps {
                let below = value(&stump.feature, sums, at, factor) < stump.threshold;
                total += f64::from(if below { stump.left } else { stump.right });
            }
        }
        Votes::Trees(trees) => {
            for tree in trees {
                total += f64::from(leaf(tree, sums, at, factor));
            }
        }
    }
    total >= stage.threshold
}

fn leaf(tree: &TreeAt, sums: &[i32], at: usize, factor: f32) -> f32 {
    let mut index = 0;
    loop {
        let (node, feature) = &tree.nodes[index];
        let child = if value(feature, sums, at, factor) < node.threshold {
            node.left
        } else {
            node.right
        };
        if child <= 0 {
            return tree.leaves[child.unsigned_abs() as usize];
        }
        // A child always comes after its parent, so the loop ends.
        index = child as usize;
    }
}
