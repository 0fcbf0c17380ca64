//! The convolution layer as an operation on the tape.

use super::{ConvShape, Fused, Gradients};
use crate::nn::tape::{Backward, Batch, Recording, Vector, apply};
use dfdx::tensor::CpuError;

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
    fused: Fused,
    input_gradient: bool,
) -> Result<Batch<Recording>, CpuError> {
    let (w, b) = (weight.as_vec(), bias.as_vec());
    let output_len = shape.output_len(fused);
    let output_shape = (shape.batch, output_len / shape.batch);
    apply(x, &[weight, bias], output_shape, input_gradient, |x| {
        let mut y = vec![0.0; output_len];
        let choices = super::forward(&shape, fused, &x, &w, &b, &mut y);
        let backward = move |back: Backward<'_>| {
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
