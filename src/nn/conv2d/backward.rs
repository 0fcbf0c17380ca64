//! The backward pass of every lowered method.
//!
//! Whole pictures form chunks, and a few chunks a block, for which three steps follow each other, each on all threads:
//!
//! 1. for each chunk, lower the input to `V` and the output's gradient, taken back through pooling and ReLU, to `Z`;
//! 2. for each piece of `dU`, add `VᵀZ` of the block's chunks, in their order;
//! 3. for each chunk, multiply `Z` by `Uᵀ` and raise the result to the input's gradient.
//!
//! How pictures form chunks depends on the shape alone, and every sum runs over chunks in order: any number of threads gives
//! the same bits. What fills a block is only as much as the threads need, to bound the memory.

use super::forward::multiply;
use super::isa::{Isa, Job};
use super::lowering::{Group, Lowering};
use super::micro::Strided;
use super::plan;
use super::scratch::Buffer;
use super::shape::{ConvShape, Fused, Gradients};
use super::strips::{self, Gradient};
use super::tiles::Layout;
use super::weights::{Packed, Unpacked};
use rayon::prelude::*;

/// What all chunks share.
struct Pass<'a, W> {
    method: W,
    shape: &'a ConvShape,
    fused: Fused,
    input: &'a [f32],
    choices: &'a [u8],
    grad_output: &'a [f32],
    /// `Uᵀ`, where the input's gradient is asked for.
    weights: Option<Packed>,
}

/// Some pictures, lowered.
struct Chunk<'a> {
    first: usize,
    pictures: usize,
    input: Layout,
    v: Buffer,
    gradient: Layout,
    z: Buffer,
    bias: Buffer,
    /// The input's gradient of these pictures, empty where nobody asks.
    grad_input: &'a mut [f32],
}

/// Adds the gradients of the layer to `gradients`.
pub(super) fn backward<I: Isa, W: Lowering>(
    isa: I,
    method: W,
    (shape, fused): (&ConvShape, Fused),
    [input, weight, grad_output]: [&[f32]; 3],
    choices: &[u8],
    gradients: Gradients<'_>,
) {
    let weights = gradients
        .input
        .is_some()
        .then(|| Packed::transposed(isa, method, method.depth(), shape.outputs, weight));
    let pass = Pass {
        method,
        shape,
        fused,
        input,
        choices,
        grad_output,
        weights,
    };
    let mut unpacked = Unpacked::zeros::<I>(method.points(), method.depth(), shape.outputs);
    let mut grad_input = gradients.input.unwrap_or_default();
    let per_chunk = plan::pictures_per_chunk(&method).min(shape.batch);
    let per_block = per_chunk * plan::chunks_per_block(rayon::current_num_threads());
    for first in (0..shape.batch).step_by(per_block) {
        let pictures = per_block.min(shape.batch - first);
        let len = if grad_input.is_empty() {
            0
        } else {
            pictures * pass.picture_len()
        };
        let (head, tail) = grad_input.split_at_mut(len);
        grad_input = tail;
        let mut chunks = pass.chunks::<I>(first, pictures, per_chunk, head);
        chunks.par_iter_mut().for_each(|chunk| {
            isa.run(Lower {
                isa,
                pass: &pass,
                chunk,
            })
        });
        add_bias(&chunks, gradients.bias);
        let blocks = method.depth().div_ceil(I::LANES);
        unpacked.pieces::<I>().enumerate().for_each(|(piece, sum)| {
            let (point, block) = (piece / blocks, piece % blocks);
            isa.run(AddOuter {
                isa,
                outputs: shape.outputs,
                chunks: &chunks,
                point,
                block,
                sum,
            });
        });
        if pass.weights.is_some() {
            chunks.par_iter_mut().for_each(|chunk| {
                isa.run(Raise {
                    isa,
                    pass: &pass,
                    chunk,
                })
            });
        }
    }
    unpacked.add_to(isa, method, gradients.weight);
}

/// Adds the chunks' bias gradients in their order.
fn add_bias(chunks: &[Chunk<'_>], bias: &mut [f32]) {
    for chunk in chunks {
        for (sum, part) in bias.iter_mut().zip(&*chunk.bias) {
            *sum += part;
        }
    }
}

impl<W: Lowering> Pass<'_, W> {
    #[inline(always)]
    fn picture_len(&self) -> usize {
        self.shape.height * self.shape.width * self.shape.inputs
    }

    fn chunks<'a, I: Isa>(
        &self,
        first: usize,
        pictures: usize,
        per_chunk: usize,
        mut grad_input: &'a mut [f32],
    ) -> Vec<Chunk<'a>> {
        let (method, grid) = (&self.method, self.method.grid());
        let mut chunks = Vec::new();
        for start in (first..first + pictures).step_by(per_chunk) {
            let pictures = per_chunk.min(first + pictures - start);
            let tiles = pictures * grid.strips * grid.tiles;
            let input = Layout::new::<I>(method.points(), tiles, method.depth());
            let gradient = Layout::new::<I>(method.points(), tiles, self.shape.outputs);
            let len = grad_input.len().min(pictures * self.picture_len());
            let (head, tail) = grad_input.split_at_mut(len);
            grad_input = tail;
            chunks.push(Chunk {
                first: start,
                pictures,
                input,
                v: Buffer::take(input.len()),
                gradient,
                z: Buffer::take(gradient.len()),
                bias: Buffer::zeros(gradient.blocks * I::LANES),
                grad_input: head,
            });
        }
        chunks
    }
}

/// Step 1.
struct Lower<'a, 'b, I, W> {
    isa: I,
    pass: &'a Pass<'a, W>,
    chunk: &'a mut Chunk<'b>,
}

impl<I: Isa, W: Lowering> Job for Lower<'_, '_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { isa, pass, chunk } = self;
        let (method, shape, grid) = (pass.method, pass.shape, pass.method.grid());
        let mut padded = Buffer::take(grid.padded_strip(I::LANES));
        let mut spread = Buffer::take(grid.rows * grid.width * chunk.bias.len());
        let picture_len = pass.picture_len();
        let output_len = pass.grad_output.len() / shape.batch;
        let choices_len = pass.choices.len() / shape.batch;
        for local in 0..chunk.pictures {
            let n = chunk.first + local;
            let picture = &pass.input[n * picture_len..][..picture_len];
            let gradient = Gradient {
                fused: pass.fused,
                output: &pass.grad_output[n * output_len..][..output_len],
                choices: &pass.choices[n * choices_len..][..choices_len],
                channels: shape.outputs,
            };
            for strip in 0..grid.strips {
                let tile = (local * grid.strips + strip) * grid.tiles;
                strips::pad(shape, &grid, picture, strip, &mut padded);
                method.lower(isa, &padded, &chunk.input, tile, &mut chunk.v);
                gradient.spread(isa, &grid, strip, &mut spread);
                method.lower_gradient(isa, &spread, &chunk.gradient, tile, &mut chunk.z);
                for pixel in spread.chunks_exact(chunk.bias.len()) {
                    for (sum, value) in chunk.bias.iter_mut().zip(pixel) {
                        *sum += value;
                    }
                }
            }
        }
        let tiles = chunk.pictures * grid.strips * grid.tiles;
        chunk.input.clear_from(tiles, &mut chunk.v);
        chunk.gradient.clear_from(tiles, &mut chunk.z);
    }
}

/// Step 2: one piece of `dU`.
struct AddOuter<'a, 'b, I> {
    isa: I,
    outputs: usize,
    chunks: &'a [Chunk<'b>],
    point: usize,
    block: usize,
    sum: &'a mut [f32],
}

impl<I: Isa> Job for AddOuter<'_, '_, I> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            isa,
            outputs,
            chunks,
            point,
            block,
            sum,
        } = self;
        let mut rest = sum;
        for group in Group::all::<I>(outputs) {
            let row = group.vectors * I::LANES;
            let (sums, tail) = rest.split_at_mut(I::LANES * row);
            rest = tail;
            for chunk in chunks {
                let (input, gradient) = (&chunk.input, &chunk.gradient);
                let left = Strided {
                    data: &chunk.v[input.block(point, 0, block)..],
                    stride: input.panel_stride(),
                    pieces: input.panels,
                };
                let right = Strided {
                    data: &chunk.z[gradient.block(point, 0, group.first)..],
                    stride: gradient.panel_stride(),
                    pieces: gradient.panels,
                };
                for lane in (0..I::LANES).step_by(I::ROWS) {
                    isa.outer(group.vectors, left, lane, right, &mut sums[lane * row..]);
                }
            }
        }
    }
}

/// Step 3.
struct Raise<'a, 'b, I, W> {
    isa: I,
    pass: &'a Pass<'a, W>,
    chunk: &'a mut Chunk<'b>,
}

impl<I: Isa, W: Lowering> Job for Raise<'_, '_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { isa, pass, chunk } = self;
        let (method, grid) = (pass.method, pass.method.grid());
        let Some(weights) = &pass.weights else { return };
        let tiles = chunk.pictures * grid.strips * grid.tiles;
        let picture = grid.padded_picture();
        let mut padded = Buffer::zeros(chunk.pictures * picture);
        let mut products =
            Buffer::take(Layout::new::<I>(method.points(), tiles, I::VECTORS * I::LANES).len());
        for group in Group::all::<I>(method.depth()) {
            let out = Layout::new::<I>(method.points(), tiles, group.vectors * I::LANES);
            let left = (&chunk.gradient, &chunk.z[..]);
            multiply(
                isa,
                weights,
                group,
                pass.shape.outputs,
                left,
                (&out, &mut products),
            );
            for strip in 0..chunk.pictures * grid.strips {
                let above = strip % grid.strips * grid.rows * grid.padded_row();
                let padded = &mut padded[strip / grid.strips * picture + above..];
                method.raise_gradient(isa, &out, strip * grid.tiles, &products, group, padded);
            }
        }
        let pictures = chunk.grad_input.chunks_exact_mut(pass.picture_len());
        for (padded, gradient) in padded.chunks_exact(picture).zip(pictures) {
            strips::add_inside(pass.shape, &grid, padded, gradient);
        }
    }
}
