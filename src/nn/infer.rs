//! The forward pass without a tape, for embedding pictures with finished weights.
//!
//! It is compiled once from a network. `fusion` says which layers become one [step](Step); batch
//! normalisation by running averages is an affine map of each channel, so it is multiplied into the weights before it
//! (`w'ₒ = wₒ·scaleₒ`). A dense layer is a 1×1 convolution of a 1×1 picture, so the same kernels compute it.

use super::batch_norm::Affine;
use super::conv2d::{self, ConvShape, Fused, Operands};
use super::fusion::{self, Mode, Pass, conv_shape};
use super::network::Network;
use super::spec::{Extent, LayerPlan, LayerSpec};
use super::{global_pool, max_pool, relu, unit_norm};

/// Pictures embedded at a time: few enough to bound the memory, many enough to keep all cores busy.
const BLOCK: usize = 64;

/// What a step computes, with its numbers.
#[derive(Debug)]
enum Kernel {
    Conv {
        /// For one picture.
        shape: ConvShape,
        fused: Fused,
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    Affine {
        affine: Affine,
        relu: bool,
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

/// One step of a compiled network: a layer, with the layers computed in the same pass.
#[derive(Debug)]
pub struct Step {
    /// The layer it begins with, such as `conv 16 @ 3×3`.
    pub name: String,
    /// Extent of one picture's activations after it.
    pub output: Extent,
    /// Trained numbers.
    pub parameters: usize,
    /// Multiply-adds of direct computation for one picture.
    pub multiply_adds: u64,
    kernel: Kernel,
}

/// A network ready to embed. It is immutable and shared between threads.
#[derive(Debug)]
pub struct Inference {
    steps: Vec<Step>,
    input: Extent,
    embedding: usize,
}

impl Inference {
    /// Compiles the network with its present weights.
    pub fn new(network: &Network) -> Self {
        let passes = fusion::passes(network.plan(), Mode::Inference);
        Self {
            steps: passes.iter().map(|pass| step(network, pass)).collect(),
            input: network.input(),
            embedding: network.embedding(),
        }
    }

    /// The steps, first to last.
    pub fn steps(&self) -> &[Step] {
        &self.steps
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

    /// Embeds one block of pictures and calls `each` with every step and its activations, `[N, H·W·C]`.
    pub fn watch(&self, pictures: &[f32], each: &mut dyn FnMut(&Step, &[f32])) {
        self.run(pictures, each);
    }

    fn run(&self, pictures: &[f32], each: &mut dyn FnMut(&Step, &[f32])) -> Vec<f32> {
        let n = pictures.len() / self.input.features();
        let mut x = pictures.to_vec();
        for step in &self.steps {
            x = step.kernel.run(n, x);
            each(step, &x);
        }
        x
    }
}

fn step(network: &Network, pass: &Pass) -> Step {
    let plan = network.plan();
    let LayerPlan { layer, input, .. } = plan[pass.layer];
    let dense = Extent {
        height: 1,
        width: 1,
        channels: input.features(),
    };
    let (name, kernel) = match layer {
        LayerSpec::Conv { filters, kernel } => (
            format!("conv {filters} @ {kernel}×{kernel}"),
            conv(network, pass, conv_shape(1, input, filters, kernel)),
        ),
        LayerSpec::Dense { units } => (
            format!("dense {units}"),
            conv(network, pass, conv_shape(1, dense, units, 1)),
        ),
        LayerSpec::BatchNorm => (
            "batch norm".to_owned(),
            Kernel::Affine {
                affine: network.affine(pass.layer),
                relu: pass.fused.relu,
            },
        ),
        LayerSpec::Relu => ("relu".to_owned(), Kernel::Relu),
        LayerSpec::MaxPool => ("max pool".to_owned(), Kernel::MaxPool { input }),
        LayerSpec::GlobalAveragePool => ("average".to_owned(), Kernel::GlobalAveragePool { input }),
        LayerSpec::ResidualDense => (
            format!("residual {}", input.features()),
            residual(network, pass, conv_shape(1, dense, input.features(), 1)),
        ),
        LayerSpec::UnitNorm => (
            "unit length".to_owned(),
            Kernel::UnitNorm {
                features: input.features(),
            },
        ),
        LayerSpec::Dropout { .. } => unreachable!("dropout is no pass of inference"),
    };
    Step {
        name,
        output: pass.output(plan),
        parameters: pass.parameters(plan),
        multiply_adds: pass.multiply_adds(plan),
        kernel,
    }
}

/// A convolution with the batch normalisation after it folded into its weights.
fn conv(network: &Network, pass: &Pass, shape: ConvShape) -> Kernel {
    let [mut weight, mut bias] = network.weights(pass.layer).map(<[f32]>::to_vec);
    for &norm in &pass.norms {
        let Affine { scale, shift } = network.affine(norm);
        for row in weight.chunks_exact_mut(scale.len()) {
            row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s);
        }
        (0..scale.len()).for_each(|c| bias[c] = bias[c] * scale[c] + shift[c]);
    }
    Kernel::Conv {
        shape,
        fused: pass.fused,
        weight,
        bias,
    }
}

/// `x + x·W` as a dense layer, `x·(1 + W)`. While `W` is zero the result is `x` to the bit.
fn residual(network: &Network, pass: &Pass, shape: ConvShape) -> Kernel {
    let mut weight = network.weight(pass.layer).to_vec();
    let diagonal = weight.iter_mut().step_by(shape.inputs + 1);
    diagonal.for_each(|weight| *weight += 1.0);
    Kernel::Conv {
        shape,
        fused: pass.fused,
        weight,
        bias: vec![0.0; shape.outputs],
    }
}

impl Kernel {
    fn run(&self, n: usize, mut x: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Conv {
                shape,
                fused,
                weight,
                bias,
            } => {
                let shape = ConvShape { batch: n, ..*shape };
                let layer = shape.with(*fused);
                let operands = Operands {
                    input: &x,
                    weight,
                    bias,
                };
                let mut output = vec![0.0; layer.output_len()];
                conv2d::forward_inference(&layer, operands, &mut output);
                return output;
            }
            Self::MaxPool { input } => return max_pool::infer(&x, *input),
            Self::GlobalAveragePool { input } => return global_pool::mean(&x, *input),
            Self::Affine { affine, relu } => {
                let Affine { scale, shift } = affine;
                for pixel in x.chunks_exact_mut(scale.len()) {
                    (0..scale.len()).for_each(|c| pixel[c] = scale[c] * pixel[c] + shift[c]);
                }
                if *relu {
                    relu::rectify(&mut x);
                }
            }
            Self::Relu => relu::rectify(&mut x),
            Self::UnitNorm { features } => unit_norm::normalise(&mut x, *features),
        }
        x
    }
}
