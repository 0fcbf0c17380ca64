//! The activations of the network for one pair.

use crate::app::network::{Activations, LayerView};
use crate::data::{Dataset, Pair};
use crate::model::{FrozenBackbone, Siamese};
use crate::nn::infer::Step;
use crate::nn::spec::Extent;
use crate::units::{Distance, Epoch};
use crate::vision::Face;

/// Feature maps that are shown of a layer.
const MAPS: usize = 6;

/// Embeds both faces and keeps the activations of each step of the last member.
pub(super) fn look(dataset: &Dataset, pair: Pair, epoch: Epoch, model: &Siamese) -> Activations {
    let faces = [dataset.face(pair.a).clone(), dataset.face(pair.b).clone()];
    let backbone = model.backbone();
    let input = |face: &Face| match &backbone {
        Some(_) => face.features().unwrap_or_default().to_vec(),
        None => model.last_member().values(face),
    };
    let inputs: Vec<f32> = faces.iter().flat_map(input).collect();
    let mut layers: Vec<LayerView> = backbone.iter().map(frozen).collect();
    let inference = model.last_member().inference();
    inference.watch(&inputs, &mut |step, values| {
        layers.push(view(step, values.split_at(values.len() / 2)));
    });
    let mut shown = Activations {
        epoch,
        pair,
        members: model.members().len(),
        layers,
        left: Vec::new(),
        right: Vec::new(),
        distance: 0.0,
        similarity: 0.0,
        sigmoid: Vec::new(),
    };
    if let [left, right] = &model.embed(&faces)[..] {
        let distance = left.distance(right);
        shown.left = left.0.to_vec();
        shown.right = right.0.to_vec();
        shown.distance = distance.0;
        shown.similarity = model.similarity(distance).0;
        shown.sigmoid = sigmoid(model, distance);
    }
    shown
}

/// Points of the curve from distance to similarity.
const POINTS: usize = 96;
/// The largest distance between two embeddings of length 1.
const MOST_APART: f32 = 2.0;

/// The similarity at distances from 0 to the largest, or to `distance` if that is larger.
fn sigmoid(model: &Siamese, distance: Distance) -> Vec<(f64, f64)> {
    let most = MOST_APART.max(distance.0);
    let at = |i: usize| {
        let distance = most * i as f32 / (POINTS - 1) as f32;
        let similarity = model.similarity(Distance(distance)).0;
        (f64::from(distance), f64::from(similarity))
    };
    (0..POINTS).map(at).collect()
}

/// A backbone as one layer.
fn frozen(backbone: &FrozenBackbone) -> LayerView {
    let side = backbone.side as usize;
    LayerView {
        name: backbone.name.clone(),
        output: [1, 1, backbone.embedding],
        parameters: backbone.parameters.unwrap_or(0),
        frozen: Some([side, side, 3]),
        multiply_adds: backbone.multiply_adds.unwrap_or(0),
        left: Vec::new(),
        right: Vec::new(),
    }
}

/// A step with the strongest feature maps of both faces, if its activations are maps.
fn view(step: &Step, (left, right): (&[f32], &[f32])) -> LayerView {
    let output = step.output;
    let channels = match output.height == output.width && output.height > 1 {
        true => strongest(output, left, right),
        false => Vec::new(),
    };
    LayerView {
        name: step.name.clone(),
        output: [output.height, output.width, output.channels],
        parameters: step.parameters,
        frozen: None,
        multiply_adds: step.multiply_adds,
        left: maps(output, left, &channels),
        right: maps(output, right, &channels),
    }
}

/// The channels with the largest sum of absolute activations over both faces.
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
    use crate::model::{FaceInput, Head, Tower, pretrained};
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
            let input = FaceInput::Pixels(recipe.input.clone());
            let network = Network::new(&recipe.network, input.extent(), Seed(1));
            let model = Siamese::new(
                vec![Tower::new(network.expect("a network"), input)],
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
            let activations = look(&dataset, pair, Epoch(3), &model);
            assert_eq!(activations.layers.len(), steps, "{preset}");
            let shown: Vec<_> = activations
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
            let parameters: usize = activations
                .layers
                .iter()
                .map(|layer| layer.parameters)
                .sum();
            assert_eq!(parameters + 2, model.parameters(), "{preset}");
        }
    }

    #[test]
    fn a_backbone_is_one_frozen_layer_before_those_that_are_trained() {
        let model = pretrained().model;
        let dataset = Dataset::open(&Source::Orl, model.preparation()).expect("built in");
        let pair = Pair {
            a: ImageId(0),
            b: ImageId(1),
            same: true,
        };
        let shown = look(&dataset, pair, Epoch(0), &model);
        let first = &shown.layers[0];
        assert_eq!((&*first.name, first.frozen), ("SFace", Some([112, 112, 3])));
        assert_eq!(first.output, [1, 1, 128]);
        let trained = shown.layers[1..].iter();
        assert!(trained.clone().all(|layer| layer.frozen.is_none()));
        let parameters: usize = trained.map(|layer| layer.parameters).sum();
        assert_eq!(parameters + 2, model.parameters());
        assert!(first.multiply_adds > 1000 * shown.layers[1].multiply_adds);
        assert!(shown.similarity > 0.5, "{}", shown.similarity);
    }
}
