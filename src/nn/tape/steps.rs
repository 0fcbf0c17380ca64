//! The operations of a chain and their way back, on plain slices.

use super::{Backward, spare};
use crate::nn::profile::{self, Direction};
use std::sync::Arc;

/// Gradients by array.
#[derive(Debug, Clone, Default)]
pub(in crate::nn) struct ParameterGradients(Vec<(Arc<[f32]>, Vec<f32>)>);
impl ParameterGradients {
    /// Removes the gradient of a parameter; zeros if there is none.
    pub(super) fn take(&mut self, parameter: &Arc<[f32]>) -> Vec<f32> {
        match self.0.iter().position(|(of, _)| Arc::ptr_eq(of, parameter)) {
            Some(at) => self.0.swap_remove(at).1,
            None => vec![0.0; parameter.len()],
        }
    }

    pub(super) fn put(&mut self, parameter: Arc<[f32]>, gradient: Vec<f32>) {
        self.0.push((parameter, gradient));
    }
}

/// What a backward function does with the gradient by the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputGradient {
    /// Nothing: none is needed.
    None,
    /// It adds to it.
    Added,
    /// It writes every value.
    Written,
}

/// One operation.
pub(super) struct Step {
    /// Where the profiler counts it.
    pub(super) entry: Option<usize>,
    pub(super) parameters: Vec<Arc<[f32]>>,
    pub(super) input: InputGradient,
    /// Values of the input.
    pub(super) input_len: usize,
    pub(super) backward: Box<dyn FnOnce(Backward<'_>)>,
}

impl Step {
    fn run_back(self, output: &mut [f32], input: Option<&mut [f32]>, all: &mut ParameterGradients) {
        let Self {
            entry,
            parameters,
            backward,
            ..
        } = self;
        let mut gradients: Vec<_> = parameters.iter().map(|p| all.take(p)).collect();
        profile::time(entry, Direction::Backward, || {
            backward(Backward {
                output,
                input,
                parameters: gradients.iter_mut().map(Vec::as_mut_slice).collect(),
            });
        });
        for (parameter, gradient) in parameters.into_iter().zip(gradients) {
            all.put(parameter, gradient);
        }
    }
}

/// Runs the steps from the last to the first. `output` is the gradient by the last one's output; that by the first one's input
/// is added to `input`, unless it is not needed.
pub(super) fn run_back(
    steps: Vec<Step>,
    mut output: Vec<f32>,
    mut input: Option<&mut [f32]>,
    parameters: &mut ParameterGradients,
) {
    for (index, step) in steps.into_iter().enumerate().rev() {
        let adds = step.input == InputGradient::Added;
        if step.input == InputGradient::None || index == 0 && adds {
            // An operation without a gradient by its input ends the way back.
            step.run_back(&mut output, input.take().filter(|_| adds), parameters);
            break;
        }
        let mut by_input = spare::take(step.input_len);
        if adds {
            by_input.fill(0.0);
        }
        step.run_back(&mut output, Some(&mut by_input), parameters);
        spare::give(std::mem::replace(&mut output, by_input));
        if index == 0
            && let Some(input) = input.take()
        {
            input.iter_mut().zip(&output).for_each(|(to, g)| *to += g);
        }
    }
    spare::give(output);
}
