//! The way of any layer: with the map in memory.

use super::Operation;
use crate::nn::batch_norm::{Affine, Moments};
use crate::nn::conv2d::{
    Argmax, BackwardOperands, BackwardOptions, ConvLayer, Fused, Gradients, Kernels, NormGradient,
    Normalised, Operands, Peaks,
};
use crate::nn::dropout::Dropout;
use crate::nn::tape::{self, Backward, TapeError, Var, spare};
use std::sync::Arc;

pub(super) fn apply(
    x: Var,
    operation: Operation<'_>,
    input_gradient: bool,
) -> Result<(Var, Moments), TapeError> {
    let (parameters, shape) = (operation.parameters(), operation.output());
    let mut moments = None;
    let y = tape::apply_writing(x, &parameters, shape, input_gradient, |x| {
        let (y, kept) = Kept::forward(operation, x);
        moments = Some(kept.moments.clone());
        (y, move |back: Backward<'_>| kept.backward(back))
    })?;
    let moments = moments.unwrap_or_else(|| unreachable!("the forward pass sets them"));
    Ok((y, moments))
}

/// What the backward pass needs.
struct Kept {
    kernels: Kernels,
    layer: ConvLayer,
    dropout: Option<Dropout>,
    weight: Arc<[f32]>,
    x: Vec<f32>,
    /// The outputs of the convolution.
    map: Vec<f32>,
    /// Those that pooling chose; empty without pooling.
    peaks: Vec<f32>,
    argmax: Argmax,
    moments: Moments,
    /// That of the normalisation.
    scale: Vec<f32>,
}

impl Kept {
    fn forward(operation: Operation<'_>, x: Vec<f32>) -> (Vec<f32>, Self) {
        let Operation {
            weights: [weight, bias],
            norm: [gamma, beta],
            shape,
            epilogue,
        } = operation;
        let (kernels, fused) = (Kernels::current(), epilogue.fused);
        let layer = shape.with(fused);
        let mut map = spare::take(shape.map().len());
        let operands = Operands {
            input: &x,
            weight,
            bias,
        };
        kernels.forward_into(&shape.with(Fused::NONE), operands, &mut map, &mut []);
        let moments = Moments::of(&map, shape.outputs);
        let Affine { scale, shift } = moments.affine(gamma, beta);
        let mut y = spare::take(layer.output_len());
        let mut argmax = Argmax(spare::take_marks(layer.argmax_len()));
        let mut peaks = spare::take(if fused.pool { y.len() } else { 0 });
        let out = Normalised {
            output: &mut y,
            argmax: &mut argmax.0,
            peaks: &mut peaks,
        };
        kernels.normalise(&shape.map(), fused, &map, [&scale, &shift], out);
        if let Some(dropout) = epilogue.dropout {
            dropout.apply(y.len() / shape.batch, &mut y, &mut argmax);
        }
        let kept = Self {
            kernels,
            layer,
            dropout: epilogue.dropout,
            weight: weight.clone(),
            x,
            map,
            peaks,
            argmax,
            moments,
            scale,
        };
        (y, kept)
    }

    fn backward(self, back: Backward<'_>) {
        let Self {
            kernels,
            layer,
            x,
            map,
            peaks,
            argmax,
            ..
        } = self;
        if let Some(dropout) = self.dropout {
            dropout.scale(back.output);
        }
        let [weight, bias, gamma, beta] = back
            .parameters
            .try_into()
            .unwrap_or_else(|_| unreachable!("four parameters were given"));
        let outputs = Peaks {
            gradient: back.output,
            argmax: argmax.as_slice(),
            values: if layer.fused.pool { &peaks } else { &map },
        };
        let sums = kernels.norm_sums(outputs, &self.moments.mean);
        let slopes = self.moments.slopes(&self.scale, &sums, [gamma, beta]);
        let operands = BackwardOperands {
            input: &x,
            weight: &self.weight,
            argmax: argmax.as_slice(),
            grad_output: back.output,
        };
        let options = BackwardOptions {
            norm: Some(NormGradient {
                map: &map,
                slopes: &slopes,
            }),
            writes_input: true,
        };
        let gradients = Gradients {
            input: back.input,
            weight,
            bias,
        };
        kernels.backward_with(&layer, operands, options, gradients);
        [x, map, peaks].into_iter().for_each(spare::give);
        spare::give_marks(argmax.0);
    }
}
