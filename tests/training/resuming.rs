//! Reproducibility by seed, and after interruptions.

use super::*;

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
fn a_run_interrupted_in_any_of_its_members_ends_as_if_it_had_not_been() {
    let one_each = Recipe {
        ensemble: Some(EnsembleSpec {
            every: 1,
            members: vec![without_dropout(1).network.into(), recipe(1).network.into()],
        }),
        whitening: Some(0.2),
        ..recipe(3)
    };
    interrupted(&one_each);
}

#[test]
fn members_that_see_a_face_in_their_own_way_are_resumed_in_it() {
    interrupted(&ways_of_seeing());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let [one, three] = [1, 3].map(|threads| {
        let dir = home.path().join(threads.to_string());
        let pool = twinsight::train::pool(threads).unwrap();
        pool.install(|| train(&dir, ways_of_seeing(), &mut quiet));
        (rows(&dir), weights(&dir))
    });
    assert_eq!(one, three);
}

#[test]
fn a_finished_run_is_finished_also_when_asked_for_fewer_epochs_than_its_members_took() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let ensemble = Recipe {
        ensemble: Some(EnsembleSpec {
            every: 1,
            members: vec![without_dropout(1).network.into()],
        }),
        ..recipe(2)
    };
    train(&dir, ensemble.clone(), &mut quiet);
    let before = (rows(&dir), weights(&dir));
    let fewer = Recipe {
        epochs: 1,
        ..ensemble
    };
    let data = faces();
    let run = RunDir::open(&dir).unwrap();
    Session::resume(&data, fewer, run)
        .unwrap()
        .run(&mut quiet)
        .unwrap();
    assert_eq!((rows(&dir), weights(&dir)), before);
}

/// Trains by `recipe`, of three epochs or more, with and without interruptions, and compares.
fn interrupted(recipe: &Recipe) {
    let home = tempfile::tempdir().unwrap();
    let [whole, halved] = ["whole", "halved"].map(|n| home.path().join(n));
    train(&whole, recipe.clone(), &mut quiet);
    // Stopped in the middle of the second epoch, and again right after its last batch.
    for stop_at in [(2, 3), (2, 5), (3, 1)] {
        let mut observer = |event: Event| match event {
            Event::Batch(b) if (b.epoch.0, b.batch) == stop_at => Answer::Stop,
            _ => Answer::Continue,
        };
        resume_or_train(&halved, recipe, &mut observer);
    }
    resume_or_train(&halved, recipe, &mut quiet);
    assert_eq!(rows(&whole).len(), recipe.epochs as usize);
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
fn patience_ends_a_training_and_a_resumed_one_knows() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("run");
    let data = faces();
    let mut recipe = recipe(50);
    // Steps so small that after the first epoch only rounding changes anything.
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

/// A checkpoint on demand may come between an epoch's last batch and its validation, and the training may be killed there.
#[test]
fn a_run_killed_between_an_epochs_last_batch_and_its_validation_ends_as_if_it_had_not_been() {
    let home = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|n| home.path().join(n));
    let mut saved = false;
    train(&whole, recipe(2), &mut |event| match event {
        Event::Batch(b) if b.epoch.0 == 1 && b.batch == b.batches => Answer::Save,
        Event::Saved { .. } if !saved => {
            saved = true;
            std::fs::create_dir(&killed).unwrap();
            for file in ["recipe.ron", "about.ron", "checkpoint.safetensors"] {
                std::fs::copy(whole.join(file), killed.join(file)).unwrap();
            }
            Answer::Continue
        }
        _ => Answer::Continue,
    });
    assert!(saved);
    resume_or_train(&killed, &recipe(2), &mut quiet);
    assert_eq!(rows(&whole), rows(&killed));
    assert_eq!(weights(&whole), weights(&killed));
}
