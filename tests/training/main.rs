//! Training end to end on the built-in faces, with a small network: it is reproducible, also after an interruption, follows
//! commands, and reports every failure.

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

mod built_in;
mod epochs;
mod learning;
mod resuming;
mod run_dir;
mod trainer;
mod transfer;
mod tutorial;

use std::path::Path;
use std::sync::Arc;
use twinsight::data::{Dataset, Source, Split};
use twinsight::model::loss::LossSpec;
use twinsight::model::{Channel, InputSpec, Siamese, TestTimeAugmentation, Whitening};
use twinsight::nn::spec::{LayerSpec, NetworkSpec};
use twinsight::train::events::EpochMetrics;
use twinsight::train::recipe::{EnsembleSpec, MemberSpec, Overrides, Sampling, Ties, Validation};
use twinsight::train::{
    Answer, Event, Recipe, RunDir, RunOptions, Session, TrainError, Trainer, TrainingCommand,
};
use twinsight::units::{Epoch, PersonId, Seed};
use twinsight::vision::Preparation;

pub(crate) fn faces() -> Dataset {
    Dataset::open(&Source::Orl, &Preparation::default()).unwrap()
}

/// Every kind of layer, with few filters.
pub(crate) fn recipe(epochs: u32) -> Recipe {
    let layers = vec![
        LayerSpec::Conv {
            filters: 4,
            kernel: 5,
        },
        LayerSpec::Relu,
        LayerSpec::MaxPool,
        LayerSpec::Dropout { rate: 0.1 },
        LayerSpec::Conv {
            filters: 6,
            kernel: 3,
        },
        LayerSpec::BatchNorm,
        LayerSpec::Relu,
        LayerSpec::MaxPool,
        LayerSpec::GlobalAveragePool,
        LayerSpec::Dense { units: 8 },
    ];
    let preset = Recipe::preset("tutorial").unwrap();
    let network = NetworkSpec { layers };
    Recipe {
        network,
        sampling: Sampling::Pairs { batch: 128 },
        epochs,
        ..preset
    }
}

pub(crate) fn quiet(_: Event) -> Answer {
    Answer::Continue
}

/// A row without the seconds.
pub(crate) fn figures(row: &EpochMetrics) -> String {
    format!(
        "{:?}",
        EpochMetrics {
            seconds: 0.0,
            ..*row
        }
    )
}

pub(crate) fn rows(dir: &Path) -> Vec<String> {
    RunDir::open(dir)
        .unwrap()
        .rows()
        .unwrap()
        .iter()
        .map(figures)
        .collect()
}

pub(crate) fn weights(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(dir.join("checkpoint.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut arrays: Vec<_> = tensors
        .tensors()
        .into_iter()
        .map(|(n, t)| (n, t.data().to_vec()))
        .collect();
    arrays.sort();
    arrays
}

pub(crate) fn train(dir: &Path, recipe: Recipe, observer: &mut dyn FnMut(Event) -> Answer) {
    let data = faces();
    let run = RunDir::create(dir, &recipe).unwrap();
    Session::new(&data, recipe, Some(run))
        .unwrap()
        .run(observer)
        .unwrap();
}

/// Three members of one, two and one epochs that see a face in different ways.
pub(crate) fn ways_of_seeing() -> Recipe {
    let small = |epochs: u32, input: InputSpec| MemberSpec {
        network: NetworkSpec {
            layers: vec![
                LayerSpec::MaxPool,
                LayerSpec::Conv {
                    filters: 4,
                    kernel: 3,
                },
                LayerSpec::BatchNorm,
                LayerSpec::Relu,
                LayerSpec::MaxPool,
                LayerSpec::Dense { units: 8 },
            ],
        },
        input,
        epochs: Some(epochs),
    };
    let closer = InputSpec {
        channels: vec![Channel::LocalContrast],
        zoom: 1.25,
    };
    let pair = InputSpec {
        channels: vec![Channel::Standardized, Channel::LocalContrast],
        zoom: 1.0,
    };
    let first = small(1, pair.clone());
    let compact = Recipe::preset("compact").unwrap();
    Recipe {
        network: first.network,
        input: first.input,
        ensemble: Some(EnsembleSpec {
            every: 1,
            members: vec![small(2, closer), small(1, pair)],
        }),
        sampling: Sampling::Identities {
            people: 20,
            pictures: 4,
            mirrors: true,
        },
        loss: LossSpec::Contrastive { margin: 1.0 },
        epochs: 4,
        min_best_epoch: 4,
        preparation: Preparation::default(),
        ..compact
    }
}

pub(crate) fn without_dropout(epochs: u32) -> Recipe {
    let mut recipe = recipe(epochs);
    recipe
        .network
        .layers
        .retain(|l| !matches!(l, LayerSpec::Dropout { .. }));
    recipe
}
