//! How far a fast path may be from the reference.
//!
//! The operands of these tests are independent, uniform in -1..1, variance 1/3. A value that is the sum of many products, each
//! rounded, is off by about `√k · u` times its own standard deviation, where `u = 2⁻²⁴` and `k` counts the roundings on its way
//! (Higham and Mary, *A New Approach to Probabilistic Rounding Error Analysis*, SIAM J. Sci. Comput. 41, 2019: errors of
//! independent roundings grow with the root of their number). Standard deviations pass through a transform as Euclidean norms
//! of its rows. Behind `P = n²` products with rows `a`, `b`, `g` of the three matrices, a result that combines points with
//! coefficients `r` out of operands transformed with `s` and `t` has a deviation of at most
//!
//! ```text
//! √depth · ρ² · σ²        ρ = max over results of √(Σ_p r_p² ‖s_p‖² ‖t_p‖²)
//! ```
//!
//! A direct sum has `ρ = kernel` for outputs, and so on. [`SIGMAS`] deviations are allowed: among a million results none is
//! expected beyond five.

use crate::nn::conv2d::plan::Method;
use crate::nn::conv2d::shape::ConvShape;
use crate::nn::conv2d::winograd::matrices::{Matrices, Points};
use crate::nn::conv2d::winograd::{F4x3, F4x5};

const SIGMAS: f64 = 6.0;
/// Variance of an operand.
const VARIANCE: f64 = 1.0 / 3.0;
const UNIT: f64 = f32::EPSILON as f64 / 2.0;

/// Tolerances for the output and the gradients of input, weight and bias.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) output: f64,
    pub(super) grad_input: f64,
    pub(super) grad_weight: f64,
    pub(super) grad_bias: f64,
}

/// One result: how much its transforms amplify, how many terms it sums, how many roundings it meets.
fn bound(amplification: f64, terms: f64, transform_roundings: f64) -> f64 {
    let roundings = terms + transform_roundings;
    SIGMAS * UNIT * roundings.sqrt() * amplification * terms.sqrt() * VARIANCE
}

/// The tolerances of a method for a layer.
pub(super) fn bounds(method: Method, shape: &ConvShape) -> Bounds {
    let pixels = (shape.batch * shape.height * shape.width) as f64;
    let [inputs, outputs, kernel] = [shape.inputs, shape.outputs, shape.kernel].map(|x| x as f64);
    let grad_bias = bound(1.0, pixels, 0.0) / VARIANCE.sqrt();
    match method {
        Method::Im2Col => Bounds {
            output: bound(1.0, kernel * kernel * inputs, 4.0),
            grad_input: bound(1.0, kernel * kernel * outputs, 4.0),
            grad_weight: bound(1.0, pixels, 4.0),
            grad_bias,
        },
        Method::F4x3 => winograd::<F4x3>(shape, grad_bias),
        Method::F4x5 => winograd::<F4x5>(shape, grad_bias),
    }
}

fn winograd<T: Points>(shape: &ConvShape, grad_bias: f64) -> Bounds {
    let Matrices { a, g, bt } = T::matrices();
    let tiles =
        (shape.batch * shape.height.div_ceil(T::OUTPUTS) * shape.width.div_ceil(T::OUTPUTS)) as f64;
    // Two operands and a result, each transformed along two axes, at most n roundings a time.
    let roundings = (3 * 2 * T::POINTS) as f64;
    let square =
        |rows: &[Vec<f64>], s: &[Vec<f64>], t: &[Vec<f64>]| amplification(rows, s, t).powi(2);
    // A pixel of the input lies in up to ⌈n / m⌉ patches along each axis.
    let overlap = T::POINTS.div_ceil(T::OUTPUTS) as f64;
    Bounds {
        output: bound(square(&a, &bt, &g), shape.inputs as f64, roundings),
        grad_input: overlap * bound(square(&bt, &g, &a), shape.outputs as f64, roundings),
        grad_weight: bound(square(&g, &bt, &a), tiles, roundings),
        grad_bias,
    }
}

/// `ρ`: over the columns of `result`, the largest `√(Σ_p result_p² ‖s_p‖² ‖t_p‖²)`.
fn amplification(result: &[Vec<f64>], s: &[Vec<f64>], t: &[Vec<f64>]) -> f64 {
    let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>();
    let column = |k: usize| {
        (0..s.len())
            .map(|p| result[p][k].powi(2) * norm(&s[p]) * norm(&t[p]))
            .sum::<f64>()
            .sqrt()
    };
    (0..result[0].len()).map(column).fold(0.0, f64::max)
}
