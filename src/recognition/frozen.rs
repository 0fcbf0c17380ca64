//! A backbone as a model: frozen, with nothing trained behind it.

use super::answering::{AnsweringModel, ModelOrigin};
use crate::backbone::Backbone;
use crate::metrics::Scores;
use crate::model::checkpoint::{CheckpointMetadata, Saved, version_of};
use crate::model::{FaceInput, Head, InputSpec, Siamese, Tower};
use crate::nn::network::Network;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::units::{Epoch, Seed};
use crate::vision::Preparation;

/// Similarity by distance where no calibration is known: 1 / (1 + exp(8·(d − 1))). Of two embeddings of length 1 with the
/// cosine c the distance is d = √(2 − 2c), so a cosine of ½ gives 0.5, one of 1 gives 0.9997, and one of 0 gives 0.035. The
/// numbers order comparisons and are no probabilities.
const UNCALIBRATED: Head = Head {
    weight: -8.0,
    bias: 8.0,
};

/// A model that compares faces by the embeddings of this backbone. It has no calibration and no validation scores, so a
/// threshold must be given.
///
/// # Panics
/// If the backbone was not loaded by [`Backbone::load`] and is not the built-in one.
pub fn frozen_backbone(backbone: &Backbone) -> AnsweringModel {
    let id = backbone.id();
    let preparation = Preparation::for_backbone(id.hash);
    let input = FaceInput::of(&preparation, &InputSpec::default());
    let input = input.expect("the backbone is loaded");
    // The residual layer is zero at first: what comes out is what the backbone gives.
    let layers = vec![LayerSpec::ResidualDense, LayerSpec::UnitNorm];
    let network = Network::new(&NetworkSpec { layers }, input.extent(), Seed(0));
    let network = network.expect("two layers that fit any features");
    let tower = Tower::new(network, input);
    let metadata = CheckpointMetadata {
        version: version_of(&preparation, &[]),
        preset: "transfer".to_owned(),
        epoch: Epoch(0),
        seed: Seed(0),
        data: String::new(),
        fingerprint: String::new(),
        train: Vec::new(),
        validation: Vec::new(),
        test: Vec::new(),
        val_eer: 0.5,
        val_auc: 0.5,
        photographs: None,
    };
    let saved = Saved {
        model: Siamese::new(vec![tower], UNCALIBRATED, preparation),
        metadata,
        scores: Scores::default(),
        distances: None,
        training: None,
    };
    AnsweringModel::new(saved, ModelOrigin::Backbone { name: id.name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Distance;

    #[test]
    fn it_embeds_as_the_backbone_does_and_knows_no_threshold() {
        let answering = frozen_backbone(Backbone::built_in());
        let face = image::RgbImage::from_fn(112, 112, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let wanted = Backbone::built_in().features(&face).unwrap();
        let grey = crate::vision::Face::from_pixels(vec![0.5; 64 * 64]);
        let model = &answering.saved.model;
        let found = model.embed(&[grey.with_colour(face)]).remove(0);
        let off = found.0.iter().zip(&wanted).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6);
        assert!(answering.saved.scores.check().is_err());
        assert_eq!(answering.origin.name(), "SFace");
        assert!((model.similarity(Distance(1.0)).0 - 0.5).abs() < 1e-6);
    }
}
