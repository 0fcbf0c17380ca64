//! F(4×4, 5×5): 64 multiplications for 400.

use super::{MOST, Tile};
use crate::nn::conv2d::isa::{Isa, scale, scale_add};

/// Tiles of 4×4 outputs of a 5×5 kernel, with the points 0, ±1, ±2, ±½, ∞, in this order.
///
/// On 96 channels of values in 0..1 and weights of He's variance, the largest error of a tile was 4.4e-6, that of a direct
/// sum in `f32` 1.6e-6 (means of 20 trials). Points nearer to each other were worse (±3/2 and ±2/3 for ±2 and ±½: 7.4e-6)
/// or had inexact coefficients for no gain (±7/4 and ±4/7: 3.7e-6).
#[derive(Debug, Clone, Copy)]
pub(in crate::nn::conv2d) struct F4x5;

/// `even ± odd` at a pair of points.
#[inline(always)]
pub(super) fn plus_minus<I: Isa>(isa: I, even: I::V, odd: I::V) -> (I::V, I::V) {
    (isa.add(even, odd), isa.sub(even, odd))
}

impl Tile for F4x5 {
    const OUTPUTS: usize = 4;
    const KERNEL: usize = 5;

    #[inline(always)]
    fn input<I: Isa>(isa: I, x: [I::V; MOST]) -> [I::V; MOST] {
        let zero = scale_add(isa, isa.sub(x[4], x[2]), 21.0 / 4.0, isa.sub(x[0], x[6]));
        let infinity = scale_add(isa, isa.sub(x[3], x[5]), 21.0 / 4.0, isa.sub(x[7], x[1]));
        let even = scale_add(isa, x[4], -17.0 / 4.0, isa.add(x[2], x[6]));
        let odd = scale_add(isa, x[3], -17.0 / 4.0, isa.add(x[1], x[5]));
        let (plus_1, minus_1) = plus_minus(isa, even, odd);
        let even = scale_add(isa, x[2], 0.25, scale_add(isa, x[4], -5.0 / 4.0, x[6]));
        let odd = scale_add(
            isa,
            x[1],
            0.5,
            scale_add(isa, x[3], -5.0 / 2.0, scale(isa, x[5], 2.0)),
        );
        let (plus_2, minus_2) = plus_minus(isa, even, odd);
        let even = scale_add(isa, x[2], 4.0, scale_add(isa, x[4], -5.0, x[6]));
        let odd = scale_add(
            isa,
            x[1],
            2.0,
            scale_add(isa, x[3], -5.0 / 2.0, scale(isa, x[5], 0.5)),
        );
        let (plus_half, minus_half) = plus_minus(isa, even, odd);
        [
            zero, plus_1, minus_1, plus_2, minus_2, plus_half, minus_half, infinity,
        ]
    }

    #[inline(always)]
    fn input_transposed<I: Isa>(isa: I, v: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, v[1], v[2]);
        let (s2, d2) = plus_minus(isa, v[3], v[4]);
        let (s3, d3) = plus_minus(isa, v[5], v[6]);
        let x1 = scale_add(isa, d2, 0.5, scale_add(isa, d3, 2.0, isa.sub(d1, v[7])));
        let x2 = scale_add(
            isa,
            s2,
            0.25,
            scale_add(isa, s3, 4.0, scale_add(isa, v[0], -21.0 / 4.0, s1)),
        );
        let x3 = scale_add(
            isa,
            d1,
            -17.0 / 4.0,
            scale_add(
                isa,
                v[7],
                21.0 / 4.0,
                scale(isa, isa.add(d2, d3), -5.0 / 2.0),
            ),
        );
        let x4 = scale_add(
            isa,
            s2,
            -5.0 / 4.0,
            scale_add(isa, s3, -5.0, scale(isa, v[0], 21.0 / 4.0)),
        );
        let x4 = scale_add(isa, s1, -17.0 / 4.0, x4);
        let x5 = scale_add(
            isa,
            d2,
            2.0,
            scale_add(isa, d3, 0.5, scale_add(isa, v[7], -21.0 / 4.0, d1)),
        );
        let x6 = isa.add(isa.add(s1, s2), isa.sub(s3, v[0]));
        [v[0], x1, x2, x3, x4, x5, x6, v[7]]
    }

    #[inline(always)]
    fn output<I: Isa>(isa: I, m: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, m[1], m[2]);
        let (s2, d2) = plus_minus(isa, m[3], m[4]);
        let (s3, d3) = plus_minus(isa, m[5], m[6]);
        let mut y = m;
        y[0] = isa.add(isa.add(m[0], s1), isa.add(s2, s3));
        y[1] = scale_add(isa, d2, 2.0, scale_add(isa, d3, 0.5, d1));
        y[2] = scale_add(isa, s2, 4.0, scale_add(isa, s3, 0.25, s1));
        y[3] = scale_add(isa, d2, 8.0, scale_add(isa, d3, 0.125, isa.add(d1, m[7])));
        y
    }

    #[inline(always)]
    fn output_transposed<I: Isa>(isa: I, y: [I::V; MOST]) -> [I::V; MOST] {
        let (plus_1, minus_1) = plus_minus(isa, isa.add(y[0], y[2]), isa.add(y[1], y[3]));
        let odd = scale_add(isa, y[3], 8.0, scale(isa, y[1], 2.0));
        let (plus_2, minus_2) = plus_minus(isa, scale_add(isa, y[2], 4.0, y[0]), odd);
        let odd = scale_add(isa, y[3], 0.125, scale(isa, y[1], 0.5));
        let (plus_half, minus_half) = plus_minus(isa, scale_add(isa, y[2], 0.25, y[0]), odd);
        [
            y[0], plus_1, minus_1, plus_2, minus_2, plus_half, minus_half, y[3],
        ]
    }

    #[inline(always)]
    fn weight<I: Isa>(isa: I, w: [I::V; MOST]) -> [I::V; MOST] {
        let even = scale(isa, isa.add(isa.add(w[0], w[2]), w[4]), -2.0 / 9.0);
        let odd = scale(isa, isa.add(w[1], w[3]), -2.0 / 9.0);
        let (plus_1, minus_1) = plus_minus(isa, even, odd);
        let even = scale(
            isa,
            scale_add(isa, w[4], 16.0, scale_add(isa, w[2], 4.0, w[0])),
            1.0 / 90.0,
        );
        let odd = scale(isa, scale_add(isa, w[3], 4.0, w[1]), 1.0 / 45.0);
        let (plus_2, minus_2) = plus_minus(isa, even, odd);
        let even = scale(
            isa,
            scale_add(isa, w[0], 16.0, scale_add(isa, w[2], 4.0, w[4])),
            2.0 / 45.0,
        );
        let odd = scale(isa, scale_add(isa, w[1], 4.0, w[3]), 4.0 / 45.0);
        let (plus_half, minus_half) = plus_minus(isa, even, odd);
        [
            w[0], plus_1, minus_1, plus_2, minus_2, plus_half, minus_half, w[4],
        ]
    }

    #[inline(always)]
    fn weight_transposed<I: Isa>(isa: I, u: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, u[1], u[2]);
        let (s2, d2) = plus_minus(isa, u[3], u[4]);
        let (s3, d3) = plus_minus(isa, u[5], u[6]);
        let (s1, d1) = (scale(isa, s1, -2.0 / 9.0), scale(isa, d1, -2.0 / 9.0));
        let (s2, d2) = (scale(isa, s2, 1.0 / 90.0), scale(isa, d2, 1.0 / 45.0));
        let (s3, d3) = (scale(isa, s3, 2.0 / 45.0), scale(isa, d3, 4.0 / 45.0));
        let mut w = u;
        w[0] = isa.add(scale_add(isa, s3, 16.0, s2), isa.add(u[0], s1));
        w[1] = scale_add(isa, d3, 4.0, isa.add(d1, d2));
        w[2] = scale_add(isa, isa.add(s2, s3), 4.0, s1);
        w[3] = scale_add(isa, d2, 4.0, isa.add(d1, d3));
        w[4] = isa.add(scale_add(isa, s2, 16.0, s3), isa.add(u[7], s1));
        w
    }
}
