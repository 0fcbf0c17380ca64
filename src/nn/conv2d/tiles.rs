//! Where the value of a tile, a channel and a point lies in memory.
//!
//! Every method turns the convolution into matrix products, one for each of its points: 64 or 36 with Winograd's algorithm, one
//! with im2col. An operand has a row for each tile (a patch of the input or of the output's gradient) and a column for each
//! channel. All operands have the same layout:
//!
//! ```text
//! [point][panel of ROWS tiles][block of LANES channels][tile in the panel][channel in the block]
//! ```
//!
//! It fits each side of each product without repacking. As the left side, a panel has `ROWS` values of one channel at constant
//! distances, to be broadcast. In a sum over tiles, each tile has whole vectors of channels. A transform runs over channels and
//! reads and writes whole cache lines.

use super::isa::Isa;

/// The layout of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Matrix products.
    pub(super) points: usize,
    /// Groups of `ROWS` tiles.
    pub(super) panels: usize,
    /// Groups of `LANES` channels.
    pub(super) blocks: usize,
    /// Length of one block of one panel: `ROWS · LANES`.
    block_len: usize,
    /// Blocks from one panel to the next.
    pitch: usize,
    rows: usize,
    lanes: usize,
}

impl Layout {
    /// The layout of `tiles` × `channels`, rounded up to whole panels and blocks.
    pub(super) fn new<I: Isa>(points: usize, tiles: usize, channels: usize) -> Self {
        let blocks = channels.div_ceil(I::LANES);
        Self {
            points,
            panels: tiles.div_ceil(I::ROWS),
            blocks,
            pitch: blocks,
            block_len: I::ROWS * I::LANES,
            rows: I::ROWS,
            lanes: I::LANES,
        }
    }

    /// The same with an odd number of blocks from one panel to the next. Sums over tiles read one block of every panel at
    /// a time, and at even distances those would share a few lines of the first-level cache.
    pub(super) fn spaced<I: Isa>(points: usize, tiles: usize, channels: usize) -> Self {
        let dense = Self::new::<I>(points, tiles, channels);
        Self {
            pitch: dense.blocks | 1,
            ..dense
        }
    }

    /// From one point to the next. One vector more than the data: otherwise, with a power of two of tiles, the same tile of
    /// every point would lie in the same few lines of the first-level cache.
    #[inline(always)]
    pub(super) fn point_stride(&self) -> usize {
        self.panels * self.panel_stride() + self.lanes
    }

    /// From one panel to the next.
    #[inline(always)]
    pub(super) fn panel_stride(&self) -> usize {
        self.pitch * self.block_len
    }

    /// Length of the values of a panel.
    #[inline(always)]
    pub(super) fn panel_len(&self) -> usize {
        self.blocks * self.block_len
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        self.points * self.point_stride()
    }

    /// Where a block of a panel begins.
    #[inline(always)]
    pub(super) fn block(&self, point: usize, panel: usize, block: usize) -> usize {
        point * self.point_stride() + panel * self.panel_stride() + block * self.block_len
    }

    /// Where the vector of `tile` and `block` lies at point 0.
    #[inline(always)]
    pub(super) fn vector(&self, tile: usize, block: usize) -> usize {
        self.block(0, tile / self.rows, block) + tile % self.rows * self.lanes
    }

    /// Sets the tiles from `tiles` to the end of the last panel to zero: sums over tiles read them.
    #[inline(always)]
    pub(super) fn clear_from(&self, tiles: usize, data: &mut [f32]) {
        for tile in tiles..self.panels * self.rows {
            for point in 0..self.points {
                for block in 0..self.blocks {
                    let at = point * self.point_stride() + self.vector(tile, block);
                    data[at..at + self.lanes].fill(0.0);
                }
            }
        }
    }
}
