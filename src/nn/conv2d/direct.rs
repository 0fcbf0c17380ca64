//! The forward pass of a layer with short patches, without a patch matrix.
//!
//! With few input channels, writing the patches down takes longer than multiplying them. Here a register tile of neighbouring
//! pixels reads its values from the padded strip itself: the values of a patch row are contiguous, and those of the next pixel
//! begin one pixel later. The sums run in the order of im2col and have the same bits.

use super::im2col::Im2Col;
use super::isa::{Isa, Job, Pixels};
use super::lowering::{Grid, Group, Lowering};
use super::scratch::Buffer;
use super::shape::{ConvLayer, Operands};
use super::stages::Row;
use super::strips;
use super::weights::Packed;
use rayon::prelude::*;

/// The longest patch: the weights of one pass, two vectors for each value, take half of a first-level cache.
const MAX_DEPTH: usize = 128;
/// The narrowest map: pixels of a register tile beyond its edge are computed for nothing.
const MIN_WIDTH: usize = 16;
/// Rows of a strip.
const ROWS: usize = 8;

/// Runs the layer and returns true, if this method can compute it. `argmax` as in [`forward`](super::forward::forward).
pub(super) fn forward<I: Isa>(
    isa: I,
    layer: &ConvLayer,
    operands: Operands<'_>,
    output: &mut [f32],
    argmax: &mut [u8],
) -> bool {
    let shape = &layer.shape;
    let method = Im2Col::new(layer);
    if method.depth() > MAX_DEPTH || shape.width < MIN_WIDTH {
        return false;
    }
    let mut grid = Grid::new(layer, ROWS, 1, shape.inputs);
    grid.width = grid.width.next_multiple_of(I::ROWS);
    let weights = Packed::new(isa, method, method.depth(), shape.outputs, operands.weight);
    let pass = Pass {
        isa,
        layer,
        operands,
        grid,
        weights,
    };
    let strips = pass.strips(output, argmax);
    strips
        .into_par_iter()
        .for_each(|strip| isa.run(ForwardStrip { pass: &pass, strip }));
    true
}

struct Pass<'a, I> {
    isa: I,
    layer: &'a ConvLayer,
    operands: Operands<'a>,
    grid: Grid,
    weights: Packed,
}

/// A strip of the batch, with its outputs.
struct Strip<'a> {
    picture: usize,
    strip: usize,
    output: &'a mut [f32],
    argmax: &'a mut [u8],
}

impl<I> Pass<'_, I> {
    /// Rows of the map for each row of the output.
    #[inline(always)]
    fn side(&self) -> usize {
        if self.layer.fused.pool { 2 } else { 1 }
    }

    /// Values in a row of the output.
    #[inline(always)]
    fn row_len(&self) -> usize {
        self.layer.output().width * self.layer.shape.outputs
    }

    fn strips<'a>(&self, output: &'a mut [f32], mut argmax: &'a mut [u8]) -> Vec<Strip<'a>> {
        let strip_len = ROWS / self.side() * self.row_len();
        let picture_len = output.len() / self.layer.shape.batch;
        let mut strips = Vec::new();
        for (picture, output) in output.chunks_exact_mut(picture_len).enumerate() {
            for (strip, output) in output.chunks_mut(strip_len).enumerate() {
                let (head, tail) = argmax.split_at_mut(output.len().min(argmax.len()));
                argmax = tail;
                strips.push(Strip {
                    picture,
                    strip,
                    output,
                    argmax: head,
                });
            }
        }
        strips
    }
}

struct ForwardStrip<'a, I> {
    pass: &'a Pass<'a, I>,
    strip: Strip<'a>,
}

impl<I: Isa> Job for ForwardStrip<'_, I> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let Pass {
            isa, layer, grid, ..
        } = *self.pass;
        let shape = &layer.shape;
        let picture_len = shape.height * shape.width * shape.inputs;
        let picture = &self.pass.operands.input[self.strip.picture * picture_len..][..picture_len];
        let mut padded = Buffer::take(grid.padded_strip(I::LANES));
        strips::pad(shape, &grid, picture, self.strip.strip, &mut padded);
        let mut map = Buffer::take(ROWS * grid.width * I::VECTORS * I::LANES);
        let rows = self.strip.output.len() / self.pass.row_len() * self.pass.side();
        for group in Group::all::<I>(shape.outputs) {
            let len = group.vectors * I::LANES;
            let weights = self.pass.weights.group(group, 0);
            for (at, map) in map
                .chunks_exact_mut(grid.width * len)
                .take(rows)
                .enumerate()
            {
                for (tile, map) in map.chunks_exact_mut(I::ROWS * len).enumerate() {
                    let corner = at * grid.padded_row() + tile * I::ROWS * grid.pixel;
                    let pixels = Pixels {
                        strip: &padded[corner..],
                        row: grid.padded_row(),
                        pixel: grid.pixel,
                        kernel: shape.kernel,
                    };
                    isa.convolve(group.vectors, pixels, weights, map);
                }
            }
            self.finish(group, &map);
        }
    }
}

impl<I: Isa> ForwardStrip<'_, I> {
    /// Bias and stages for one group, whose map is `[ROWS][width][vectors · LANES]`.
    #[inline(always)]
    fn finish(&mut self, group: Group, map: &[f32]) {
        let Pass { layer, grid, .. } = self.pass;
        let (len, first) = (group.vectors * I::LANES, group.first * I::LANES);
        let bias = self.pass.operands.bias;
        let (row_len, side) = (self.pass.row_len(), self.pass.side());
        for (at, output) in self.strip.output.chunks_exact_mut(row_len).enumerate() {
            let line =
                |lower: usize| &map[(at * side + lower) * grid.width * len..][..grid.width * len];
            let row = Row {
                map: [line(0), line(side - 1)],
                len,
                bias: &bias[first..(first + len).min(bias.len())],
                channels: layer.shape.outputs,
                first,
            };
            let argmax = &mut self.strip.argmax;
            let argmax = if argmax.is_empty() {
                &mut [][..]
            } else {
                &mut argmax[at * row_len..][..row_len]
            };
            row.finish(layer.fused, output, argmax);
        }
    }
}
