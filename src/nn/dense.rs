//! Fully connected layer: `y = x·W + b`, `x` `[N, I]`, `W` `[I, O]`, `b` `[O]`.
//!
//! The one layer that dfdx has on stable Rust; its matrix product runs on all cores.

use super::tape::{TapeError, Var, leaf};
use dfdx::shapes::Axis;
use dfdx::tensor_ops::{BroadcastTo, TryAdd, TryMatMul};
use std::sync::Arc;

/// Applies the layer to `x` `[N, I]`; `weight` is `[I, O]` and `bias` `[O]`, both flat.
///
/// # Errors
/// [`TapeError::WrongLength`] if `weight` has not `I·O` values, [`TapeError::OutOfMemory`] if memory runs out.
pub fn dense(x: Var, weight: &Arc<[f32]>, bias: &Arc<[f32]>) -> Result<Var, TapeError> {
    let ((n, inputs), outputs) = (x.shape(), bias.len());
    let Var { tensor, parameters } = x;
    let device = tensor.device().clone();
    let weight = leaf(&device, weight, (inputs, outputs), &parameters)?;
    let bias = leaf(&device, bias, (outputs,), &parameters)?
        .try_broadcast_like::<_, Axis<0>>(&(n, outputs))?;
    let tensor = tensor.try_matmul(weight)?.try_add(bias)?;
    Ok(Var { tensor, parameters })
}
