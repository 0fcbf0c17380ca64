//! Convolution with bias, ReLU and 2×2 max pooling in one pass, forward and backward.
//!
//! [`forward`](fn@forward) and [`backward`](fn@backward) are pure functions on slices; `nn::conv` makes an operation
//! on the tape of them. Activations are channels last, weights as Keras stores them: see [`ConvShape`].
//!
//! ```
//! use twinsight::nn::conv2d::{ConvShape, Fused, Operands, forward_inference};
//!
//! // The sum of each 3×3 neighbourhood of a 3×3 picture of ones, zeros around it.
//! let shape = ConvShape { batch: 1, height: 3, width: 3, inputs: 1, outputs: 1, kernel: 3 };
//! let operands = Operands { input: &[1.0; 9], weight: &[1.0; 9], bias: &[0.0] };
//! let mut output = [0.0; 9];
//! forward_inference(&shape.with(Fused::NONE), operands, &mut output);
//! assert_eq!(output, [4.0, 6.0, 4.0, 6.0, 9.0, 6.0, 4.0, 6.0, 4.0]);
//! ```
//!
//! # How it is computed
//!
//! The slow, obvious loops are in `reference`. The fast kernels turn the convolution into matrix products in one of two ways,
//! `im2col` or `winograd`; `plan` chooses one for each layer. One engine serves both (`lowering`, `forward`, `backward`): it
//! cuts the maps into strips, spreads them over the threads of the current rayon pool, and computes bias, ReLU and pooling
//! while the products are in the cache. The products are register tiles (`micro`) over one data layout (`tiles`), written once
//! and compiled for each instruction set (`isa`, `simd`). First layers, whose patches are short, have ways of their own:
//! `direct` reads the patches in place, `sparse` sums their gradient from the maxima alone. `norm` has the passes of a batch
//! normalisation after the convolution, and `patches` the moments of its outputs without the outputs.
//!
//! Rejected: a general matrix product per point, which would pack its operands each time; FFT, which needs as many
//! multiplications at these kernel sizes, in complex numbers; larger Winograd tiles, which lose digits. Also a backward pass
//! in which each thread takes its own pictures through all steps: no faster, and it needs a weight gradient for each part.
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
mod direct;
mod dispatch;
mod forward;
mod im2col;
mod isa;
mod kernels;
mod lowering;
mod micro;
mod norm;
mod patches;
mod plan;
mod reference;
mod scratch;
mod shape;
mod simd;
mod sparse;
mod stages;
mod strips;
#[cfg(test)]
mod tests;
mod tiles;
mod weights;
mod winograd;

pub use kernels::{Kernels, KernelsError, VARIABLE};
pub use shape::{
    Argmax, BackwardOperands, ConvLayer, ConvShape, Fused, Gradients, MapShape, Operands,
};

pub(super) use norm::{MapMoments, Normalised, Peaks};
pub(super) use patches::{MAX_DEPTH, PatchMoments};
#[cfg(test)]
pub(super) use reference::{stages_backward, stages_forward};
pub(super) use shape::{BackwardOptions, NormGradient, NormSlopes, window_offset};
pub(super) use stages::{Row, spread_window};

/// Convolution, bias and the fused stages, with the [current](Kernels::current) kernels; returns what
/// [`backward`](fn@backward) needs besides the operands.
///
/// # Panics
/// If a slice has not the length that `layer` gives it.
pub fn forward(layer: &ConvLayer, operands: Operands<'_>, output: &mut [f32]) -> Argmax {
    Kernels::current().forward(layer, operands, output)
}

/// The same for inference: nothing is kept for a backward pass.
///
/// # Panics
/// If a slice has not the length that `layer` gives it.
pub fn forward_inference(layer: &ConvLayer, operands: Operands<'_>, output: &mut [f32]) {
    Kernels::current().forward_inference(layer, operands, output);
}

/// Multiplications and additions of the products of a training step, by the methods that the plan chooses; a `first` layer has
/// no gradient by its input.
pub(super) fn flops(shape: &ConvShape, first: bool) -> f64 {
    let by = |pass| plan::Method::choose(shape, pass).flops(shape);
    let gradients = if first { 1.0 } else { 2.0 };
    by(plan::Pass::Forward) + gradients * by(plan::Pass::Backward)
}

/// The gradients of a loss by input, weights and bias, **added** to `gradients`, with the [current](Kernels::current) kernels.
///
/// # Panics
/// If a slice has not the length that `layer` gives it.
pub fn backward(layer: &ConvLayer, operands: BackwardOperands<'_>, gradients: Gradients<'_>) {
    Kernels::current().backward(layer, operands, gradients);
}

impl Kernels {
    /// [`forward`](fn@forward) with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `layer` gives it, or the processor cannot run these kernels.
    pub fn forward(self, layer: &ConvLayer, operands: Operands<'_>, output: &mut [f32]) -> Argmax {
        let mut argmax = vec![0; layer.argmax_len()];
        self.forward_into(layer, operands, output, &mut argmax);
        Argmax(argmax)
    }

    /// [`forward`](fn@forward) into memory of the caller.
    ///
    /// # Panics
    /// If a slice has not the length that `layer` gives it, or the processor cannot run these kernels.
    pub(super) fn forward_into(
        self,
        layer: &ConvLayer,
        operands: Operands<'_>,
        output: &mut [f32],
        argmax: &mut [u8],
    ) {
        assert_eq!(argmax.len(), layer.argmax_len(), "argmax of {layer:?}");
        self.run_forward(None, layer, operands, output, argmax);
    }

    /// [`forward_inference`] with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `layer` gives it, or the processor cannot run these kernels.
    pub fn forward_inference(self, layer: &ConvLayer, operands: Operands<'_>, output: &mut [f32]) {
        self.run_forward(None, layer, operands, output, &mut []);
    }

    /// [`backward`](fn@backward) as an operation on the tape wants it.
    ///
    /// # Panics
    /// If a slice has not the length that `layer` gives it, or the processor cannot run these kernels.
    pub(super) fn backward_with(
        self,
        layer: &ConvLayer,
        operands: BackwardOperands<'_>,
        options: BackwardOptions<'_>,
        gradients: Gradients<'_>,
    ) {
        self.run_backward(None, layer, operands, options, gradients);
    }

    /// [`backward`](fn@backward) with these kernels.
    ///
    /// # Panics
    /// If a slice has not the length that `layer` gives it, or the processor cannot run these kernels.
    pub fn backward(
        self,
        layer: &ConvLayer,
        operands: BackwardOperands<'_>,
        gradients: Gradients<'_>,
    ) {
        let options = BackwardOptions::default();
        self.run_backward(None, layer, operands, options, gradients);
    }
}
