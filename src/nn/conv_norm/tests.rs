//! Both ways against the separate operations, convolution, normalisation, ReLU and pooling, each tested alone.

use super::{Operation, folded, map};
use crate::nn::batch_norm::{Moments, batch_norm};
use crate::nn::conv::{Epilogue, conv};
use crate::nn::conv2d::{ConvShape, Fused};
use crate::nn::dropout::{Dropout, MaskSeed, dropout};
use crate::nn::max_pool::max_pool;
use crate::nn::spec::Extent;
use crate::nn::tape::{Backward, Device, Var, apply};
use crate::units::{Purpose, Seed};
use rand::RngExt;
use std::sync::Arc;

fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut rng = Seed(seed).stream(Purpose::Weights, 2);
    (0..len).map(|_| rng.random_range(-1.0_f32..1.0)).collect()
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Separate,
    Map,
    Folded,
}

/// What a way computes: output, moments, gradients by input, weight, bias, γ and β.
struct Computed {
    output: Vec<f32>,
    moments: Moments,
    gradients: [Vec<f32>; 5],
}

struct Layer {
    shape: ConvShape,
    epilogue: Epilogue,
    pictures: Vec<f32>,
    parameters: [Arc<[f32]>; 4],
}

impl Layer {
    fn new(shape: ConvShape, fused: Fused, masked: bool) -> Self {
        let mask = MaskSeed {
            seed: Seed(3),
            step: 5,
            layer: 1,
        };
        let lengths = [
            shape.weight_len(),
            shape.outputs,
            shape.outputs,
            shape.outputs,
        ];
        Self {
            shape,
            epilogue: Epilogue {
                fused,
                dropout: masked.then_some(Dropout { rate: 0.3, mask }),
            },
            // Pictures between 0 and 1, which have a mean.
            pictures: random(1, shape.input_len())
                .iter()
                .map(|x| 0.5 + 0.5 * x)
                .collect(),
            parameters: [0, 1, 2, 3].map(|i| random(10 + i, lengths[i as usize]).into()),
        }
    }

    fn run(&self, way: Way) -> Computed {
        let shape = self.shape;
        let size = (shape.batch, shape.input_len() / shape.batch);
        let batch = Device::new().batch(self.pictures.clone(), size).unwrap();
        let x = batch.clone().record();
        let [weight, bias, gamma, beta] = self.parameters.each_ref();
        let operation = Operation {
            weights: [weight, bias],
            norm: [gamma, beta],
            shape,
            epilogue: self.epilogue,
        };
        let (y, moments) = match way {
            Way::Separate => self.separate(x),
            Way::Map => map::apply(x, operation, true).unwrap(),
            Way::Folded => folded::apply(x, operation).unwrap(),
        };
        let output = y.values();
        let mut gradients = weighted_sum(y).backward().unwrap();
        let by_parameters = self.parameters.each_ref().map(|p| gradients.take(p));
        let [weight, bias, gamma, beta] = by_parameters;
        let input = gradients.take_batch(&batch).unwrap();
        Computed {
            output,
            moments,
            gradients: [input, weight, bias, gamma, beta],
        }
    }

    fn separate(&self, x: Var) -> (Var, Moments) {
        let [weight, bias, gamma, beta] = self.parameters.each_ref();
        let Epilogue {
            fused,
            dropout: mask,
        } = self.epilogue;
        let bare = Epilogue {
            fused: Fused::NONE,
            dropout: None,
        };
        let x = conv(x, [weight, bias], self.shape, bare, true).unwrap();
        let (mut y, moments) = batch_norm(x, gamma, beta, fused.relu).unwrap();
        if fused.pool {
            let map = Extent {
                height: self.shape.height,
                width: self.shape.width,
                channels: self.shape.outputs,
            };
            y = max_pool(y, map).unwrap();
        }
        if let Some(mask) = mask {
            y = dropout(y, mask).unwrap();
        }
        (y, moments)
    }
}

/// `Σ y·dy` with fixed numbers `dy`.
fn weighted_sum(y: Var) -> Var {
    apply(y, &[], (1, 1), true, |y| {
        let dy = random(20, y.len());
        let sum = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
        let backward = move |back: Backward<'_>| {
            let by_y = back.input.unwrap();
            by_y.iter_mut()
                .zip(dy)
                .for_each(|(to, dy)| *to += back.output[0] * dy);
        };
        (vec![sum], backward)
    })
    .unwrap()
}

fn close(what: &str, got: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    let size = wanted.iter().fold(1e-3_f32, |size, w| size.max(w.abs()));
    for (i, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let error = (got - wanted).abs();
        assert!(
            error <= tolerance * size,
            "{what}[{i}]: {got}, not {wanted}, size {size}"
        );
    }
}

fn check(shape: ConvShape, fused: Fused, masked: bool) {
    let layer = Layer::new(shape, fused, masked);
    let wanted = layer.run(Way::Separate);
    for way in [Way::Map, Way::Folded] {
        let what = format!("{way:?} {shape:?} {fused:?} {masked}");
        let got = layer.run(way);
        close(
            &format!("output, {what}"),
            &got.output,
            &wanted.output,
            1e-5,
        );
        close(&what, &got.moments.mean, &wanted.moments.mean, 1e-5);
        close(&what, &got.moments.variance, &wanted.moments.variance, 1e-5);
        assert_eq!(got.moments.pixels, wanted.moments.pixels);
        let names = ["input", "weight", "bias", "gamma", "beta"];
        for (i, name) in names.into_iter().enumerate() {
            let (got, wanted) = (&got.gradients[i], &wanted.gradients[i]);
            match (way, name) {
                // A first layer has none, which the tape gives as zeros.
                (Way::Folded, "input") => {}
                (_, "bias") => assert!(got.iter().all(|&g| g == 0.0), "{what}"),
                _ => close(&format!("{name}, {what}"), got, wanted, 3e-5),
            }
        }
    }
}

#[test]
fn both_ways_are_the_separate_operations() {
    for (inputs, outputs, kernel, height, width) in [
        (1, 16, 3, 12, 14),
        (2, 5, 3, 9, 7),
        (3, 24, 2, 6, 11),
        (1, 7, 5, 10, 9),
    ] {
        let shape = ConvShape {
            batch: 6,
            height,
            width,
            inputs,
            outputs,
            kernel,
        };
        for relu in [false, true] {
            for pool in [false, true] {
                check(shape, Fused { relu, pool }, false);
                if relu || pool {
                    check(shape, Fused { relu, pool }, true);
                }
            }
        }
    }
}

#[test]
fn a_nan_in_any_parameter_or_picture_is_not_hidden() {
    let shape = ConvShape {
        batch: 2,
        height: 4,
        width: 4,
        inputs: 1,
        outputs: 3,
        kernel: 3,
    };
    for which in 0..5 {
        let mut layer = Layer::new(shape, Fused::RELU_POOL, false);
        match which {
            4 => layer.pictures[5] = f32::NAN,
            _ => Arc::make_mut(&mut layer.parameters[which])[1] = f32::NAN,
        }
        for way in [Way::Separate, Way::Map, Way::Folded] {
            let output = layer.run(way).output;
            let all = output.iter().skip(1).step_by(3).all(|y| y.is_nan());
            assert!(all, "{way:?}, operand {which}: {output:?}");
        }
    }
}
