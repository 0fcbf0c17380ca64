//! The seam between this crate's layers and dfdx, which provides the gradient tape.
//!
//! Only this module and [`dense`](super::dense) name a type of dfdx. Everything else works with five types:
//!
//! | type | what it is | what it can do |
//! |---|---|---|
//! | [`Device`] | where tensors live | make a [`Batch`], free the cache |
//! | [`Batch`] | values `[N, F]` | start a tape: [`record`](Batch::record), [`record_onto`](Batch::record_onto) |
//! | [`Var`] | values `[N, F]` on a tape | [`shape`](Var::shape), [`values`](Var::values), [`backward`](Var::backward) |
//! | [`TapeGradients`] | what `backward` returns | the gradient of a parameter or of a batch |
//! | [`TapeError`] | why an operation failed | |
//!
//! [`apply`] adds an operation to the tape: a forward and a backward function on plain slices. The slow references and the
//! tests use the same functions.
//!
//! All activations are matrices `[N, F]`. For feature maps `F` is `H·W·C`, channels last. Parameters are flat arrays,
//! `Arc<[f32]>`. An array is also the key of its gradient: two arrays are the same parameter if they are one allocation
//! ([`Arc::ptr_eq`]).
//!
//! dfdx keeps the storage of its tensors private: a value that crosses the seam is copied, and its gradient is set to zero first.
//! So operations that follow each other form a chain, through which values and gradients are handed on without a copy. A chain
//! becomes one operation of dfdx where dfdx needs its result, in a dense layer or at the end. Rejected: dfdx's own `conv2d`
//! (nightly only, one thread); its `as_vec`, which copies element by element.

mod chain;
pub(super) mod spare;
mod steps;

use super::profile::{self, Direction};
use chain::Chain;
use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{
    Cache, Cpu, CpuError, Gradients, OwnedTape, PutTape, Tape, Tensor, TensorFromVec, Trace,
};
use dfdx::tensor_ops::{Backward as _, ReshapeTo};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use steps::{InputGradient, ParameterGradients, Step};

type Matrix<T> = Tensor<(usize, usize), f32, Cpu, T>;
type Recording = OwnedTape<f32, Cpu>;
/// Why an operation on the tape failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TapeError {
    /// The system has no more memory.
    #[error("out of memory")]
    OutOfMemory,
    /// The number of values does not fit the shape.
    #[error("the number of values does not fit the shape")]
    WrongLength,
}

impl From<CpuError> for TapeError {
    fn from(error: CpuError) -> Self {
        match error {
            CpuError::OutOfMemory => Self::OutOfMemory,
            CpuError::WrongNumElements => Self::WrongLength,
        }
    }
}

/// The memory in which tensors live.
#[derive(Debug, Clone)]
pub struct Device(Cpu);

impl Device {
    /// A device that keeps freed memory for the next tensor of the same size. All batches of a training have one size, so the
    /// system is asked for pages once and not at each step.
    pub fn new() -> Self {
        let cpu = Cpu::default();
        cpu.enable_cache();
        Self(cpu)
    }

    /// `values` as a batch of `shape` `[N, F]`.
    ///
    /// # Errors
    /// [`TapeError::WrongLength`] if there are not `N·F` values.
    pub fn batch(&self, values: Vec<f32>, shape: (usize, usize)) -> Result<Batch, TapeError> {
        Ok(Batch(self.0.try_tensor_from_vec(values, shape)?))
    }

    /// Gives the memory that is kept back to the system. Values that come from outside, such as pictures, are kept after their
    /// last use but never taken again, so a training has to call this now and then.
    ///
    /// # Errors
    /// [`TapeError`] if the cache cannot be emptied.
    pub fn clear_cache(&self) -> Result<(), TapeError> {
        Ok(self.0.try_empty_cache()?)
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

/// Values `[N, F]` without a tape. Cloning it is free.
#[derive(Debug, Clone)]
pub struct Batch(Matrix<dfdx::tensor::NoneTape>);

impl Batch {
    /// Starts a tape.
    pub fn record(self) -> Var {
        self.record_onto(TapeGradients::default())
    }

    /// Starts a tape whose gradients are added to `gradients`.
    pub fn record_onto(self, gradients: TapeGradients) -> Var {
        let TapeGradients {
            tensors,
            parameters,
        } = gradients;
        Var::new(self.0.traced(tensors), Rc::new(RefCell::new(parameters)))
    }
}

/// Values `[N, F]` on a tape that records the operations applied to them.
#[derive(Debug)]
pub struct Var {
    values: Values,
    parameters: SharedGradients,
}

#[derive(Debug)]
enum Values {
    Tensor(Matrix<Recording>),
    Chained(Vec<f32>, Chain),
}

impl Var {
    pub(super) fn new(tensor: Matrix<Recording>, parameters: SharedGradients) -> Self {
        let values = Values::Tensor(tensor);
        Self { values, parameters }
    }

    /// `(N, F)`.
    pub fn shape(&self) -> (usize, usize) {
        match &self.values {
            Values::Tensor(tensor) => *tensor.shape(),
            Values::Chained(_, chain) => chain.shape(),
        }
    }

    /// A copy of the values, row by row.
    pub fn values(&self) -> Vec<f32> {
        match &self.values {
            Values::Tensor(tensor) => copy(tensor),
            Values::Chained(values, _) => values.clone(),
        }
    }

    /// The gradients of this value by every parameter and every recorded batch.
    ///
    /// # Errors
    /// [`TapeError::OutOfMemory`] if memory runs out.
    ///
    /// # Panics
    /// If this is not a single value, `[1, 1]`.
    pub fn backward(self) -> Result<TapeGradients, TapeError> {
        let (tensor, parameters) = self.into_tensor()?;
        let tensors = tensor.try_reshape_like(&())?.try_backward()?;
        let parameters = parameters.take();
        Ok(TapeGradients {
            tensors,
            parameters,
        })
    }

    /// The values for an operation of dfdx, and the gradients that it may add to.
    pub(super) fn into_tensor(self) -> Result<(Matrix<Recording>, SharedGradients), CpuError> {
        let tensor = match self.values {
            Values::Tensor(tensor) => tensor,
            Values::Chained(values, chain) => chain.into_tensor(values, self.parameters.clone())?,
        };
        Ok((tensor, self.parameters))
    }
}

fn copy<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Vec<f32> {
    let mut values = spare::take(tensor.shape().num_elements());
    tensor.copy_into(&mut values);
    values
}

/// The operations of one tape add to the same gradients.
pub(super) type SharedGradients = Rc<RefCell<ParameterGradients>>;

/// The gradients of a loss.
#[derive(Debug, Clone)]
pub struct TapeGradients {
    tensors: Gradients<f32, Cpu>,
    parameters: ParameterGradients,
}

impl Default for TapeGradients {
    /// No gradient yet.
    fn default() -> Self {
        Self {
            tensors: Gradients::leaky(),
            parameters: ParameterGradients::default(),
        }
    }
}

impl TapeGradients {
    /// Removes the gradient by a parameter, zeros where the loss does not depend on it. The array is then free to be changed
    /// in place.
    pub fn take(&mut self, parameter: &Arc<[f32]>) -> Vec<f32> {
        self.parameters.take(parameter)
    }

    /// Removes the gradient by a recorded batch, `[N, F]`; zeros where the loss does not depend on it.
    ///
    /// # Errors
    /// [`TapeError::OutOfMemory`] if memory runs out.
    pub fn take_batch(&mut self, batch: &Batch) -> Result<Vec<f32>, TapeError> {
        Ok(std::mem::take(
            &mut **self.tensors.get_or_alloc_mut(&batch.0)?,
        ))
    }
}

/// The gradients that a backward function reads and adds to.
pub struct Backward<'a> {
    /// Gradient of the loss by the operation's output, `[N, F_out]`. No other operation reads it afterwards, so its memory may
    /// be overwritten.
    pub output: &'a mut [f32],
    /// Gradient by the input, `[N, F_in]`, to *add* to; `None` where it is not needed.
    pub input: Option<&'a mut [f32]>,
    /// Gradients by the parameters, in the order given to [`apply`], to *add* to.
    pub parameters: Vec<&'a mut [f32]>,
}

/// Runs `forward` on the values of `input` and records the backward function that it returns.
///
/// `forward` takes the values and returns the output, of `shape`, and the backward function. Without `input_gradient` (in a
/// first layer) no gradient is allocated for the input.
///
/// # Errors
/// [`TapeError::WrongLength`] if the output is not of `shape`.
pub fn apply<F, B>(
    input: Var,
    parameters: &[&Arc<[f32]>],
    shape: (usize, usize),
    input_gradient: bool,
    forward: F,
) -> Result<Var, TapeError>
where
    F: FnOnce(Vec<f32>) -> (Vec<f32>, B),
    B: FnOnce(Backward<'_>) + 'static,
{
    let gradient = match input_gradient {
        true => InputGradient::Added,
        false => InputGradient::None,
    };
    chained(input, parameters, shape, gradient, forward)
}

/// As [`apply`] for a backward function that *writes* every value of the gradient by the input instead of adding to it: its
/// memory need not be set to zero.
///
/// # Errors
/// [`TapeError::WrongLength`] if the output is not of `shape`.
pub(super) fn apply_writing<F, B>(
    input: Var,
    parameters: &[&Arc<[f32]>],
    shape: (usize, usize),
    input_gradient: bool,
    forward: F,
) -> Result<Var, TapeError>
where
    F: FnOnce(Vec<f32>) -> (Vec<f32>, B),
    B: FnOnce(Backward<'_>) + 'static,
{
    let gradient = match input_gradient {
        true => InputGradient::Written,
        false => InputGradient::None,
    };
    chained(input, parameters, shape, gradient, forward)
}

fn chained<F, B>(
    input: Var,
    parameters: &[&Arc<[f32]>],
    shape: (usize, usize),
    gradient: InputGradient,
    forward: F,
) -> Result<Var, TapeError>
where
    F: FnOnce(Vec<f32>) -> (Vec<f32>, B),
    B: FnOnce(Backward<'_>) + 'static,
{
    let entry = profile::current();
    let Var {
        values,
        parameters: gradients,
    } = input;
    let (input_len, mut chain, (output, backward)) =
        profile::time(entry, Direction::Forward, || {
            let (values, chain) = match values {
                Values::Chained(values, chain) => (values, chain),
                Values::Tensor(tensor) => Chain::behind(tensor),
            };
            (values.len(), chain, forward(values))
        });
    if output.len() != shape.0 * shape.1 {
        return Err(TapeError::WrongLength);
    }
    let step = Step {
        entry,
        parameters: parameters.iter().map(|&p| p.clone()).collect(),
        input: gradient,
        input_len,
        backward: Box::new(backward),
    };
    chain.push(step, shape);
    Ok(Var {
        values: Values::Chained(output, chain),
        parameters: gradients,
    })
}

/// A parameter as a tensor of dfdx, for operations that dfdx computes. Its gradient is added to `gradients` once the operations
/// that read the tensor have run backward.
pub(super) fn leaf<S: Shape>(
    device: &Cpu,
    parameter: &Arc<[f32]>,
    shape: S,
    gradients: &SharedGradients,
) -> Result<Tensor<S, f32, Cpu, Recording>, CpuError> {
    let tensor = device.try_tensor_from_vec(parameter.to_vec(), shape)?;
    let (ghost, parameter, gradients) = (tensor.ghost(), parameter.clone(), gradients.clone());
    let mut tape = Recording::default();
    tape.add_backward_op(move |grads: &mut Gradients<f32, Cpu>| {
        let by_tensor = std::mem::take(&mut **grads.get_or_alloc_mut(&ghost)?);
        let mut gradients = gradients.borrow_mut();
        let mut sum = gradients.take(&parameter);
        sum.iter_mut()
            .zip(&by_tensor)
            .for_each(|(sum, g)| *sum += g);
        gradients.put(parameter, sum);
        Ok(())
    });
    Ok(tensor.put_tape(tape))
}
