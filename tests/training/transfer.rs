//! Training on the frozen backbone: the backbone alone is epoch 0, runs can be resumed, and models name their backbone.

use super::*;
use twinsight::backbone::Backbone;
use twinsight::model::checkpoint::{self, CheckpointError, ValidationScores};
use twinsight::model::{FaceInput, InputSpec, Learner, pretrained};
use twinsight::train::TrainingEvent;
use twinsight::units::ImageId;
use twinsight::vision::BackboneHash;

fn transfer(epochs: u32) -> Recipe {
    let overrides = Overrides {
        epochs: Some(epochs),
        ..Overrides::default()
    };
    Recipe::preset("transfer")
        .unwrap()
        .with(&overrides)
        .unwrap()
}

fn aligned() -> Dataset {
    Dataset::open(&Source::Orl, &transfer(1).preparation).unwrap()
}

fn train_on(data: &Dataset, dir: &Path, recipe: Recipe, observer: &mut dyn FnMut(Event) -> Answer) {
    let mut session = match dir.exists() {
        true => Session::resume(data, recipe, RunDir::open(dir).unwrap()).unwrap(),
        false => {
            let run = RunDir::create(dir, &recipe).unwrap();
            Session::new(data, recipe, Some(run)).unwrap()
        }
    };
    session.run(observer).unwrap();
}

#[test]
fn the_backbone_alone_is_epoch_0_and_is_kept_if_training_makes_it_worse() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let ruinous = Recipe {
        learning_rate: 1.0,
        ..transfer(2)
    };
    let data = aligned();
    let mut epochs = Vec::new();
    train_on(&data, &dir, ruinous, &mut |event| {
        if let TrainingEvent::Epoch(report) = event {
            epochs.push((report.metrics.epoch.0, report.best));
        }
        Answer::Continue
    });
    assert_eq!(epochs, [(0, true), (1, false), (2, false)]);
    let run = RunDir::open(&dir).unwrap();
    let saved = run.best().unwrap();
    assert_eq!(saved.metadata.epoch, Epoch(0));
    let best = run.summary().unwrap().best.unwrap();
    assert_eq!((best.epoch, best.learning_rate), (Epoch(0), 0.0));
    assert!(best.train_loss > 0.0 && best.train_accuracy > 0.9);
    let face = data.face(ImageId(0)).clone();
    let embedding = saved.model.embed(std::slice::from_ref(&face)).remove(0);
    let features = face.features().unwrap();
    let apart = embedding.0.iter().zip(features).map(|(a, b)| (a - b).abs());
    assert!(
        apart.fold(0.0, f32::max) < 1e-6,
        "the embedding of the backbone"
    );
}

#[test]
fn a_run_interrupted_anywhere_ends_as_if_it_had_not_been() {
    let home = tempfile::tempdir().unwrap();
    let [whole, halved] = ["whole", "halved"].map(|name| home.path().join(name));
    let data = aligned();
    train_on(&data, &whole, transfer(3), &mut quiet);
    let zero = |event: &Event| matches!(event, TrainingEvent::Epoch(r) if r.metrics.epoch.0 == 0);
    let batch = |event: &Event, at: (u32, usize)| matches!(event, TrainingEvent::Batch(b) if (b.epoch.0, b.batch) == at);
    let stops: [&dyn Fn(&Event) -> bool; 4] = [
        &|event| matches!(event, TrainingEvent::Started(_)),
        &zero,
        &|event| batch(event, (1, 2)),
        &|event| batch(event, (3, 1)),
    ];
    for stop in stops {
        train_on(
            &data,
            &halved,
            transfer(3),
            &mut |event| match stop(&event) {
                true => Answer::Stop,
                false => Answer::Continue,
            },
        );
    }
    train_on(&data, &halved, transfer(3), &mut quiet);
    assert_eq!(rows(&whole).len(), 4);
    assert_eq!(rows(&whole), rows(&halved));
    assert_eq!(weights(&whole), weights(&halved));
    let best = |dir: &Path| std::fs::read(dir.join("best.safetensors")).unwrap();
    assert_eq!(best(&whole), best(&halved));
}

#[test]
fn of_equal_epochs_the_one_with_the_lowest_validation_loss_is_best() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train_on(&aligned(), &dir, transfer(2), &mut quiet);
    let rows = RunDir::open(&dir).unwrap().rows().unwrap();
    let with_loss = |losses: [f32; 3]| -> Vec<EpochMetrics> {
        let changed = rows.iter().zip(losses).map(|(row, loss)| {
            let mut row = *row;
            if let Some(validation) = &mut row.validation {
                (validation.loss, validation.eer) = (loss, 0.0);
            }
            row
        });
        changed.collect()
    };
    let recipe = transfer(2);
    assert_eq!(recipe.best_of(&with_loss([0.3, 0.1, 0.2])), Some(1));
    assert_eq!(recipe.best_of(&with_loss([0.2, 0.2, 0.2])), Some(2));
    let as_before = Recipe {
        ties: Ties::Last,
        ..recipe
    };
    assert_eq!(as_before.best_of(&with_loss([0.3, 0.1, 0.2])), Some(2));
}

#[test]
fn a_model_on_a_backbone_keeps_distances_and_says_which_backbone_it_needs() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("model.safetensors");
    let saved = pretrained();
    checkpoint::save(
        &file,
        &saved.model,
        &saved.metadata,
        &saved.validation_scores(),
        None,
    )
    .unwrap();
    let again = checkpoint::load(&file).unwrap();
    assert_eq!(again.distances, saved.distances);
    assert_eq!(
        (again.scores, again.metadata),
        (saved.scores, saved.metadata.clone())
    );
    assert_eq!(saved.metadata.version, 4);

    let other = Preparation::for_backbone(BackboneHash([7; 32]));
    let members = saved.model.members().to_vec();
    let elsewhere = Siamese::new(members, saved.model.head(), other);
    checkpoint::save(
        &file,
        &elsewhere,
        &saved.metadata,
        &ValidationScores::default(),
        None,
    )
    .unwrap();
    let error = checkpoint::load(&file).unwrap_err();
    assert!(matches!(error, CheckpointError::Backbone { .. }));
    let text = error.to_string();
    assert!(
        text.contains("070707070707") && text.contains("--backbone FILE.onnx"),
        "{text}"
    );
    assert!(!text.contains('\n'));
}

#[test]
fn a_training_on_faces_without_the_features_is_refused() {
    let error = Session::new(&faces(), transfer(1), None).unwrap_err();
    assert!(
        matches!(error, TrainError::OtherPreparation { .. }),
        "{error}"
    );
    let varied = Recipe {
        sampling: Sampling::Identities {
            people: 4,
            pictures: 2,
            mirrors: true,
        },
        ..transfer(1)
    };
    let seen = Recipe {
        input: InputSpec {
            channels: vec![Channel::LocalContrast],
            zoom: 1.0,
        },
        ..transfer(1)
    };
    for refused in [varied, seen] {
        let text = refused.validate().unwrap_err().to_string();
        assert!(text.contains("one view of a face"), "{text}");
    }
}

#[test]
fn measuring_a_batch_changes_nothing() {
    let recipe = transfer(1);
    let input = FaceInput::of(&recipe.preparation, &InputSpec::default()).unwrap();
    assert_eq!(
        input.extent().features(),
        Backbone::built_in().description().embedding
    );
    let mut learner = Learner::new(&recipe.network, input, recipe.loss, recipe.seed).unwrap();
    let data = aligned();
    let features = |image: usize| data.face(ImageId(image)).features().unwrap().to_vec();
    let batch = twinsight::model::TrainBatch {
        pictures: [0, 1, 10, 11].map(features).concat(),
        people: vec![0, 0, 1, 1],
        comparisons: vec![twinsight::model::Comparison {
            a: 0,
            b: 1,
            same: true,
            weight: 1.0,
        }],
    };
    let before = learner.head();
    let first = learner.measure(batch.clone()).unwrap();
    assert_eq!(learner.measure(batch.clone()).unwrap(), first);
    assert_eq!((learner.steps(), learner.head()), (0, before));
    let rates = twinsight::model::Rates {
        tower: 1e-2,
        head: 1e-2,
        decay: 0.0,
    };
    assert_eq!(learner.step(batch.clone(), rates).unwrap(), first);
    assert_ne!(learner.measure(batch).unwrap(), first);
}
