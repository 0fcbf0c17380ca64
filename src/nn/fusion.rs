//! Which layers of a network are computed in one pass over the activations.
//!
//! A convolution is limited by arithmetic, what follows it by memory. So normalisation, ReLU, pooling and dropout after a
//! convolution are computed while its results are in the cache. This is the one place that says when; training
//! ([`Network`](super::network::Network)), inference ([`Inference`](super::infer::Inference)) and the screens follow it.

use super::conv_norm::is_folded;
use super::conv2d::{self, ConvShape, Fused};
use super::profile::Work;
use super::spec::{Extent, LayerPlan, LayerSpec};

/// A layer of the plan as the kernels know it.
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

/// What the passes are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Batch normalisation needs the moments of the batch: it is computed with the stages after a convolution, or alone. Dropout
    /// draws masks.
    Training,
    /// Batch normalisation is a fixed affine map and is multiplied into the weights before it. Dropout does nothing.
    Inference,
}

/// A layer and the layers after it that are computed with it.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    /// The first layer, as an index into the plan.
    pub(super) layer: usize,
    /// The last layer.
    last: usize,
    /// The layers of batch normalisation behind a convolution. Inference folds any number into the weights; training has one.
    pub(super) norms: Vec<usize>,
    /// ReLU and pooling, in this order.
    pub(super) fused: Fused,
    /// Dropout, which comes last.
    pub(super) dropout: Option<DropoutLayer>,
}

/// A layer of dropout.
#[derive(Debug, Clone, Copy)]
pub(super) struct DropoutLayer {
    /// Its index in the plan.
    pub(super) index: usize,
    /// The share of values set to zero.
    pub(super) rate: f32,
}

/// The passes of a network, first to last.
pub(super) fn passes(plan: &[LayerPlan], mode: Mode) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for (index, layer) in plan.iter().enumerate() {
        if let Some(before) = passes.last_mut()
            && before.fuse(plan, index, mode)
        {
            before.last = index;
        } else if mode == Mode::Training || !matches!(layer.layer, LayerSpec::Dropout { .. }) {
            passes.push(Pass {
                layer: index,
                last: index,
                norms: Vec::new(),
                fused: Fused::NONE,
                dropout: None,
            });
        }
    }
    passes
}

impl Pass {
    /// Takes the layer at `index` into this pass if the rules allow it.
    fn fuse(&mut self, plan: &[LayerPlan], index: usize, mode: Mode) -> bool {
        let (first, training) = (plan[self.layer].layer, mode == Mode::Training);
        let conv = matches!(first, LayerSpec::Conv { .. });
        // Inference computes a dense layer as a convolution; training leaves it to dfdx.
        let weighted = conv || !training && matches!(first, LayerSpec::Dense { .. });
        let bare = self.fused == Fused::NONE;
        match plan[index].layer {
            LayerSpec::Dropout { .. } if !training => {}
            // Nothing follows dropout: its mask is drawn for the values that leave the pass.
            _ if self.dropout.is_some() => return false,
            // The mask is kept with that of ReLU or with the argmax of pooling.
            LayerSpec::Dropout { rate } if conv && !bare => {
                self.dropout = Some(DropoutLayer { index, rate });
            }
            LayerSpec::BatchNorm if bare && weighted && (!training || self.norms.is_empty()) => {
                self.norms.push(index);
            }
            LayerSpec::Relu if bare && (weighted || first == LayerSpec::BatchNorm) => {
                self.fused.relu = true;
            }
            LayerSpec::MaxPool if conv && !self.fused.pool => self.fused.pool = true,
            _ => return false,
        }
        true
    }

    /// Extent of one picture's activations after the pass.
    pub(super) fn output(&self, plan: &[LayerPlan]) -> Extent {
        plan[self.last].output
    }

    /// Trained numbers of all its layers.
    pub(super) fn parameters(&self, plan: &[LayerPlan]) -> usize {
        plan[self.layer..=self.last]
            .iter()
            .map(|l| l.parameters)
            .sum()
    }

    /// Multiply-adds of all its layers, by direct computation, for one picture.
    pub(super) fn multiply_adds(&self, plan: &[LayerPlan]) -> u64 {
        plan[self.layer..=self.last]
            .iter()
            .map(|l| l.multiply_adds)
            .sum()
    }

    /// What a training step must do in this pass for `batch` pictures; counted for convolutions.
    pub(super) fn work(&self, plan: &[LayerPlan], batch: usize) -> Work {
        let LayerPlan { layer, input, .. } = plan[self.layer];
        let LayerSpec::Conv { filters, kernel } = layer else {
            return Work::default();
        };
        let first = self.layer == 0;
        let shape = conv_shape(batch, input, filters, kernel);
        let (x, map) = (shape.input_len(), shape.map().len());
        let y = shape.with(self.fused).output_len();
        // A value has four bytes, its mark in the argmax one. Forward: x, y; backward: x, the gradient by y, that by x.
        let marks = 2 * shape.with(self.fused).argmax_len();
        let mut values = (if first { 2 } else { 3 }) * x + 2 * y;
        if !self.norms.is_empty() && !is_folded(&shape, !first) {
            // The map: written, read for its moments, to be normalised, and for its gradient. The sums of the gradient read y's
            // again, with the peaks that pooling wrote.
            values += 4 * map + y + if self.fused.pool { 2 * y } else { map };
        }
        Work {
            flops: conv2d::flops(&shape, first),
            bytes: (4 * values + marks) as f64,
        }
    }

    /// What a training step computes in this pass, such as `conv 3×3 → 16 + relu + pool`.
    pub(super) fn label(&self, plan: &[LayerPlan]) -> String {
        let layer = match plan[self.layer].layer {
            LayerSpec::Conv { filters, kernel } => format!("conv {kernel}×{kernel} → {filters}"),
            LayerSpec::BatchNorm => "batch norm".to_owned(),
            other => other.name().replace('_', " "),
        };
        let behind = [
            (!self.norms.is_empty(), " + norm"),
            (self.fused.relu, " + relu"),
            (self.fused.pool, " + pool"),
            (self.dropout.is_some(), " + dropout"),
        ];
        let behind = behind.iter().filter(|part| part.0).map(|part| part.1);
        layer + &behind.collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::spec::NetworkSpec;

    const CONV: LayerSpec = LayerSpec::Conv {
        filters: 4,
        kernel: 3,
    };
    const DROPOUT: LayerSpec = LayerSpec::Dropout { rate: 0.5 };
    const DENSE: LayerSpec = LayerSpec::Dense { units: 5 };

    #[track_caller]
    fn assert_firsts(layers: &[LayerSpec], training: &[usize], inference: &[usize]) {
        let layers = layers.to_vec();
        let faces = Extent {
            height: 16,
            width: 16,
            channels: 1,
        };
        let plan = NetworkSpec { layers }.plan(faces).unwrap();
        for (mode, expected) in [(Mode::Training, training), (Mode::Inference, inference)] {
            let passes = passes(&plan, mode);
            let firsts: Vec<usize> = passes.iter().map(|pass| pass.layer).collect();
            assert_eq!(firsts, expected, "{mode:?}");
            let parameters: usize = passes.iter().map(|pass| pass.parameters(&plan)).sum();
            assert_eq!(parameters, plan.iter().map(|l| l.parameters).sum::<usize>());
        }
    }

    #[test]
    fn a_pass_takes_in_what_may_follow_its_layer() {
        use LayerSpec::{BatchNorm, MaxPool, Relu};
        assert_firsts(&[CONV, Relu, MaxPool, DROPOUT, DENSE], &[0, 4], &[0, 4]);
        assert_firsts(&[CONV, BatchNorm, Relu, MaxPool], &[0], &[0]);
        assert_firsts(&[CONV, BatchNorm, DROPOUT], &[0, 2], &[0]);
        assert_firsts(&[CONV, BatchNorm, BatchNorm, Relu], &[0, 2], &[0]);
        assert_firsts(&[CONV, BatchNorm, MaxPool, DROPOUT], &[0], &[0]);
        assert_firsts(&[CONV, Relu, BatchNorm, Relu], &[0, 2], &[0, 2]);
        assert_firsts(&[CONV, DROPOUT, Relu], &[0, 1, 2], &[0]);
        assert_firsts(&[CONV, Relu, DROPOUT, MaxPool], &[0, 3], &[0]);
        assert_firsts(&[CONV, MaxPool, Relu], &[0, 2], &[0, 2]);
        assert_firsts(&[DENSE, BatchNorm, Relu], &[0, 1], &[0]);
        assert_firsts(&[DROPOUT, MaxPool, Relu, Relu], &[0, 1, 2, 3], &[1, 2, 3]);
    }
}
