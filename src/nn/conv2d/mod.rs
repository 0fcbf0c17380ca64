//! Convolution with bias, ReLU and 2×2 max pooling in one pass, forward and backward.
//!
//! Pure functions on slices; the tape operation is built on them elsewhere. Activations are channels last, weights as
//! Keras stores them: see [`ConvShape`].
//!
//! # How it is computed
//!
//! The slow, obvious loops are [`reference`]. The fast kernels lower the convolution to matrix products in one of two
//! ways, [`gemm`] or [`winograd`], chosen per layer by [`plan`]; one engine for both ([`lowering`], [`forward`](mod@forward),
//! [`backward`](mod@backward)) cuts the maps into strips, spreads them over the threads of the current rayon pool, and
//! finishes bias, ReLU and pooling while the products are in the cache. The products themselves are register tiles
//! ([`micro`]) over one data layout ([`tiles`]), written once and compiled for each instruction set ([`isa`]). Rejected: a
//! general matrix product per point, which would pack its operands anew each time; FFT, which needs as many
//! multiplications at these kernel sizes, in complex numbers; larger Winograd tiles, which lose digits.
//!
//! # What is promised
//!
//! - The same operands give the same bits, run after run, with any number of threads and however busy the machine is. Other
//!   kernels ([`Kernels`]) and other batch sizes may round differently.
//! - A NaN is never hidden: every output whose receptive field holds one, or whose weights do, is NaN, through ReLU and pooling
//!   too. An infinity gives what the definition gives, or NaN; the fast kernels may spread it, as NaN, to the other outputs
//!   of the same 4×4 tile or, from weights, to the border. Values so large that sums of products overflow count as infinite.
//! - Denormal numbers are computed with, not flushed.

mod backward;
pub mod bench;
mod dispatch;
mod forward;
mod gemm;
mod isa;
mod kernels;
mod lowering;
mod micro;
mod op;
mod plan;
mod reference;
mod scratch;
mod shape;
mod sparse;
mod stages;
mod strips;
#[cfg(test)]
mod tests;
mod tiles;
mod weights;
mod winograd;

pub use kernels::{Kernels, KernelsError, VARIABLE};
pub use op::{Behind, conv2d};
pub use shape::{Choices, ConvShape, Fused, Gradients, MapShape};

pub(super) use stages::{Row, spread_window};

/// Convolution, bias and the fused stages, with the [current](Kernels::current) kernels; returns what [`backward`] needs
/// besides the operands.
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
    Kernels::current().forward(shape, fused, input, weight, bias, output)
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
    Kernels::current().forward_inference(shape, fused, input, weight, bias, output);
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
    Kernels::current().backward(shape, fused, input, weight, choices, grad_output, gradients);
}

impl Kernels {
    /// [`forward`] with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `shape` gives it, or the processor cannot run these kernels.
    pub fn forward(
        self,
        shape: &ConvShape,
        fused: Fused,
        input: &[f32],
        weight: &[f32],
        bias: &[f32],
        output: &mut [f32],
    ) -> Choices {
        let mut choices = vec![0; fused.choices_len(output.len())];
        self.run_forward(
            None,
            (shape, fused),
            [input, weight, bias],
            output,
            &mut choices,
        );
        Choices(choices)
    }

    /// [`forward_inference`] with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `shape` gives it, or the processor cannot run these kernels.
    pub fn forward_inference(
        self,
        shape: &ConvShape,
        fused: Fused,
        input: &[f32],
        weight: &[f32],
        bias: &[f32],
        output: &mut [f32],
    ) {
        self.run_forward(None, (shape, fused), [input, weight, bias], output, &mut []);
    }

    /// [`backward`] with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `shape` gives it, or the processor cannot run these kernels.
    #[expect(
        clippy::too_many_arguments,
        reason = "the operands of the forward pass, its choices, and the gradients"
    )]
    pub fn backward(
        self,
        shape: &ConvShape,
        fused: Fused,
        input: &[f32],
        weight: &[f32],
        choices: &Choices,
        grad_output: &[f32],
        gradients: Gradients<'_>,
    ) {
        self.run_backward(
            None,
            (shape, fused),
            [input, weight, grad_output],
            &choices.0,
            gradients,
        );
    }
}
