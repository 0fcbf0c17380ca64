//! The backward pass of every lowered method.
//!
//! A chunk is some whole pictures, a block some chunks. For each block three steps follow each other, each on all threads:
//!
//! 1. for each chunk, lower the input to `V`, take the output's gradient back through pooling and ReLU, and lower it to `Z`;
//! 2. for each point, add `VᵀZ` of the block's chunks to `dU`, in their order, and multiply `Z` by `Uᵀ`, while the point's
//!    `Z` is in the second-level cache;
//! 3. for each picture, add the products to the input's gradient (col2im).
//!
//! The division into chunks depends on the shape alone, and every sum runs over chunks in order: any number of threads gives
//! the same bits. A block has only as many chunks as the threads need, which bounds the memory.

mod jobs;

use super::isa::Isa;
use super::lowering::Lowering;
use super::plan;
use super::scratch::Buffer;
use super::shape::{BackwardOperands, BackwardOptions, ConvLayer, Gradients};
use super::tiles::Layout;
use super::weights::{Packed, Unpacked};
use jobs::{Col2Im, Lower, Products, Sums};
use rayon::prelude::*;

/// What all chunks share.
struct Pass<'a, W> {
    method: W,
    layer: &'a ConvLayer,
    operands: BackwardOperands<'a>,
    options: BackwardOptions<'a>,
    /// `Uᵀ`, where the input's gradient is needed.
    weights: Option<Packed>,
}

/// The lowered operands of some pictures.
struct Chunk {
    first: usize,
    pictures: usize,
    /// Panels of the block before this chunk.
    first_panel: usize,
    input: Layout,
    v: Buffer,
    gradient: Layout,
    z: Buffer,
    bias: Buffer,
}

/// Adds the gradients of the layer to `gradients`. With a normalisation, `method` is one for the layer without stages.
pub(super) fn backward<I: Isa, W: Lowering>(
    isa: I,
    method: W,
    layer: &ConvLayer,
    operands: BackwardOperands<'_>,
    options: BackwardOptions<'_>,
    gradients: Gradients<'_>,
) {
    let shape = &layer.shape;
    let weights = gradients
        .input
        .is_some()
        .then(|| Packed::transposed(isa, method, method.depth(), shape.outputs, operands.weight));
    let pass = Pass {
        method,
        layer,
        operands,
        options,
        weights,
    };
    let mut unpacked = Unpacked::zeros::<I>(method.points(), method.depth(), shape.outputs);
    let mut grad_input = gradients.input.unwrap_or_default();
    let per_chunk = plan::pictures_per_chunk(&method).min(shape.batch);
    let per_block = per_chunk * plan::chunks_per_block(rayon::current_num_threads());
    for first in (0..shape.batch).step_by(per_block) {
        let pictures = per_block.min(shape.batch - first);
        let mut chunks = pass.chunks::<I>(first, pictures, per_chunk);
        chunks.par_iter_mut().for_each(|chunk| {
            isa.run(Lower {
                isa,
                pass: &pass,
                chunk,
            })
        });
        add_bias(&chunks, gradients.bias);
        let (products, layout) = pass.multiply(isa, &chunks, &mut unpacked);
        let head;
        (head, grad_input) =
            grad_input.split_at_mut(grad_input.len().min(pictures * pass.picture_len()));
        head.par_chunks_exact_mut(pass.picture_len())
            .enumerate()
            .for_each(|(local, grad_input)| {
                let tiles = pass.method.grid().picture_tiles();
                let chunk = &chunks[local / per_chunk];
                let first = chunk.first_panel * I::ROWS + local % per_chunk * tiles;
                isa.run(Col2Im {
                    isa,
                    pass: &pass,
                    layout: &layout,
                    first,
                    products: &products,
                    grad_input,
                });
            });
    }
    unpacked.add_to(isa, method, gradients.weight);
}

/// Adds the chunks' bias gradients in their order.
fn add_bias(chunks: &[Chunk], bias: &mut [f32]) {
    for chunk in chunks {
        for (sum, part) in bias.iter_mut().zip(&*chunk.bias) {
            *sum += part;
        }
    }
}

impl<W: Lowering> Pass<'_, W> {
    #[inline(always)]
    fn picture_len(&self) -> usize {
        self.layer.shape.height * self.layer.shape.width * self.layer.shape.inputs
    }

    fn chunks<I: Isa>(&self, first: usize, pictures: usize, per_chunk: usize) -> Vec<Chunk> {
        let method = &self.method;
        let mut first_panel = 0;
        let starts = (first..first + pictures).step_by(per_chunk);
        starts
            .map(|start| {
                let pictures = per_chunk.min(first + pictures - start);
                let tiles = pictures * method.grid().picture_tiles();
                let input = Layout::spaced::<I>(method.points(), tiles, method.depth());
                let gradient =
                    Layout::spaced::<I>(method.points(), tiles, self.layer.shape.outputs);
                first_panel += input.panels;
                Chunk {
                    first: start,
                    pictures,
                    first_panel: first_panel - input.panels,
                    input,
                    v: Buffer::take(input.len()),
                    gradient,
                    z: Buffer::take(gradient.len()),
                    bias: Buffer::zeros(gradient.blocks * I::LANES),
                }
            })
            .collect()
    }

    /// Step 2. Returns `V'`, empty where the input's gradient is not needed.
    fn multiply<I: Isa>(
        &self,
        isa: I,
        chunks: &[Chunk],
        unpacked: &mut Unpacked,
    ) -> (Buffer, Layout) {
        let (points, depth, outputs) = (
            self.method.points(),
            self.method.depth(),
            self.layer.shape.outputs,
        );
        let panels = chunks.iter().map(|chunk| chunk.input.panels).sum::<usize>();
        let layout = Layout::new::<I>(points, panels * I::ROWS, depth);
        let piece_len = Unpacked::piece_len::<I>(outputs);
        let blocks = layout.blocks;
        let Some(weights) = &self.weights else {
            unpacked
                .pieces()
                .par_chunks_mut(piece_len)
                .enumerate()
                .for_each(|(at, sum)| {
                    isa.run(Sums {
                        isa,
                        outputs,
                        chunks,
                        point: at / blocks,
                        block: at % blocks,
                        sum,
                    });
                });
            return (Buffer::take(0), layout);
        };
        let mut products = Buffer::take(layout.len());
        let sums = unpacked.pieces().par_chunks_mut(piece_len * blocks);
        let by_point = products.par_chunks_mut(layout.point_stride());
        sums.zip(by_point)
            .enumerate()
            .for_each(|(point, (sums, products))| {
                let sums = sums.par_chunks_mut(piece_len).with_min_len(if points > 1 {
                    blocks
                } else {
                    1
                });
                sums.enumerate().for_each(|(block, sum)| {
                    isa.run(Sums {
                        isa,
                        outputs,
                        chunks,
                        point,
                        block,
                        sum,
                    })
                });
                let share = if points > 1 {
                    panels
                } else {
                    panels.div_ceil(PARTS)
                };
                let parts = products[..panels * layout.panel_stride()]
                    .par_chunks_mut(share * layout.panel_stride());
                parts.enumerate().for_each(|(part, products)| {
                    let first = part * share;
                    isa.run(Products {
                        isa,
                        outputs,
                        depth,
                        chunks,
                        point,
                        weights,
                        layout: &layout,
                        first,
                        products,
                    });
                });
            });
        (products, layout)
    }
}

/// Parts into which the panels of a single product are divided among the threads.
const PARTS: usize = 16;
