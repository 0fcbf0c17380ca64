//! ReLU and 2×2 max pooling over `[batch, height, width, channels]`, outside a convolution.
//!
//! Neither hides a NaN: it is the maximum of its window, and ReLU keeps it. (`f32::max` would return the other operand.) Memory
//! limits these loops, so they use no special instructions, only all threads.

use super::conv2d::{Argmax, Fused, MapShape, Row, spread_window};
use rayon::prelude::*;

/// ReLU (where `relu` says so) and 2×2 max pooling; returns what [`max_backward`] needs.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn max_forward(shape: &MapShape, relu: bool, input: &[f32], output: &mut [f32]) -> Argmax {
    let fused = Fused { relu, pool: true };
    let out = shape.after(fused);
    assert_eq!(input.len(), shape.len(), "input of {shape:?}");
    assert_eq!(output.len(), out.len(), "output of {shape:?}");
    let mut argmax = vec![0; output.len()];
    if output.is_empty() {
        return Argmax(argmax);
    }
    let bias = vec![0.0; shape.channels];
    let (row_len, map_row_len) = (out.width * out.channels, shape.width * shape.channels);
    let rows = output
        .par_chunks_exact_mut(row_len)
        .zip(argmax.par_chunks_exact_mut(row_len));
    rows.enumerate().for_each(|(at, (output, argmax))| {
        let first = (at / out.height * shape.height + at % out.height * 2) * map_row_len;
        let map = |row: usize| &input[first + row * map_row_len..][..map_row_len];
        let row = Row {
            map: [map(0), map(1)],
            len: shape.channels,
            bias: &bias,
            channels: shape.channels,
            first: 0,
        };
        row.finish(fused, output, argmax);
    });
    Argmax(argmax)
}

/// Adds the gradient of [`max_forward`] to `grad_input`.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn max_backward(
    shape: &MapShape,
    argmax: &Argmax,
    grad_output: &[f32],
    grad_input: &mut [f32],
) {
    let out = shape.after(Fused {
        relu: false,
        pool: true,
    });
    assert_eq!(grad_input.len(), shape.len(), "input gradient of {shape:?}");
    assert_eq!(grad_output.len(), out.len(), "output gradient of {shape:?}");
    assert_eq!(argmax.as_slice().len(), out.len(), "argmax of {shape:?}");
    if out.is_empty() {
        return;
    }
    let pictures = grad_input.par_chunks_exact_mut(shape.height * shape.width * shape.channels);
    let len = out.height * out.width * out.channels;
    let gradients = grad_output
        .par_chunks_exact(len)
        .zip(argmax.as_slice().par_chunks_exact(len));
    pictures
        .zip(gradients)
        .for_each(|(picture, (gradient, argmax))| {
            let mut cell = vec![0.0; shape.channels];
            for (at, (gradient, argmax)) in gradient
                .chunks_exact(shape.channels)
                .zip(argmax.chunks_exact(shape.channels))
                .enumerate()
            {
                for position in 0..4 {
                    spread_window(gradient, argmax, position, &mut cell);
                    let corner =
                        (at / out.width * 2 * shape.width + at % out.width * 2) * shape.channels;
                    let target = &mut picture[corner + offset(shape, position)..][..shape.channels];
                    for (target, value) in target.iter_mut().zip(&cell) {
                        *target += value;
                    }
                }
            }
        });
}

/// The reference of the fused stages, one value after the other. `argmax` is empty where it is not needed.
pub(super) fn reference_forward(
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
            let value = input[corner + offset(shape, position)];
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
pub(super) fn reference_backward(
    shape: &MapShape,
    fused: Fused,
    argmax: &[u8],
    grad_output: &[f32],
) -> Vec<Option<f32>> {
    let mut grad_input = vec![None; shape.len()];
    for_each_window(shape, fused, |at, corner| {
        let index = argmax.get(at).copied().unwrap_or(0);
        if index != Argmax::MASKED {
            grad_input[corner + offset(shape, index)] = Some(grad_output[at]);
        }
    });
    grad_input
}

/// Offset of the value at `position` from the first value of its window.
fn offset(shape: &MapShape, position: u8) -> usize {
    let (row, column) = (usize::from(position / 2), usize::from(position % 2));
    (row * shape.width + column) * shape.channels
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Few distinct values, so that ties, zeros and NaN are frequent.
        #[test]
        fn pooling_is_its_reference(
            (batch, height, width, channels) in (1_usize..4, 1_usize..8, 1_usize..8, 1_usize..20),
            relu in any::<bool>(),
            seed in prop::collection::vec(0_u8..6, 1..50),
        ) {
            let shape = MapShape { batch, height, width, channels };
            let values = [-1.0, 0.0, 0.5, 2.0, f32::NAN, f32::INFINITY];
            let input: Vec<f32> = (0..shape.len()).map(|i| values[usize::from(seed[i * 7 % seed.len()])]).collect();
            let fused = Fused { relu, pool: true };
            let len = shape.after(fused).len();
            let (mut output, mut wanted) = (vec![-7.0; len], vec![7.0; len]);
            let mut wanted_argmax = vec![9; len];
            let argmax = max_forward(&shape, relu, &input, &mut output);
            reference_forward(&shape, fused, &input, &mut wanted, &mut wanted_argmax);
            prop_assert_eq!(argmax.as_slice(), &wanted_argmax[..]);
            for (got, wanted) in output.iter().zip(&wanted) {
                prop_assert!(got == wanted || got.is_nan() && wanted.is_nan(), "{} {}", got, wanted);
            }

            let direction: Vec<f32> = (0..len).map(|i| i as f32 - 3.0).collect();
            let mut grads = vec![1.0; shape.len()];
            max_backward(&shape, &argmax, &direction, &mut grads);
            let wanted = reference_backward(&shape, fused, &wanted_argmax, &direction);
            for (got, wanted) in grads.iter().zip(&wanted) {
                prop_assert_eq!(*got, wanted.unwrap_or(0.0) + 1.0);
            }
        }
    }
}
