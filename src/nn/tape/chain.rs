//! Operations of this crate that follow each other, as one operation of dfdx's tape.

use super::steps::{InputGradient, Step, run_back};
use super::{Matrix, Recording, SharedGradients, copy};
use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, CpuError, Gradients, PutTape, SplitTape, Tape, TensorFromVec};

/// Finds the gradient by a tensor. (dfdx keeps the type of its keys private.)
type FindGradient =
    Box<dyn for<'a> Fn(&'a mut Gradients<f32, Cpu>) -> Result<&'a mut Vec<f32>, CpuError>>;

/// Operations of this crate that follow each other.
pub(super) struct Chain {
    shape: (usize, usize),
    device: Cpu,
    tape: Recording,
    /// The gradient by what the first operation reads.
    input: FindGradient,
    steps: Vec<Step>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain of {} steps to {:?}", self.steps.len(), self.shape)
    }
}

impl Chain {
    /// An empty chain behind a tensor, and a copy of its values.
    pub(super) fn behind(tensor: Matrix<Recording>) -> (Vec<f32>, Self) {
        let (tensor, tape) = tensor.split_tape();
        let ghost = tensor.ghost();
        let chain = Self {
            shape: *tensor.shape(),
            device: tensor.device().clone(),
            tape,
            input: Box::new(move |grads| Ok(&mut **grads.get_or_alloc_mut(&ghost)?)),
            steps: Vec::new(),
        };
        (copy(&tensor), chain)
    }

    /// `(N, F)` after the last operation.
    pub(super) fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Adds an operation whose output has `shape`.
    pub(super) fn push(&mut self, step: Step, shape: (usize, usize)) {
        self.shape = shape;
        self.steps.push(step);
    }

    /// Makes the chain one operation of dfdx.
    pub(super) fn into_tensor(
        self,
        values: Vec<f32>,
        parameters: SharedGradients,
    ) -> Result<Matrix<Recording>, CpuError> {
        let Self {
            shape,
            device,
            mut tape,
            input,
            steps,
        } = self;
        let output = device.try_tensor_from_vec(values, shape)?;
        let ghost = output.ghost();
        tape.add_backward_op(move |grads: &mut Gradients<f32, Cpu>| {
            // No later operation reads an output's gradient, so its memory can serve for another one.
            let by_output = std::mem::take(&mut **grads.get_or_alloc_mut(&ghost)?);
            let mut by_input = match steps[0].input {
                InputGradient::None => None,
                _ => Some(std::mem::take(input(grads)?)),
            };
            let parameters = &mut parameters.borrow_mut();
            run_back(steps, by_output, by_input.as_deref_mut(), parameters);
            if let Some(gradient) = by_input {
                *input(grads)? = gradient;
            }
            Ok(())
        });
        Ok(output.put_tape(tape))
    }
}
