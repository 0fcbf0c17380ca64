//! From a public call to the method and the instruction set that compute it.

use super::isa::Isa;
use super::plan::{Method, Pass};
use super::shape::BackwardOptions;
use super::simd::Portable;
use super::winograd::{F4x3, F4x5, Winograd};
use super::{
    BackwardOperands, ConvLayer, Fused, Gradients, Kernels, KernelsError, Operands, backward,
    direct, forward, im2col, reference, sparse,
};

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
    ($method:expr, $isa:ty, $layer:expr, |$lowering:ident| $call:expr) => {
        match $method {
            Method::Im2Col => {
                let $lowering = im2col::Im2Col::new($layer);
                $call
            }
            Method::F4x3 => {
                let $lowering = Winograd::new::<$isa>(F4x3, $layer);
                $call
            }
            Method::F4x5 => {
                let $lowering = Winograd::new::<$isa>(F4x5, $layer);
                $call
            }
        }
    };
}

/// Kernels are checked where they are chosen; only a name given in code can end here.
pub(super) fn unsupported(kernels: Kernels) -> ! {
    panic!("{}", KernelsError::Unsupported(kernels))
}

impl Kernels {
    /// The forward pass by `method`, or by the one that the plan chooses. `argmax` has one byte for each output, or is empty
    /// where it is not needed.
    pub(super) fn run_forward(
        self,
        method: Option<Method>,
        layer: &ConvLayer,
        operands: Operands<'_>,
        output: &mut [f32],
        argmax: &mut [u8],
    ) {
        let Operands {
            input,
            weight,
            bias,
        } = operands;
        check_sizes(layer, input.len(), weight.len(), bias.len(), output.len());
        if output.is_empty() {
            return;
        }
        with_isa!(
            self,
            reference::forward(layer, operands, output, argmax),
            |isa| forward_by(isa, method, layer, operands, output, argmax)
        );
    }

    /// The backward pass by `method`, or by the one that the plan chooses.
    pub(super) fn run_backward(
        self,
        method: Option<Method>,
        layer: &ConvLayer,
        operands: BackwardOperands<'_>,
        options: BackwardOptions<'_>,
        mut gradients: Gradients<'_>,
    ) {
        let BackwardOperands {
            input,
            weight,
            argmax,
            grad_output,
        } = operands;
        let bias = gradients.bias.len();
        check_sizes(layer, input.len(), weight.len(), bias, grad_output.len());
        assert_eq!(argmax.len(), layer.argmax_len(), "argmax of {layer:?}");
        let grad_weight = gradients.weight.len();
        assert_eq!(grad_weight, weight.len(), "weight gradient of {layer:?}");
        if let Some(grad_input) = &gradients.input {
            assert_eq!(grad_input.len(), input.len(), "input gradient of {layer:?}");
        }
        if let Some(norm) = options.norm {
            assert_eq!(norm.map.len(), layer.shape.map().len(), "map of {layer:?}");
        }
        if options.writes_input
            && (self == Self::Reference || grad_output.is_empty())
            && let Some(grad_input) = &mut gradients.input
        {
            grad_input.fill(0.0);
        }
        if grad_output.is_empty() {
            return;
        }
        with_isa!(
            self,
            reference::backward(layer, operands, options.norm, gradients),
            |isa| backward_by(isa, method, layer, operands, options, gradients)
        );
    }
}

fn forward_by<I: Isa>(
    isa: I,
    method: Option<Method>,
    layer: &ConvLayer,
    operands: Operands<'_>,
    output: &mut [f32],
    argmax: &mut [u8],
) {
    let method = method.unwrap_or_else(|| Method::choose(&layer.shape, Pass::Forward));
    // Nothing is faster for the layers that it can compute and the plan gives to im2col.
    let direct = method == Method::Im2Col;
    if direct && direct::forward(isa, layer, operands, output, argmax) {
        return;
    }
    with_lowering!(method, I, layer, |lowering| {
        forward::forward(isa, lowering, layer, operands, output, argmax)
    });
}

fn backward_by<I: Isa>(
    isa: I,
    method: Option<Method>,
    layer: &ConvLayer,
    operands: BackwardOperands<'_>,
    options: BackwardOptions<'_>,
    mut gradients: Gradients<'_>,
) {
    // Nothing is faster for the layers that it can compute.
    let sparse = matches!(method, None | Some(Method::Im2Col)) && options.norm.is_none();
    if sparse && sparse::backward(isa, layer, operands, &mut gradients) {
        return;
    }
    let method = method.unwrap_or_else(|| Method::choose(&layer.shape, Pass::Backward));
    // What pooling drops has no gradient, unless it counted in the moments.
    let grid = match options.norm {
        Some(_) => layer.shape.with(Fused::NONE),
        None => *layer,
    };
    with_lowering!(method, I, &grid, |lowering| {
        backward::backward(isa, lowering, layer, operands, options, gradients)
    });
}

/// Checks the lengths of the operands.
fn check_sizes(layer: &ConvLayer, input: usize, weight: usize, bias: usize, output: usize) {
    let shape = &layer.shape;
    assert!(
        shape.kernel > 0 && shape.inputs > 0,
        "a kernel has at least one weight: {shape:?}"
    );
    assert_eq!(input, shape.input_len(), "input of {shape:?}");
    assert_eq!(weight, shape.weight_len(), "weights of {shape:?}");
    assert_eq!(bias, shape.outputs, "bias of {shape:?}");
    assert_eq!(output, layer.output_len(), "output of {layer:?}");
}
