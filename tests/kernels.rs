//! Convolution kernels against their definition.

use rand::RngExt;
use twinsight::nn::conv2d::{self, ConvShape, Fused, Gradients};
use twinsight::units::{Purpose, Seed};

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = Seed(seed).stream(Purpose::Weights, len as u64);
    (0..len).map(|_| rng.random_range(-1.0_f32..1.0)).collect()
}

/// `Σ output · direction`, the scalar whose derivative the finite differences take, and the choices behind it.
fn scalar(
    shape: &ConvShape,
    fused: Fused,
    operands: [&[f32]; 3],
    direction: &[f32],
) -> (f64, conv2d::Choices) {
    let mut output = vec![0.0; shape.output_len(fused)];
    let choices = conv2d::forward(
        shape,
        fused,
        operands[0],
        operands[1],
        operands[2],
        &mut output,
    );
    let sum = output
        .iter()
        .zip(direction)
        .map(|(&a, &b)| f64::from(a) * f64::from(b))
        .sum();
    (sum, choices)
}

/// The layer is piecewise linear, so a central difference is exact up to rounding wherever no choice changes.
#[test]
fn the_reference_gradients_are_slopes() {
    for (kernel, fused) in [(3, Fused::NONE), (2, Fused::RELU), (5, Fused::RELU_POOL)] {
        let shape = ConvShape {
            batch: 2,
            height: 5,
            width: 6,
            inputs: 2,
            outputs: 3,
            kernel,
        };
        let operands = [shape.input_len(), shape.weight_len(), shape.outputs]
            .map(|len| random(kernel as u64, len));
        let direction = random(7, shape.output_len(fused));
        let [input, weight, bias] = &operands;
        let (_, choices) = scalar(&shape, fused, [input, weight, bias], &direction);
        let mut grads = operands.clone().map(|operand| vec![0.0; operand.len()]);
        let [grad_input, grad_weight, grad_bias] = &mut grads;
        let gradients = Gradients {
            input: Some(grad_input),
            weight: grad_weight,
            bias: grad_bias,
        };
        conv2d::backward(
            &shape, fused, input, weight, &choices, &direction, gradients,
        );

        let step = 1.0 / 64.0;
        let mut compared = 0;
        for which in 0..3 {
            for at in 0..operands[which].len() {
                let moved = |by: f32| {
                    let mut operands = operands.clone();
                    operands[which][at] += by;
                    let [input, weight, bias] = &operands;
                    scalar(&shape, fused, [input, weight, bias], &direction)
                };
                let ((up, up_choices), (down, down_choices)) = (moved(step), moved(-step));
                if up_choices != choices || down_choices != choices {
                    continue;
                }
                compared += 1;
                let slope = (up - down) / f64::from(2.0 * step);
                // An operand reaches at most 5·5·3 outputs, each below 8 in size and rounded to f32 once (bias: all 180).
                let reached = if which == 2 { 60.0 } else { 75.0 };
                let tolerance = reached * 8.0 * f64::from(f32::EPSILON) / 2.0 / f64::from(step);
                let difference = (slope - f64::from(grads[which][at])).abs();
                assert!(
                    difference < tolerance,
                    "kernel {kernel}, operand {which}, at {at}: {slope} {}",
                    grads[which][at]
                );
            }
        }
        assert!(compared > 50, "only {compared} slopes compared");
    }
}
