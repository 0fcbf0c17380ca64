//! The models in the program.

use std::path::Path;

use twinsight::backbone::Backbone;
use twinsight::data::{Dataset, Source, pairs};
use twinsight::metrics::{self, Logistic, Prior, Scores};
use twinsight::model::checkpoint::{self, CheckpointMetadata, ValidationScores, version_of};
use twinsight::model::{
    CalibrationPhotos, FaceInput, Head, InputSpec, Siamese, Tower, pretrained, pretrained_v0_1,
};
use twinsight::nn::network::Network;
use twinsight::nn::spec::{LayerSpec, NetworkSpec};
use twinsight::units::{Epoch, ImageId, Seed};
use twinsight::vision::Preparation;

/// Where the model is in the tree.
const FILE: &str = "data/pretrained/transfer.safetensors";

fn orl() -> Dataset {
    let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
    Dataset::open(&Source::Orl, &preparation).unwrap()
}

/// The distances of all pairs of pictures.
fn distances(model: &Siamese, dataset: &Dataset) -> Scores {
    let images = (0..dataset.images.len()).map(ImageId);
    let embedded = model.embed_images(dataset, images);
    let (mated, non_mated): (Vec<_>, Vec<_>) = pairs::all(dataset, &dataset.everybody())
        .into_iter()
        .partition(|pair| pair.same);
    let [mated, non_mated] = [mated, non_mated].map(|kind| {
        let distance = |pair: &pairs::Pair| embedded.distance(pair.a, pair.b).0;
        kind.iter().map(distance).collect()
    });
    Scores { mated, non_mated }
}

#[test]
fn it_loads_and_its_scores_are_those_of_all_built_in_faces() {
    let saved = pretrained();
    let dataset = orl();
    assert_eq!(saved.metadata.fingerprint, dataset.fingerprint());
    assert!(saved.training.is_none(), "it is finished");
    let stored = saved.distances.expect("distances");
    let now = distances(&saved.model, &dataset);
    assert_eq!((now.mated.len(), now.non_mated.len()), (1_800, 78_000));
    let both = [&now.mated, &now.non_mated].into_iter().flatten();
    let kept = [&stored.mated, &stored.non_mated].into_iter().flatten();
    // Processors round differently.
    assert!(both.zip(kept).all(|(now, kept)| (now - kept).abs() < 1e-3));
    assert!(metrics::eer(&saved.scores).rate < 0.003);
    assert!(saved.model.calibration().is_some());
    let photographs = saved.metadata.photographs;
    assert!(
        photographs.is_some(),
        "what its photographs look like is known"
    );
}

#[test]
fn it_embeds_as_its_backbone_does() {
    let saved = pretrained();
    let face = orl().face(ImageId(7)).clone();
    let embedding = saved.model.embed(std::slice::from_ref(&face)).remove(0);
    for (ours, backbone) in embedding.0.iter().zip(face.features().unwrap()) {
        assert!((ours - backbone).abs() < 1e-6);
    }
    let backbone = saved.model.backbone().unwrap();
    assert_eq!((backbone.name.as_str(), backbone.embedding), ("SFace", 128));
}

#[test]
fn the_model_of_0_1_0_loads_and_knows_its_faces() {
    let saved = pretrained_v0_1();
    let faces = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
    assert_eq!(saved.metadata.fingerprint, faces.fingerprint());
    assert!(metrics::auc(&saved.scores) > 0.95);
    assert!(saved.model.calibration().is_some() && saved.distances.is_none());
}

#[test]
#[ignore = "writes the built-in model: cargo test --release --test training write_the_built_in_model -- --ignored"]
fn write_the_built_in_model() {
    let dataset = orl();
    let layers = vec![LayerSpec::ResidualDense, LayerSpec::UnitNorm];
    let input = FaceInput::of(&dataset.preparation, &InputSpec::default()).unwrap();
    let network = Network::new(&NetworkSpec { layers }, input.extent(), Seed(0)).unwrap();
    let untrained = Head {
        weight: 0.0,
        bias: 0.0,
    };
    let model = Siamese::new(
        vec![Tower::new(network, input)],
        untrained,
        dataset.preparation,
    );
    let distances = distances(&model, &dataset);
    let images: Vec<ImageId> = (0..dataset.images.len()).map(ImageId).collect();
    let embedded = model.embed_images(&dataset, images.iter().copied());
    let logistic = Logistic::fit(&distances.mated, &distances.non_mated, Prior::Even).unwrap();
    let head = Head {
        weight: logistic.weight as f32,
        bias: logistic.bias as f32,
    };
    let model = Siamese::new(model.members().to_vec(), head, dataset.preparation)
        .calibrated(Some(logistic));
    // Nearer is more similar.
    let negative = |kind: &[f32]| kind.iter().map(|distance| -distance).collect();
    let scores = Scores {
        mated: negative(&distances.mated),
        non_mated: negative(&distances.non_mated),
    };
    let metadata = CheckpointMetadata {
        version: version_of(&dataset.preparation, &[]),
        preset: "transfer".to_owned(),
        epoch: Epoch(0),
        seed: Seed(0),
        data: dataset.name.clone(),
        fingerprint: dataset.fingerprint(),
        train: Vec::new(),
        validation: dataset.people.iter().map(|p| p.name.clone()).collect(),
        test: Vec::new(),
        val_eer: metrics::eer(&scores).rate,
        val_auc: metrics::auc(&scores),
        photographs: CalibrationPhotos::of(&dataset, &images, Some(&embedded)),
    };
    let stored = ValidationScores {
        similarities: Scores::default(),
        distances: Some(distances),
    };
    checkpoint::save(Path::new(FILE), &model, &metadata, &stored, None).unwrap();
}
