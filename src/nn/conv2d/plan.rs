//! Which method for which shape, and how much work at a time.

use super::lowering::Lowering;
use super::shape::{ConvShape, Fused};

/// A way to compute a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Method {
    /// One product over patches.
    Patches,
    /// Winograd's F(4×4, 3×3).
    F4x3,
    /// Winograd's F(4×4, 5×5).
    F4x5,
}

impl Method {
    /// The methods that can compute a kernel of this size.
    pub(super) fn all(kernel: usize) -> Vec<Self> {
        match kernel {
            3 => vec![Self::Patches, Self::F4x3],
            5 => vec![Self::Patches, Self::F4x5],
            _ => vec![Self::Patches],
        }
    }

    /// The method that is expected to be fastest for a layer.
    pub(super) fn choose(shape: &ConvShape, _fused: Fused) -> Self {
        match shape.kernel {
            3 if shape.inputs >= 16 => Self::F4x3,
            5 if shape.inputs >= 16 => Self::F4x5,
            _ => Self::Patches,
        }
    }
}

/// Strips that a thread carries through the forward pass at once.
pub(super) fn strips_per_chunk<W: Lowering>(method: &W, total: usize, threads: usize) -> usize {
    let tiles = if method.points() == 1 { 512 } else { 64 };
    let wanted = tiles / method.grid().tiles.max(1);
    wanted.min(total.div_ceil(threads)).max(1)
}

/// Pictures that are lowered together in the backward pass: it must depend on nothing but the layer.
pub(super) fn pictures_per_chunk<W: Lowering>(method: &W) -> usize {
    let tiles = if method.points() == 1 { 512 } else { 64 };
    let grid = method.grid();
    (tiles / grid.picture_tiles().max(1)).max(1)
}

/// Chunks of the backward pass that are in memory at once.
pub(super) fn chunks_per_block(threads: usize) -> usize {
    threads.max(2)
}
