//! ReLU and 2×2 max pooling over `[batch, height, width, channels]`, alone or behind a convolution.
//!
//! Neither hides a NaN. `f32::max` would: it answers the other operand. Here a NaN is the maximum of its window, and
//! ReLU lets it pass.

use super::conv2d::{Choices, Fused, MapShape};
use rayon::prelude::*;

/// ReLU (where `relu` says so) and 2×2 max pooling; returns what [`max_backward`] needs.
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn max_forward(shape: &MapShape, relu: bool, input: &[f32], output: &mut [f32]) -> Choices {
    let mut choices = vec![0; output.len()];
    reference_forward(
        shape,
        Fused { relu, pool: true },
        input,
        output,
        &mut choices,
    );
    Choices(choices)
}

/// Adds to `grad_input` what flows back through [`max_forward`].
///
/// # Panics
/// If a slice has not the length that `shape` gives it.
pub fn max_backward(
    shape: &MapShape,
    choices: &Choices,
    grad_output: &[f32],
    grad_input: &mut [f32],
) {
    let mut dense = vec![0.0; shape.len()];
    let fused = Fused {
        relu: true,
        pool: true,
    };
    reference_backward(shape, fused, choices.as_slice(), grad_output, &mut dense);
    grad_input
        .par_iter_mut()
        .zip(&dense)
        .for_each(|(target, grad)| *target += grad);
}

/// The fused stages, one value after the other.
pub(super) fn reference_forward(
    shape: &MapShape,
    fused: Fused,
    input: &[f32],
    output: &mut [f32],
    choices: &mut [u8],
) {
    let side = if fused.pool { 2 } else { 1 };
    for_each_window(shape, fused, |at, corner| {
        let mut best = input[corner];
        let mut choice = 0;
        for position in 1..(side * side) as u8 {
            let value = input[corner + offset(shape, position)];
            if value > best || value.is_nan() {
                (best, choice) = (value, position);
            }
        }
        if fused.relu && best <= 0.0 {
            (best, choice) = (0.0, Choices::SILENT);
        }
        output[at] = best;
        if let Some(slot) = choices.get_mut(at) {
            *slot = choice;
        }
    });
}

/// Writes into `grad_input` what flows back through the fused stages.
pub(super) fn reference_backward(
    shape: &MapShape,
    fused: Fused,
    choices: &[u8],
    grad_output: &[f32],
    grad_input: &mut [f32],
) {
    grad_input.fill(0.0);
    for_each_window(shape, fused, |at, corner| {
        let choice = choices.get(at).copied().unwrap_or(0);
        if choice != Choices::SILENT {
            grad_input[corner + offset(shape, choice)] = grad_output[at];
        }
    });
}

/// Distance from the first value of a window to the one at `position`.
fn offset(shape: &MapShape, position: u8) -> usize {
    let (row, column) = (usize::from(position / 2), usize::from(position % 2));
    (row * shape.width + column) * shape.channels
}

/// Calls `each(output index, index of the window's first input)` for every output in order.
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
