//! The optimiser Adam, with moments that can be saved.
//!
//! Kingma and Ba 2015, algorithm 1:
//!
//! ```text
//! m ← β₁m + (1 − β₁)g        v ← β₂v + (1 − β₂)g²
//! w ← w − rate · (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)      then w ← w − rate·decay·w (Loshchilov and Hutter 2019)
//! ```
//!
//! dfdx has an Adam, but keeps its moments private: a run could not be resumed exactly.

use super::arrays::Parameter;
use super::tape::TapeGradients;
use rayon::prelude::*;
use std::sync::Arc;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
/// Keras' value; that of the paper and of PyTorch is 1e-8.
const EPSILON: f32 = 1e-7;
/// Fewest numbers worth a task of their own on another thread.
const MIN_TASK: usize = 16_384;

/// The state of the optimiser: two moments for each parameter, and the number of steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adam {
    /// Steps taken.
    pub steps: u64,
    /// First moments, one vector for each parameter, in the order of the network.
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

    /// One step against the gradients, each parameter at its own learning rate. `decay` is the decoupled weight decay of the
    /// parameters that have it ([`Parameter::decays`]). The parameters must come in the order given to
    /// [`new`](Self::new).
    pub fn step<'a>(
        &mut self,
        parameters: impl Iterator<Item = (&'a mut Parameter, f32)>,
        grads: &mut TapeGradients,
        decay: f32,
    ) {
        self.steps += 1;
        let t = self.steps as f64;
        let unbias1 = (1.0 - f64::from(BETA1).powf(t)) as f32;
        let unbias2 = (1.0 - f64::from(BETA2).powf(t)) as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, rate), (first, second)) in parameters.zip(moments) {
            let gradient = grads.take(&parameter.value);
            let shrink = match parameter.decays() {
                true => rate * decay,
                false => 0.0,
            };
            // In place, unless a snapshot shares the array.
            let value = Arc::make_mut(&mut parameter.value);
            let numbers = (value, first, second, &gradient).into_par_iter();
            numbers
                .with_min_len(MIN_TASK)
                .for_each(|(value, first, second, &g)| {
                    *first = BETA1 * *first + (1.0 - BETA1) * g;
                    *second = BETA2 * *second + (1.0 - BETA2) * g * g;
                    let step = (*first / unbias1) / ((*second / unbias2).sqrt() + EPSILON);
                    *value -= rate * step + shrink * *value;
                });
        }
    }
}
