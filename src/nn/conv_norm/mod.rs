//! A convolution with the batch normalisation, the ReLU and the pooling after it as one operation on the tape.
//!
//! Memory limits what follows the convolution, so the fewest passes over its map count. There are two ways:
//!
//! - [`map`] computes the map, its moments, and from both the output; the backward pass turns the output's gradient into that
//!   of the map strip by strip, while the convolution consumes it. Any layer can be computed so.
//! - [`folded`] never has the map in memory: the moments follow from those of the patches of the input, and normalised weights
//!   are weights. It needs the products of all pairs of values in a patch, and cannot give a gradient by the input: it is for
//!   first layers, whose maps are the largest of a network.
//!
//! The gradient by the convolution's bias is exactly zero: the normalisation subtracts the bias again.

mod folded;
mod map;

use super::batch_norm::Moments;
use super::conv::Epilogue;
use super::conv2d::{ConvShape, MAX_DEPTH};
use super::tape::{TapeError, Var};
use std::sync::Arc;

/// Applies convolution, normalisation by the moments of the batch, and the epilogue to `x` `[N, H·W·I]`; `weight` `[K, K, I, O]`,
/// `bias`, `gamma` and `beta` `[O]`, all flat. The moments, of the map with the bias, are for the running averages.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn conv_norm(
    x: Var,
    weights: [&Arc<[f32]>; 2],
    norm: [&Arc<[f32]>; 2],
    shape: ConvShape,
    epilogue: Epilogue,
    input_gradient: bool,
) -> Result<(Var, Moments), TapeError> {
    if is_folded(&shape, input_gradient) {
        return folded::apply(x, weights, norm, shape, epilogue);
    }
    map::apply(x, weights, norm, shape, epilogue, input_gradient)
}

/// Whether a layer is computed the second way.
pub fn is_folded(shape: &ConvShape, input_gradient: bool) -> bool {
    !input_gradient && shape.kernel * shape.kernel * shape.inputs <= MAX_DEPTH
}

#[cfg(test)]
mod tests;
