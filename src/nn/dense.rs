//! Fully connected layers, which dfdx computes on all cores; `x` is `[N, I]`.
//!
//! ```text
//! dense            y = x·W + b        W [I, O], b [O]
//! residual dense   y = x + x·W        W [I, I]
//! ```

use super::tape::{TapeError, Var, leaf};
use dfdx::shapes::Axis;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, TryAdd, TryMatMul};
use std::sync::Arc;

/// Applies the layer to `x` `[N, I]`; `weight` is `[I, O]` and `bias` `[O]`, both flat.
///
/// # Errors
/// [`TapeError::WrongLength`] if `weight` has not `I·O` values, [`TapeError::OutOfMemory`] if memory runs out.
pub fn dense(x: Var, weight: &Arc<[f32]>, bias: &Arc<[f32]>) -> Result<Var, TapeError> {
    let ((n, inputs), outputs) = (x.shape(), bias.len());
    let (tensor, parameters) = x.into_tensor()?;
    let device = tensor.device().clone();
    let weight = leaf(&device, weight, (inputs, outputs), &parameters)?;
    let bias = leaf(&device, bias, (outputs,), &parameters)?
        .try_broadcast_like::<_, Axis<0>>(&(n, outputs))?;
    let tensor = tensor.try_matmul(weight)?.try_add(bias)?;
    Ok(Var::new(tensor, parameters))
}

/// Applies the residual layer to `x` `[N, I]`; `weight` is `[I, I]`, flat.
///
/// # Errors
/// As [`dense`].
pub fn residual_dense(x: Var, weight: &Arc<[f32]>) -> Result<Var, TapeError> {
    let (_, features) = x.shape();
    let (tensor, parameters) = x.into_tensor()?;
    let weight = leaf(tensor.device(), weight, (features, features), &parameters)?;
    let (x, tape) = tensor.split_tape();
    let tensor = x.clone().put_tape(tape).try_matmul(weight)?.try_add(x)?;
    Ok(Var::new(tensor, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::tape::Device;

    const ROWS: usize = 3;
    const SIZE: usize = 4;

    /// Numbers between -1 and 1 that repeat nowhere.
    fn numbers(count: usize, seed: f32) -> Vec<f32> {
        (0..count)
            .map(|i| ((i as f32 + seed) * 1.7).sin())
            .collect()
    }

    /// The slow reference.
    fn reference(x: &[f32], weight: &[f32]) -> Vec<f32> {
        let value = |row: usize, out: usize| {
            let sum: f32 = (0..SIZE)
                .map(|i| x[row * SIZE + i] * weight[i * SIZE + out])
                .sum();
            x[row * SIZE + out] + sum
        };
        (0..ROWS)
            .flat_map(|row| (0..SIZE).map(move |out| value(row, out)))
            .collect()
    }

    /// A loss with another slope for each output: the outputs' product with fixed numbers.
    fn loss(y: &[f32]) -> f32 {
        y.iter()
            .zip(numbers(y.len(), 9.0))
            .map(|(y, c)| y * c)
            .sum()
    }

    #[test]
    fn a_residual_layer_agrees_with_the_reference_and_with_finite_differences() {
        let (x, weight) = (numbers(ROWS * SIZE, 0.0), numbers(SIZE * SIZE, 50.0));
        let batch = Device::new().batch(x.clone(), (ROWS, SIZE)).unwrap();
        let parameter: Arc<[f32]> = weight.clone().into();
        let y = residual_dense(batch.clone().record(), &parameter).unwrap();
        let slow = reference(&x, &weight);
        for (fast, slow) in y.values().iter().zip(&slow) {
            assert!((fast - slow).abs() < 1e-6, "{fast} {slow}");
        }
        // The loss as a layer with one output, and its rows added up.
        let slopes = numbers(ROWS * SIZE, 9.0);
        let total = crate::nn::tape::apply(y, &[], (1, 1), true, |y| {
            let sum = loss(&y);
            (vec![sum], move |back: crate::nn::tape::Backward<'_>| {
                let input = back.input.expect("a gradient by the input");
                for (to, slope) in input.iter_mut().zip(&slopes) {
                    *to += slope * back.output[0];
                }
            })
        });
        let mut gradients = total.unwrap().backward().unwrap();
        let by_weight = gradients.take(&parameter);
        let by_input = gradients.take_batch(&batch).unwrap();
        let step = 1e-2;
        let moved = |values: &[f32], at: usize, by: f32| {
            let mut values = values.to_vec();
            values[at] += by;
            values
        };
        // The function is linear in each, so that a large step costs no precision.
        for (at, computed) in by_weight.iter().enumerate() {
            let [up, down] = [step, -step].map(|by| loss(&reference(&x, &moved(&weight, at, by))));
            let slope = (up - down) / (2.0 * step);
            assert!((computed - slope).abs() < 1e-3, "weight {at}");
        }
        for (at, computed) in by_input.iter().enumerate() {
            let [up, down] = [step, -step].map(|by| loss(&reference(&moved(&x, at, by), &weight)));
            let slope = (up - down) / (2.0 * step);
            assert!((computed - slope).abs() < 1e-3, "input {at}");
        }
    }
}
