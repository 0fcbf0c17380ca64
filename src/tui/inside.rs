//! What happens inside the network for one pair.

use crate::app::network::{Activations, LayerView};
use crate::data::{Dataset, Pair};
use crate::model::Siamese;
use crate::nn::spec::{Extent, LayerPlan, LayerSpec};
use crate::units::Epoch;

/// Feature maps that are shown of a layer.
const MAPS: usize = 6;

/// Sends both faces through, and keeps what each step made of them.
pub(super) fn look(dataset: &Dataset, pair: Pair, epoch: Epoch, model: &Siamese) -> Activations {
    let faces = [dataset.face(pair.a).clone(), dataset.face(pair.b).clone()];
    let pixels: Vec<f32> = faces
        .iter()
        .flat_map(|face| face.pixels().iter().copied())
        .collect();
    let steps = steps(model.tower().network().plan());
    let mut layers: Vec<LayerView> = steps.iter().map(view).collect();
    model
        .tower()
        .inference()
        .watch(&pixels, &mut |index, values| {
            let Some(step) = steps
                .get(index)
                .filter(|step| values.len() == 2 * step.output.features())
            else {
                return;
            };
            let (left, right) = values.split_at(values.len() / 2);
            if step.output.height == step.output.width && step.output.height > 1 {
                let channels = strongest(step.output, left, right);
                layers[index].left = maps(step.output, left, &channels);
                layers[index].right = maps(step.output, right, &channels);
            }
        });
    let mut embeddings = model.embed(&faces).into_iter();
    let (Some(left), Some(right)) = (embeddings.next(), embeddings.next()) else {
        return Activations {
            epoch,
            pair,
            members: model.towers().len(),
            layers,
            left: Vec::new(),
            right: Vec::new(),
            distance: 0.0,
            similarity: 0.0,
        };
    };
    let distance = left.distance(&right);
    Activations {
        epoch,
        pair,
        members: model.towers().len(),
        layers,
        left: left.0.to_vec(),
        right: right.0.to_vec(),
        distance: distance.0,
        similarity: model.similarity(distance).0,
    }
}

/// One step of the inference: a layer with what is done in the same pass.
struct Step {
    name: String,
    output: Extent,
    parameters: usize,
    multiply_adds: u64,
    /// A convolution that may still take in a normalisation, a rectifier, a pool - in this order.
    takes: u8,
}

/// The steps that inference makes of a plan, by its rules: after a convolution, normalisation, rectifier and pooling
/// happen in the same pass; dropout does nothing.
fn steps(plan: &[LayerPlan]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for layer in plan {
        let place = match layer.layer {
            LayerSpec::BatchNorm => 3,
            LayerSpec::Relu => 2,
            LayerSpec::MaxPool => 1,
            _ => 0,
        };
        let dropout = matches!(layer.layer, LayerSpec::Dropout { .. });
        match steps
            .last_mut()
            .filter(|last| dropout || (place > 0 && last.takes >= place))
        {
            Some(last) => {
                last.output = layer.output;
                last.parameters += layer.parameters;
                last.multiply_adds += layer.multiply_adds;
                last.takes = if dropout { last.takes } else { place - 1 };
            }
            None if dropout => {}
            None => steps.push(Step {
                name: name(layer),
                output: layer.output,
                parameters: layer.parameters,
                multiply_adds: layer.multiply_adds,
                takes: if matches!(layer.layer, LayerSpec::Conv { .. }) {
                    3
                } else {
                    0
                },
            }),
        }
    }
    steps
}

fn name(layer: &LayerPlan) -> String {
    match layer.layer {
        LayerSpec::Conv { filters, kernel } => format!("conv {filters} @ {kernel}×{kernel}"),
        LayerSpec::Dense { units } => format!("dense {units}"),
        LayerSpec::GlobalAveragePool => "average".to_owned(),
        LayerSpec::UnitNorm => "unit length".to_owned(),
        other => other.name().replace('_', " "),
    }
}

fn view(step: &Step) -> LayerView {
    LayerView {
        name: step.name.clone(),
        output: [step.output.height, step.output.width, step.output.channels],
        parameters: step.parameters,
        multiply_adds: step.multiply_adds,
        left: Vec::new(),
        right: Vec::new(),
    }
}

/// The channels that answer most to the two faces together.
fn strongest(extent: Extent, left: &[f32], right: &[f32]) -> Vec<usize> {
    let channels = extent.channels;
    let sum = |values: &[f32], channel: usize| -> f32 {
        values
            .iter()
            .skip(channel)
            .step_by(channels)
            .map(|v| v.abs())
            .sum()
    };
    let mut by_strength: Vec<(usize, f32)> = (0..channels)
        .map(|c| (c, sum(left, c) + sum(right, c)))
        .collect();
    by_strength.sort_by(|a, b| b.1.total_cmp(&a.1));
    by_strength
        .into_iter()
        .take(MAPS)
        .map(|(channel, _)| channel)
        .collect()
}

/// Channels of `[H, W, C]` values as square pictures from 0 to 1, each stretched to its own range.
fn maps(extent: Extent, values: &[f32], channels: &[usize]) -> Vec<(usize, Vec<f32>)> {
    let map = |&channel: &usize| {
        let picture: Vec<f32> = values
            .iter()
            .skip(channel)
            .step_by(extent.channels)
            .copied()
            .collect();
        let low = picture.iter().copied().fold(f32::INFINITY, f32::min);
        let high = picture.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let range = if high > low { high - low } else { 1.0 };
        (
            extent.width,
            picture.into_iter().map(|v| (v - low) / range).collect(),
        )
    };
    channels.iter().map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::model::{FACE, Head, Tower};
    use crate::nn::network::Network;
    use crate::train::Recipe;
    use crate::units::{ImageId, Seed};
    use crate::vision::Preparation;

    #[test]
    fn every_step_of_both_presets_is_named_and_its_maps_are_found() {
        let dataset =
            Dataset::open(&Source::Orl, &Preparation::default()).expect("the built-in faces");
        for (preset, spatial, steps) in [("compact", 4, 6), ("tutorial", 3, 6)] {
            let recipe = Recipe::preset(preset).expect("a preset");
            let network = Network::new(&recipe.network, FACE, Seed(1)).expect("a network");
            let model = Siamese::new(
                vec![Tower::new(network)],
                Head {
                    weight: -1.0,
                    bias: 1.0,
                },
                Preparation::default(),
            );
            let pair = Pair {
                a: ImageId(0),
                b: ImageId(11),
                same: false,
            };
            let inside = look(&dataset, pair, Epoch(3), &model);
            assert_eq!(inside.layers.len(), steps, "{preset}");
            let shown: Vec<_> = inside
                .layers
                .iter()
                .filter(|layer| layer.left.len() == MAPS)
                .collect();
            assert_eq!(shown.len(), spatial, "{preset}");
            assert!(shown.iter().all(|layer| {
                layer
                    .left
                    .iter()
                    .all(|(side, map)| map.len() == side * side)
            }));
            let parameters: usize = inside.layers.iter().map(|layer| layer.parameters).sum();
            assert_eq!(parameters + 2, model.parameters(), "{preset}");
        }
    }
}
