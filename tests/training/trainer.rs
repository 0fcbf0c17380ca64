//! A training on its own thread.

use super::*;

/// Waits for the first event that `pick` wants.
fn wait<T>(trainer: &Trainer, pick: impl Fn(Event) -> Option<T>) -> T {
    loop {
        let event = trainer.events().recv().expect("the training goes on");
        if let Event::Failed(message) = event {
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
    trainer.send(TrainingCommand::Pause);
    let paused = |e| matches!(e, Event::Paused).then_some(());
    wait(&trainer, paused);
    // While it is paused, only commands have an effect.
    trainer.send(TrainingCommand::Step);
    let Event::Batch(stepped) = trainer.events().recv().unwrap() else {
        panic!("one batch after a step")
    };
    assert!(matches!(trainer.events().recv().unwrap(), Event::Paused));
    trainer.send(TrainingCommand::Save);
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
    trainer.send(TrainingCommand::Resume);
    wait(&trainer, |e| matches!(e, Event::Resumed).then_some(()));
    wait(&trainer, |e| matches!(e, Event::Epoch(_)).then_some(()));
    trainer.send(TrainingCommand::Stop);
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
    let Event::Failed(message) = trainer.events().recv().unwrap() else {
        panic!("a failure")
    };
    assert_eq!(message, "epochs is 0; it must lie between 1 and 1000000");
}
