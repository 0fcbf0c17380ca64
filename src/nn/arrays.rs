//! The arrays of a network: first weights, and the buffers of batch normalisation.

use super::init;
use super::spec::{LayerPlan, LayerSpec};
use crate::units::Seed;
use std::sync::Arc;

/// A trained array. Cloning it shares the numbers until one of the two is trained further.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Unique in its network, such as `conv1.weight`.
    pub name: String,
    /// `[K, K, I, O]`, `[I, O]`, or `[C]`.
    pub shape: Vec<usize>,
    /// The numbers, flat.
    pub value: Arc<[f32]>,
}

impl Parameter {
    /// How many numbers.
    pub fn len(&self) -> usize {
        self.value.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Whether weight decay acts on it: on weights, not on biases and scales.
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

/// Where the arrays of a layer begin in the network's lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Its first parameter: a weight or scale; the bias or shift follows.
    pub(super) parameter: usize,
    /// Its first buffer: mean, variance, number of updates.
    pub(super) buffer: usize,
}

/// All arrays of a network, in the order of the layers.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrays {
    pub(super) parameters: Vec<Parameter>,
    pub(super) buffers: Vec<Buffer>,
    /// One for each layer.
    pub(super) slots: Vec<Slot>,
}

impl Arrays {
    /// The arrays of a plan; first weights follow from `seed`.
    pub(super) fn new(plan: &[LayerPlan], seed: Seed) -> Self {
        let mut arrays = Self::default();
        for (index, layer) in plan.iter().enumerate() {
            arrays.slots.push(Slot {
                parameter: arrays.parameters.len(),
                buffer: arrays.buffers.len(),
            });
            arrays.push_layer(index, layer, seed);
        }
        arrays
    }

    fn push_layer(&mut self, index: usize, layer: &LayerPlan, seed: Seed) {
        let input = layer.input;
        let name = |what: &str| format!("{}{}.{what}", layer.layer.name(), index + 1);
        match layer.layer {
            LayerSpec::Conv { filters, kernel } => {
                let shape = vec![kernel, kernel, input.channels, filters];
                self.push_weight(name("weight"), shape, seed);
                self.push_constant(name("bias"), filters, 0.0);
            }
            LayerSpec::Dense { units } => {
                self.push_weight(name("weight"), vec![input.features(), units], seed);
                self.push_constant(name("bias"), units, 0.0);
            }
            LayerSpec::ResidualDense => {
                let shape = vec![input.features(), input.features()];
                let value = vec![0.0; shape[0] * shape[1]].into();
                let name = name("weight");
                self.parameters.push(Parameter { name, shape, value });
            }
            LayerSpec::BatchNorm => {
                self.push_constant(name("scale"), input.channels, 1.0);
                self.push_constant(name("shift"), input.channels, 0.0);
                self.push_buffer(name("mean"), input.channels, 0.0);
                self.push_buffer(name("variance"), input.channels, 1.0);
                self.push_buffer(name("updates"), 1, 0.0);
            }
            LayerSpec::Relu
            | LayerSpec::MaxPool
            | LayerSpec::Dropout { .. }
            | LayerSpec::GlobalAveragePool
            | LayerSpec::UnitNorm => {}
        }
    }

    fn push_weight(&mut self, name: String, shape: Vec<usize>, seed: Seed) {
        let value = init::glorot_uniform(&shape, seed, self.parameters.len() as u64).into();
        self.parameters.push(Parameter { name, shape, value });
    }

    fn push_constant(&mut self, name: String, len: usize, value: f32) {
        self.parameters.push(Parameter {
            name,
            shape: vec![len],
            value: vec![value; len].into(),
        });
    }

    fn push_buffer(&mut self, name: String, len: usize, value: f32) {
        let value = vec![value; len];
        self.buffers.push(Buffer { name, value });
    }
}
