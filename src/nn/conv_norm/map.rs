//! The way of any layer: with the map in memory.

use crate::nn::batch_norm::{Affine, Moments};
use crate::nn::conv::Epilogue;
use crate::nn::conv2d::{
    Argmax, BackwardOperands, BackwardOptions, ConvShape, Fused, Gradients, Kernels, NormGradient,
    Normalised, Operands, Peaks,
};
use crate::nn::tape::{self, Backward, TapeError, Var, spare};
use std::sync::Arc;

pub(super) fn apply(
    x: Var,
    [weight, bias]: [&Arc<[f32]>; 2],
    [gamma, beta]: [&Arc<[f32]>; 2],
    shape: ConvShape,
    Epilogue { fused, dropout }: Epilogue,
    input_gradient: bool,
) -> Result<(Var, Moments), TapeError> {
    let layer = shape.with(fused);
    let features = layer.output_len() / shape.batch;
    let size = (shape.batch, features);
    let w = weight.clone();
    let kernels = Kernels::current();
    let mut found = None;
    let parameters = [weight, bias, gamma, beta];
    let y = tape::apply_writing(x, &parameters, size, input_gradient, |x| {
        let mut map = spare::take(shape.map().len());
        let operands = Operands {
            input: &x,
            weight,
            bias,
        };
        kernels.forward(&shape.with(Fused::NONE), operands, &mut map);
        let moments = Moments::of(&map, shape.outputs);
        found = Some(moments.clone());
        let Affine { scale, shift } = moments.affine(gamma, beta);
        let mut y = spare::take(layer.output_len());
        let mut argmax = Argmax(vec![0; layer.argmax_len()]);
        let mut peaks = spare::take(if fused.pool { y.len() } else { 0 });
        let out = Normalised {
            output: &mut y,
            argmax: &mut argmax.0,
            peaks: &mut peaks,
        };
        kernels.normalise(&shape.map(), fused, &map, [&scale, &shift], out);
        if let Some(dropout) = dropout {
            dropout.apply(features, &mut y, &mut argmax);
        }
        let backward = move |back: Backward<'_>| {
            if let Some(dropout) = dropout {
                dropout.scale(back.output);
            }
            let [weight, bias, gamma, beta] = back
                .parameters
                .try_into()
                .unwrap_or_else(|_| unreachable!("four parameters were given"));
            let outputs = Peaks {
                gradient: back.output,
                argmax: argmax.as_slice(),
                values: if fused.pool { &peaks } else { &map },
            };
            let sums = kernels.norm_sums(outputs, &moments.mean);
            let slopes = moments.slopes(&scale, &sums, [gamma, beta]);
            let operands = BackwardOperands {
                input: &x,
                weight: &w,
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
        };
        (y, backward)
    })?;
    let moments = found.unwrap_or_else(|| unreachable!("the forward pass sets it"));
    Ok((y, moments))
}
