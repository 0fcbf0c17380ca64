//! The convolution layer as an operation on the tape.

use super::conv2d::{
    Argmax, BackwardOperands, BackwardOptions, ConvShape, Fused, Gradients, Kernels, Operands,
};
use super::dropout::Dropout;
use super::tape::{Backward, TapeError, Var, apply_writing, spare};
use std::sync::Arc;

/// What is computed after a convolution in the same operation while training.
#[derive(Debug, Clone, Copy)]
pub struct Epilogue {
    /// ReLU and pooling.
    pub fused: Fused,
    /// Dropout; it needs ReLU or pooling before it, see [`Dropout::apply`].
    pub dropout: Option<Dropout>,
}

/// Applies convolution, bias and the epilogue to `x` `[N, H·W·I]`; `weight` `[K, K, I, O]`, `bias` `[O]`, both flat.
///
/// A first layer needs no `input_gradient`: its input is pictures.
///
/// # Errors
/// [`TapeError::OutOfMemory`] if memory runs out.
pub fn conv(
    x: Var,
    [weight, bias]: [&Arc<[f32]>; 2],
    shape: ConvShape,
    Epilogue { fused, dropout }: Epilogue,
    input_gradient: bool,
) -> Result<Var, TapeError> {
    let layer = shape.with(fused);
    let features = layer.output_len() / shape.batch;
    let (w, b, size) = (weight.clone(), bias.clone(), (shape.batch, features));
    let kernels = Kernels::current();
    apply_writing(x, &[weight, bias], size, input_gradient, |x| {
        let mut y = spare::take(layer.output_len());
        let operands = Operands {
            input: &x,
            weight: &w,
            bias: &b,
        };
        let mut argmax = Argmax(spare::take_marks(layer.argmax_len()));
        kernels.forward_into(&layer, operands, &mut y, &mut argmax.0);
        if let Some(dropout) = dropout {
            dropout.apply(features, &mut y, &mut argmax);
        }
        let backward = move |back: Backward<'_>| {
            if let Some(dropout) = dropout {
                dropout.scale(back.output);
            }
            let [weight, bias] = back
                .parameters
                .try_into()
                .unwrap_or_else(|_| unreachable!("two parameters were given"));
            let operands = BackwardOperands {
                input: &x,
                weight: &w,
                argmax: argmax.as_slice(),
                grad_output: back.output,
            };
            let gradients = Gradients {
                input: back.input,
                weight,
                bias,
            };
            let options = BackwardOptions {
                writes_input: true,
                ..BackwardOptions::default()
            };
            kernels.backward_with(&layer, operands, options, gradients);
            spare::give(x);
            spare::give_marks(argmax.0);
        };
        (y, backward)
    })
}
