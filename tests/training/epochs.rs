//! The validation of an epoch, and what is saved of it.

use super::*;
use std::ops::ControlFlow;

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
    assert_eq!(Some(saved.metadata.epoch), best);
    assert_eq!(
        (
            saved.metadata.train.len(),
            saved.metadata.validation.len(),
            saved.metadata.test.len()
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
    // One by one or together gives the same numbers, up to the order of sums.
    for (face, together) in some.iter().zip(&ours) {
        let alone = &saved.embed(std::slice::from_ref(face))[0];
        assert!(alone.distance(together).0 < 1e-4);
    }
}

#[test]
fn what_validation_found_out_is_kept_with_the_model() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = without_dropout(2);
    recipe.ensemble = Some(EnsembleSpec {
        every: 1,
        members: vec![recipe.network.clone().into()],
    });
    recipe.whitening = Some(0.2);
    recipe.min_best_epoch = 2;
    recipe.test_time_augmentation = TestTimeAugmentation {
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
        let towers = model.members().iter();
        towers.map(|tower| tower.whitening().cloned()).collect()
    };
    let expected = whitened(&report.model);
    assert!(expected.len() == 2 && expected.iter().all(Option::is_some));
    assert_ne!(expected[0], expected[1]);
    assert_eq!(whitened(&saved.model), expected);
    assert_eq!(saved.model.calibration(), report.model.calibration());
    assert_eq!(saved.model.augmentation(), report.model.augmentation());
    let validation = &session_split(&data, &dir).validation;
    let [a, b] = [0, 1].map(|i| data.person(validation[0]).images[i]);
    let embedded = saved.model.embed_images(&data, [a, b]);
    let mut told = Vec::new();
    let watched = saved
        .model
        .embed_images_watched(&data, [a, b], |done, all| {
            told.push((done, all));
            ControlFlow::Continue(())
        });
    assert_eq!(told, [(0, 2)]);
    assert_eq!(
        watched.unwrap().distance(a, b).0.to_bits(),
        embedded.distance(a, b).0.to_bits()
    );
    let stopped = saved
        .model
        .embed_images_watched(&data, [a, b], |_, _| ControlFlow::Break(()));
    assert!(stopped.is_none());
    let similarity = saved.model.similarity(embedded.distance(a, b)).0;
    assert!(
        report.scores.mated.contains(&similarity),
        "the saved model says of a validation pair what validation said"
    );
}

#[test]
fn the_input_of_each_member_is_kept_with_the_model() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let mut last = None;
    train(&dir, ways_of_seeing(), &mut |event| {
        if let Event::Epoch(report) = event {
            last = Some(report.model);
        }
        Answer::Continue
    });
    let run = RunDir::open(&dir).unwrap();
    assert_eq!(run.recipe().unwrap(), ways_of_seeing());
    let saved = run.best().unwrap();
    assert_eq!(saved.metadata.epoch, Epoch(4), "the whole ensemble");
    let inputs = saved.model.members().iter();
    let inputs: Vec<InputSpec> = inputs.map(|member| member.input().spec()).collect();
    let wanted = ways_of_seeing();
    let wanted: Vec<InputSpec> = wanted.members().iter().map(|m| m.input.clone()).collect();
    assert_eq!(inputs, wanted);
    let data = faces();
    let some: Vec<_> = data.images[..3].iter().map(|p| p.face.clone()).collect();
    assert_eq!(last.unwrap().embed(&some), saved.model.embed(&some));
}

#[test]
fn epochs_that_are_not_validated_have_no_figures_and_are_not_the_best() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let recipe = Recipe {
        validate_every: 3,
        min_best_epoch: 4,
        ..recipe(5)
    };
    train(&dir, recipe, &mut quiet);
    let run = RunDir::open(&dir).unwrap();
    let validated: Vec<bool> = run
        .rows()
        .unwrap()
        .iter()
        .map(|row| row.validation.is_some())
        .collect();
    assert_eq!(validated, [true, false, true, false, true]);
    assert_eq!(run.best().unwrap().metadata.epoch, Epoch(5));
}

#[test]
fn between_validations_a_whitened_network_is_not_current() {
    let current = |whitening| {
        let home = tempfile::tempdir().unwrap();
        let recipe = Recipe {
            validate_every: 3,
            whitening,
            ..recipe(5)
        };
        let mut current = Vec::new();
        train(&home.path().join("run"), recipe, &mut |event| {
            if let Event::Epoch(report) = event {
                current.push(report.is_current());
            }
            Answer::Continue
        });
        current
    };
    assert_eq!(current(Some(0.1)), [true, false, true, false, true]);
    assert_eq!(current(None), [true; 5]);
}

/// The people of the run in `dir`.
fn session_split(data: &Dataset, dir: &Path) -> Split {
    let metadata = RunDir::open(dir).unwrap().best().unwrap().metadata;
    let ids = |names: &[String]| {
        let named = |id: &PersonId| names.contains(&data.person(*id).name);
        data.everybody().into_iter().filter(named).collect()
    };
    Split {
        train: ids(&metadata.train),
        validation: ids(&metadata.validation),
        test: ids(&metadata.test),
    }
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
