//! Adam, with moments that can be saved.
//!
//! Kingma and Ba 2015, algorithm 1:
//!
//! ```text
//! m ← β₁m + (1 − β₁)g        v ← β₂v + (1 − β₂)g²
//! w ← w − rate · (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)      then w ← w − rate·decay·w (Loshchilov and Hutter 2019)
//! ```
//!
//! dfdx has an Adam, but keeps its moments private: a run could not be resumed exactly.

use super::network::Parameter;
use super::tape::{Grads, gradient_of};
use dfdx::tensor::{CpuError, TensorFromVec};
use rayon::prelude::*;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
/// Keras' value; the paper's and PyTorch's is 1e-8.
const EPSILON: f32 = 1e-7;
/// Fewest numbers worth handing to another thread.
const SHARE: usize = 16_384;

/// The optimiser's state: two moments for each parameter, and how many steps were taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adam {
    /// Steps taken.
    pub steps: u64,
    /// First moments, one vector a parameter, in the network's order.
    pub first: Vec<Vec<f32>>,
    /// Second moments.
    pub second: Vec<Vec<f32>>,
}

impl Adam {
    /// Zero moments for `parameters`.
    pub fn new<'a>(parameters: impl Iterator<Item = &'a Parameter>) -> Self {
        let first: Vec<_> = parameters.map(|p| vec![0.0; p.len()]).collect();
        Self {
            steps: 0,
            second: first.clone(),
            first,
        }
    }

    /// One step down the gradients, each parameter at its own rate; `decay` is the decoupled weight decay of the
    /// parameters that have it ([`Parameter::decays`]). The parameters must come in the order given to
    /// [`new`](Self::new).
    ///
    /// # Errors
    /// [`CpuError`] if memory runs out.
    pub fn step<'a>(
        &mut self,
        parameters: impl Iterator<Item = (&'a mut Parameter, f32)>,
        grads: &mut Grads,
        decay: f32,
    ) -> Result<(), CpuError> {
        self.steps += 1;
        let t = self.steps as f64;
        let unbias1 = (1.0 - f64::from(BETA1).powf(t)) as f32;
        let unbias2 = (1.0 - f64::from(BETA2).powf(t)) as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, rate), (first, second)) in parameters.zip(moments) {
            let gradient = gradient_of(grads, &parameter.value)?;
            let mut value = parameter.value.as_vec();
            let shrink = if parameter.decays() {
                rate * decay
            } else {
                0.0
            };
            let numbers = (&mut value, first, second, &gradient).into_par_iter();
            numbers
                .with_min_len(SHARE)
                .for_each(|(value, first, second, &g)| {
                    *first = BETA1 * *first + (1.0 - BETA1) * g;
                    *second = BETA2 * *second + (1.0 - BETA2) * g * g;
                    let step = (*first / unbias1) / ((*second / unbias2).sqrt() + EPSILON);
                    *value -= rate * step + shrink * *value;
                });
            let device = parameter.value.device().clone();
            let shape = (value.len(),);
            parameter.value = device.try_tensor_from_vec(value, shape)?;
        }
        Ok(())
    }
}
