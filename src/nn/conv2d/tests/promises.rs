//! What the module promises beyond the right numbers: nothing hidden, the same bits every time.

use super::super::plan::Method;
use super::super::{Argmax, ConvShape, Fused, Kernels};
use super::{Case, STAGES, fast};

/// For every value of a case's input and weights in turn: the outputs that it reaches, by the reference.
fn for_each_poisoned(case: &Case, poison: f32, each: impl Fn(&Case, &str)) {
    for at in 0..case.input.len() {
        let mut case = case.copy();
        case.input[at] = poison;
        each(&case, &format!("input {at} is {poison}"));
    }
    for at in 0..case.weight.len() {
        let mut case = case.copy();
        case.weight[at] = poison;
        each(&case, &format!("weight {at} is {poison}"));
    }
}

fn small(kernel: usize, fused: Fused) -> Case {
    Case::new(
        ConvShape {
            batch: 2,
            height: 5,
            width: 6,
            inputs: 2,
            outputs: 3,
            kernel,
        },
        fused,
    )
}

#[test]
fn no_output_hides_a_nan() {
    for kernel in [2, 3, 5, 11] {
        for fused in STAGES {
            for_each_poisoned(&small(kernel, fused), f32::NAN, |case, what| {
                let (wanted, argmax) = case.forward(Kernels::Reference, Method::Im2Col);
                let grads = case.backward(Kernels::Reference, Method::Im2Col, &argmax);
                for &method in Method::all(kernel) {
                    for kernels in fast() {
                        let what = format!("{kernels} {method:?} {fused:?}, {what}");
                        assert_nan_kept(&what, &case.forward(kernels, method).0, &wanted);
                        let got = case.backward(kernels, method, &argmax);
                        assert_nan_kept(&what, &got.input, &grads.input);
                        assert_nan_kept(&what, &got.weight, &grads.weight);
                        let got = case.backward_first(kernels, method, &argmax);
                        assert_nan_kept(&what, &got.weight, &grads.weight);
                    }
                }
            });
        }
    }
}

fn assert_nan_kept(what: &str, got: &[f32], wanted: &[f32]) {
    for (at, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        assert!(got.is_nan() || !wanted.is_nan(), "{what}: {got} at {at}");
    }
}

/// Before ReLU; behind it an infinity below zero is zero, as it should be.
#[test]
fn an_infinity_stays_infinite_or_becomes_nan() {
    for kernel in [3, 5, 4] {
        for poison in [f32::INFINITY, f32::NEG_INFINITY] {
            for_each_poisoned(&small(kernel, Fused::NONE), poison, |case, what| {
                let (wanted, _) = case.forward(Kernels::Reference, Method::Im2Col);
                for &method in Method::all(kernel) {
                    for kernels in fast() {
                        for (got, wanted) in case.forward(kernels, method).0.iter().zip(&wanted) {
                            let kept = !got.is_finite()
                                && (got.is_nan() || wanted.is_nan() || got == wanted);
                            assert!(
                                kept || wanted.is_finite(),
                                "{kernels} {method:?}, {what}: {got}, not {wanted}"
                            );
                        }
                    }
                }
            });
        }
    }
}

#[test]
fn a_nan_in_the_gradient_reaches_what_it_should() {
    for kernel in [3, 5, 4] {
        for fused in STAGES {
            let case = small(kernel, fused);
            let (_, argmax) = case.forward(Kernels::Reference, Method::Im2Col);
            for at in 0..case.direction.len() {
                let mut case = case.copy();
                case.direction[at] = f32::NAN;
                let wanted = case.backward(Kernels::Reference, Method::Im2Col, &argmax);
                for &method in Method::all(kernel) {
                    for kernels in fast() {
                        let what = format!("{kernels} {method:?} {fused:?} direction {at}");
                        let got = case.backward(kernels, method, &argmax);
                        assert_nan_kept(&what, &got.input, &wanted.input);
                        assert_nan_kept(&what, &got.weight, &wanted.weight);
                        assert_nan_kept(&what, &got.bias, &wanted.bias);
                    }
                }
            }
        }
    }
}

/// Runs in a pool of `threads`.
fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // The last is wide and shallow enough for the direct forward pass.
    for (kernel, inputs, width) in [
        (3, 17, 14),
        (5, 16, 14),
        (4, 3, 14),
        (11, 1, 14),
        (3, 2, 18),
    ] {
        let shape = ConvShape {
            batch: 19,
            height: 12,
            width,
            inputs,
            outputs: 18,
            kernel,
        };
        let case = Case::new(shape, Fused::RELU_POOL);
        for &method in Method::all(kernel) {
            for kernels in fast() {
                let run = || {
                    let (output, argmax) = case.forward(kernels, method);
                    let grads = case.backward(kernels, method, &argmax);
                    (
                        bits(&output),
                        argmax,
                        [&grads.input, &grads.weight, &grads.bias].map(|values| bits(values)),
                    )
                };
                let once = with_threads(1, run);
                for threads in [1, 2, 3, 7] {
                    assert_eq!(
                        with_threads(threads, run),
                        once,
                        "{kernels} {method:?} {threads} threads"
                    );
                }
            }
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_picture_alone_has_the_output_that_it_has_in_a_batch() {
    for (kernel, inputs) in [(3, 17), (5, 16), (7, 3)] {
        let shape = ConvShape {
            batch: 5,
            height: 9,
            width: 11,
            inputs,
            outputs: 18,
            kernel,
        };
        let together = Case::new(shape, Fused::RELU);
        let mut alone = together.copy();
        alone.shape.batch = 1;
        for kernels in fast() {
            for &method in Method::all(kernel) {
                let (outputs, _) = together.forward(kernels, method);
                for (n, output) in outputs.chunks_exact(outputs.len() / 5).enumerate() {
                    let len = alone.shape.input_len();
                    alone.input = together.input[n * len..(n + 1) * len].to_vec();
                    assert_eq!(
                        bits(&alone.forward(kernels, method).0),
                        bits(output),
                        "{kernels} {method:?} picture {n}"
                    );
                }
            }
        }
    }
}

#[test]
fn remembering_changes_no_output() {
    let case = small(3, Fused::RELU_POOL);
    for kernels in fast() {
        let (wanted, _) = case.forward(kernels, Method::F4x3);
        let mut output = vec![0.0; wanted.len()];
        let (method, operands) = (Some(Method::F4x3), case.operands());
        kernels.run_forward(method, &case.layer(), operands, &mut output, &mut []);
        assert_eq!(bits(&output), bits(&wanted));
    }
}

#[test]
fn an_empty_batch_and_a_map_that_pooling_swallows_are_no_work() {
    for shape in [
        ConvShape {
            batch: 0,
            height: 4,
            width: 4,
            inputs: 2,
            outputs: 3,
            kernel: 3,
        },
        ConvShape {
            batch: 2,
            height: 1,
            width: 8,
            inputs: 2,
            outputs: 3,
            kernel: 3,
        },
    ] {
        let case = Case::new(shape, Fused::RELU_POOL);
        for kernels in Kernels::ALL
            .into_iter()
            .filter(|kernels| kernels.available())
        {
            let (output, argmax) = case.forward(kernels, Method::F4x3);
            assert_eq!((output.len(), argmax), (0, Argmax::default()));
            let grads = case.backward(kernels, Method::F4x3, &Argmax::default());
            assert!(
                grads
                    .weight
                    .iter()
                    .chain(&grads.input)
                    .chain(&grads.bias)
                    .all(|&value| value == 0.5)
            );
        }
    }
}
