//! The way of a first layer: moments from the patches, normalisation folded into the weights.
//!
//! With `p̄` and `C` the mean and the covariance of the patches, for each output (its index left out):
//!
//! ```text
//! mean = w·p̄ + b    var = wᵀCw    i = 1/√(var + ε)    w' = γ·i·w    b' = β − γ·i·w·p̄
//! ```
//!
//! and the output is that of a convolution with `w'` and `b'`, whose backward pass gives `G = dL/dw'` and `g = dL/db'`. Then
//!
//! ```text
//! s = w·(G − g·p̄)    dβ = g    dγ = i·s    dw = γ·i·(G − g·p̄) − γ·i³·s·Cw
//! ```
//!
//! The first term of `dw` holds the moments fixed, the second is the way through the variance.

use crate::nn::batch_norm::{Affine, EPSILON, Moments};
use crate::nn::conv::Epilogue;
use crate::nn::conv2d::{BackwardOperands, ConvShape, Gradients, Kernels, Operands, PatchMoments};
use crate::nn::tape::{self, Backward, TapeError, Var, spare};
use std::sync::Arc;

pub(super) fn apply(
    x: Var,
    [weight, bias]: [&Arc<[f32]>; 2],
    [gamma, beta]: [&Arc<[f32]>; 2],
    shape: ConvShape,
    Epilogue { fused, dropout }: Epilogue,
) -> Result<(Var, Moments), TapeError> {
    let layer = shape.with(fused);
    let features = layer.output_len() / shape.batch;
    let size = (shape.batch, features);
    let kernels = Kernels::current();
    let mut found = None;
    let parameters = [weight, bias, gamma, beta];
    let y = tape::apply(x, &parameters, size, false, |x| {
        let patches = kernels.patch_moments(&shape, &x);
        let fold = Fold::new(&patches, weight, [bias, gamma, beta], shape);
        found = Some(fold.moments.clone());
        let mut y = spare::take(layer.output_len());
        let operands = Operands {
            input: &x,
            weight: &fold.weight,
            bias: &fold.bias,
        };
        let mut argmax = kernels.forward(&layer, operands, &mut y);
        if let Some(dropout) = dropout {
            dropout.apply(features, &mut y, &mut argmax);
        }
        let (w, g) = (weight.clone(), gamma.clone());
        let backward = move |back: Backward<'_>| {
            if let Some(dropout) = dropout {
                dropout.scale(back.output);
            }
            let [weight, _, gamma, beta] = back
                .parameters
                .try_into()
                .unwrap_or_else(|_| unreachable!("four parameters were given"));
            let operands = BackwardOperands {
                input: &x,
                weight: &fold.weight,
                argmax: argmax.as_slice(),
                grad_output: back.output,
            };
            let (mut by_weight, mut by_bias) = (vec![0.0; w.len()], vec![0.0; g.len()]);
            let gradients = Gradients {
                input: None,
                weight: &mut by_weight,
                bias: &mut by_bias,
            };
            kernels.backward(&layer, operands, gradients);
            fold.unfold(
                &patches,
                [&w, &g],
                [&by_weight, &by_bias],
                [weight, gamma, beta],
            );
            spare::give(x);
        };
        (y, backward)
    })?;
    let moments = found.unwrap_or_else(|| unreachable!("the forward pass sets it"));
    Ok((y, moments))
}

/// A normalisation folded into the weights of a convolution.
struct Fold {
    moments: Moments,
    /// `w'`, `[depth, O]`.
    weight: Vec<f32>,
    /// `b'`, `[O]`.
    bias: Vec<f32>,
}

impl Fold {
    fn new(
        patches: &PatchMoments,
        weight: &[f32],
        [bias, gamma, beta]: [&[f32]; 3],
        shape: ConvShape,
    ) -> Self {
        let outputs: Vec<(f64, f64)> = (0..shape.outputs)
            .map(|o| {
                let (mean, variance, _) = patches.output(&column(weight, o, shape.outputs));
                (mean + f64::from(bias[o]), variance)
            })
            .collect();
        let moments = Moments::new(shape.map().len() / shape.outputs, outputs.iter().copied());
        let Affine { scale, .. } = moments.affine(gamma, beta);
        let mut folded = weight.to_vec();
        for row in folded.chunks_exact_mut(shape.outputs) {
            row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s);
        }
        // The bias is subtracted rather than left out, so that a NaN in it is not hidden.
        let off = |o: usize| f64::from(bias[o]) - outputs[o].0;
        let bias = (0..shape.outputs)
            .map(|o| (f64::from(beta[o]) + f64::from(scale[o]) * off(o)) as f32)
            .collect();
        Self {
            moments,
            weight: folded,
            bias,
        }
    }

    /// Adds the gradients by weights, γ and β, from those by the folded weights and bias.
    fn unfold(
        &self,
        patches: &PatchMoments,
        [weight, gamma]: [&[f32]; 2],
        [by_weight, by_bias]: [&[f32]; 2],
        [to_weight, to_gamma, to_beta]: [&mut [f32]; 3],
    ) {
        let outputs = gamma.len();
        for o in 0..outputs {
            let w = column(weight, o, outputs);
            let (_, _, spread) = patches.output(&w);
            let bias = f64::from(by_bias[o]);
            let centred: Vec<f64> = column(by_weight, o, outputs)
                .iter()
                .zip(&patches.mean)
                .map(|(by_weight, mean)| by_weight - bias * mean)
                .collect();
            let slope: f64 = w.iter().zip(&centred).map(|(w, g)| w * g).sum();
            let inverse = 1.0 / f64::from(self.moments.variance[o] + EPSILON).sqrt();
            let scale = f64::from(gamma[o]) * inverse;
            to_beta[o] += by_bias[o];
            to_gamma[o] += (inverse * slope) as f32;
            for (d, (centred, spread)) in centred.iter().zip(&spread).enumerate() {
                let through_variance = inverse * inverse * slope * spread;
                to_weight[d * outputs + o] += (scale * (centred - through_variance)) as f32;
            }
        }
    }
}

/// The numbers of one output, from `[depth, O]`.
fn column(values: &[f32], o: usize, outputs: usize) -> Vec<f64> {
    values
        .iter()
        .skip(o)
        .step_by(outputs)
        .map(|&v| f64::from(v))
        .collect()
}
