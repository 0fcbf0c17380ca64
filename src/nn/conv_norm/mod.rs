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
    let operation = Operation {
        weights,
        norm,
        shape,
        epilogue,
    };
    match is_folded(&shape, input_gradient) {
        true => folded::apply(x, operation),
        false => map::apply(x, operation, input_gradient),
    }
}

/// What both ways compute.
#[derive(Clone, Copy)]
struct Operation<'a> {
    /// Weight and bias of the convolution.
    weights: [&'a Arc<[f32]>; 2],
    /// γ and β.
    norm: [&'a Arc<[f32]>; 2],
    shape: ConvShape,
    epilogue: Epilogue,
}

impl<'a> Operation<'a> {
    fn parameters(&self) -> [&'a Arc<[f32]>; 4] {
        let ([weight, bias], [gamma, beta]) = (self.weights, self.norm);
        [weight, bias, gamma, beta]
    }

    /// Shape of the output, `(N, F)`.
    fn output(&self) -> (usize, usize) {
        let batch = self.shape.batch;
        let len = self.shape.with(self.epilogue.fused).output_len();
        (batch, len / batch)
    }
}

/// Whether a layer is computed the second way.
pub fn is_folded(shape: &ConvShape, input_gradient: bool) -> bool {
    !input_gradient && shape.kernel * shape.kernel * shape.inputs <= MAX_DEPTH
}

#[cfg(test)]
mod tests;
