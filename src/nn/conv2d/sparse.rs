//! The weight gradient of a first layer with max pooling, from the maxima alone.
//!
//! Pooling passes the gradient of an output to one of four positions, and ReLU masks many. A matrix product over patches would
//! multiply the zeros too; here each gradient that is not masked adds its patch once, for a quarter of the work or less. It pays
//! where a row of the patch is one vector, so that the whole gradient of a kernel for one output stays in registers: with few
//! input channels, as in a first layer, which also needs no gradient of its input.
//!
//! ```text
//! dw[u, ·, o] += g · x[i + u, j .. j + K]      for each output (i, j) of channel o that is not masked
//! ```
//!
//! A gradient of zero is not skipped: zero times a NaN in the picture is NaN.

use super::isa::{Isa, Job};
use super::lowering::Grid;
use super::scratch::Buffer;
use super::shape::{Argmax, BackwardOperands, ConvLayer, Gradients};
use super::strips;
use rayon::prelude::*;

/// Pictures whose gradients are summed by one thread. It must depend on the layer alone.
const PICTURES: usize = 8;

/// Adds the gradients of weights and bias and returns true, if this method can compute the layer.
pub(super) fn backward<I: Isa>(
    isa: I,
    layer: &ConvLayer,
    operands: BackwardOperands<'_>,
    gradients: &mut Gradients<'_>,
) -> bool {
    let shape = &layer.shape;
    let whole_rows = shape.kernel * shape.inputs <= I::LANES;
    if gradients.input.is_some() || !layer.fused.pool || !whole_rows {
        return false;
    }
    let pass = Pass {
        isa,
        layer,
        operands,
    };
    match shape.kernel {
        3 => pass.add::<3>(gradients),
        5 => pass.add::<5>(gradients),
        7 => pass.add::<7>(gradients),
        9 => pass.add::<9>(gradients),
        11 => pass.add::<11>(gradients),
        _ => return false,
    }
    true
}

struct Pass<'a, I> {
    isa: I,
    layer: &'a ConvLayer,
    operands: BackwardOperands<'a>,
}

impl<I: Isa> Pass<'_, I> {
    /// Adds the gradients of a kernel with `K` rows.
    fn add<const K: usize>(&self, gradients: &mut Gradients<'_>) {
        let (shape, outputs) = (&self.layer.shape, self.layer.shape.outputs);
        let len = outputs * (K + 1) * I::LANES;
        let mut sums = Buffer::zeros(shape.batch.div_ceil(PICTURES) * len);
        sums.par_chunks_exact_mut(len)
            .enumerate()
            .for_each(|(chunk, sums)| {
                let first = chunk * PICTURES;
                let pictures = first..(first + PICTURES).min(shape.batch);
                self.isa.run(Pictures::<I, K> {
                    pass: self,
                    pictures,
                    sums,
                });
            });
        let run = K * shape.inputs;
        for sums in sums.chunks_exact(len) {
            for (o, sums) in sums.chunks_exact((K + 1) * I::LANES).enumerate() {
                for u in 0..K {
                    for d in 0..run {
                        gradients.weight[(u * run + d) * outputs + o] += sums[u * I::LANES + d];
                    }
                }
                gradients.bias[o] += sums[K * I::LANES];
            }
        }
    }
}

/// Some pictures, for all outputs: `sums` is `[outputs][K + 1][LANES]`, the last row for the bias.
struct Pictures<'a, I, const K: usize> {
    pass: &'a Pass<'a, I>,
    pictures: std::ops::Range<usize>,
    sums: &'a mut [f32],
}

/// The gradients of one picture that are not masked, for [`CHANNELS`] outputs: the positions of their patches, and their
/// values.
struct Unmasked {
    corners: Vec<u32>,
    values: Vec<f32>,
    counts: [usize; CHANNELS],
}

/// Outputs that are listed together: a cache line of gradients.
const CHANNELS: usize = 16;

impl<I: Isa, const K: usize> Job for Pictures<'_, I, K> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            pass,
            pictures,
            sums,
        } = self;
        let Pass {
            layer, operands, ..
        } = pass;
        let shape = &layer.shape;
        // One strip as high as the picture, plus the vector that the last read of a row needs.
        let grid = Grid::new(layer, shape.height.next_multiple_of(2), 1, shape.inputs);
        let mut padded = Buffer::take(grid.padded_strip(I::LANES));
        let out = layer.output();
        let (cells, picture_len) = (
            out.height * out.width,
            shape.height * shape.width * shape.inputs,
        );
        let mut unmasked = Unmasked {
            corners: vec![0; cells * CHANNELS],
            values: vec![0.0; cells * CHANNELS],
            counts: [0; CHANNELS],
        };
        for n in pictures {
            strips::pad(
                shape,
                &grid,
                &operands.input[n * picture_len..][..picture_len],
                0,
                &mut padded,
            );
            let len = cells * shape.outputs;
            let (gradient, argmax) = (
                &operands.grad_output[n * len..][..len],
                &operands.argmax[n * len..][..len],
            );
            for first in (0..shape.outputs).step_by(CHANNELS) {
                let channels = first..(first + CHANNELS).min(shape.outputs);
                unmasked.list(
                    &grid,
                    out.width,
                    shape.outputs,
                    channels.clone(),
                    gradient,
                    argmax,
                );
                for (lane, o) in channels.enumerate() {
                    let count = unmasked.counts[lane];
                    let corners = &unmasked.corners[lane * cells..][..count];
                    let values = &unmasked.values[lane * cells..][..count];
                    let sums = &mut sums[o * (K + 1) * I::LANES..][..(K + 1) * I::LANES];
                    add_patches::<I, K>(
                        pass.isa,
                        &padded,
                        grid.padded_row(),
                        corners,
                        values,
                        sums,
                    );
                }
            }
        }
    }
}

impl Unmasked {
    /// Lists the gradients that are not masked, for each channel in the order of its outputs. Every output is written, and the
    /// list then grows by one or by none: that is faster than a branch that the processor cannot predict.
    #[inline(always)]
    fn list(
        &mut self,
        grid: &Grid,
        width: usize,
        outputs: usize,
        channels: std::ops::Range<usize>,
        gradient: &[f32],
        argmax: &[u8],
    ) {
        self.counts = [0; CHANNELS];
        let cells = gradient.len() / outputs;
        for cell in 0..cells {
            let corner = cell / width * 2 * grid.padded_row() + cell % width * 2 * grid.pixel;
            let corners = [
                0,
                grid.pixel,
                grid.padded_row(),
                grid.padded_row() + grid.pixel,
            ]
            .map(|by| (corner + by) as u32);
            let at = cell * outputs;
            let gradient = &gradient[at + channels.start..at + channels.end];
            let argmax = &argmax[at + channels.start..at + channels.end];
            for (lane, (&value, &index)) in gradient.iter().zip(argmax).enumerate() {
                let count = &mut self.counts[lane];
                self.corners[lane * cells + *count] = corners[usize::from(index & 3)];
                self.values[lane * cells + *count] = value;
                *count += usize::from(index != Argmax::MASKED);
            }
        }
    }
}

/// `sums[u] += value · picture[corner + u · row ..]` for every patch, and the values themselves into the last row.
#[inline(always)]
fn add_patches<I: Isa, const K: usize>(
    isa: I,
    picture: &[f32],
    row: usize,
    corners: &[u32],
    values: &[f32],
    sums: &mut [f32],
) {
    let mut total = [isa.splat(0.0); K];
    let mut bias = 0.0;
    let reach = (K - 1) * row + I::LANES;
    for (&corner, &value) in corners.iter().zip(values) {
        let patch = &picture[corner as usize..][..reach];
        let factor = isa.splat(value);
        for (u, total) in total.iter_mut().enumerate() {
            *total = isa.mul_add(factor, isa.load(&patch[u * row..]), *total);
        }
        bias += value;
    }
    for (u, total) in total.into_iter().enumerate() {
        let sums = &mut sums[u * I::LANES..];
        isa.store(isa.add(isa.load(sums), total), sums);
    }
    sums[K * I::LANES] += bias;
}
