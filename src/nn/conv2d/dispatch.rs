//! From a public call to the method and the instruction set that compute it.

use super::isa::{Isa, Portable};
use super::plan::{Method, Pass};
use super::winograd::{F4x3, F4x5, Winograd};
use super::{ConvShape, Fused, Gradients, Kernels, KernelsError};
use super::{backward, forward, gemm, reference, sparse};

/// Calls a function with the vectors of the kernels: `$call!(isa)` for a fast set, `$reference` for the reference.
macro_rules! with_isa {
    ($kernels:expr, $reference:expr, |$isa:ident| $call:expr) => {
        match $kernels {
            Kernels::Reference => $reference,
            Kernels::Portable => {
                let $isa = Portable;
                $call
            }
            #[cfg(target_arch = "x86_64")]
            Kernels::Avx2 => {
                let $isa = pulp::x86::V3::try_new().unwrap_or_else(|| unsupported($kernels));
                $call
            }
            #[cfg(target_arch = "x86_64")]
            Kernels::Avx512 => {
                let $isa = pulp::x86::V4::try_new().unwrap_or_else(|| unsupported($kernels));
                $call
            }
            #[cfg(not(target_arch = "x86_64"))]
            Kernels::Avx2 | Kernels::Avx512 => unsupported($kernels),
        }
    };
}
pub(super) use with_isa;

/// Calls a function with the lowering of a method.
macro_rules! with_lowering {
    ($method:expr, $isa:ty, $layer:expr, |$lowering:ident| $call:expr) => {{
        let (shape, fused) = $layer;
        match $method {
            Method::Patches => {
                let $lowering = gemm::Patches::new(shape, fused);
                $call
            }
            Method::F4x3 => {
                let $lowering = Winograd::new::<$isa>(F4x3, shape, fused);
                $call
            }
            Method::F4x5 => {
                let $lowering = Winograd::new::<$isa>(F4x5, shape, fused);
                $call
            }
        }
    }};
}

/// Kernels are checked where they are chosen; only a name given in code can end here.
pub(super) fn unsupported(kernels: Kernels) -> ! {
    panic!("{}", KernelsError::Unsupported(kernels))
}

impl Kernels {
    /// The forward pass by `method`, or by the one that the plan chooses. `choices` is as long as `output`, or empty where
    /// nobody asks.
    pub(super) fn run_forward(
        self,
        method: Option<Method>,
        layer: (&ConvShape, Fused),
        operands: [&[f32]; 3],
        output: &mut [f32],
        choices: &mut [u8],
    ) {
        let (shape, fused) = layer;
        check(layer, operands, output.len());
        if output.is_empty() {
            return;
        }
        let method = method.unwrap_or_else(|| Method::choose(shape, Pass::Forward));
        with_isa!(
            self,
            reference::forward(shape, fused, operands, output, choices),
            |isa| forward_by(isa, method, layer, operands, output, choices)
        );
    }

    /// The backward pass by `method`, or by the one that the plan chooses.
    pub(super) fn run_backward(
        self,
        method: Option<Method>,
        layer: (&ConvShape, Fused),
        operands: [&[f32]; 3],
        choices: &[u8],
        gradients: Gradients<'_>,
    ) {
        let [input, weight, grad_output] = operands;
        let (shape, fused) = layer;
        check(layer, [input, weight, gradients.bias], grad_output.len());
        assert_eq!(
            choices.len(),
            fused.choices_len(grad_output.len()),
            "choices of {shape:?}"
        );
        assert_eq!(
            gradients.weight.len(),
            weight.len(),
            "weight gradient of {shape:?}"
        );
        if let Some(grad_input) = &gradients.input {
            assert_eq!(grad_input.len(), input.len(), "input gradient of {shape:?}");
        }
        if grad_output.is_empty() {
            return;
        }
        with_isa!(
            self,
            reference::backward(shape, fused, operands, choices, gradients),
            |isa| backward_by(isa, method, layer, operands, choices, gradients)
        );
    }
}

fn forward_by<I: Isa>(
    isa: I,
    method: Method,
    layer: (&ConvShape, Fused),
    operands: [&[f32]; 3],
    output: &mut [f32],
    choices: &mut [u8],
) {
    with_lowering!(method, I, layer, |lowering| {
        forward::forward(isa, lowering, layer, operands, output, choices)
    });
}

fn backward_by<I: Isa>(
    isa: I,
    method: Option<Method>,
    layer: (&ConvShape, Fused),
    operands: [&[f32]; 3],
    choices: &[u8],
    mut gradients: Gradients<'_>,
) {
    let [input, _, grad_output] = operands;
    // Where it can be used at all, nothing is faster.
    let sparse = matches!(method, None | Some(Method::Patches));
    if sparse && sparse::backward(isa, layer, [input, grad_output], choices, &mut gradients) {
        return;
    }
    let method = method.unwrap_or_else(|| Method::choose(layer.0, Pass::Backward));
    with_lowering!(method, I, layer, |lowering| {
        backward::backward(isa, lowering, layer, operands, choices, gradients)
    });
}

fn check((shape, fused): (&ConvShape, Fused), [input, weight, bias]: [&[f32]; 3], output: usize) {
    assert!(
        shape.kernel > 0 && shape.inputs > 0,
        "a kernel has at least one weight: {shape:?}"
    );
    assert_eq!(input.len(), shape.input_len(), "input of {shape:?}");
    assert_eq!(weight.len(), shape.weight_len(), "weights of {shape:?}");
    assert_eq!(bias.len(), shape.outputs, "bias of {shape:?}");
    assert_eq!(output, shape.output_len(fused), "output of {shape:?}");
}
