use super::*;
use crate::data::{Dataset, Source};
use crate::model::checkpoint::CheckpointMetadata;
use crate::model::{Channel, Embedding, Head, InputSpec, pretrained, pretrained_v0_1};
use crate::nn::network::Network;
use crate::nn::spec::NetworkSpec;
use crate::onnx::Session;
use crate::units::Seed;
use crate::vision::{Crop, Face, Preparation};
use std::convert::Infallible;

/// Largest difference of a number of an embedding of length 1: sums are taken in another order.
const TOLERANCE: f32 = 1e-4;

fn metadata() -> CheckpointMetadata {
    pretrained().metadata
}

fn orl_faces(crop: Crop) -> Vec<Face> {
    let dataset = Dataset::open(&Source::Orl, &Preparation::of(crop)).unwrap();
    let faces = dataset.images.iter().step_by(57);
    faces.map(|picture| picture.face.clone()).collect()
}

/// A tower with these layers, first weights, and running averages that are not those of a new network.
fn tower(layers: &str, input: FaceInput, seed: u64) -> Tower {
    let spec: NetworkSpec = ron::from_str(&format!("(layers: [{layers}])")).unwrap();
    let mut network = Network::new(&spec, input.extent(), Seed(seed)).unwrap();
    let mut first = network.clone();
    let mut parameters = first.parameters_mut().iter().map(|p| p.value.to_vec());
    let mut at = 0_usize;
    let mut other = |value: f32, spread: f32| {
        at += 1;
        value + spread * ((at * 7919 % 101) as f32 / 101.0 - 0.5)
    };
    let replaced = network.replace(|name, shape| {
        let count = shape.iter().product();
        let values = match name.rsplit_once('.').unwrap().1 {
            "weight" => parameters
                .next()
                .unwrap()
                .iter()
                .map(|&w| other(w, 0.02))
                .collect(),
            "bias" | "shift" => {
                parameters.next();
                (0..count).map(|_| other(0.0, 0.2)).collect()
            }
            "scale" => {
                parameters.next();
                (0..count).map(|_| other(1.0, 0.5)).collect()
            }
            "mean" => (0..count).map(|_| other(0.0, 0.3)).collect(),
            _ => (0..count).map(|_| other(1.0, 1.0)).collect(),
        };
        Ok::<_, Infallible>(values)
    });
    replaced.unwrap();
    Tower::new(network, input)
}

fn pixels(channels: &[Channel], zoom: f32) -> FaceInput {
    FaceInput::Pixels(InputSpec {
        channels: channels.to_vec(),
        zoom,
    })
}

fn model(members: Vec<Tower>, augmentation: TestTimeAugmentation) -> Siamese {
    let head = Head {
        weight: -1.0,
        bias: 1.0,
    };
    Siamese::new(members, head, Preparation::of(Crop::Whole)).with_augmentation(augmentation)
}

/// Runs the exported file.
fn run(model: &Siamese, shape: &[usize], input: &[f32]) -> Vec<Embedding> {
    let file: &'static [u8] = Vec::leak(encode(model, &metadata()));
    let session = Session::built_in(file, &[EMBEDDINGS]).expect("the file loads");
    let output = session
        .run(shape, input)
        .expect("the file runs")
        .swap_remove(0);
    assert_eq!(output.shape[0], shape[0], "one embedding for each face");
    let rows = output.values.chunks_exact(output.shape[1]);
    rows.map(|row| Embedding(row.into())).collect()
}

#[track_caller]
fn agrees(model: &Siamese, faces: &[Face]) {
    let input: Vec<f32> = faces
        .iter()
        .flat_map(|face| face.pixels().to_vec())
        .collect();
    let found = run(model, &[faces.len(), 1, SIDE, SIDE], &input);
    compare(&found, &model.embed(faces));
}

#[track_caller]
fn compare(found: &[Embedding], expected: &[Embedding]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.0.len(), expected.0.len());
        let pairs = found.0.iter().zip(expected.0.iter());
        let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off <= TOLERANCE, "an embedding is {off} off");
    }
}

#[test]
fn every_layer_gives_the_same() {
    let layers = [
        "conv(filters: 5, kernel: 3), batch_norm, relu, max_pool, dense(units: 7), unit_norm",
        // An even kernel, an odd map, and a map in a row.
        "conv(filters: 3, kernel: 4), relu, max_pool, max_pool, max_pool, max_pool, max_pool, max_pool, conv(filters: 2, kernel: 1)",
        "max_pool, max_pool, max_pool, conv(filters: 6, kernel: 5), dropout(rate: 0.5), batch_norm, unit_norm",
        // Rows and maps in turns.
        "max_pool, max_pool, max_pool, max_pool, unit_norm, conv(filters: 2, kernel: 2), dense(units: 9), batch_norm, relu, conv(filters: 4, kernel: 3)",
        "conv(filters: 8, kernel: 3), relu, global_average_pool, residual_dense, unit_norm",
        "max_pool, max_pool, max_pool, max_pool, residual_dense, unit_norm",
    ];
    let faces = orl_faces(Crop::Whole);
    for (seed, layers) in layers.into_iter().enumerate() {
        let tower = tower(layers, pixels(&[Channel::Grey], 1.0), seed as u64);
        agrees(&model(vec![tower], TestTimeAugmentation::default()), &faces);
    }
}

#[test]
fn an_ensemble_with_all_channels_views_and_whitenings_gives_the_same() {
    use Channel::{Grey, LocalContrast, Raw, Standardized};
    let layers = "conv(filters: 6, kernel: 3), batch_norm, relu, max_pool, max_pool, dense(units: 12), unit_norm";
    let plain = "max_pool, max_pool, max_pool, dense(units: 5)";
    let faces = orl_faces(Crop::Whole);
    let augmentation = TestTimeAugmentation {
        mirror: true,
        zooms: vec![0.84, 1.0, 1.16],
    };
    let members = [
        (layers, pixels(&[Raw, LocalContrast], 1.0)),
        (layers, pixels(&[Standardized, Grey, LocalContrast], 1.25)),
        (layers, pixels(&[LocalContrast], 1.0)),
        (plain, pixels(&[Grey], 0.8)),
    ];
    let members = members
        .into_iter()
        .enumerate()
        .map(|(seed, (layers, input))| {
            let tower = tower(layers, input, seed as u64);
            let embeddings = tower.embed(&faces, &augmentation);
            match seed {
                2 => tower,
                _ => tower.whitened(Whitening::fit(&embeddings, 0.3)),
            }
        });
    let members: Vec<Tower> = members.collect();
    agrees(&model(members.clone(), augmentation.clone()), &faces);
    // A single view, and a single zoom.
    agrees(
        &model(members.clone(), TestTimeAugmentation::default()),
        &faces[..1],
    );
    let mirrored = TestTimeAugmentation {
        mirror: true,
        ..TestTimeAugmentation::default()
    };
    agrees(&model(members, mirrored), &faces[..2]);
}

#[test]
fn the_model_of_0_1_0_gives_the_same() {
    let model = pretrained_v0_1().model;
    agrees(&model, &orl_faces(model.preparation().crop));
}

#[test]
fn a_head_takes_the_features_and_names_the_backbone() {
    let model = pretrained().model;
    let dataset = Dataset::open(&Source::Orl, model.preparation()).unwrap();
    let faces: Vec<Face> = (0..3)
        .map(|at| dataset.images[at * 91].face.clone())
        .collect();
    let features: Vec<f32> = faces
        .iter()
        .flat_map(|face| face.features().unwrap())
        .copied()
        .collect();
    compare(&run(&model, &[3, 128], &features), &model.embed(&faces));
    let file = Model::decode(&*encode(&model, &metadata())).unwrap();
    let value = |key: &str| {
        let found = file.metadata_props.iter().find(|entry| entry.key == key);
        found.map(|entry| &*entry.value)
    };
    let hash = model.preparation().backbone.unwrap().to_string();
    assert_eq!(value("backbone_sha256"), Some(&*hash));
    assert_eq!(value("backbone_name"), Some("SFace"));
    assert_eq!(value("face_crop"), Some("aligned"));
    assert_eq!(value("face_side"), Some("112"));
    let weight: f64 = value("similarity_weight").unwrap().parse().unwrap();
    assert_eq!(weight, model.calibration().unwrap().weight);
}

#[test]
fn nobody_is_named() {
    let mut saved = pretrained_v0_1();
    let people = [&saved.metadata.train[..], &saved.metadata.validation].concat();
    assert!(people.len() > 30);
    saved.metadata.data = "the data set of somebody".to_owned();
    let file = encode(&saved.model, &saved.metadata);
    let has = |name: &str| file.windows(name.len()).any(|w| w == name.as_bytes());
    assert!(has("similarity_bias") && !has("the data set of somebody"));
    // The built-in people are called s01 to s40; random weights may hold three such bytes, a text does not.
    let entries = Model::decode(&*file).unwrap().metadata_props;
    for person in people {
        assert!(
            entries.iter().all(|entry| !entry.value.contains(&person)),
            "{person}"
        );
    }
}
