//! The forward pass of every lowered method.
//!
//! A chunk is some strips, of one or several pictures. Each thread takes a chunk from input to output without waiting for
//! others: pad, lower, then for each group of output channels multiply, write the outputs, and apply bias, ReLU and pooling. The
//! products of one group stay in the second-level cache. The result of a tile does not depend on its chunk, so any number of
//! threads gives the same bits.

use super::isa::{Isa, Job};
use super::lowering::{Group, Lowering};
use super::scratch::Buffer;
use super::shape::{ConvLayer, Operands};
use super::stages::Row;
use super::tiles::Layout;
use super::weights::Packed;
use super::{plan, strips};
use rayon::prelude::*;

/// What all chunks share.
struct Pass<'a, W> {
    method: W,
    layer: &'a ConvLayer,
    operands: Operands<'a>,
    weights: Packed,
}

/// Consecutive strips of the batch, with their outputs.
struct Chunk<'a> {
    first: usize,
    strips: usize,
    output: &'a mut [f32],
    argmax: &'a mut [u8],
}

/// Runs the layer; `argmax` has one byte for each output, or is empty where it is not needed.
pub(super) fn forward<I: Isa, W: Lowering>(
    isa: I,
    method: W,
    layer: &ConvLayer,
    operands: Operands<'_>,
    output: &mut [f32],
    argmax: &mut [u8],
) {
    let outputs = layer.shape.outputs;
    let weights = Packed::new(isa, method, method.depth(), outputs, operands.weight);
    let pass = Pass {
        method,
        layer,
        operands,
        weights,
    };
    let chunks = pass.chunks(output, argmax);
    chunks.into_par_iter().for_each(|chunk| {
        isa.run(ForwardChunk {
            isa,
            pass: &pass,
            chunk,
        })
    });
}

impl<W: Lowering> Pass<'_, W> {
    fn chunks<'a>(&self, mut output: &'a mut [f32], mut argmax: &'a mut [u8]) -> Vec<Chunk<'a>> {
        let total = self.method.grid().strips * self.layer.shape.batch;
        let per_chunk = plan::strips_per_chunk(&self.method, total, rayon::current_num_threads());
        let mut chunks = Vec::new();
        for first in (0..total).step_by(per_chunk) {
            let strips = per_chunk.min(total - first);
            let len: usize = (first..first + strips)
                .map(|strip| self.rows(strip) * self.row_len())
                .sum();
            let (head, tail) = output.split_at_mut(len);
            let (head_argmax, tail_argmax) = argmax.split_at_mut(len.min(argmax.len()));
            (output, argmax) = (tail, tail_argmax);
            chunks.push(Chunk {
                first,
                strips,
                output: head,
                argmax: head_argmax,
            });
        }
        chunks
    }

    /// Output rows of a strip of the batch.
    #[inline(always)]
    fn rows(&self, strip: usize) -> usize {
        let grid = self.method.grid();
        let rows = grid.rows.min(grid.map[0] - strip % grid.strips * grid.rows);
        if self.layer.fused.pool {
            rows / 2
        } else {
            rows
        }
    }

    /// Values in a row of the output.
    #[inline(always)]
    fn row_len(&self) -> usize {
        self.layer.output().width * self.layer.shape.outputs
    }
}

struct ForwardChunk<'a, I, W> {
    isa: I,
    pass: &'a Pass<'a, W>,
    chunk: Chunk<'a>,
}

impl<I: Isa, W: Lowering> Job for ForwardChunk<'_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let Self { isa, pass, .. } = self;
        let grid = pass.method.grid();
        let tiles = self.chunk.strips * grid.tiles;
        let layout = Layout::new::<I>(pass.method.points(), tiles, pass.method.depth());
        let mut lowered = Buffer::take(layout.len());
        self.lower(&layout, &mut lowered);
        let widest = Layout::new::<I>(pass.method.points(), tiles, I::VECTORS * I::LANES);
        let mut products = Buffer::take(widest.len());
        let mut strip = Buffer::take(grid.rows * grid.width * I::VECTORS * I::LANES);
        for group in Group::all::<I>(pass.layer.shape.outputs) {
            let out = Layout::new::<I>(pass.method.points(), tiles, group.vectors * I::LANES);
            multiply(
                isa,
                &pass.weights,
                group,
                pass.method.depth(),
                (&layout, &lowered),
                (&out, &mut products),
            );
            self.finish(group, &out, &products, &mut strip);
        }
    }
}

impl<I: Isa, W: Lowering> ForwardChunk<'_, I, W> {
    #[inline(always)]
    fn lower(&self, layout: &Layout, lowered: &mut [f32]) {
        let (pass, grid) = (self.pass, self.pass.method.grid());
        let (shape, input) = (&pass.layer.shape, pass.operands.input);
        let mut padded = Buffer::take(grid.padded_strip(I::LANES));
        let picture_len = shape.height * shape.width * shape.inputs;
        for at in 0..self.chunk.strips {
            let strip = self.chunk.first + at;
            let picture = &input[strip / grid.strips * picture_len..][..picture_len];
            strips::pad(shape, &grid, picture, strip % grid.strips, &mut padded);
            pass.method
                .lower(self.isa, &padded, layout, at * grid.tiles, lowered);
        }
        layout.clear_from(self.chunk.strips * grid.tiles, lowered);
    }

    #[inline(always)]
    fn finish(&mut self, group: Group, layout: &Layout, products: &[f32], strip: &mut [f32]) {
        let (pass, grid) = (self.pass, self.pass.method.grid());
        let (layer, bias) = (pass.layer, pass.operands.bias);
        let len = group.vectors * I::LANES;
        let first = group.first * I::LANES;
        let bias = &bias[first..(first + len).min(bias.len())];
        let (row_len, side) = (pass.row_len(), if layer.fused.pool { 2 } else { 1 });
        let mut at = 0;
        for local in 0..self.chunk.strips {
            pass.method
                .write_outputs(self.isa, layout, local * grid.tiles, products, strip);
            for row in 0..pass.rows(self.chunk.first + local) {
                let map = |lower: usize| {
                    &strip[(row * side + lower) * grid.width * len..][..grid.width * len]
                };
                let map = [map(0), map(side - 1)];
                let argmax = &mut self.chunk.argmax;
                let argmax = if argmax.is_empty() {
                    &mut [][..]
                } else {
                    &mut argmax[at..at + row_len]
                };
                let row = Row {
                    map,
                    len,
                    bias,
                    channels: layer.shape.outputs,
                    first,
                };
                row.finish(
                    layer.fused,
                    &mut self.chunk.output[at..at + row_len],
                    argmax,
                );
                at += row_len;
            }
        }
    }
}

/// `out_p = left_p · U_p` for one group of columns: every panel of every point.
#[inline(always)]
fn multiply<I: Isa>(
    isa: I,
    weights: &Packed,
    group: Group,
    depth: usize,
    (left, values): (&Layout, &[f32]),
    (out, products): (&Layout, &mut [f32]),
) {
    for point in 0..left.points {
        let right = weights.group(group, point);
        for panel in 0..left.panels {
            let values = &values[left.block(point, panel, 0)..][..left.panel_len()];
            let products = &mut products[out.block(point, panel, 0)..][..out.panel_len()];
            isa.product(group.vectors, depth, values, right, products);
        }
    }
}
