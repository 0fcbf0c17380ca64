//! From the layers of a plan to operations and arrays.

use super::conv2d::Fused;
use super::init;
use super::network::{Buffer, Operation, Parameter};
use super::spec::{LayerPlan, LayerSpec};
use crate::units::Seed;
use dfdx::tensor::{Cpu, TensorFromVec};

/// Lets the operation before take the layer at `index` over, if it can.
pub(super) fn fuse(before: Option<&mut Operation>, index: usize, layer: LayerSpec) -> bool {
    match (before, layer) {
        // Nothing follows dropout: its mask is drawn for the values that leave the operation.
        (
            Some(Operation::Conv {
                dropout: Some(_), ..
            }),
            _,
        ) => return false,
        (Some(Operation::Conv { fused, .. }), LayerSpec::Relu) if !fused.relu && !fused.pool => {
            fused.relu = true
        }
        (Some(Operation::Conv { fused, .. }), LayerSpec::MaxPool) if !fused.pool => {
            fused.pool = true
        }
        (Some(Operation::Conv { fused, dropout, .. }), LayerSpec::Dropout { rate })
            if fused.relu || fused.pool =>
        {
            *dropout = Some((rate, index))
        }
        (Some(Operation::BatchNorm { relu, .. }), LayerSpec::Relu) if !*relu => *relu = true,
        _ => return false,
    }
    true
}

/// Collects what the layers bring.
pub(super) struct Builder {
    device: Cpu,
    seed: Seed,
    /// The trained arrays so far.
    pub(super) parameters: Vec<Parameter>,
    /// The untrained ones.
    pub(super) buffers: Vec<Buffer>,
}

impl Builder {
    /// Nothing yet; first weights will come from `seed`.
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            device: Cpu::default(),
            seed,
            parameters: Vec::new(),
            buffers: Vec::new(),
        }
    }

    /// The operation for a layer, whose arrays are added.
    pub(super) fn operation(&mut self, index: usize, layer: &LayerPlan) -> Operation {
        let input = layer.input;
        let parameters = self.parameters.len();
        let name = |what: &str| format!("{}{}.{what}", layer.layer.name(), index + 1);
        match layer.layer {
            LayerSpec::Conv { filters, kernel } => {
                self.weight(
                    name("weight"),
                    vec![kernel, kernel, input.channels, filters],
                );
                self.constant(name("bias"), filters, 0.0);
                Operation::Conv {
                    parameters,
                    input,
                    filters,
                    kernel,
                    fused: Fused::NONE,
                    dropout: None,
                }
            }
            LayerSpec::BatchNorm => {
                self.constant(name("scale"), input.channels, 1.0);
                self.constant(name("shift"), input.channels, 0.0);
                let buffers = self.buffers.len();
                self.buffers.push(Buffer {
                    name: name("mean"),
                    value: vec![0.0; input.channels],
                });
                self.buffers.push(Buffer {
                    name: name("variance"),
                    value: vec![1.0; input.channels],
                });
                self.buffers.push(Buffer {
                    name: name("updates"),
                    value: vec![0.0],
                });
                Operation::BatchNorm {
                    parameters,
                    buffers,
                    relu: false,
                }
            }
            LayerSpec::Relu => Operation::Relu,
            LayerSpec::MaxPool => Operation::MaxPool { input },
            LayerSpec::Dropout { rate } => Operation::Dropout { rate, layer: index },
            LayerSpec::GlobalAveragePool => Operation::GlobalAveragePool { input },
            LayerSpec::Dense { units } => {
                self.weight(name("weight"), vec![input.features(), units]);
                self.constant(name("bias"), units, 0.0);
                Operation::Dense { parameters }
            }
            LayerSpec::UnitNorm => Operation::UnitNorm,
        }
    }

    fn weight(&mut self, name: String, shape: Vec<usize>) {
        let value = init::glorot_uniform(&shape, self.seed, self.parameters.len() as u64);
        self.push(name, shape, value);
    }

    fn constant(&mut self, name: String, len: usize, value: f32) {
        self.push(name, vec![len], vec![value; len]);
    }

    fn push(&mut self, name: String, shape: Vec<usize>, value: Vec<f32>) {
        let len = (value.len(),);
        let value = self.device.tensor_from_vec(value, len);
        self.parameters.push(Parameter { name, shape, value });
    }
}
