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

use super::Operation;
use crate::nn::batch_norm::{Affine, EPSILON, Moments};
use crate::nn::conv2d::{
    Argmax, BackwardOperands, ConvLayer, ConvShape, Gradients, Kernels, Operands, PatchMoments,
};
use crate::nn::dropout::Dropout;
use crate::nn::tape::{self, Backward, TapeError, Var, spare};
use std::sync::Arc;

pub(super) fn apply(x: Var, operation: Operation<'_>) -> Result<(Var, Moments), TapeError> {
    let (parameters, shape) = (operation.parameters(), operation.output());
    let mut moments = None;
    let y = tape::apply(x, &parameters, shape, false, |x| {
        let (y, kept) = Kept::forward(operation, x);
        moments = Some(kept.fold.moments.clone());
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
    gamma: Arc<[f32]>,
    x: Vec<f32>,
    patches: PatchMoments,
    fold: Fold,
    argmax: Argmax,
}

impl Kept {
    fn forward(operation: Operation<'_>, x: Vec<f32>) -> (Vec<f32>, Self) {
        let Operation {
            weights: [weight, bias],
            norm: [gamma, beta],
            shape,
            epilogue,
        } = operation;
        let (kernels, layer) = (Kernels::current(), shape.with(epilogue.fused));
        let patches = kernels.patch_moments(&shape, &x);
        let fold = Fold::new(&patches, weight, [bias, gamma, beta], shape);
        let mut y = spare::take(layer.output_len());
        let operands = Operands {
            input: &x,
            weight: &fold.weight,
            bias: &fold.bias,
        };
        let mut argmax = Argmax(spare::take_marks(layer.argmax_len()));
        kernels.forward_into(&layer, operands, &mut y, &mut argmax.0);
        if let Some(dropout) = epilogue.dropout {
            dropout.apply(y.len() / shape.batch, &mut y, &mut argmax);
        }
        let kept = Self {
            kernels,
            layer,
            dropout: epilogue.dropout,
            weight: weight.clone(),
            gamma: gamma.clone(),
            x,
            patches,
            fold,
            argmax,
        };
        (y, kept)
    }

    fn backward(self, back: Backward<'_>) {
        if let Some(dropout) = self.dropout {
            dropout.scale(back.output);
        }
        let [weight, _, gamma, beta] = back
            .parameters
            .try_into()
            .unwrap_or_else(|_| unreachable!("four parameters were given"));
        let operands = BackwardOperands {
            input: &self.x,
            weight: &self.fold.weight,
            argmax: self.argmax.as_slice(),
            grad_output: back.output,
        };
        let mut by_weight = vec![0.0; self.weight.len()];
        let mut by_bias = vec![0.0; self.gamma.len()];
        let gradients = Gradients {
            input: None,
            weight: &mut by_weight,
            bias: &mut by_bias,
        };
        self.kernels.backward(&self.layer, operands, gradients);
        self.fold.unfold(
            &self.patches,
            [&self.weight, &self.gamma],
            [&by_weight, &by_bias],
            [weight, gamma, beta],
        );
        spare::give(self.x);
        spare::give_marks(self.argmax.0);
    }
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
