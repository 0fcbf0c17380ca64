//! Fully connected: `y = x·W + b`, `x` `[N, I]`, `W` `[I, O]`, `b` `[O]`.
//!
//! The one layer that dfdx already has on stable Rust; its matrix product runs on all cores.

use super::tape::{Batch, Recording, Vector};
use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, CpuError, Tensor};
use dfdx::tensor_ops::{BroadcastTo, ReshapeTo, TryAdd, TryMatMul};

/// Applies the layer.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn dense(
    x: Batch<Recording>,
    weight: &Vector,
    bias: &Vector,
) -> Result<Batch<Recording>, CpuError> {
    let &(n, inputs) = x.shape();
    let outputs = bias.shape().0;
    let weight: Tensor<(usize, usize), f32, Cpu, Recording> =
        weight.retaped().try_reshape_like(&(inputs, outputs))?;
    let bias = bias
        .retaped::<Recording>()
        .try_broadcast_like::<_, dfdx::shapes::Axis<0>>(&(n, outputs))?;
    x.try_matmul(weight)?.try_add(bias)
}
