//! ReLU and 2×2 max pooling over `[batch, height, width, channels]`, outside a convolution.
//!
//! Neither hides a NaN: it is the maximum of its window, and ReLU keeps it. (`f32::max` would return the other operand.) Memory
//! limits these loops, so they use no special instructions, only all threads.

use super::conv2d::{Argmax, Fused, MapShape, Row, spread_window, window_offset};
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
                    let target =
                        &mut picture[corner + window_offset(shape, position)..][..shape.channels];
                    for (target, value) in target.iter_mut().zip(&cell) {
                        *target += value;
                    }
                }
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::conv2d::{stages_backward, stages_forward};
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
            stages_forward(&shape, fused, &input, &mut wanted, &mut wanted_argmax);
            prop_assert_eq!(argmax.as_slice(), &wanted_argmax[..]);
            for (got, wanted) in output.iter().zip(&wanted) {
                prop_assert!(got == wanted || got.is_nan() && wanted.is_nan(), "{} {}", got, wanted);
            }

            let direction: Vec<f32> = (0..len).map(|i| i as f32 - 3.0).collect();
            let mut grads = vec![1.0; shape.len()];
            max_backward(&shape, &argmax, &direction, &mut grads);
            let wanted = stages_backward(&shape, fused, &wanted_argmax, &direction);
            for (got, wanted) in grads.iter().zip(&wanted) {
                prop_assert_eq!(*got, wanted.unwrap_or(0.0) + 1.0);
            }
        }
    }
}
