//! A network built from its description: its arrays, and the forward pass on the tape.
//!
//! The parameters lie in one list, in the order of the layers, because the optimiser and the checkpoint treat all alike.
//! Running averages of batch normalisation are buffers: saved, never trained. Layers that are computed together are found by
//! `fusion`.

use super::arrays::{Arrays, Slot};
use super::batch_norm::{self, Affine, Moments, Normalisation, batch_norm};
use super::conv::{Epilogue, conv};
use super::conv_norm::conv_norm;
use super::dropout::{Dropout, MaskSeed, dropout};
use super::fusion::{self, Mode, Pass, conv_shape};
use super::profile;
use super::spec::{Extent, LayerPlan, LayerSpec, NetworkSpec, SpecError};
use super::tape::{TapeError, Var};
use super::{dense, global_pool, max_pool, relu, unit_norm};
use crate::units::Seed;

pub use super::arrays::{Buffer, Parameter};

/// A network with its weights. Cloning it shares them until one side is trained further.
#[derive(Debug, Clone)]
pub struct Network {
    spec: NetworkSpec,
    plan: Vec<LayerPlan>,
    passes: Vec<Pass>,
    arrays: Arrays,
}

impl Network {
    /// Builds the network for pictures of `input`; first weights follow from `seed`.
    ///
    /// # Errors
    /// [`SpecError`] if the description is not a network for such pictures.
    pub fn new(spec: &NetworkSpec, input: Extent, seed: Seed) -> Result<Self, SpecError> {
        let plan = spec.plan(input)?;
        Ok(Self {
            spec: spec.clone(),
            passes: fusion::passes(&plan, Mode::Training),
            arrays: Arrays::new(&plan, seed),
            plan,
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

    /// Extent of one input picture.
    pub fn input(&self) -> Extent {
        self.plan[0].input
    }

    /// Numbers in an embedding.
    pub fn embedding(&self) -> usize {
        self.plan[self.plan.len() - 1].output.features()
    }

    /// The trained arrays.
    pub fn parameters(&self) -> &[Parameter] {
        &self.arrays.parameters
    }

    /// The trained arrays, for the optimiser.
    pub fn parameters_mut(&mut self) -> &mut [Parameter] {
        &mut self.arrays.parameters
    }

    /// The arrays that are saved but not trained.
    pub fn buffers(&self) -> &[Buffer] {
        &self.arrays.buffers
    }

    /// Replaces every array by what `read` returns for its name and shape.
    ///
    /// # Errors
    /// The first error of `read`. Some arrays are then replaced and some are not, so the network must not be used.
    pub fn replace<E>(
        &mut self,
        mut read: impl FnMut(&str, &[usize]) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        for parameter in &mut self.arrays.parameters {
            parameter.value = read(&parameter.name, &parameter.shape)?.into();
        }
        for buffer in &mut self.arrays.buffers {
            buffer.value = read(&buffer.name, &[buffer.value.len()])?;
        }
        Ok(())
    }

    /// Embeds a batch `[N, H·W·C]` on the tape → `[N, E]`, in training mode: dropout by `seed` and `step`, batch
    /// normalisation by the moments of the batch, which also move the running averages.
    ///
    /// # Errors
    /// [`TapeError::OutOfMemory`] if memory runs out.
    pub fn train(&mut self, mut x: Var, seed: Seed, step: u64) -> Result<Var, TapeError> {
        let Arrays {
            parameters,
            buffers,
            slots,
        } = &mut self.arrays;
        let mask = |layer| MaskSeed { seed, step, layer };
        for (index, pass) in self.passes.iter().enumerate() {
            let batch = x.shape().0;
            profile::label_work(|| {
                let label = format!("{} {}", index + 1, pass.label(&self.plan));
                (label, pass.work(&self.plan, batch))
            });
            let LayerPlan { layer, input, .. } = self.plan[pass.layer];
            let Slot { parameter, buffer } = slots[pass.layer];
            let value = |offset: usize| &parameters[parameter + offset].value;
            x = match layer {
                LayerSpec::Conv { filters, kernel } => {
                    let shape = conv_shape(batch, input, filters, kernel);
                    let dropout = pass.dropout.map(|layer| Dropout {
                        rate: layer.rate,
                        mask: mask(layer.index),
                    });
                    let epilogue = Epilogue {
                        fused: pass.fused,
                        dropout,
                    };
                    let weights = [value(0), value(1)];
                    // Pictures need no gradient: no parameter lies before the first layer.
                    let input_gradient = index > 0;
                    match pass.norms.first() {
                        None => conv(x, weights, shape, epilogue, input_gradient)?,
                        Some(&norm) => {
                            let Slot { parameter, buffer } = slots[norm];
                            let norm = [0, 1].map(|offset| &parameters[parameter + offset].value);
                            let (y, moments) =
                                conv_norm(x, weights, norm, shape, epilogue, input_gradient)?;
                            blend(&moments, &mut buffers[buffer..]);
                            y
                        }
                    }
                }
                LayerSpec::BatchNorm => {
                    let (y, moments) = batch_norm(x, value(0), value(1), pass.fused.relu)?;
                    blend(&moments, &mut buffers[buffer..]);
                    y
                }
                LayerSpec::Relu => relu::relu(x)?,
                LayerSpec::MaxPool => max_pool::max_pool(x, input)?,
                LayerSpec::Dropout { rate } => {
                    let mask = mask(pass.layer);
                    dropout(x, Dropout { rate, mask })?
                }
                LayerSpec::GlobalAveragePool => global_pool::global_average_pool(x, input)?,
                LayerSpec::Dense { .. } => dense::dense(x, value(0), value(1))?,
                LayerSpec::ResidualDense => dense::residual_dense(x, value(0))?,
                LayerSpec::UnitNorm => unit_norm::unit_norm(x)?,
            };
        }
        Ok(x)
    }

    /// Weight and bias of a convolution or a dense layer, flat.
    pub(super) fn weights(&self, layer: usize) -> [&[f32]; 2] {
        let first = self.arrays.slots[layer].parameter;
        [0, 1].map(|offset| &*self.arrays.parameters[first + offset].value)
    }

    /// The weight of a residual layer, `[F, F]`, flat.
    pub(super) fn weight(&self, layer: usize) -> &[f32] {
        &self.arrays.parameters[self.arrays.slots[layer].parameter].value
    }

    /// A layer of batch normalisation by its running averages.
    pub(super) fn affine(&self, layer: usize) -> Affine {
        let [scale, shift] = self.weights(layer);
        let buffer = self.arrays.slots[layer].buffer;
        batch_norm::affine(&Normalisation {
            gamma: scale,
            beta: shift,
            mean: &self.arrays.buffers[buffer].value,
            variance: &self.arrays.buffers[buffer + 1].value,
        })
    }
}

/// Moves the running averages of a layer of batch normalisation, whose buffers come first.
fn blend(moments: &Moments, buffers: &mut [Buffer]) {
    let [mean, variance, updates, ..] = buffers else {
        unreachable!("batch normalisation has three buffers")
    };
    moments.blend_into(&mut mean.value, &mut variance.value, &mut updates.value[0]);
}
