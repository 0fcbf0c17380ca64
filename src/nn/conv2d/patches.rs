//! Mean and covariance of the patches that a convolution reads.
//!
//! A convolution is linear, so they give the moments of its outputs without computing one:
//!
//! ```text
//! mean of output o = wₒ·p̄ + bₒ        variance of output o = wₒᵀ C wₒ
//! ```
//!
//! with `p̄` and `C` the mean and the covariance of the patches, `K²·I` numbers each. In a first layer, where a patch is short,
//! that takes less time than to read the outputs. A product of two `f32` is exact in `f64`, and all sums are in `f64`: for
//! numbers of single precision, subtracting `p̄p̄ᵀ` at the end loses nothing that the outputs would have.

use super::dispatch::{unsupported, with_isa};
use super::isa::{Isa, Job};
use super::kernels::Kernels;
use super::shape::ConvShape;
use super::simd::Portable;
use rayon::prelude::*;

/// The longest patch: the work grows with the square of its length.
pub(in crate::nn) const MAX_DEPTH: usize = 32;
/// Pictures that one thread sums. It must depend on the layer alone.
const PICTURES: usize = 8;
/// Columns that are summed side by side: two vectors of AVX2, one of AVX-512.
const COLUMNS: usize = 8;

/// Moments of patches of `depth` values, in the order `[kernel row][kernel column][input]`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::nn) struct PatchMoments {
    /// Mean, `[depth]`.
    pub(in crate::nn) mean: Vec<f64>,
    /// Biased covariance, `[depth, depth]`.
    pub(in crate::nn) covariance: Vec<f64>,
}

impl PatchMoments {
    /// From the sums over `pixels` patches: of the values, and of the products of values `a ≤ b`, row by row.
    fn of_sums(pixels: usize, sums: &[f64], products: &[f64]) -> Self {
        let (depth, pixels) = (sums.len(), pixels as f64);
        let mean: Vec<f64> = sums.iter().map(|sum| sum / pixels).collect();
        let mut covariance = vec![0.0; depth * depth];
        for ((a, b), product) in pairs(depth).zip(products) {
            let value = product / pixels - mean[a] * mean[b];
            covariance[a * depth + b] = value;
            covariance[b * depth + a] = value;
        }
        Self { mean, covariance }
    }

    /// Mean (without bias) and variance of the output with weights `w`, and `C w`.
    pub(in crate::nn) fn output(&self, w: &[f64]) -> (f64, f64, Vec<f64>) {
        let dot = |a: &[f64]| a.iter().zip(w).map(|(a, w)| a * w).sum::<f64>();
        let spread: Vec<f64> = self.covariance.chunks_exact(w.len()).map(dot).collect();
        (dot(&self.mean), dot(&spread), spread)
    }
}

/// `(a, b)` with `a ≤ b`, in the order of the products.
fn pairs(depth: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..depth).flat_map(move |a| (a..depth).map(move |b| (a, b)))
}

impl Kernels {
    /// The moments of all patches of `input`, `[batch, height, width, inputs]`.
    ///
    /// # Panics
    /// If `input` has not the length that `shape` gives it.
    pub(in crate::nn) fn patch_moments(self, shape: &ConvShape, input: &[f32]) -> PatchMoments {
        assert_eq!(input.len(), shape.input_len(), "input of {shape:?}");
        with_isa!(self, reference(shape, input), |isa| moments(
            isa, shape, input
        ))
    }
}

fn depth(shape: &ConvShape) -> usize {
    shape.kernel * shape.kernel * shape.inputs
}

fn moments<I: Isa>(isa: I, shape: &ConvShape, input: &[f32]) -> PatchMoments {
    let depth = depth(shape);
    let picture = shape.height * shape.width * shape.inputs;
    let parts: Vec<Vec<f64>> = input
        .par_chunks(PICTURES * picture)
        .map(|pictures| isa.run(Pictures { shape, pictures }))
        .collect();
    let mut total = vec![0.0; depth + depth * (depth + 1) / 2];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    let (sums, products) = total.split_at(depth);
    PatchMoments::of_sums(shape.map().len() / shape.outputs, sums, products)
}

/// Some pictures: returns the sums of values and products.
struct Pictures<'a> {
    shape: &'a ConvShape,
    pictures: &'a [f32],
}

impl Job for Pictures<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn call(self) -> Vec<f64> {
        let Self { shape, pictures } = self;
        let mut planes = Planes::new(shape);
        let depth = depth(shape);
        // Each sum is kept in parts, one for each column of a block.
        let mut sums = vec![[0.0; COLUMNS]; depth];
        let mut products = vec![[0.0; COLUMNS]; depth * (depth + 1) / 2];
        for picture in pictures.chunks_exact(shape.height * shape.width * shape.inputs) {
            planes.fill(shape, picture);
            for row in 0..shape.height {
                let mut at = 0;
                for (a, sum) in sums.iter_mut().enumerate() {
                    let left = planes.row(shape, row, a);
                    add_values(left, sum);
                    for b in a..depth {
                        add_products(left, planes.row(shape, row, b), &mut products[at]);
                        at += 1;
                    }
                }
            }
        }
        let whole = |parts: &[f64; COLUMNS]| parts.iter().sum::<f64>();
        sums.iter().chain(&products).map(whole).collect()
    }
}

#[inline(always)]
fn add_values(values: &[f64], sum: &mut [f64; COLUMNS]) {
    let mut total = *sum;
    for block in values.chunks_exact(COLUMNS) {
        for i in 0..COLUMNS {
            total[i] += block[i];
        }
    }
    *sum = total;
}

#[inline(always)]
fn add_products(left: &[f64], right: &[f64], sum: &mut [f64; COLUMNS]) {
    let mut total = *sum;
    let blocks = left.chunks_exact(COLUMNS);
    for (left, right) in blocks.zip(right.chunks_exact(COLUMNS)) {
        for i in 0..COLUMNS {
            // Exact before it is added: rounded alike with and without a fused multiply-add.
            total[i] += left[i] * right[i];
        }
    }
    *sum = total;
}

/// A picture with its zero border, shifted to each column of the kernel: `[kernel column][input][row][column]`, the columns
/// filled up with zeros to whole blocks, beyond which a product adds nothing.
struct Planes {
    values: Vec<f64>,
    rows: usize,
    width: usize,
}

impl Planes {
    fn new(shape: &ConvShape) -> Self {
        let (rows, width) = (
            shape.height + shape.kernel - 1,
            shape.width.next_multiple_of(COLUMNS),
        );
        Self {
            values: vec![0.0; shape.kernel * shape.inputs * rows * width],
            rows,
            width,
        }
    }

    /// Overwrites the inside; the border stays zero.
    #[inline(always)]
    fn fill(&mut self, shape: &ConvShape, picture: &[f32]) {
        let before = shape.padding();
        for v in 0..shape.kernel {
            // Output column `j` reads input column `j + v - before`.
            let columns =
                before.saturating_sub(v)..shape.width.min((shape.width + before).saturating_sub(v));
            for c in 0..shape.inputs {
                let plane = (v * shape.inputs + c) * self.rows;
                for i in 0..shape.height {
                    let row = (plane + i + before) * self.width;
                    let row = &mut self.values[row..][..shape.width];
                    let source = &picture[i * shape.width * shape.inputs..];
                    for j in columns.clone() {
                        row[j] = f64::from(source[(j + v - before) * shape.inputs + c]);
                    }
                }
            }
        }
    }

    /// What value `d` of the patches of an output row is, column by column.
    #[inline(always)]
    fn row(&self, shape: &ConvShape, row: usize, d: usize) -> &[f64] {
        let (u, rest) = (
            d / (shape.kernel * shape.inputs),
            d % (shape.kernel * shape.inputs),
        );
        &self.values[(rest * self.rows + row + u) * self.width..][..self.width]
    }
}

/// The slow version: every patch, value by value.
fn reference(shape: &ConvShape, input: &[f32]) -> PatchMoments {
    let depth = depth(shape);
    let (mut sums, mut products) = (vec![0.0; depth], vec![0.0; depth * (depth + 1) / 2]);
    let mut patch = vec![0.0; depth];
    let pixels = shape.batch * shape.height * shape.width;
    for pixel in 0..pixels {
        let (j, i) = (pixel % shape.width, pixel / shape.width % shape.height);
        let picture = pixel / shape.width / shape.height;
        for (d, value) in patch.iter_mut().enumerate() {
            let (c, tap) = (d % shape.inputs, d / shape.inputs);
            let row = (i + tap / shape.kernel).checked_sub(shape.padding());
            let column = (j + tap % shape.kernel).checked_sub(shape.padding());
            let inside = row.filter(|&row| row < shape.height).zip(column);
            let inside = inside.filter(|&(_, column)| column < shape.width);
            *value = inside.map_or(0.0, |(row, column)| {
                let at = (picture * shape.height + row) * shape.width + column;
                f64::from(input[at * shape.inputs + c])
            });
        }
        sums.iter_mut().zip(&patch).for_each(|(sum, x)| *sum += x);
        for (product, (a, b)) in products.iter_mut().zip(pairs(depth)) {
            *product += patch[a] * patch[b];
        }
    }
    PatchMoments::of_sums(pixels, &sums, &products)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Purpose, Seed};
    use proptest::prelude::*;
    use rand::RngExt;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_set_agrees_with_the_reference(
            (batch, height, width) in (1_usize..11, 1_usize..12, 1_usize..20),
            (inputs, kernel) in prop_oneof![(1_usize..4, 1_usize..4), (1_usize..3, 4_usize..5), (1_usize..2, 5_usize..6)],
            (mean, seed) in (prop_oneof![Just(0.0_f32), Just(300.0)], 0_u64..1000),
        ) {
            let shape = ConvShape { batch, height, width, inputs, outputs: 3, kernel };
            let mut rng = Seed(seed).stream(Purpose::Weights, 0);
            let input: Vec<f32> = (0..shape.input_len()).map(|_| mean + rng.random_range(-1.0_f32..1.0)).collect();
            let wanted = Kernels::Reference.patch_moments(&shape, &input);
            let size = f64::from((mean + 1.0) * (mean + 1.0));
            for kernels in Kernels::ALL.into_iter().filter(|kernels| kernels.available()) {
                let got = kernels.patch_moments(&shape, &input);
                for (got, wanted) in got.mean.iter().zip(&wanted.mean) {
                    prop_assert!((got - wanted).abs() <= 1e-12 * size, "mean {} {}", got, wanted);
                }
                for (got, wanted) in got.covariance.iter().zip(&wanted.covariance) {
                    prop_assert!((got - wanted).abs() <= 1e-12 * size, "covariance {} {}", got, wanted);
                }
            }
        }
    }

    #[test]
    fn a_nan_reaches_the_moments_of_each_place_of_a_patch_that_reads_it() {
        let shape = ConvShape {
            batch: 2,
            height: 4,
            width: 5,
            inputs: 2,
            outputs: 1,
            kernel: 3,
        };
        let mut input = vec![0.5; shape.input_len()];
        input[23] = f32::NAN;
        for kernels in Kernels::ALL
            .into_iter()
            .filter(|kernels| kernels.available())
        {
            let moments = kernels.patch_moments(&shape, &input);
            for (d, mean) in moments.mean.iter().enumerate() {
                assert_eq!(mean.is_nan(), d % 2 == 1, "{kernels} {d}");
            }
            let (mean, variance, _) = moments.output(&[1.0; 18]);
            assert!(mean.is_nan() && variance.is_nan(), "{kernels}");
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let shape = ConvShape {
            batch: 3 * PICTURES + 1,
            height: 6,
            width: 11,
            inputs: 2,
            outputs: 3,
            kernel: 3,
        };
        let mut rng = Seed(3).stream(Purpose::Weights, 0);
        let input: Vec<f32> = (0..shape.input_len()).map(|_| rng.random()).collect();
        for kernels in Kernels::ALL
            .into_iter()
            .filter(|kernels| kernels.available())
        {
            let in_pool = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                let run = || kernels.patch_moments(&shape, &input);
                pool.build().unwrap().install(run)
            };
            let once = in_pool(1);
            for threads in [2, 3, 7] {
                assert_eq!(in_pool(threads), once, "{kernels} {threads} threads");
            }
        }
    }
}
