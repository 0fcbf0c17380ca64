//! A tower built from its description: weights, the forward pass on the tape, and the forward pass without it.
//!
//! The parameters lie in one list, in the order of the layers, because the optimiser, the checkpoint and the count
//! treat all alike; the layers hold places in that list. Running averages of batch normalisation are buffers: saved,
//! never trained. Convolution, ReLU and pooling that follow each other become one fused operation.

use super::batch_norm::{self, batch_norm};
use super::build::{Builder, fuse};
use super::conv2d::{self, Behind, ConvShape, Fused};
use super::dropout::{Dropout, MaskSeed, dropout};
use super::profile;
use super::spec::{Extent, LayerPlan, NetworkSpec, SpecError};
use super::tape::{Batch, Recording, Vector};
use super::{dense, global_pool, max_pool, relu, unit_norm};
use crate::units::Seed;
use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, CpuError, TensorFromVec};

/// A trained array.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Unique in its network, such as `conv1.weight`.
    pub name: String,
    /// `[K, K, I, O]`, `[I, O]`, or `[C]`.
    pub shape: Vec<usize>,
    /// The numbers, flat.
    pub value: Vector,
}

impl Parameter {
    /// How many numbers.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Weight decay acts on weights, not on biases and scales.
    pub fn decays(&self) -> bool {
        self.shape.len() > 1
    }
}

/// An array that is saved but not trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Buffer {
    /// Unique in its network, such as `batch_norm1.mean`.
    pub name: String,
    /// The numbers, `[C]`.
    pub value: Vec<f32>,
}

/// One operation; numbers are places in the lists of parameters and buffers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Conv {
        parameters: usize,
        input: Extent,
        filters: usize,
        kernel: usize,
        fused: Fused,
        /// Rate and layer; only behind a fused stage.
        dropout: Option<(f32, usize)>,
    },
    BatchNorm {
        parameters: usize,
        buffers: usize,
        relu: bool,
    },
    Relu,
    MaxPool {
        input: Extent,
    },
    Dropout {
        rate: f32,
        layer: usize,
    },
    GlobalAveragePool {
        input: Extent,
    },
    Dense {
        parameters: usize,
    },
    UnitNorm,
}

impl Operation {
    /// What it does, for a ledger of time; the place tells equal ones apart.
    fn label(&self, place: usize) -> String {
        let what = match *self {
            Self::Conv {
                filters,
                kernel,
                fused,
                dropout,
                ..
            } => {
                let behind = [
                    (fused.relu, " + relu"),
                    (fused.pool, " + pool"),
                    (dropout.is_some(), " + dropout"),
                ];
                let behind = behind.iter().filter(|part| part.0).map(|part| part.1);
                format!(
                    "conv {kernel}×{kernel} → {filters}{}",
                    behind.collect::<String>()
                )
            }
            Self::BatchNorm { relu: true, .. } => "batch norm + relu".to_owned(),
            Self::BatchNorm { .. } => "batch norm".to_owned(),
            Self::Relu => "relu".to_owned(),
            Self::MaxPool { .. } => "max pool".to_owned(),
            Self::Dropout { .. } => "dropout".to_owned(),
            Self::GlobalAveragePool { .. } => "global average pool".to_owned(),
            Self::Dense { .. } => "dense".to_owned(),
            Self::UnitNorm => "unit norm".to_owned(),
        };
        format!("{} {what}", place + 1)
    }
}

/// A tower with its weights. Cloning shares them until one side is trained further.
#[derive(Debug, Clone)]
pub struct Network {
    spec: NetworkSpec,
    plan: Vec<LayerPlan>,
    pub(super) operations: Vec<Operation>,
    parameters: Vec<Parameter>,
    buffers: Vec<Buffer>,
}

impl Network {
    /// Builds the tower for pictures of `input`, with first weights from `seed`.
    ///
    /// # Errors
    /// [`SpecError`] if the description is not a network for such pictures.
    pub fn new(spec: &NetworkSpec, input: Extent, seed: Seed) -> Result<Self, SpecError> {
        let plan = spec.plan(input)?;
        let mut builder = Builder::new(seed);
        let mut operations: Vec<Operation> = Vec::new();
        for (index, layer) in plan.iter().enumerate() {
            if !fuse(operations.last_mut(), index, layer.layer) {
                operations.push(builder.operation(index, layer));
            }
        }
        let Builder {
            parameters,
            buffers,
            ..
        } = builder;
        Ok(Self {
            spec: spec.clone(),
            plan,
            operations,
            parameters,
            buffers,
        })
    }

    /// The description it was built from.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// What each layer costs and gives.
    pub fn plan(&self) -> &[LayerPlan] {
        &self.plan
    }

    /// Extent of one picture at the entrance.
    pub fn input(&self) -> Extent {
        self.plan[0].input
    }

    /// Numbers in an embedding.
    pub fn embedding(&self) -> usize {
        self.plan[self.plan.len() - 1].output.features()
    }

    /// The trained arrays.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The trained arrays, for the optimiser.
    pub fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.parameters
    }

    /// The arrays that are saved but not trained.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Replaces every array by what `read` has for its name and shape.
    ///
    /// # Errors
    /// The first that `read` answers; the network is then to be thrown away.
    pub fn replace<E>(
        &mut self,
        mut read: impl FnMut(&str, &[usize]) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        let device = Cpu::default();
        for parameter in &mut self.parameters {
            let value = read(&parameter.name, &parameter.shape)?;
            let len = (value.len(),);
            parameter.value = device.tensor_from_vec(value, len);
        }
        for buffer in &mut self.buffers {
            buffer.value = read(&buffer.name, &[buffer.value.len()])?;
        }
        Ok(())
    }

    /// Embeds a batch `[N, H·W·C]` on the tape → `[N, E]`, in training mode: dropout by `seed` and `step`, batch
    /// normalisation by the batch, whose moments move the running averages.
    ///
    /// # Errors
    /// [`CpuError`] if memory runs out.
    pub fn train(
        &mut self,
        x: Batch<Recording>,
        seed: Seed,
        step: u64,
    ) -> Result<Batch<Recording>, CpuError> {
        let mut x = x;
        let parameter = |i: usize| &self.parameters[i].value;
        let masked = |(rate, layer)| Dropout {
            rate,
            mask: MaskSeed { seed, step, layer },
        };
        for (index, operation) in self.operations.iter().enumerate() {
            profile::label(|| operation.label(index));
            x = match *operation {
                Operation::Conv {
                    parameters,
                    input,
                    filters,
                    kernel,
                    fused,
                    dropout,
                } => {
                    let shape = conv_shape(x.shape().0, input, filters, kernel);
                    let dropout = dropout.map(masked);
                    // Pictures need no gradient: the first layer's input is not anybody's output.
                    conv2d::conv2d(
                        x,
                        parameter(parameters),
                        parameter(parameters + 1),
                        shape,
                        Behind { fused, dropout },
                        index > 0,
                    )?
                }
                Operation::BatchNorm {
                    parameters,
                    buffers,
                    relu,
                } => {
                    let (y, moments) =
                        batch_norm(x, parameter(parameters), parameter(parameters + 1), relu)?;
                    let [mean, variance, updates] = &mut self.buffers[buffers..buffers + 3] else {
                        unreachable!("batch normalisation has three buffers")
                    };
                    moments.blend_into(&mut mean.value, &mut variance.value, &mut updates.value[0]);
                    y
                }
                Operation::Relu => relu::relu(x)?,
                Operation::MaxPool { input } => max_pool::max_pool(x, input)?,
                Operation::Dropout { rate, layer } => dropout(x, masked((rate, layer)))?,
                Operation::GlobalAveragePool { input } => {
                    global_pool::global_average_pool(x, input)?
                }
                Operation::Dense { parameters } => {
                    dense::dense(x, parameter(parameters), parameter(parameters + 1))?
                }
                Operation::UnitNorm => unit_norm::unit_norm(x)?,
            };
        }
        Ok(x)
    }
}

pub(super) fn conv_shape(batch: usize, input: Extent, outputs: usize, kernel: usize) -> ConvShape {
    ConvShape {
        batch,
        height: input.height,
        width: input.width,
        inputs: input.channels,
        outputs,
        kernel,
    }
}

/// Running moments folded into `y = scale·x + shift` for inference, `[C]` both.
pub(super) fn folded(network: &Network, parameters: usize, buffers: usize) -> (Vec<f32>, Vec<f32>) {
    let value = |i: usize| network.parameters[i].value.as_vec();
    let (mean, variance) = (
        &network.buffers[buffers].value,
        &network.buffers[buffers + 1].value,
    );
    batch_norm::affine(&value(parameters), &value(parameters + 1), mean, variance)
}
