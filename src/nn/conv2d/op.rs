//! The convolution layer as an operation on the tape.

use super::{ConvShape, Fused, Gradients};
use crate::nn::dropout::Dropout;
use crate::nn::tape::{Backward, Batch, Recording, Vector, apply};
use dfdx::tensor::CpuError;
use rayon::prelude::*;

/// What follows a convolution while training.
#[derive(Debug, Clone, Copy)]
pub struct Behind {
    /// ReLU and pooling.
    pub fused: Fused,
    /// Dropout, which needs one of them to be there: see [`Dropout::apply`].
    pub dropout: Option<Dropout>,
}

/// Applies convolution, bias and the fused stages to `x` `[N, H·W·I]`; `weight` `[K, K, I, O]`, `bias` `[O]`, both flat.
///
/// A first layer needs no `input_gradient`: its input are the pictures.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn conv2d(
    x: Batch<Recording>,
    weight: &Vector,
    bias: &Vector,
    shape: ConvShape,
    Behind { fused, dropout }: Behind,
    input_gradient: bool,
) -> Result<Batch<Recording>, CpuError> {
    let (w, b) = (weight.as_vec(), bias.as_vec());
    let output_len = shape.output_len(fused);
    let output_shape = (shape.batch, output_len / shape.batch);
    apply(x, &[weight, bias], output_shape, input_gradient, |x| {
        let mut y = vec![0.0; output_len];
        let mut choices = super::forward(&shape, fused, &x, &w, &b, &mut y);
        if let Some(dropout) = dropout {
            dropout.apply(output_shape.1, &mut y, &mut choices);
        }
        let backward = move |back: Backward<'_>| {
            if let Some(dropout) = dropout {
                let keep = dropout.keep();
                back.output.par_iter_mut().for_each(|dy| *dy *= keep);
            }
            let [weight, bias] = back
                .parameters
                .try_into()
                .unwrap_or_else(|_| unreachable!("two parameters were given"));
            let gradients = Gradients {
                input: back.input,
                weight,
                bias,
            };
            super::backward(&shape, fused, &x, &w, &choices, back.output, gradients);
        };
        (y, backward)
    })
}
