//! The forward pass without a tape: what embeds pictures once the weights are there.
//!
//! Compiled once from a network's weights. Batch normalisation by running averages is an affine map of each channel,
//! so it is folded into the convolution before it (`w'ₒ = wₒ·scaleₒ`), and what remains is convolutions with fused
//! ReLU and pooling. Dropout vanishes. A dense layer is a 1×1 convolution of a 1×1 picture, so the same kernels serve.

use super::conv2d::{self, Fused};
use super::network::{Network, Operation, conv_shape, folded};
use super::spec::Extent;
use super::{global_pool, max_pool, relu, unit_norm};

/// Pictures embedded at a time: bounds the memory, and is enough to keep all cores busy.
const BLOCK: usize = 64;

#[derive(Debug)]
enum Step {
    Conv {
        input: Extent,
        filters: usize,
        kernel: usize,
        fused: Fused,
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    Affine {
        scale: Vec<f32>,
        shift: Vec<f32>,
    },
    Relu,
    MaxPool {
        input: Extent,
    },
    GlobalAveragePool {
        input: Extent,
    },
    UnitNorm {
        features: usize,
    },
}

/// A network ready to embed. Immutable; shared freely between threads.
#[derive(Debug)]
pub struct Inference {
    steps: Vec<Step>,
    input: Extent,
    embedding: usize,
}

impl Inference {
    /// Compiles the network with its present weights.
    pub fn new(network: &Network) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for operation in &network.operations {
            compile(&mut steps, network, operation);
        }
        Self {
            steps,
            input: network.input(),
            embedding: network.embedding(),
        }
    }

    /// Embeds pictures `[N, H·W·C]` → `[N, E]`.
    ///
    /// # Panics
    /// If `pictures` is not a whole number of pictures.
    pub fn embed(&self, pictures: &[f32]) -> Vec<f32> {
        let features = self.input.features();
        assert_eq!(
            pictures.len() % features,
            0,
            "a whole number of pictures of {features} values"
        );
        let mut embeddings = Vec::with_capacity(pictures.len() / features * self.embedding);
        for block in pictures.chunks(BLOCK * features) {
            embeddings.extend(self.run(block, &mut |_, _| {}));
        }
        embeddings
    }

    /// The activations after each step for one block of pictures, for those who want to look inside.
    pub fn watch(&self, pictures: &[f32], look: &mut dyn FnMut(usize, &[f32])) {
        self.run(pictures, look);
    }

    fn run(&self, pictures: &[f32], look: &mut dyn FnMut(usize, &[f32])) -> Vec<f32> {
        let n = pictures.len() / self.input.features();
        let mut x = pictures.to_vec();
        for (index, step) in self.steps.iter().enumerate() {
            x = step.run(n, x);
            look(index, &x);
        }
        x
    }
}

fn compile(steps: &mut Vec<Step>, network: &Network, operation: &Operation) {
    let value = |i: usize| network.parameters()[i].value.as_vec();
    match *operation {
        Operation::Conv {
            parameters,
            input,
            filters,
            kernel,
            fused,
            ..
        } => {
            let (weight, bias) = (value(parameters), value(parameters + 1));
            steps.push(Step::Conv {
                input,
                filters,
                kernel,
                fused,
                weight,
                bias,
            });
        }
        Operation::Dense { parameters } => {
            let (weight, bias) = (value(parameters), value(parameters + 1));
            let input = Extent {
                height: 1,
                width: 1,
                channels: weight.len() / bias.len(),
            };
            let (filters, fused) = (bias.len(), Fused::NONE);
            steps.push(Step::Conv {
                input,
                filters,
                kernel: 1,
                fused,
                weight,
                bias,
            });
        }
        Operation::BatchNorm {
            parameters,
            buffers,
            relu,
        } => {
            let (scale, shift) = folded(network, parameters, buffers);
            fold(steps, scale, shift, relu);
        }
        Operation::MaxPool { input } => match steps.last_mut() {
            Some(Step::Conv { fused, .. }) if !fused.pool => fused.pool = true,
            _ => steps.push(Step::MaxPool { input }),
        },
        Operation::Relu => steps.push(Step::Relu),
        Operation::Dropout { .. } => {}
        Operation::GlobalAveragePool { input } => steps.push(Step::GlobalAveragePool { input }),
        Operation::UnitNorm => steps.push(Step::UnitNorm {
            features: network.embedding(),
        }),
    }
}

/// Multiplies an affine map into the convolution before it, where nothing stands between.
fn fold(steps: &mut Vec<Step>, scale: Vec<f32>, shift: Vec<f32>, rectified: bool) {
    if let Some(Step::Conv {
        fused,
        weight,
        bias,
        ..
    }) = steps.last_mut()
        && !fused.relu
        && !fused.pool
    {
        for row in weight.chunks_exact_mut(scale.len()) {
            row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s);
        }
        (0..scale.len()).for_each(|c| bias[c] = bias[c] * scale[c] + shift[c]);
        fused.relu = rectified;
        return;
    }
    steps.push(Step::Affine { scale, shift });
    if rectified {
        steps.push(Step::Relu);
    }
}

impl Step {
    fn run(&self, n: usize, mut x: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Conv {
                input,
                filters,
                kernel,
                fused,
                weight,
                bias,
            } => {
                let shape = conv_shape(n, *input, *filters, *kernel);
                let mut output = vec![0.0; shape.output_len(*fused)];
                conv2d::forward_inference(&shape, *fused, &x, weight, bias, &mut output);
                return output;
            }
            Self::MaxPool { input } => return max_pool::infer(&x, *input),
            Self::GlobalAveragePool { input } => return global_pool::mean(&x, *input),
            Self::Affine { scale, shift } => {
                for place in x.chunks_exact_mut(scale.len()) {
                    (0..scale.len()).for_each(|c| place[c] = scale[c] * place[c] + shift[c]);
                }
            }
            Self::Relu => relu::rectify(&mut x),
            Self::UnitNorm { features } => unit_norm::normalise(&mut x, *features),
        }
        x
    }
}
