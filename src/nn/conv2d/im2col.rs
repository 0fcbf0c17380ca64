//! Convolution as one matrix product over patches of the input (im2col).
//!
//! A tile is one output pixel; its row is the patch beneath it in the order `[kernel row][kernel column][input]`. The rows of
//! the weights have the same order, so they need no transform. The patch matrix exists for a few strips at a time only. This
//! method computes any kernel at any size; with one input channel it is also the fastest.

use super::isa::Isa;
use super::lowering::{Grid, Lowering};
use super::scratch::Buffer;
use super::shape::ConvLayer;
use super::tiles::Layout;

/// A convolution as one product over patches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Im2Col {
    grid: Grid,
    kernel: usize,
    inputs: usize,
}

impl Im2Col {
    /// For a layer.
    pub(super) fn new(layer: &ConvLayer) -> Self {
        let ConvLayer { shape, fused } = layer;
        let rows = if fused.pool { 2 } else { 1 };
        Self {
            grid: Grid::new(layer, rows, 1, shape.inputs),
            kernel: shape.kernel,
            inputs: shape.inputs,
        }
    }

    /// Length of one row of a patch, which is contiguous in the input.
    #[inline(always)]
    fn run(&self) -> usize {
        self.kernel * self.inputs
    }
}

impl Lowering for Im2Col {
    #[inline(always)]
    fn grid(&self) -> Grid {
        self.grid
    }
    #[inline(always)]
    fn points(&self) -> usize {
        1
    }
    #[inline(always)]
    fn depth(&self) -> usize {
        self.kernel * self.run()
    }
    #[inline(always)]
    fn taps(&self) -> usize {
        1
    }

    #[inline(always)]
    fn lower<I: Isa>(&self, isa: I, strip: &[f32], layout: &Layout, first: usize, v: &mut [f32]) {
        let (grid, run) = (self.grid, self.run());
        let mut patch = Buffer::take(self.depth() + 2 * I::LANES);
        for tile in 0..grid.tiles {
            let corner = tile / grid.width * grid.padded_row() + tile % grid.width * self.inputs;
            for u in 0..self.kernel {
                let source = &strip[corner + u * grid.padded_row()..];
                let target = &mut patch[u * run..];
                // Whole vectors: what is copied beyond the run is overwritten by the next one, or never read.
                for at in (0..run).step_by(I::LANES) {
                    isa.store(isa.load(&source[at..]), &mut target[at..]);
                }
            }
            for block in 0..layout.blocks {
                isa.store(
                    isa.load(&patch[block * I::LANES..]),
                    &mut v[layout.vector(first + tile, block)..],
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
        let len = layout.blocks * I::LANES;
        for tile in 0..self.grid.tiles {
            for block in 0..layout.blocks {
                let value = isa.load(&m[layout.vector(first + tile, block)..]);
                isa.store(value, &mut strip[tile * len + block * I::LANES..]);
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
        let len = layout.blocks * I::LANES;
        for tile in 0..self.grid.tiles {
            for block in 0..layout.blocks {
                let value = isa.load(&strip[tile * len + block * I::LANES..]);
                isa.store(value, &mut z[layout.vector(first + tile, block)..]);
            }
        }
    }

    #[inline(always)]
    fn col2im<I: Isa>(
        &self,
        _isa: I,
        layout: &Layout,
        first: usize,
        v: &[f32],
        padded: &mut [f32],
    ) {
        let (grid, run) = (self.grid, self.run());
        for vector in 0..layout.blocks {
            let start = vector * I::LANES;
            let end = (start + I::LANES).min(self.depth());
            let mut d = start;
            // The columns of a vector, cut where one kernel row ends and the next begins.
            while d < end {
                let (u, offset) = (d / run, d % run);
                let len = (run - offset).min(end - d);
                for tile in 0..grid.tiles {
                    let corner = (tile / grid.width + u) * grid.padded_row()
                        + tile % grid.width * self.inputs;
                    let source = &v[layout.vector(first + tile, vector) + d - start..][..len];
                    let target = &mut padded[corner + offset..][..len];
                    for (target, source) in target.iter_mut().zip(source) {
                        *target += source;
                    }
                }
                d += len;
            }
        }
    }

    #[inline(always)]
    fn spread_weight<I: Isa>(
        &self,
        _isa: I,
        read: impl Fn(usize) -> I::V,
        mut write: impl FnMut(usize, I::V),
    ) {
        write(0, read(0));
    }

    #[inline(always)]
    fn gather_weight<I: Isa>(
        &self,
        _isa: I,
        read: impl Fn(usize) -> I::V,
        mut write: impl FnMut(usize, I::V),
    ) {
        write(0, read(0));
    }
}
