//! How a convolution becomes matrix products: what the methods have in common.
//!
//! An output map is cut into strips of a few rows, a strip into tiles. A [`Lowering`] turns the patch of the input beneath a
//! tile into one row of each of its products (`lower`) and the products into outputs (`write_outputs`); for the gradients it
//! does the reverse (`lower_grad_output`, `col2im`). The engine in [`forward`](super::forward) and [`backward`](super::backward)
//! does the rest, in the same way for each method.
//!
//! With `P` products, `V` from the input, `Z` from the output's gradient and `U` from the weights:
//!
//! ```text
//! forward            M_p = V_p · U_p            outputs = write_outputs(M)
//! weight gradient    dU_p = V_pᵀ · Z_p          dw = gather_weight(dU)
//! input gradient     V'_p = Z_p · U_pᵀ          dx += col2im(V')
//! ```

use super::isa::Isa;
use super::shape::ConvLayer;
use super::tiles::Layout;

/// How an output map is cut into strips and tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Output rows of a strip.
    pub(super) rows: usize,
    /// Strips of a picture.
    pub(super) strips: usize,
    /// Tiles of a strip.
    pub(super) tiles: usize,
    /// Output columns of a strip, including those beyond the edge of the map.
    pub(super) width: usize,
    /// Rows and columns of the map that an output depends on: pooling drops an odd last one.
    pub(super) map: [usize; 2],
    /// Distance of two pixels of a padded input: the channels, rounded up to whole vectors where the method needs it.
    pub(super) pixel: usize,
    /// Rows and columns that the kernel adds to a strip.
    pub(super) margin: usize,
}

impl Grid {
    /// A grid of strips of `rows` rows, of tiles of `side` columns (and as many rows, unless `side` is 1).
    pub(super) fn new(layer: &ConvLayer, rows: usize, side: usize, pixel: usize) -> Self {
        let ConvLayer { shape, fused } = layer;
        let unit = if fused.pool { 2 } else { 1 };
        let map = [shape.height / unit * unit, shape.width / unit * unit];
        let columns = map[1].div_ceil(side);
        Self {
            rows,
            strips: map[0].div_ceil(rows),
            tiles: if side == 1 { rows * columns } else { columns },
            width: columns * side,
            map,
            pixel,
            margin: shape.kernel - 1,
        }
    }

    /// Tiles of a picture.
    #[inline(always)]
    pub(super) fn picture_tiles(&self) -> usize {
        self.strips * self.tiles
    }

    /// Values in a row of a padded input.
    #[inline(always)]
    pub(super) fn padded_row(&self) -> usize {
        (self.width + self.margin) * self.pixel
    }

    /// Values in the padded input of a strip, plus one vector, because patches are read in whole vectors.
    pub(super) fn padded_strip(&self, lanes: usize) -> usize {
        (self.rows + self.margin) * self.padded_row() + lanes
    }

    /// Values in the padded input of a whole picture.
    pub(super) fn padded_picture(&self) -> usize {
        (self.strips * self.rows + self.margin) * self.padded_row()
    }
}

/// Consecutive vectors of output channels for one pass of the engine: the width of a register tile, or the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// Vectors before this group.
    pub(super) first: usize,
    /// Vectors in it.
    pub(super) vectors: usize,
}

impl Group {
    /// The groups of `channels`.
    pub(super) fn all<I: Isa>(channels: usize) -> impl Iterator<Item = Self> + Clone {
        let blocks = channels.div_ceil(I::LANES);
        (0..blocks).step_by(I::VECTORS).map(move |first| Self {
            first,
            vectors: I::VECTORS.min(blocks - first),
        })
    }
}

/// A method that turns a convolution into matrix products. Every function is `#[inline(always)]`: see [`Isa`].
pub(super) trait Lowering: Copy + Send + Sync {
    /// Strips and tiles of the output map.
    fn grid(&self) -> Grid;
    /// Number of matrix products.
    fn points(&self) -> usize;
    /// Columns of `V`, rows of `U`.
    fn depth(&self) -> usize;
    /// Kernel positions that the weights' transform combines; the weights are `[taps][depth][outputs]`.
    fn taps(&self) -> usize;

    /// Writes the tiles of a strip into `v`, from tile `first` on. `strip` is `[rows + margin][width + margin][pixel]`.
    fn lower<I: Isa>(&self, isa: I, strip: &[f32], layout: &Layout, first: usize, v: &mut [f32]);

    /// Writes the outputs of a strip, `[rows][width][vectors · LANES]`, from `m`, whose blocks are one group.
    fn write_outputs<I: Isa>(
        &self,
        isa: I,
        layout: &Layout,
        first: usize,
        m: &[f32],
        strip: &mut [f32],
    );

    /// Writes the tiles of a strip of the output's gradient, `[rows][width][blocks · LANES]`, into `z`.
    fn lower_grad_output<I: Isa>(
        &self,
        isa: I,
        strip: &[f32],
        layout: &Layout,
        first: usize,
        z: &mut [f32],
    );

    /// Adds the input gradient of a strip to its padded rows, from the strip's tiles of `V'`.
    fn col2im<I: Isa>(&self, isa: I, layout: &Layout, first: usize, v: &[f32], padded: &mut [f32]);

    /// Transforms one vector of weights: reads tap `t` with `read(t)`, passes point `p` to `write(p, _)`.
    fn spread_weight<I: Isa>(
        &self,
        isa: I,
        read: impl Fn(usize) -> I::V,
        write: impl FnMut(usize, I::V),
    );

    /// The transpose of [`Self::spread_weight`]: reads point `p`, writes tap `t`.
    fn gather_weight<I: Isa>(
        &self,
        isa: I,
        read: impl Fn(usize) -> I::V,
        write: impl FnMut(usize, I::V),
    );
}
