//! F(4×4, 3×3): 36 multiplications for 144.

use super::f4x5::plus_minus;
use super::{MOST, Tile};
use crate::nn::conv2d::isa::{Isa, scale, scale_add};

/// Tiles of 4×4 outputs of a 3×3 kernel, with the points 0, ±¾, ±3/2, ∞, in this order.
///
/// The usual points 0, ±1, ±2, ∞ lose more: on 96 channels of values in 0..1 and weights of He's variance, the largest error
/// of a tile was 2.1e-6 with them and 0.96e-6 with these, as that of a direct sum in `f32` (0.97e-6; means of 20 trials).
/// Their powers are dyadic fractions, exact in `f32`, and cost a multiplication here and there.
#[derive(Debug, Clone, Copy)]
pub(in crate::nn::conv2d) struct F4x3;

impl Tile for F4x3 {
    const OUTPUTS: usize = 4;
    const KERNEL: usize = 3;

    #[inline(always)]
    fn input<I: Isa>(isa: I, x: [I::V; MOST]) -> [I::V; MOST] {
        let mut v = x;
        v[0] = scale_add(
            isa,
            x[0],
            81.0 / 64.0,
            scale_add(isa, x[2], -45.0 / 16.0, x[4]),
        );
        let even = scale_add(isa, x[2], -9.0 / 4.0, x[4]);
        let odd = scale_add(isa, x[1], -27.0 / 16.0, scale(isa, x[3], 3.0 / 4.0));
        (v[1], v[2]) = plus_minus(isa, even, odd);
        let even = scale_add(isa, x[2], -9.0 / 16.0, x[4]);
        let odd = scale_add(isa, x[1], -27.0 / 32.0, scale(isa, x[3], 3.0 / 2.0));
        (v[3], v[4]) = plus_minus(isa, even, odd);
        v[5] = scale_add(
            isa,
            x[1],
            81.0 / 64.0,
            scale_add(isa, x[3], -45.0 / 16.0, x[5]),
        );
        v
    }

    #[inline(always)]
    fn input_transposed<I: Isa>(isa: I, v: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, v[1], v[2]);
        let (s2, d2) = plus_minus(isa, v[3], v[4]);
        let mut x = v;
        x[0] = scale(isa, v[0], 81.0 / 64.0);
        x[1] = scale_add(
            isa,
            d1,
            -27.0 / 16.0,
            scale_add(isa, d2, -27.0 / 32.0, scale(isa, v[5], 81.0 / 64.0)),
        );
        x[2] = scale_add(
            isa,
            s1,
            -9.0 / 4.0,
            scale_add(isa, s2, -9.0 / 16.0, scale(isa, v[0], -45.0 / 16.0)),
        );
        x[3] = scale_add(
            isa,
            d1,
            3.0 / 4.0,
            scale_add(isa, d2, 3.0 / 2.0, scale(isa, v[5], -45.0 / 16.0)),
        );
        x[4] = isa.add(v[0], isa.add(s1, s2));
        x
    }

    #[inline(always)]
    fn output<I: Isa>(isa: I, m: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, m[1], m[2]);
        let (s2, d2) = plus_minus(isa, m[3], m[4]);
        let mut y = m;
        y[0] = isa.add(m[0], isa.add(s1, s2));
        y[1] = scale_add(isa, d1, 3.0 / 4.0, scale(isa, d2, 3.0 / 2.0));
        y[2] = scale_add(isa, s1, 9.0 / 16.0, scale(isa, s2, 9.0 / 4.0));
        y[3] = scale_add(isa, d1, 27.0 / 64.0, scale_add(isa, d2, 27.0 / 8.0, m[5]));
        y
    }

    #[inline(always)]
    fn output_transposed<I: Isa>(isa: I, y: [I::V; MOST]) -> [I::V; MOST] {
        let mut v = y;
        let odd = scale_add(isa, y[3], 27.0 / 64.0, scale(isa, y[1], 3.0 / 4.0));
        (v[1], v[2]) = plus_minus(isa, scale_add(isa, y[2], 9.0 / 16.0, y[0]), odd);
        let odd = scale_add(isa, y[3], 27.0 / 8.0, scale(isa, y[1], 3.0 / 2.0));
        (v[3], v[4]) = plus_minus(isa, scale_add(isa, y[2], 9.0 / 4.0, y[0]), odd);
        v[5] = y[3];
        v
    }

    #[inline(always)]
    fn weight<I: Isa>(isa: I, w: [I::V; MOST]) -> [I::V; MOST] {
        let mut u = w;
        u[0] = scale(isa, w[0], 64.0 / 81.0);
        let even = scale_add(isa, w[2], -8.0 / 27.0, scale(isa, w[0], -128.0 / 243.0));
        (u[1], u[2]) = plus_minus(isa, even, scale(isa, w[1], -32.0 / 81.0));
        let even = scale_add(isa, w[2], 8.0 / 27.0, scale(isa, w[0], 32.0 / 243.0));
        (u[3], u[4]) = plus_minus(isa, even, scale(isa, w[1], 16.0 / 81.0));
        u[5] = w[2];
        u
    }

    #[inline(always)]
    fn weight_transposed<I: Isa>(isa: I, u: [I::V; MOST]) -> [I::V; MOST] {
        let (s1, d1) = plus_minus(isa, u[1], u[2]);
        let (s2, d2) = plus_minus(isa, u[3], u[4]);
        let mut w = u;
        let sides = scale_add(isa, s1, -128.0 / 243.0, scale(isa, s2, 32.0 / 243.0));
        w[0] = scale_add(isa, u[0], 64.0 / 81.0, sides);
        w[1] = scale_add(isa, d1, -32.0 / 81.0, scale(isa, d2, 16.0 / 81.0));
        w[2] = scale_add(isa, isa.sub(s2, s1), 8.0 / 27.0, u[5]);
        w
    }
}
