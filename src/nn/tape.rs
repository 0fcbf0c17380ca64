//! How an operation that dfdx lacks joins its gradient tape.
//!
//! dfdx keeps tensor storage and the pairing of gradients private to itself, so an outside operation works on plain
//! slices: values come out of the input as a copy, go back in by `tensor_from_vec`, and the backward pass borrows
//! gradients one at a time. [`apply`] does that once, in one place; every operation in this layer is then two pure
//! functions on slices, which is also what the slow references and the tests want.
//!
//! All activations are matrices `[N, F]`. For feature maps `F` is `H·W·C`, channels last; the extents are known from
//! the network's description, so carrying them in the tensor's type would add four ranks and no safety. Parameters are
//! vectors for the same reason, with their shape beside them.
//!
//! Rejected: dfdx's own `conv2d` (nightly only, one thread), and one single operation for the whole tower (fewer
//! copies, but then nothing is left of the tape, and no layer can be tested alone).

use super::profile::{self, Way};
use dfdx::tensor::{
    Cpu, CpuError, Gradients, NoneTape, OwnedTape, PutTape, SplitTape, Tape, Tensor, TensorFromVec,
};

/// A batch of activations, `[N, F]`.
pub type Batch<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;
/// A parameter, flat.
pub type Vector = Tensor<(usize,), f32, Cpu>;
/// A tape that records.
pub type Recording = OwnedTape<f32, Cpu>;
/// Gradients by tensor.
pub type Grads = Gradients<f32, Cpu>;

/// What a backward function reads and adds to.
pub struct Backward<'a> {
    /// Gradient of the loss by the operation's output, `[N, F_out]`; the operation is its last reader and may use its
    /// memory.
    pub output: &'a mut [f32],
    /// Gradient by the input, `[N, F_in]`, to be *added* to; `None` where nobody needs it.
    pub input: Option<&'a mut [f32]>,
    /// Gradients by the parameters, in the order given to [`apply`], to be *added* to.
    pub parameters: Vec<&'a mut [f32]>,
}

/// Runs `forward` on the values of `input` and records the backward function that it returns.
///
/// `forward` is given the values and returns the output, of `shape`, with a closure for the backward pass. Where
/// `input_gradient` is false (a first layer), no gradient is allocated for the input.
///
/// # Errors
/// [`CpuError`] if the output is not of `shape` or memory runs out.
pub fn apply<F, B>(
    input: Batch<Recording>,
    parameters: &[&Vector],
    shape: (usize, usize),
    input_gradient: bool,
    forward: F,
) -> Result<Batch<Recording>, CpuError>
where
    F: FnOnce(Vec<f32>) -> (Vec<f32>, B),
    B: FnOnce(Backward<'_>) + 'static,
{
    let place = profile::place();
    let (input, mut tape) = input.split_tape();
    let device = input.device().clone();
    let input_ghost = input.ghost();
    let (output, backward) = profile::time(place, Way::There, || {
        let values = input.as_vec();
        drop(input);
        forward(values)
    });
    let output = device.try_tensor_from_vec(output, shape)?;
    let output_ghost = output.ghost();
    let parameter_ghosts: Vec<_> = parameters.iter().map(|p| p.ghost()).collect();
    let give_back = move |grads: &mut Grads| {
        // Nobody reads an output's gradient after this: taking it frees the memory at once.
        let mut output_gradient = std::mem::take(&mut **grads.get_or_alloc_mut(&output_ghost)?);
        let mut by_input = match input_gradient {
            true => Some(std::mem::take(&mut **grads.get_or_alloc_mut(&input_ghost)?)),
            false => None,
        };
        let mut by_parameter = Vec::with_capacity(parameter_ghosts.len());
        for ghost in &parameter_ghosts {
            by_parameter.push(std::mem::take(&mut **grads.get_or_alloc_mut(ghost)?));
        }
        backward(Backward {
            output: &mut output_gradient,
            input: by_input.as_deref_mut(),
            parameters: by_parameter.iter_mut().map(Vec::as_mut_slice).collect(),
        });
        if let Some(gradient) = by_input {
            **grads.get_or_alloc_mut(&input_ghost)? = gradient;
        }
        for (ghost, gradient) in parameter_ghosts.iter().zip(by_parameter) {
            **grads.get_or_alloc_mut(ghost)? = gradient;
        }
        Ok(())
    };
    tape.add_backward_op(move |grads: &mut Grads| {
        profile::time(place, Way::Back, || give_back(grads))
    });
    Ok(output.put_tape(tape))
}

/// The gradient of `parameter`, zeros where the loss does not depend on it.
///
/// # Errors
/// [`CpuError`] if memory runs out.
pub fn gradient_of(grads: &mut Grads, parameter: &Vector) -> Result<Vec<f32>, CpuError> {
    Ok(std::mem::take(&mut **grads.get_or_alloc_mut(parameter)?))
}
