//! The backward pass through a batch normalisation: methods × instruction sets × stages, against the reference.

use super::super::plan::Method;
use super::super::shape::{BackwardOptions, NormGradient, NormSlopes};
use super::super::{Argmax, ConvShape, Fused, Gradients, Kernels, MapShape};
use super::bounds::bounds;
use super::{Case, Grads, STAGES, assert_close, fast, random};
use crate::nn::conv2d::Normalised;
use proptest::prelude::*;

/// A case with the map that was normalised.
struct Norm {
    case: Case,
    map: Vec<f32>,
    slopes: NormSlopes,
    argmax: Argmax,
}

impl Norm {
    /// The gradient by the map stays within -1..1, as that of other cases does.
    fn new(shape: ConvShape, fused: Fused) -> Self {
        let numbers = |seed, size: f32| -> Vec<f32> {
            let values = random(seed, shape.outputs);
            values.into_iter().map(|value| value * size).collect()
        };
        let slopes = NormSlopes {
            scale: numbers(11, 0.5),
            by_value: numbers(12, 0.2),
            mean: numbers(13, 0.5),
            constant: numbers(14, 0.2),
        };
        let case = Case::new(shape, fused);
        let map = random(15, shape.map().len());
        let argmax = argmax(&shape.map(), fused, &map, &slopes);
        Self {
            case,
            map,
            slopes,
            argmax,
        }
    }

    /// Writes the gradient by the input.
    fn backward(&self, kernels: Kernels, method: Method, first: bool) -> Grads {
        let case = &self.case;
        let mut grads = Grads {
            input: vec![f32::NAN; if first { 0 } else { case.input.len() }],
            weight: vec![0.5; case.weight.len()],
            bias: vec![0.5; case.bias.len()],
        };
        let gradients = Gradients {
            input: (!first).then_some(&mut grads.input),
            weight: &mut grads.weight,
            bias: &mut grads.bias,
        };
        let options = BackwardOptions {
            norm: Some(NormGradient {
                map: &self.map,
                slopes: &self.slopes,
            }),
            writes_input: true,
        };
        let operands = case.backward_operands(&self.argmax);
        kernels.run_backward(Some(method), &case.layer(), operands, options, gradients);
        grads
    }

    fn check(&self) {
        let Case { shape, fused, .. } = self.case;
        for first in [false, true] {
            let wanted = self.backward(Kernels::Reference, Method::Im2Col, first);
            for &method in Method::all(shape.kernel) {
                let bounds = bounds(method, &shape);
                for kernels in fast() {
                    let what = format!("{kernels} {method:?} {shape:?} {fused:?} first {first}");
                    let got = self.backward(kernels, method, first);
                    // The gradient by the map is rounded by each of the two.
                    let (input, weight) = (bounds.grad_input, bounds.grad_weight);
                    assert_close(&what, &got.input, &wanted.input, 1.5 * input + 1e-6);
                    assert_close(&what, &got.weight, &wanted.weight, 1.5 * weight + 1e-6);
                    assert_eq!(got.bias, vec![0.5; shape.outputs], "{what}");
                }
            }
        }
    }
}

fn argmax(map: &MapShape, fused: Fused, x: &[f32], slopes: &NormSlopes) -> Argmax {
    let len = map.after(fused).len();
    let mut argmax = vec![0; if fused == Fused::NONE { 0 } else { len }];
    let out = Normalised {
        output: &mut vec![0.0; len],
        argmax: &mut argmax,
        peaks: &mut vec![0.0; if fused.pool { len } else { 0 }],
    };
    let affine = [&slopes.scale[..], &slopes.mean[..]];
    Kernels::Reference.normalise(map, fused, x, affine, out);
    Argmax(argmax)
}

#[test]
fn gradients_through_a_normalisation() {
    for (inputs, outputs, kernel) in [(1, 5, 3), (3, 17, 5), (16, 32, 3), (2, 24, 4), (33, 8, 3)] {
        for (height, width) in [(9, 10), (8, 7), (1, 1), (2, 5)] {
            for fused in STAGES {
                let shape = ConvShape {
                    batch: 3,
                    height,
                    width,
                    inputs,
                    outputs,
                    kernel,
                };
                Norm::new(shape, fused).check();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_shape_through_a_normalisation(
        batch in 1_usize..6,
        (height, width) in (1_usize..14, 1_usize..14),
        (inputs, outputs) in (1_usize..20, 1_usize..36),
        kernel in 1_usize..6,
        (relu, pool) in (any::<bool>(), any::<bool>()),
    ) {
        let shape = ConvShape { batch, height, width, inputs, outputs, kernel };
        Norm::new(shape, Fused { relu, pool }).check();
    }
}

#[test]
fn a_nan_in_the_map_reaches_the_gradients() {
    let shape = ConvShape {
        batch: 2,
        height: 5,
        width: 6,
        inputs: 2,
        outputs: 3,
        kernel: 3,
    };
    for at in 0..shape.map().len() {
        let mut norm = Norm::new(shape, Fused::RELU_POOL);
        norm.map[at] = f32::NAN;
        let wanted = norm.backward(Kernels::Reference, Method::Im2Col, false);
        for &method in Method::all(3) {
            for kernels in fast() {
                let got = norm.backward(kernels, method, false);
                let both = [(&got.input, &wanted.input), (&got.weight, &wanted.weight)];
                for (got, wanted) in both {
                    for (got, wanted) in got.iter().zip(wanted) {
                        assert!(
                            got.is_nan() || !wanted.is_nan(),
                            "{kernels} {method:?} {at}"
                        );
                    }
                }
            }
        }
    }
}
