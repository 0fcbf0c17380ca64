//! Convolution with bias, ReLU and 2×2 max pooling in one pass, forward and backward.
//!
//! Pure functions on slices; the tape operation is built on them elsewhere. Activations are channels last, weights as
//! Keras stores them: see [`ConvShape`].

mod op;
mod reference;
mod shape;

pub use op::conv2d;
pub use shape::{Choices, ConvShape, Fused, Gradients, MapShape};

/// Convolution, bias and the fused stages; returns what [`backward`] needs besides the operands.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn forward(
    shape: &ConvShape,
    fused: Fused,
    input: &[f32],
    weight: &[f32],
    bias: &[f32],
    output: &mut [f32],
) -> Choices {
    check(shape, fused, input, weight, bias, output.len());
    let mut choices = vec![0; fused.choices_len(output.len())];
    reference::forward(
        shape,
        fused,
        input,
        weight,
        bias,
        output,
        Some(&mut choices),
    );
    Choices(choices)
}

/// As [`forward`], for answering rather than learning: nothing is remembered.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn forward_inference(
    shape: &ConvShape,
    fused: Fused,
    input: &[f32],
    weight: &[f32],
    bias: &[f32],
    output: &mut [f32],
) {
    check(shape, fused, input, weight, bias, output.len());
    reference::forward(shape, fused, input, weight, bias, output, None);
}

/// The gradients of a loss with respect to input, weights and bias, from `grad_output`, its gradient with respect to the
/// output of [`forward`]. **Adds** to what `gradients` holds already.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn backward(
    shape: &ConvShape,
    fused: Fused,
    input: &[f32],
    weight: &[f32],
    choices: &Choices,
    grad_output: &[f32],
    gradients: Gradients<'_>,
) {
    check(
        shape,
        fused,
        input,
        weight,
        gradients.bias,
        grad_output.len(),
    );
    assert_eq!(
        choices.0.len(),
        fused.choices_len(grad_output.len()),
        "choices"
    );
    assert_eq!(gradients.weight.len(), weight.len(), "weight gradient");
    if let Some(grad_input) = &gradients.input {
        assert_eq!(grad_input.len(), input.len(), "input gradient");
    }
    reference::backward(
        shape,
        fused,
        input,
        weight,
        &choices.0,
        grad_output,
        gradients,
    );
}

fn check(
    shape: &ConvShape,
    fused: Fused,
    input: &[f32],
    weight: &[f32],
    bias: &[f32],
    output: usize,
) {
    assert!(shape.kernel > 0, "a kernel has at least one weight");
    assert_eq!(input.len(), shape.input_len(), "input");
    assert_eq!(weight.len(), shape.weight_len(), "weights");
    assert_eq!(bias.len(), shape.outputs, "bias");
    assert_eq!(output, shape.output_len(fused), "output");
}
