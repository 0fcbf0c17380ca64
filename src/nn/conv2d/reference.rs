//! The slow, obvious convolution, which every fast path is tested against.
//!
//! Loops over the definition, sums in `f64`, one thread. Training can use it (`TWINSIGHT_KERNELS=reference`), to compare.
//!
//! ```text
//! y[n, i, j, o] = b[o] + Σ_{u, v, c} x[n, i + u - p, j + v - p, c] · w[u, v, c, o]        p = (K - 1) / 2
//! ```
//!
//! Positions outside the picture are left out, not multiplied as zeros: an infinite weight does not make the border NaN. Outputs
//! that pooling or ReLU masked are left out of the gradients.

use super::shape::{
    Argmax, BackwardOperands, ConvLayer, ConvShape, Fused, Gradients, MapShape, NormGradient,
    Operands, window_offset,
};

/// The forward pass; `argmax` has one byte for each output, or is empty where it is not needed.
pub(super) fn forward(
    ConvLayer { shape, fused }: &ConvLayer,
    operands: Operands<'_>,
    output: &mut [f32],
    argmax: &mut [u8],
) {
    let Operands {
        input,
        weight,
        bias,
    } = operands;
    let mut map = vec![0.0; shape.map().len()];
    let mut sums = vec![0.0_f64; shape.outputs];
    for_each_pixel(shape, |pixel, n, i, j| {
        for (sum, &b) in sums.iter_mut().zip(bias) {
            *sum = f64::from(b);
        }
        for_each_tap(shape, n, i, j, |x, w| {
            for c in 0..shape.inputs {
                let value = f64::from(input[x * shape.inputs + c]);
                let row = &weight[(w * shape.inputs + c) * shape.outputs..][..shape.outputs];
                for (sum, &w) in sums.iter_mut().zip(row) {
                    *sum += value * f64::from(w);
                }
            }
        });
        let out = &mut map[pixel * shape.outputs..][..shape.outputs];
        for (out, &sum) in out.iter_mut().zip(&sums) {
            *out = sum as f32;
        }
    });
    stages_forward(&shape.map(), *fused, &map, output, argmax);
}

/// The backward pass, through a normalisation if there is one; adds to `gradients`.
pub(super) fn backward(
    ConvLayer { shape, fused }: &ConvLayer,
    operands: BackwardOperands<'_>,
    norm: Option<NormGradient<'_>>,
    gradients: Gradients<'_>,
) {
    let BackwardOperands {
        input,
        weight,
        argmax,
        grad_output,
    } = operands;
    let mut map = stages_backward(&shape.map(), *fused, argmax, grad_output);
    if let Some(norm) = norm {
        norm_backward(norm, &mut map);
    }
    let mut grad_input = vec![0.0_f64; shape.input_len()];
    let mut grad_weight = vec![0.0_f64; shape.weight_len()];
    let mut grad_bias = vec![0.0_f64; shape.outputs];
    for_each_pixel(shape, |pixel, n, i, j| {
        let grad = &map[pixel * shape.outputs..][..shape.outputs];
        for (sum, g) in grad_bias.iter_mut().zip(grad) {
            *sum += g.map_or(0.0, f64::from);
        }
        for_each_tap(shape, n, i, j, |x, w| {
            for c in 0..shape.inputs {
                let at = (w * shape.inputs + c) * shape.outputs;
                let value = f64::from(input[x * shape.inputs + c]);
                let mut sum = 0.0;
                for (o, g) in grad.iter().enumerate() {
                    let Some(g) = g.map(f64::from) else { continue };
                    grad_weight[at + o] += value * g;
                    sum += f64::from(weight[at + o]) * g;
                }
                grad_input[x * shape.inputs + c] += sum;
            }
        });
    });
    add(gradients.weight, &grad_weight);
    if norm.is_none() {
        add(gradients.bias, &grad_bias);
    }
    if let Some(target) = gradients.input {
        add(target, &grad_input);
    }
}

/// The reference of the fused stages, one value after the other. `argmax` is empty where it is not needed.
pub(in crate::nn) fn stages_forward(
    shape: &MapShape,
    fused: Fused,
    input: &[f32],
    output: &mut [f32],
    argmax: &mut [u8],
) {
    let side = if fused.pool { 2 } else { 1 };
    for_each_window(shape, fused, |at, corner| {
        let mut best = input[corner];
        let mut index = 0;
        for position in 1..(side * side) as u8 {
            let value = input[corner + window_offset(shape, position)];
            if value > best || value.is_nan() {
                (best, index) = (value, position);
            }
        }
        if fused.relu && best <= 0.0 {
            (best, index) = (0.0, Argmax::MASKED);
        }
        output[at] = best;
        if let Some(slot) = argmax.get_mut(at) {
            *slot = index;
        }
    });
}

/// The reference of the backward pass: the gradient of each input of the fused stages, `None` where none passes.
pub(in crate::nn) fn stages_backward(
    shape: &MapShape,
    fused: Fused,
    argmax: &[u8],
    grad_output: &[f32],
) -> Vec<Option<f32>> {
    let mut grad_input = vec![None; shape.len()];
    for_each_window(shape, fused, |at, corner| {
        let index = argmax.get(at).copied().unwrap_or(0);
        if index != Argmax::MASKED {
            grad_input[corner + window_offset(shape, index)] = Some(grad_output[at]);
        }
    });
    grad_input
}

/// The reference of [`NormGradient`], in place.
fn norm_backward(NormGradient { map, slopes }: NormGradient<'_>, gradient: &mut [Option<f32>]) {
    let channels = slopes.scale.len();
    for (at, (gradient, &x)) in gradient.iter_mut().zip(map).enumerate() {
        let c = at % channels;
        let [scale, by_value, mean, constant] = [
            slopes.scale[c],
            slopes.by_value[c],
            slopes.mean[c],
            slopes.constant[c],
        ]
        .map(f64::from);
        let passed = scale * gradient.map_or(0.0, f64::from);
        *gradient = Some((passed + by_value * (f64::from(x) - mean) + constant) as f32);
    }
}

/// Calls `each(index of the output, index of the first input of its window)` for every output in order.
fn for_each_window(shape: &MapShape, fused: Fused, mut each: impl FnMut(usize, usize)) {
    let out = shape.after(fused);
    let side = if fused.pool { 2 } else { 1 };
    let mut at = 0;
    for n in 0..out.batch {
        for i in 0..out.height {
            for j in 0..out.width {
                let corner =
                    ((n * shape.height + i * side) * shape.width + j * side) * shape.channels;
                for c in 0..shape.channels {
                    each(at, corner + c);
                    at += 1;
                }
            }
        }
    }
}

fn add(target: &mut [f32], source: &[f64]) {
    for (target, &source) in target.iter_mut().zip(source) {
        *target += source as f32;
    }
}

/// Calls `each(pixel, n, i, j)` for every output pixel in order.
fn for_each_pixel(shape: &ConvShape, mut each: impl FnMut(usize, usize, usize, usize)) {
    let mut pixel = 0;
    for n in 0..shape.batch {
        for i in 0..shape.height {
            for j in 0..shape.width {
                each(pixel, n, i, j);
                pixel += 1;
            }
        }
    }
}

/// Calls `each(input pixel, kernel position)` for every tap of output pixel `(n, i, j)` that lies inside the picture.
fn for_each_tap(
    shape: &ConvShape,
    n: usize,
    i: usize,
    j: usize,
    mut each: impl FnMut(usize, usize),
) {
    let before = shape.padding();
    for u in 0..shape.kernel {
        let Some(row) = (i + u)
            .checked_sub(before)
            .filter(|&row| row < shape.height)
        else {
            continue;
        };
        for v in 0..shape.kernel {
            let Some(column) = (j + v)
                .checked_sub(before)
                .filter(|&column| column < shape.width)
            else {
                continue;
            };
            each(
                (n * shape.height + row) * shape.width + column,
                u * shape.kernel + v,
            );
        }
    }
}
