//! Convolution kernels through their public interface: gradients are slopes, and the kernels can be chosen.
//!
//! Unit tests in `src/nn/conv2d/tests` compare every method and every instruction set with the reference.

use rand::RngExt;
use std::process::Command;
use twinsight::nn::conv2d::{
    self, Argmax, BackwardOperands, ConvLayer, ConvShape, Fused, Gradients, Kernels, KernelsError,
    Operands,
};
use twinsight::units::{Purpose, Seed};

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = Seed(seed).stream(Purpose::Weights, len as u64);
    (0..len).map(|_| rng.random_range(-1.0_f32..1.0)).collect()
}

/// A layer with input, weights and bias, and the direction in which its output is differentiated.
struct Layer {
    kernels: Kernels,
    layer: ConvLayer,
    operands: [Vec<f32>; 3],
    direction: Vec<f32>,
}

impl Layer {
    fn new(kernels: Kernels, shape: ConvShape, fused: Fused) -> Self {
        let operands = [shape.input_len(), shape.weight_len(), shape.outputs]
            .map(|len| random(shape.kernel as u64, len));
        Self {
            kernels,
            layer: shape.with(fused),
            operands,
            direction: random(7, shape.with(fused).output_len()),
        }
    }

    /// `Σ output · direction`, the scalar that is differentiated, and the argmax of the output.
    fn scalar(&self, operands: &[Vec<f32>; 3]) -> (f64, Argmax) {
        let mut output = vec![0.0; self.layer.output_len()];
        let [input, weight, bias] = operands;
        let operands = Operands {
            input,
            weight,
            bias,
        };
        let argmax = self.kernels.forward(&self.layer, operands, &mut output);
        let sum = output
            .iter()
            .zip(&self.direction)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum();
        (sum, argmax)
    }

    fn gradients(&self, argmax: &Argmax) -> [Vec<f32>; 3] {
        let [input, weight, bias] = &self.operands;
        let mut grads = [input, weight, bias].map(|operand| vec![0.0; operand.len()]);
        let [grad_input, grad_weight, grad_bias] = &mut grads;
        let gradients = Gradients {
            input: Some(grad_input),
            weight: grad_weight,
            bias: grad_bias,
        };
        self.backward(argmax, gradients);
        grads
    }

    fn backward(&self, argmax: &Argmax, gradients: Gradients<'_>) {
        let [input, weight, _] = &self.operands;
        let operands = BackwardOperands {
            input,
            weight,
            argmax: argmax.as_slice(),
            grad_output: &self.direction,
        };
        self.kernels.backward(&self.layer, operands, gradients);
    }
}

/// The layer is piecewise linear, so a central difference is exact up to rounding wherever the argmax stays the same.
#[test]
fn gradients_are_slopes() {
    let step = 1.0 / 64.0;
    for kernels in [Kernels::Reference, Kernels::best()] {
        for (kernel, fused) in [(3, Fused::NONE), (2, Fused::RELU), (5, Fused::RELU_POOL)] {
            let shape = ConvShape {
                batch: 2,
                height: 5,
                width: 6,
                inputs: 2,
                outputs: 3,
                kernel,
            };
            let layer = Layer::new(kernels, shape, fused);
            let (_, argmax) = layer.scalar(&layer.operands);
            let grads = layer.gradients(&argmax);
            let mut compared = 0;
            for (which, grads) in grads.iter().enumerate() {
                // An operand reaches at most 5·5·3 outputs (a weight or a bias all 60 of its channel or fewer), each below 8 in
                // size; each is rounded to f32 once by the reference, and loses a few digits more by a fast kernel.
                let digits = if kernels == Kernels::Reference {
                    1.0
                } else {
                    16.0
                };
                let tolerance =
                    75.0 * 8.0 * digits * f64::from(f32::EPSILON) / 2.0 / f64::from(step);
                for (at, &grad) in grads.iter().enumerate() {
                    let moved = |by: f32| {
                        let mut operands = layer.operands.clone();
                        operands[which][at] += by;
                        layer.scalar(&operands)
                    };
                    let ((up, up_argmax), (down, down_argmax)) = (moved(step), moved(-step));
                    if up_argmax != argmax || down_argmax != argmax {
                        continue;
                    }
                    compared += 1;
                    let slope = (up - down) / f64::from(2.0 * step);
                    let close = (slope - f64::from(grad)).abs() < tolerance;
                    assert!(
                        close,
                        "{kernels}, kernel {kernel}, operand {which}, at {at}: {slope}, not {grad}"
                    );
                }
            }
            assert!(compared > 50, "only {compared} slopes compared");
        }
    }
}

#[test]
fn gradients_are_added_to_what_is_there() {
    let shape = ConvShape {
        batch: 2,
        height: 4,
        width: 5,
        inputs: 2,
        outputs: 3,
        kernel: 3,
    };
    let layer = Layer::new(Kernels::best(), shape, Fused::RELU);
    let (_, argmax) = layer.scalar(&layer.operands);
    let [.., bias] = &layer.operands;
    let [once_input, once_weight, once_bias] = layer.gradients(&argmax);
    let (mut grad_weight, mut grad_bias) = (once_weight.clone(), once_bias.clone());
    let mut grad_input = once_input.clone();
    let gradients = Gradients {
        input: Some(&mut grad_input),
        weight: &mut grad_weight,
        bias: &mut grad_bias,
    };
    layer.backward(&argmax, gradients);
    assert_eq!(bias.len(), once_bias.len());
    for (twice, once) in [
        (grad_input, once_input),
        (grad_weight, once_weight),
        (grad_bias, once_bias),
    ] {
        for (twice, once) in twice.iter().zip(&once) {
            assert!(
                (twice - 2.0 * once).abs() <= 1e-5 * once.abs().max(1.0),
                "{twice} is not twice {once}"
            );
        }
    }
}

#[test]
fn kernels_are_named() {
    for kernels in Kernels::ALL {
        match Kernels::named(kernels.name()) {
            Ok(named) => assert!(named == kernels && kernels.available()),
            Err(error) => assert_eq!(
                (error, kernels.available()),
                (KernelsError::Unsupported(kernels), false)
            ),
        }
    }
    assert_eq!(Kernels::named("auto"), Ok(Kernels::best()));
    let error = Kernels::named("sse9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown kernels `sse9` in TWINSIGHT_KERNELS: use auto, reference, portable, avx2 or avx512"
    );
}

/// Not a test of its own: the next test starts it as a process with another environment.
#[test]
#[ignore = "run by the_environment_and_the_program_choose_the_kernels"]
fn print_current_kernels() {
    println!("current={}", Kernels::current());
    println!("from_env={:?}", Kernels::from_env());
    Kernels::force(Some(Kernels::Portable)).unwrap();
    println!("forced={}", Kernels::current());
    let shape = ConvShape {
        batch: 1,
        height: 3,
        width: 3,
        inputs: 1,
        outputs: 1,
        kernel: 3,
    };
    let mut output = [0.0; 9];
    let operands = Operands {
        input: &[1.0; 9],
        weight: &[1.0; 9],
        bias: &[0.5],
    };
    conv2d::forward_inference(&shape.with(Fused::NONE), operands, &mut output);
    println!("output={output:?}");
    Kernels::force(None).unwrap();
    println!("released={}", Kernels::current());
}

#[test]
fn the_environment_and_the_program_choose_the_kernels() {
    let run = |name: &str| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([
            "print_current_kernels",
            "--exact",
            "--ignored",
            "--nocapture",
        ]);
        let output = child.env(conv2d::VARIABLE, name).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for kernels in Kernels::ALL {
        let printed = run(kernels.name());
        let expected = if kernels.available() {
            kernels
        } else {
            Kernels::best()
        };
        assert!(
            printed.contains(&format!("current={expected}\n")),
            "{printed}"
        );
        assert!(printed.contains("forced=portable\n"), "{printed}");
        assert!(
            printed.contains("output=[4.5, 6.5, 4.5, 6.5, 9.5, 6.5, 4.5, 6.5, 4.5]\n"),
            "{printed}"
        );
        assert!(
            printed.contains(&format!("released={expected}\n")),
            "{printed}"
        );
    }
    let printed = run("fast");
    assert!(
        printed.contains(&format!("current={}\n", Kernels::best())),
        "{printed}"
    );
    assert!(
        printed.contains("from_env=Err(Unknown(\"fast\"))"),
        "{printed}"
    );
}
