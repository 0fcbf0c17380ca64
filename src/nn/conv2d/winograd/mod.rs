//! Winograd's minimal filtering: fewer multiplications by evaluating polynomials at a few points.
//!
//! F(m×m, r×r) computes an `m`×`m` tile of outputs of an `r`×`r` kernel from an `n`×`n` patch, `n = m + r - 1`, with
//! `n²` multiplications instead of `m²·r²` (Winograd, *Arithmetic Complexity of Computations*, 1980; for convolution
//! layers: Lavin and Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016):
//!
//! ```text
//! y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A
//! ```
//!
//! Summed over input channels, `⊙` becomes one matrix product for each of the `n²` points. The layer is linear in each
//! operand, so its gradients are the transposes of the same maps:
//!
//! ```text
//! dU = (Bᵀ x B) ⊙ (A dy Aᵀ), summed over tiles      dw = Gᵀ dU G
//! dx = B [ U ⊙ (A dy Aᵀ) ] Bᵀ, overlapping patches added
//! ```
//!
//! The matrices follow from `n` points, one of them infinity: row `p` of `A` is `(1, p, p², …)`, row `p` of `Bᵀ` holds the
//! coefficients of `s · Π (x - q)` over the other finite points `q`, and row `p` of `G` is `(1, p, p², …) / (s · Π (p - q))`;
//! at infinity `A` and `G` take the last coefficient and `Bᵀ` the product over all finite points. The scale `s` of each row is
//! free. Points in pairs `±p` share even and odd parts, which halves the work; powers of two and dyadic fractions keep the
//! coefficients exact. The points that lose least precision were found by measurement: see [`F4x3`] and [`F4x5`].
//!
//! # Rounding
//!
//! The error is that of the products, amplified by the transforms. With `|·|` for absolute values of a matrix's entries,
//!
//! ```text
//! |error| ≤ k · ε · |Aᵀ| [ Σ_c (|G| |w| |Gᵀ|) ⊙ (|Bᵀ| |x| |B|) ] |A|
//! ```
//!
//! where `k` counts the roundings that one value passes through (the tests derive it; in practice errors are a hundred
//! times smaller).

mod f4x3;
mod f4x5;
#[cfg(test)]
pub(super) mod matrices;

pub(super) use f4x3::F4x3;
pub(super) use f4x5::F4x5;

use super::isa::Isa;
use super::lowering::{Grid, Lowering};
use super::shape::ConvLayer;
use super::tiles::Layout;
use std::marker::PhantomData;

/// The most points that any tile has.
const MOST: usize = 8;

/// One-dimensional transforms of one algorithm, on vectors of channels. Of the eight inputs and outputs only the first few are
/// used; the compiler removes the rest.
pub(super) trait Tile: Copy + Send + Sync + 'static {
    /// Outputs of a tile, `m`.
    const OUTPUTS: usize;
    /// Side of the kernel, `r`.
    const KERNEL: usize;
    /// Points, `n = m + r - 1`.
    const POINTS: usize = Self::OUTPUTS + Self::KERNEL - 1;

    /// `Bᵀ x`: `n` values to `n` points.
    fn input<I: Isa>(isa: I, x: [I::V; MOST]) -> [I::V; MOST];
    /// `B v`: `n` points to `n` values.
    fn input_transposed<I: Isa>(isa: I, v: [I::V; MOST]) -> [I::V; MOST];
    /// `Aᵀ m`: `n` points to `m` outputs.
    fn output<I: Isa>(isa: I, m: [I::V; MOST]) -> [I::V; MOST];
    /// `A y`: `m` outputs to `n` points.
    fn output_transposed<I: Isa>(isa: I, y: [I::V; MOST]) -> [I::V; MOST];
    /// `G w`: `r` weights to `n` points.
    fn weight<I: Isa>(isa: I, w: [I::V; MOST]) -> [I::V; MOST];
    /// `Gᵀ u`: `n` points to `r` weights.
    fn weight_transposed<I: Isa>(isa: I, u: [I::V; MOST]) -> [I::V; MOST];
}

/// A convolution by Winograd's algorithm with tiles of kind `T`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Winograd<T> {
    grid: Grid,
    inputs: usize,
    tile: PhantomData<T>,
}

impl<T: Tile> Winograd<T> {
    /// For a layer whose kernel is that of the tile, with input pixels padded to whole vectors of `I`.
    pub(super) fn new<I: Isa>(_tile: T, layer: &ConvLayer) -> Self {
        let shape = &layer.shape;
        debug_assert!(shape.kernel == T::KERNEL);
        let pixel = shape.inputs.next_multiple_of(I::LANES);
        Self {
            grid: Grid::new(layer, T::OUTPUTS, T::OUTPUTS, pixel),
            inputs: shape.inputs,
            tile: PhantomData,
        }
    }
}

/// Applies a one-dimensional transform along both axes: `from` × `from` values to `to` × `to`, read at `(i, j)`.
macro_rules! both_axes {
    ($isa:expr, $transform:path, $from:expr, $to:expr, |$i:ident, $j:ident| $read:expr, |$p:ident, $q:ident, $value:ident| $write:expr) => {{
        let zero = [$isa.splat(0.0); MOST];
        let mut half = [zero; MOST];
        for $j in 0..$from {
            let mut column = zero;
            for $i in 0..$from {
                column[$i] = $read;
            }
            half[$j] = $transform($isa, column);
        }
        for $p in 0..$to {
            let mut row = zero;
            for j in 0..$from {
                row[j] = half[j][$p];
            }
            let row = $transform($isa, row);
            for $q in 0..$to {
                let $value = row[$q];
                $write;
            }
        }
    }};
}

impl<T: Tile> Lowering for Winograd<T> {
    #[inline(always)]
    fn grid(&self) -> Grid {
        self.grid
    }
    #[inline(always)]
    fn points(&self) -> usize {
        T::POINTS * T::POINTS
    }
    #[inline(always)]
    fn depth(&self) -> usize {
        self.inputs
    }
    #[inline(always)]
    fn taps(&self) -> usize {
        T::KERNEL * T::KERNEL
    }

    #[inline(always)]
    fn lower<I: Isa>(&self, isa: I, strip: &[f32], layout: &Layout, first: usize, v: &mut [f32]) {
        let (grid, stride) = (self.grid, layout.point_stride());
        for tile in 0..grid.tiles {
            for block in 0..layout.blocks {
                let patch = &strip[tile * T::OUTPUTS * grid.pixel + block * I::LANES..];
                let out = &mut v[layout.vector(first + tile, block)..];
                both_axes!(
                    isa,
                    T::input,
                    T::POINTS,
                    T::POINTS,
                    |i, j| isa.load(&patch[i * grid.padded_row() + j * grid.pixel..]),
                    |p, q, value| isa.store(value, &mut out[(p * T::POINTS + q) * stride..])
                );
            }
        }
    }

    #[inline(always)]
    fn write_outputs<I: Isa>(
        &self,
        isa: I,
        layout: &Layout,
        first: usize,
        m: &[f32],
        strip: &mut [f32],
    ) {
        let (stride, len) = (layout.point_stride(), layout.blocks * I::LANES);
        for tile in 0..self.grid.tiles {
            for block in 0..layout.blocks {
                let products = &m[layout.vector(first + tile, block)..];
                let out = &mut strip[tile * T::OUTPUTS * len + block * I::LANES..];
                both_axes!(
                    isa,
                    T::output,
                    T::POINTS,
                    T::OUTPUTS,
                    |i, j| isa.load(&products[(i * T::POINTS + j) * stride..]),
                    |p, q, value| isa.store(value, &mut out[(p * self.grid.width + q) * len..])
                );
            }
        }
    }

    #[inline(always)]
    fn lower_grad_output<I: Isa>(
        &self,
        isa: I,
        strip: &[f32],
        layout: &Layout,
        first: usize,
        z: &mut [f32],
    ) {
        let (stride, len) = (layout.point_stride(), layout.blocks * I::LANES);
        for tile in 0..self.grid.tiles {
            for block in 0..layout.blocks {
                let gradient = &strip[tile * T::OUTPUTS * len + block * I::LANES..];
                let out = &mut z[layout.vector(first + tile, block)..];
                both_axes!(
                    isa,
                    T::output_transposed,
                    T::OUTPUTS,
                    T::POINTS,
                    |i, j| isa.load(&gradient[(i * self.grid.width + j) * len..]),
                    |p, q, value| isa.store(value, &mut out[(p * T::POINTS + q) * stride..])
                );
            }
        }
    }

    #[inline(always)]
    fn col2im<I: Isa>(&self, isa: I, layout: &Layout, first: usize, v: &[f32], padded: &mut [f32]) {
        let (grid, stride) = (self.grid, layout.point_stride());
        for tile in 0..grid.tiles {
            for block in 0..layout.blocks {
                let products = &v[layout.vector(first + tile, block)..];
                let patch = &mut padded[tile * T::OUTPUTS * grid.pixel + block * I::LANES..];
                both_axes!(
                    isa,
                    T::input_transposed,
                    T::POINTS,
                    T::POINTS,
                    |i, j| isa.load(&products[(i * T::POINTS + j) * stride..]),
                    |p, q, value| {
                        let target = &mut patch[p * grid.padded_row() + q * grid.pixel..];
                        isa.store(isa.add(isa.load(target), value), target);
                    }
                );
            }
        }
    }

    #[inline(always)]
    fn spread_weight<I: Isa>(
        &self,
        isa: I,
        read: impl Fn(usize) -> I::V,
        mut write: impl FnMut(usize, I::V),
    ) {
        both_axes!(
            isa,
            T::weight,
            T::KERNEL,
            T::POINTS,
            |i, j| read(i * T::KERNEL + j),
            |p, q, value| write(p * T::POINTS + q, value)
        );
    }

    #[inline(always)]
    fn gather_weight<I: Isa>(
        &self,
        isa: I,
        read: impl Fn(usize) -> I::V,
        mut write: impl FnMut(usize, I::V),
    ) {
        both_axes!(
            isa,
            T::weight_transposed,
            T::POINTS,
            T::KERNEL,
            |i, j| read(i * T::POINTS + j),
            |p, q, value| write(p * T::KERNEL + q, value)
        );
    }
}
