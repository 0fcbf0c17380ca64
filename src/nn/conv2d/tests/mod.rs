//! Every fast path against the reference: methods × instruction sets × shapes.

mod bounds;
mod golden;
mod normalised;
mod promises;

use super::plan::Method;
use super::{Argmax, BackwardOperands, ConvLayer, ConvShape, Fused, Gradients, Kernels, Operands};
use crate::units::{Purpose, Seed};
use proptest::prelude::*;
use rand::RngExt;

/// Uniform in -1..1.
fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = Seed(seed).stream(Purpose::Weights, 0);
    (0..len).map(|_| rng.random_range(-1.0_f32..1.0)).collect()
}

/// The fast kernels that this processor can run.
fn fast() -> impl Iterator<Item = Kernels> {
    Kernels::ALL
        .into_iter()
        .filter(|&kernels| kernels != Kernels::Reference && kernels.available())
}

/// A layer with operands.
struct Case {
    shape: ConvShape,
    fused: Fused,
    input: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    direction: Vec<f32>,
}

/// What a backward pass adds to.
#[derive(Debug, Clone, PartialEq)]
struct Grads {
    input: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Case {
    fn new(shape: ConvShape, fused: Fused) -> Self {
        Self {
            shape,
            fused,
            input: random(1, shape.input_len()),
            weight: random(2, shape.weight_len()),
            bias: random(3, shape.outputs),
            direction: random(4, shape.with(fused).output_len()),
        }
    }

    fn layer(&self) -> ConvLayer {
        self.shape.with(self.fused)
    }

    fn operands(&self) -> Operands<'_> {
        Operands {
            input: &self.input,
            weight: &self.weight,
            bias: &self.bias,
        }
    }

    fn backward_operands<'a>(&'a self, argmax: &'a Argmax) -> BackwardOperands<'a> {
        BackwardOperands {
            input: &self.input,
            weight: &self.weight,
            argmax: &argmax.0,
            grad_output: &self.direction,
        }
    }

    fn forward(&self, kernels: Kernels, method: Method) -> (Vec<f32>, Argmax) {
        let layer = self.layer();
        let mut output = vec![f32::NAN; layer.output_len()];
        let mut argmax = vec![9; layer.argmax_len()];
        let operands = self.operands();
        kernels.run_forward(Some(method), &layer, operands, &mut output, &mut argmax);
        (output, Argmax(argmax))
    }

    fn backward(&self, kernels: Kernels, method: Method, argmax: &Argmax) -> Grads {
        let mut grads = Grads {
            input: vec![0.5; self.input.len()],
            weight: vec![0.5; self.weight.len()],
            bias: vec![0.5; self.bias.len()],
        };
        let gradients = Gradients {
            input: Some(&mut grads.input),
            weight: &mut grads.weight,
            bias: &mut grads.bias,
        };
        let operands = self.backward_operands(argmax);
        kernels.run_backward(
            Some(method),
            &self.layer(),
            operands,
            Default::default(),
            gradients,
        );
        grads
    }

    /// Compares every method and every instruction set with the reference.
    fn check(&self) {
        let (wanted, argmax) = self.forward(Kernels::Reference, Method::Im2Col);
        let grads = self.backward(Kernels::Reference, Method::Im2Col, &argmax);
        for &method in Method::all(self.shape.kernel) {
            let bounds = bounds::bounds(method, &self.shape);
            for kernels in fast() {
                let what = format!("{kernels} {method:?} {:?} {:?}", self.shape, self.fused);
                let (output, chosen) = self.forward(kernels, method);
                // One more rounding for the bias and one for the gradient's 0.5, both of values of that size.
                assert_close(
                    &format!("output, {what}"),
                    &output,
                    &wanted,
                    bounds.output + 1e-7,
                );
                self.check_argmax(&what, &chosen, bounds.output + 1e-7);
                let got = self.backward(kernels, method, &argmax);
                assert_close(
                    &format!("grad input, {what}"),
                    &got.input,
                    &grads.input,
                    bounds.grad_input + 1e-6,
                );
                assert_close(
                    &format!("grad weight, {what}"),
                    &got.weight,
                    &grads.weight,
                    bounds.grad_weight + 1e-6,
                );
                assert_close(
                    &format!("grad bias, {what}"),
                    &got.bias,
                    &grads.bias,
                    bounds.grad_bias + 1e-6,
                );
            }
        }
    }

    /// The gradients of a first layer, which needs no gradient of its input.
    fn backward_first(&self, kernels: Kernels, method: Method, argmax: &Argmax) -> Grads {
        let (mut weight, mut bias) = (vec![0.5; self.weight.len()], vec![0.5; self.bias.len()]);
        let gradients = Gradients {
            input: None,
            weight: &mut weight,
            bias: &mut bias,
        };
        let operands = self.backward_operands(argmax);
        kernels.run_backward(
            Some(method),
            &self.layer(),
            operands,
            Default::default(),
            gradients,
        );
        Grads {
            input: Vec::new(),
            weight,
            bias,
        }
    }

    /// Compares the gradients of a first layer with the reference.
    fn check_first(&self) {
        let (_, argmax) = self.forward(Kernels::Reference, Method::Im2Col);
        let wanted = self.backward(Kernels::Reference, Method::Im2Col, &argmax);
        for &method in Method::all(self.shape.kernel) {
            let bounds = bounds::bounds(method, &self.shape);
            for kernels in fast() {
                let what = format!(
                    "{kernels} {method:?} first layer {:?} {:?}",
                    self.shape, self.fused
                );
                let got = self.backward_first(kernels, method, &argmax);
                assert_close(
                    &format!("grad weight, {what}"),
                    &got.weight,
                    &wanted.weight,
                    bounds.grad_weight + 1e-6,
                );
                assert_close(
                    &format!("grad bias, {what}"),
                    &got.bias,
                    &wanted.bias,
                    bounds.grad_bias + 1e-6,
                );
            }
        }
    }

    /// The argmax may differ from the reference's only where two values are as close as the tolerance.
    fn check_argmax(&self, what: &str, argmax: &Argmax, tolerance: f64) {
        if argmax.0.is_empty() {
            return;
        }
        let map = Case {
            fused: Fused::NONE,
            direction: Vec::new(),
            ..self.copy()
        };
        let (map, _) = map.forward(Kernels::Reference, Method::Im2Col);
        let (shape, out) = (self.shape.map(), self.shape.map().after(self.fused));
        let side = if self.fused.pool { 2 } else { 1 };
        for (at, &index) in argmax.0.iter().enumerate() {
            let (c, pixel) = (at % out.channels, at / out.channels);
            let (j, i, n) = (
                pixel % out.width,
                pixel / out.width % out.height,
                pixel / out.width / out.height,
            );
            let cell = |position: usize| {
                let (i, j) = (i * side + position / 2, j * side + position % 2);
                f64::from(map[((n * shape.height + i) * shape.width + j) * shape.channels + c])
            };
            let best = (0..side * side).map(cell).fold(f64::MIN, f64::max);
            if index == Argmax::MASKED {
                assert!(
                    self.fused.relu && best <= tolerance,
                    "masked at {best}, {what}"
                );
            } else {
                assert!(usize::from(index) < side * side, "index {index}, {what}");
                assert!(
                    cell(index.into()) >= best - 2.0 * tolerance,
                    "chose {index}, {what}"
                );
                assert!(
                    !self.fused.relu || best > -tolerance,
                    "let {best} pass, {what}"
                );
            }
        }
    }

    fn copy(&self) -> Self {
        let Self { shape, fused, .. } = *self;
        let [input, weight, bias, direction] =
            [&self.input, &self.weight, &self.bias, &self.direction].map(Clone::clone);
        Self {
            shape,
            fused,
            input,
            weight,
            bias,
            direction,
        }
    }
}

fn assert_close(what: &str, got: &[f32], wanted: &[f32], tolerance: f64) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (at, (&got, &wanted)) in got.iter().zip(wanted).enumerate() {
        let error = (f64::from(got) - f64::from(wanted)).abs();
        // The reference rounds its result once.
        let allowed = tolerance + f64::from(wanted.abs()) * f64::from(f32::EPSILON);
        assert!(
            error <= allowed,
            "{what}: at {at} {got} is not {wanted} within {allowed:e}"
        );
    }
}

const STAGES: [Fused; 4] = [
    Fused::NONE,
    Fused::RELU,
    Fused {
        relu: false,
        pool: true,
    },
    Fused::RELU_POOL,
];

#[test]
fn every_kernel_size_from_1_to_11() {
    for kernel in 1..=11 {
        for fused in STAGES {
            Case::new(
                ConvShape {
                    batch: 2,
                    height: 9,
                    width: 10,
                    inputs: 3,
                    outputs: 5,
                    kernel,
                },
                fused,
            )
            .check();
        }
    }
}

#[test]
fn first_layers() {
    for kernel in 1..=11 {
        for (inputs, outputs, batch) in [(1, 5, 2), (1, 17, 9), (2, 3, 1), (3, 16, 8)] {
            for fused in STAGES {
                Case::new(
                    ConvShape {
                        batch,
                        height: 9,
                        width: 10,
                        inputs,
                        outputs,
                        kernel,
                    },
                    fused,
                )
                .check_first();
            }
        }
    }
}

/// Wide maps with short patches, whose patches are read in place; the others are written down.
#[test]
fn wide_maps_with_few_inputs() {
    for kernel in [1, 2, 3, 4, 5, 8, 11] {
        for (inputs, outputs, height, width) in [(1, 5, 9, 16), (1, 33, 17, 19), (2, 16, 4, 25)] {
            for fused in STAGES {
                let shape = ConvShape {
                    batch: 2,
                    height,
                    width,
                    inputs,
                    outputs,
                    kernel,
                };
                Case::new(shape, fused).check();
            }
        }
    }
}

#[test]
fn maps_smaller_than_the_kernel_and_maps_of_one_row_or_column() {
    for (height, width) in [(1, 1), (1, 7), (7, 1), (2, 2), (3, 2), (2, 13), (1, 2)] {
        for kernel in [1, 2, 3, 5, 8] {
            for fused in STAGES {
                Case::new(
                    ConvShape {
                        batch: 3,
                        height,
                        width,
                        inputs: 2,
                        outputs: 3,
                        kernel,
                    },
                    fused,
                )
                .check();
            }
        }
    }
}

#[test]
fn channels_around_the_width_of_a_vector() {
    for (inputs, outputs) in [
        (1, 1),
        (1, 64),
        (7, 8),
        (8, 9),
        (15, 16),
        (16, 17),
        (17, 33),
        (33, 31),
        (64, 1),
        (64, 48),
    ] {
        for kernel in [3, 5] {
            Case::new(
                ConvShape {
                    batch: 2,
                    height: 6,
                    width: 9,
                    inputs,
                    outputs,
                    kernel,
                },
                Fused::RELU_POOL,
            )
            .check();
        }
    }
}

#[test]
fn the_layers_of_the_tutorial_in_small() {
    for (inputs, outputs, kernel, side) in [(1, 96, 11, 32), (96, 64, 5, 16), (64, 96, 3, 16)] {
        let shape = ConvShape {
            batch: 5,
            height: side,
            width: side,
            inputs,
            outputs,
            kernel,
        };
        Case::new(shape, Fused::RELU_POOL).check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_shape(
        batch in 1_usize..10,
        (height, width) in (1_usize..20, 1_usize..20),
        (inputs, outputs) in (1_usize..24, 1_usize..40),
        kernel in 1_usize..12,
        (relu, pool) in (any::<bool>(), any::<bool>()),
    ) {
        let shape = ConvShape { batch, height, width, inputs, outputs, kernel };
        Case::new(shape, Fused { relu, pool }).check();
    }
}
