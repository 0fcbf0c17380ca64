//! The matrices of an algorithm, built from its points: what the written-out transforms must equal, and what bounds the
//! rounding.

use super::{F4x3, F4x5, MOST, Tile};
use crate::nn::conv2d::isa::Isa;
use crate::nn::conv2d::simd::Portable;

/// `A` (points × outputs), `G` (points × kernel) and `Bᵀ` (points × points) of the definition in [`super`].
pub(in crate::nn::conv2d) struct Matrices {
    pub(in crate::nn::conv2d) a: Vec<Vec<f64>>,
    pub(in crate::nn::conv2d) g: Vec<Vec<f64>>,
    pub(in crate::nn::conv2d) bt: Vec<Vec<f64>>,
}

/// An algorithm that says which points it uses.
pub(in crate::nn::conv2d) trait Points: Tile {
    /// The finite points in the order of the transforms, each with the scale `s` of its row of `Bᵀ`.
    const FINITE: &'static [(f64, f64)];

    /// The matrices of these points.
    fn matrices() -> Matrices {
        let n = Self::POINTS;
        let powers = |p: f64, len: usize| (0..len).map(|k| p.powi(k as i32)).collect::<Vec<_>>();
        let last = |len: usize| {
            (0..len)
                .map(|k| if k + 1 == len { 1.0 } else { 0.0 })
                .collect::<Vec<_>>()
        };
        let mut matrices = Matrices {
            a: Vec::new(),
            g: Vec::new(),
            bt: Vec::new(),
        };
        for &(p, scale) in Self::FINITE {
            let others = || {
                Self::FINITE
                    .iter()
                    .map(|&(q, _)| q)
                    .filter(move |&q| q != p)
            };
            let norm: f64 = scale * others().map(|q| p - q).product::<f64>();
            matrices.a.push(powers(p, Self::OUTPUTS));
            matrices
                .g
                .push(powers(p, Self::KERNEL).iter().map(|x| x / norm).collect());
            matrices
                .bt
                .push(roots(others(), n).iter().map(|x| x * scale).collect());
        }
        matrices.a.push(last(Self::OUTPUTS));
        matrices.g.push(last(Self::KERNEL));
        matrices
            .bt
            .push(roots(Self::FINITE.iter().map(|&(q, _)| q), n));
        matrices
    }
}

impl Points for F4x3 {
    const FINITE: &'static [(f64, f64)] = &[
        (0.0, 1.0),
        (0.75, 1.0),
        (-0.75, 1.0),
        (1.5, 1.0),
        (-1.5, 1.0),
    ];
}

impl Points for F4x5 {
    const FINITE: &'static [(f64, f64)] = &[
        (0.0, -1.0),
        (1.0, 1.0),
        (-1.0, 1.0),
        (2.0, 1.0),
        (-2.0, 1.0),
        (0.5, 1.0),
        (-0.5, 1.0),
    ];
}

/// Coefficients of `Π (x - q)`, the constant first, `len` of them.
fn roots(points: impl Iterator<Item = f64>, len: usize) -> Vec<f64> {
    let mut product = vec![0.0; len];
    product[0] = 1.0;
    for q in points {
        for k in (0..len).rev() {
            product[k] = if k > 0 { product[k - 1] } else { 0.0 } - q * product[k];
        }
    }
    product
}

type Transform = fn(Portable, [<Portable as Isa>::V; MOST]) -> [<Portable as Isa>::V; MOST];

/// Checks that `transform` multiplies by `matrix`, or by its transpose, column by column.
fn assert_multiplies(name: &str, transform: Transform, matrix: &[Vec<f64>], transposed: bool) {
    let (rows, columns) = (matrix.len(), matrix[0].len());
    let (from, to) = if transposed {
        (rows, columns)
    } else {
        (columns, rows)
    };
    for k in 0..from {
        // What lies beyond the values that count must not matter.
        let mut x = [[f32::NAN; 8]; MOST];
        x[..from].fill([0.0; 8]);
        x[k] = [1.0; 8];
        let y = transform(Portable, x);
        for i in 0..to {
            let wanted = if transposed {
                matrix[k][i]
            } else {
                matrix[i][k]
            };
            let error = (f64::from(y[i][0]) - wanted).abs();
            assert!(
                error <= 2e-7 * wanted.abs(),
                "{name}: entry ({i}, {k}) is {}, not {wanted}",
                y[i][0]
            );
        }
    }
}

fn assert_transforms<T: Points>() {
    let Matrices { a, g, bt } = T::matrices();
    assert_multiplies("Bᵀ", T::input::<Portable>, &bt, false);
    assert_multiplies("B", T::input_transposed::<Portable>, &bt, true);
    assert_multiplies("Aᵀ", T::output::<Portable>, &a, true);
    assert_multiplies("A", T::output_transposed::<Portable>, &a, false);
    assert_multiplies("G", T::weight::<Portable>, &g, false);
    assert_multiplies("Gᵀ", T::weight_transposed::<Portable>, &g, true);
}

#[test]
fn the_transforms_are_the_matrices_of_their_points() {
    assert_transforms::<F4x3>();
    assert_transforms::<F4x5>();
}

/// `Aᵀ [(G w) ⊙ (Bᵀ x)]` is the correlation of `x` with `w`, whatever the points.
#[test]
fn the_matrices_convolve() {
    // Three matrices are indexed by turns: the indices are the formula.
    #[allow(clippy::needless_range_loop)]
    fn check<T: Points>() {
        let Matrices { a, g, bt } = T::matrices();
        for tap in 0..T::KERNEL {
            for at in 0..T::POINTS {
                for u in 0..T::OUTPUTS {
                    let y: f64 = (0..T::POINTS)
                        .map(|p| a[p][u] * g[p][tap] * bt[p][at])
                        .sum();
                    let wanted = if at == u + tap { 1.0 } else { 0.0 };
                    assert!(
                        (y - wanted).abs() < 1e-12,
                        "output {u}, tap {tap}, input {at}: {y}"
                    );
                }
            }
        }
    }
    check::<F4x3>();
    check::<F4x5>();
}
