//! Training end to end on the built-in faces, with a network small enough for a test: the same twice, the same after
//! an interruption, obedient, and never silent about a failure.

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;
use twinsight::data::{Dataset, Source, Split};
use twinsight::model::loss::LossSpec;
use twinsight::model::{Siamese, Views, Whitening};
use twinsight::nn::spec::{LayerSpec, NetworkSpec};
use twinsight::train::events::EpochMetrics;
use twinsight::train::recipe::{Further, Overrides, Sampling, Validation};
use twinsight::train::{
    Answer, Command, Event, Recipe, RunDir, RunOptions, Session, TrainError, Trainer,
};
use twinsight::units::{Epoch, PersonId, Seed};
use twinsight::vision::Preparation;

fn faces() -> Dataset {
    Dataset::open(&Source::Orl, &Preparation::default()).unwrap()
}

/// Every kind of layer, few filters.
fn recipe(epochs: u32) -> Recipe {
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

fn quiet(_: Event) -> Answer {
    Answer::Continue
}

/// A row without the one figure that a clock decides.
fn figures(row: &EpochMetrics) -> String {
    format!(
        "{:?}",
        EpochMetrics {
            seconds: 0.0,
            ..*row
        }
    )
}

fn rows(dir: &Path) -> Vec<String> {
    RunDir::open(dir)
        .unwrap()
        .rows()
        .unwrap()
        .iter()
        .map(figures)
        .collect()
}

fn weights(dir: &Path) -> Vec<(String, Vec<u8>)> {
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

fn train(dir: &Path, recipe: Recipe, observer: &mut dyn FnMut(Event) -> Answer) {
    let data = faces();
    let run = RunDir::create(dir, &recipe).unwrap();
    Session::new(&data, recipe, Some(run))
        .unwrap()
        .run(observer)
        .unwrap();
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let home = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|n| home.path().join(n));
    train(&a, recipe(2), &mut quiet);
    train(&b, recipe(2), &mut quiet);
    train(
        &c,
        Recipe {
            seed: Seed(7),
            ..recipe(2)
        },
        &mut quiet,
    );
    assert_eq!(rows(&a), rows(&b));
    assert_eq!(weights(&a), weights(&b));
    assert_ne!(rows(&a), rows(&c));
}

#[test]
fn an_interrupted_run_ends_as_if_it_had_not_been() {
    interrupted(&recipe(3));
}

#[test]
fn a_run_interrupted_in_any_of_its_towers_ends_as_if_it_had_not_been() {
    let one_each = Recipe {
        further: Some(Further {
            every: 1,
            networks: vec![without_dropout(1).network, recipe(1).network],
        }),
        whitening: Some(0.2),
        ..recipe(3)
    };
    interrupted(&one_each);
}

/// Trains by `recipe`, of three epochs, with and without interruptions.
fn interrupted(recipe: &Recipe) {
    let home = tempfile::tempdir().unwrap();
    let [whole, halved] = ["whole", "halved"].map(|n| home.path().join(n));
    train(&whole, recipe.clone(), &mut quiet);
    // In the middle of the second epoch, and again right after its last batch.
    for stop_at in [(2, 3), (2, 5), (3, 1)] {
        let mut observer = |event: Event| match event {
            Event::Batch(b) if (b.epoch.0, b.batch) == stop_at => Answer::Stop,
            _ => Answer::Continue,
        };
        resume_or_train(&halved, recipe, &mut observer);
    }
    resume_or_train(&halved, recipe, &mut quiet);
    assert_eq!(rows(&whole).len(), 3);
    assert_eq!(rows(&whole), rows(&halved));
    assert_eq!(weights(&whole), weights(&halved));
}

fn resume_or_train(dir: &Path, recipe: &Recipe, observer: &mut dyn FnMut(Event) -> Answer) {
    if !dir.exists() {
        return train(dir, recipe.clone(), observer);
    }
    let data = faces();
    let run = RunDir::open(dir).unwrap();
    let recipe = run.recipe().unwrap();
    Session::resume(&data, recipe, run)
        .unwrap()
        .run(observer)
        .unwrap();
}

#[test]
fn a_row_without_its_checkpoint_is_dropped_on_resuming() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train(&dir, recipe(2), &mut quiet);
    let before = rows(&dir);
    let csv = dir.join("metrics.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    let last = text.lines().last().unwrap().replacen('2', "3", 1);
    std::fs::write(&csv, format!("{text}{last}\n")).unwrap();
    assert_eq!(rows(&dir).len(), 3);
    let data = faces();
    let run = RunDir::open(&dir).unwrap();
    Session::resume(&data, recipe(2), run)
        .unwrap()
        .run(&mut quiet)
        .unwrap();
    assert_eq!(rows(&dir), before);
}

#[test]
fn people_held_out_are_in_no_batch_and_the_best_epoch_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let mut best = None;
    train(&dir, recipe(3), &mut |event| {
        if let Event::Epoch(report) = event
            && report.best
        {
            best = Some(report.metrics.epoch);
        }
        Answer::Continue
    });
    let saved = RunDir::open(&dir).unwrap().best().unwrap();
    assert_eq!(Some(saved.facts.epoch), best);
    assert_eq!(
        (
            saved.facts.train.len(),
            saved.facts.validation.len(),
            saved.facts.test.len()
        ),
        (30, 5, 5)
    );
    // 5 people with 10 pictures each: 5·45 mated comparisons, 10·100 of two of them, 50·90 with the 30 who train.
    assert_eq!(
        (saved.scores.mated.len(), saved.scores.non_mated.len()),
        (225, 1000 + 4500)
    );
    assert!(saved.training.is_none());
}

#[test]
fn a_saved_model_embeds_as_the_one_in_memory() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let mut last = None;
    train(&dir, recipe(1), &mut |event| {
        if let Event::Epoch(report) = event {
            last = Some(report.model);
        }
        Answer::Continue
    });
    let data = faces();
    let some: Vec<_> = data.images[..7].iter().map(|p| p.face.clone()).collect();
    let saved = RunDir::open(&dir).unwrap().best().unwrap().model;
    let (ours, theirs) = (last.unwrap().embed(&some), saved.embed(&some));
    assert_eq!(ours, theirs);
    // One by one or together: the same numbers, up to the order of sums.
    for (face, together) in some.iter().zip(&ours) {
        let alone = &saved.embed(std::slice::from_ref(face))[0];
        assert!(alone.distance(together).0 < 1e-4);
    }
}

#[test]
fn an_identical_pair_has_a_finite_similarity_and_breaks_nothing() {
    // Two pictures a person: with both in a batch of one pair, and everybody's pictures the same picture.
    let mut data = faces();
    let face = data.images[0].face.clone();
    data.images.iter_mut().for_each(|p| p.face = face.clone());
    let mut session = Session::new(
        &data,
        Recipe {
            seed: Seed(1),
            ..without_dropout(1)
        },
        None,
    )
    .unwrap();
    let mut losses = Vec::new();
    session
        .run(&mut |event| {
            if let Event::Batch(b) = event {
                losses.push(b.loss);
            }
            Answer::Continue
        })
        .unwrap();
    assert!(!losses.is_empty() && losses.iter().all(|l| l.is_finite()));
    let model = session.model();
    let e = model.embed(&[face.clone(), face]);
    assert_eq!(e[0].distance(&e[1]).0, 0.0);
    assert!((0.0..=1.0).contains(&model.similarity(e[0].distance(&e[1])).0));
}

fn without_dropout(epochs: u32) -> Recipe {
    let mut recipe = recipe(epochs);
    recipe
        .network
        .layers
        .retain(|l| !matches!(l, LayerSpec::Dropout { .. }));
    recipe
}

#[test]
fn every_loss_and_sampling_learns() {
    for loss in [
        LossSpec::PairCrossEntropy,
        LossSpec::Contrastive { margin: 1.0 },
        LossSpec::Triplet { margin: 0.3 },
        LossSpec::SupervisedContrastive { temperature: 0.1 },
    ] {
        let mut recipe = without_dropout(6);
        recipe.network.layers.push(LayerSpec::UnitNorm);
        recipe.loss = loss;
        recipe.sampling = Sampling::Identities {
            people: 12,
            pictures: 4,
            mirrors: true,
        };
        recipe.learning_rate = 1e-2;
        let data = faces();
        let mut losses = Vec::new();
        let mut session = Session::new(&data, recipe, None).unwrap();
        session
            .run(&mut |event| {
                if let Event::Epoch(report) = event {
                    losses.push(report.metrics.train_loss);
                }
                Answer::Continue
            })
            .unwrap();
        assert!(losses[5] < 0.97 * losses[0], "{loss:?}: {losses:?}");
    }
}

#[test]
fn what_validation_found_out_is_kept_with_the_model() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = without_dropout(2);
    recipe.further = Some(Further {
        every: 1,
        networks: vec![recipe.network.clone()],
    });
    recipe.whitening = Some(0.2);
    recipe.settled = 2;
    recipe.views = Views {
        mirror: true,
        zooms: vec![0.9, 1.0],
    };
    let run = RunDir::create(&dir, &recipe).unwrap();
    let mut last = None;
    let mut session = Session::new(&data, recipe, Some(run)).unwrap();
    session
        .run(&mut |event| {
            if let Event::Epoch(report) = event {
                last = Some(*report);
            }
            Answer::Continue
        })
        .unwrap();
    let (report, saved) = (last.unwrap(), RunDir::open(&dir).unwrap().best().unwrap());
    let whitened = |model: &Siamese| -> Vec<Option<Whitening>> {
        let towers = model.towers().iter();
        towers.map(|tower| tower.whitening().cloned()).collect()
    };
    let expected = whitened(&report.model);
    assert!(expected.len() == 2 && expected.iter().all(Option::is_some));
    assert_ne!(expected[0], expected[1]);
    assert_eq!(whitened(&saved.model), expected);
    assert_eq!(saved.model.calibration(), report.model.calibration());
    assert_eq!(saved.model.views(), report.model.views());
    let validation = &session_split(&data, &dir).validation;
    let [a, b] = [0, 1].map(|i| data.person(validation[0]).images[i]);
    let embedded = saved.model.embed_images(&data, [a, b]);
    let similarity = saved.model.similarity(embedded.distance(a, b)).0;
    assert!(
        report.scores.mated.contains(&similarity),
        "the saved model says of a validation pair what validation said"
    );
}

/// The people of the run in `dir`.
fn session_split(data: &Dataset, dir: &Path) -> Split {
    let facts = RunDir::open(dir).unwrap().best().unwrap().facts;
    let ids = |names: &[String]| {
        let named = |id: &PersonId| names.contains(&data.person(*id).name);
        data.everybody().into_iter().filter(named).collect()
    };
    Split {
        train: ids(&facts.train),
        validation: ids(&facts.validation),
        test: ids(&facts.test),
    }
}

#[test]
fn patience_ends_a_training_and_a_resumed_one_knows() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = recipe(50);
    // Steps so small that nothing changes after the first epoch but by rounding.
    recipe.learning_rate = 1e-12;
    recipe.patience = Some(1);
    let run = RunDir::create(&dir, &recipe).unwrap();
    let ended = |mut session: Session<'_>| {
        let mut end = None;
        session
            .run(&mut |event| {
                if let Event::Finished { epoch, stopped } = event {
                    end = Some((epoch.0, stopped));
                }
                Answer::Continue
            })
            .unwrap();
        end.unwrap()
    };
    let (epoch, stopped) = ended(Session::new(&data, recipe.clone(), Some(run)).unwrap());
    assert!(epoch < 50 && !stopped, "{epoch}");
    let run = RunDir::open(&dir).unwrap();
    let resumed = ended(Session::resume(&data, recipe, run).unwrap());
    assert_eq!(resumed, (epoch, false), "there is nothing left to do");
}

#[test]
fn the_tutorials_own_split_is_by_pairs_and_says_so() {
    let data = faces();
    let recipe = Recipe {
        validation: Validation::Pairs,
        ..recipe(1)
    };
    let mut about = String::new();
    let mut session = Session::new(&data, recipe, None).unwrap();
    session
        .run(&mut |event| {
            if let Event::Started(started) = event {
                about = started.validation;
            }
            Answer::Stop
        })
        .unwrap();
    assert_eq!(about, "80 pairs of people trained on");
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_with_advice_and_keeps_what_was_saved() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = without_dropout(50);
    // Ten dense layers and the largest rate allowed: the activations leave the range of f32 within a few steps.
    recipe
        .network
        .layers
        .extend([LayerSpec::Dense { units: 64 }; 10]);
    let recipe = recipe
        .with(&Overrides {
            learning_rate: Some(10.0),
            ..Overrides::default()
        })
        .unwrap();
    let run = RunDir::create(&dir, &recipe).unwrap();
    let error = Session::new(&data, recipe, Some(run))
        .unwrap()
        .run(&mut quiet)
        .unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    assert!(
        error.to_string().contains("lower learning rate than 10"),
        "{error}"
    );
    assert!(dir.join("recipe.ron").exists());
}

#[test]
fn a_run_directory_refuses_what_it_should() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train(&dir, recipe(1), &mut quiet);
    let taken = RunDir::create(&dir, &recipe(1)).unwrap_err().to_string();
    assert!(
        taken.contains("already holds a run") && taken.contains("--resume"),
        "{taken}"
    );
    let missing = RunDir::open(home.path()).unwrap_err().to_string();
    assert!(missing.contains("holds no run"), "{missing}");
    // Other data than it was trained on.
    let mut other = faces();
    other.people[0].name = "somebody".to_owned();
    let run = RunDir::open(&dir).unwrap();
    let error = Session::resume(&other, recipe(2), run)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("is not what this run was trained on"),
        "{error}"
    );
    // A damaged model.
    let best = dir.join("best.safetensors");
    let bytes = std::fs::read(&best).unwrap();
    for (damage, why) in [
        (&bytes[..bytes.len() / 2], "not a usable model"),
        (&b"hello"[..], "not a usable model"),
    ] {
        std::fs::write(&best, damage).unwrap();
        let error = RunDir::open(&dir).unwrap().best().unwrap_err().to_string();
        assert!(
            error.contains(why) && error.contains("best.safetensors"),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn what_a_run_leaves_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    train(&dir, recipe(1), &mut quiet);
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// Waits for the first event that `pick` wants.
fn wait<T>(trainer: &Trainer, pick: impl Fn(Event) -> Option<T>) -> T {
    loop {
        let event = trainer.events().recv().expect("the training goes on");
        if let Event::Failed { message } = event {
            panic!("{message}");
        }
        if let Some(found) = pick(event) {
            return found;
        }
    }
}

#[test]
fn a_trainer_obeys() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let recipe = recipe(1000);
    let run = RunDir::create(&dir, &recipe).unwrap();
    let options = RunOptions {
        run: Some(run),
        resume: false,
        threads: 1,
    };
    let trainer = Trainer::start(Arc::new(faces()), recipe, options).unwrap();
    trainer.send(Command::Pause);
    let paused = |e| matches!(e, Event::Paused).then_some(());
    wait(&trainer, paused);
    // While it waits, nothing happens but what it is told.
    trainer.send(Command::Step);
    let Event::Batch(stepped) = trainer.events().recv().unwrap() else {
        panic!("one batch after a step")
    };
    assert!(matches!(trainer.events().recv().unwrap(), Event::Paused));
    trainer.send(Command::Save);
    let Event::Saved { path, epoch } = trainer.events().recv().unwrap() else {
        panic!("saved on demand")
    };
    assert_eq!(
        (path, epoch),
        (
            dir.join("checkpoint.safetensors"),
            Epoch(stepped.epoch.0 - 1)
        )
    );
    wait(&trainer, paused);
    trainer.send(Command::Resume);
    wait(&trainer, |e| matches!(e, Event::Resumed).then_some(()));
    wait(&trainer, |e| matches!(e, Event::Epoch(_)).then_some(()));
    trainer.send(Command::Stop);
    let stopped = wait(&trainer, |e| {
        if let Event::Finished { stopped, .. } = e {
            Some(stopped)
        } else {
            None
        }
    });
    assert!(stopped);
    assert!(trainer.events().recv().is_err(), "the thread has ended");
}

#[test]
fn dropping_a_trainer_ends_its_training_and_saves_it() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let recipe = recipe(1_000_000);
    let run = RunDir::create(&dir, &recipe).unwrap();
    let trainer = Trainer::start(
        Arc::new(faces()),
        recipe,
        RunOptions {
            run: Some(run),
            resume: false,
            threads: 0,
        },
    );
    let trainer = trainer.unwrap();
    wait(&trainer, |e| matches!(e, Event::Batch(_)).then_some(()));
    drop(trainer);
    assert!(RunDir::open(&dir).unwrap().has_checkpoint());
}

#[test]
fn what_goes_wrong_in_the_thread_is_an_event() {
    let recipe = Recipe {
        epochs: 0,
        ..recipe(1)
    };
    let trainer = Trainer::start(Arc::new(faces()), recipe, RunOptions::default()).unwrap();
    let Event::Failed { message } = trainer.events().recv().unwrap() else {
        panic!("a failure")
    };
    assert_eq!(message, "epochs is 0; it must lie between 1 and 1000000");
}
