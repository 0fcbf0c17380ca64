//! The work of one thread in each of the three steps of the [backward pass](super).

use super::{Chunk, Pass};
use crate::nn::conv2d::isa::{Isa, Job, Strided};
use crate::nn::conv2d::lowering::{Group, Lowering};
use crate::nn::conv2d::scratch::Buffer;
use crate::nn::conv2d::shape::NormGradient;
use crate::nn::conv2d::strips::{self, Gradient};
use crate::nn::conv2d::tiles::Layout;
use crate::nn::conv2d::weights::Packed;

/// Step 1: lowers one chunk.
pub(super) struct Lower<'a, I, W> {
    pub(super) isa: I,
    pub(super) pass: &'a Pass<'a, W>,
    pub(super) chunk: &'a mut Chunk,
}

impl<I: Isa, W: Lowering> Job for Lower<'_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { isa, pass, chunk } = self;
        let (method, shape, grid) = (pass.method, &pass.layer.shape, pass.method.grid());
        let operands = &pass.operands;
        let mut padded = Buffer::take(grid.padded_strip(I::LANES));
        let mut spread = Buffer::take(grid.rows * grid.width * chunk.bias.len());
        let picture_len = pass.picture_len();
        let output_len = operands.grad_output.len() / shape.batch;
        let argmax_len = operands.argmax.len() / shape.batch;
        let map_len = shape.height * shape.width * shape.outputs;
        for local in 0..chunk.pictures {
            let n = chunk.first + local;
            let picture = &operands.input[n * picture_len..][..picture_len];
            let gradient = Gradient {
                fused: pass.layer.fused,
                output: &operands.grad_output[n * output_len..][..output_len],
                argmax: &operands.argmax[n * argmax_len..][..argmax_len],
                channels: shape.outputs,
                norm: pass.options.norm.map(|norm| NormGradient {
                    map: &norm.map[n * map_len..][..map_len],
                    ..norm
                }),
            };
            for strip in 0..grid.strips {
                let tile = (local * grid.strips + strip) * grid.tiles;
                strips::pad(shape, &grid, picture, strip, &mut padded);
                method.lower(isa, &padded, &chunk.input, tile, &mut chunk.v);
                gradient.spread(isa, &grid, strip, &mut spread);
                method.lower_grad_output(isa, &spread, &chunk.gradient, tile, &mut chunk.z);
                // A bias before a normalisation is subtracted again with the mean.
                if pass.options.norm.is_some() {
                    continue;
                }
                for pixel in spread.chunks_exact(chunk.bias.len()) {
                    for (sum, value) in chunk.bias.iter_mut().zip(pixel) {
                        *sum += value;
                    }
                }
            }
        }
        let tiles = chunk.pictures * grid.picture_tiles();
        chunk.input.clear_from(tiles, &mut chunk.v);
        chunk.gradient.clear_from(tiles, &mut chunk.z);
    }
}

/// Step 2: one piece of `dU`.
pub(super) struct Sums<'a, I> {
    pub(super) isa: I,
    pub(super) outputs: usize,
    pub(super) chunks: &'a [Chunk],
    pub(super) point: usize,
    pub(super) block: usize,
    pub(super) sum: &'a mut [f32],
}

impl<I: Isa> Job for Sums<'_, I> {
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

/// Step 2: some panels of one point of `V'`.
pub(super) struct Products<'a, I> {
    pub(super) isa: I,
    pub(super) outputs: usize,
    pub(super) depth: usize,
    pub(super) chunks: &'a [Chunk],
    pub(super) point: usize,
    pub(super) weights: &'a Packed,
    pub(super) layout: &'a Layout,
    pub(super) first: usize,
    pub(super) products: &'a mut [f32],
}

impl<I: Isa> Job for Products<'_, I> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            isa,
            outputs,
            depth,
            chunks,
            point,
            weights,
            layout,
            first,
            products,
        } = self;
        let panels = first..first + products.len() / layout.panel_stride();
        for group in Group::all::<I>(depth) {
            let weights = weights.group(group, point);
            for chunk in chunks {
                let end = chunk.first_panel + chunk.gradient.panels;
                for panel in panels.start.max(chunk.first_panel)..panels.end.min(end) {
                    let z = chunk.gradient.block(point, panel - chunk.first_panel, 0);
                    let z = &chunk.z[z..][..chunk.gradient.panel_len()];
                    let out = &mut products[layout.block(0, panel - first, group.first)..];
                    isa.product(group.vectors, outputs, z, weights, out);
                }
            }
        }
    }
}

/// Step 3: the input's gradient of one picture.
pub(super) struct Col2Im<'a, I, W> {
    pub(super) isa: I,
    pub(super) pass: &'a Pass<'a, W>,
    pub(super) layout: &'a Layout,
    /// The picture's first tile in `V'`.
    pub(super) first: usize,
    pub(super) products: &'a [f32],
    pub(super) grad_input: &'a mut [f32],
}

impl<I: Isa, W: Lowering> Job for Col2Im<'_, I, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            isa,
            pass,
            layout,
            first,
            products,
            grad_input,
        } = self;
        let grid = pass.method.grid();
        let mut padded = Buffer::zeros(grid.padded_picture());
        for strip in 0..grid.strips {
            let padded = &mut padded[strip * grid.rows * grid.padded_row()..];
            pass.method
                .col2im(isa, layout, first + strip * grid.tiles, products, padded);
        }
        let writes = pass.options.writes_input;
        strips::take_inside(&pass.layer.shape, &grid, &padded, writes, grad_input);
    }
}
