//! A training that fails; the program must go on.

use std::io;
use std::sync::Arc;

use twinsight::data::Dataset;
use twinsight::internals::config::Config;
use twinsight::internals::files::Paths;
use twinsight::internals::tui::{self, TuiOptions};
use twinsight::train::{Event, Recipe, RunOptions, Session as Training, Trainer};
use twinsight::units::Epoch;

use super::harness::{Session, Setup};

/// A training that panics in its second epoch.
fn panicking(dataset: Arc<Dataset>, recipe: Recipe, options: RunOptions) -> io::Result<Trainer> {
    Trainer::spawn(move |observer| {
        let mut training = Training::new(&dataset, recipe, options.run)?;
        training.run(&mut |event| {
            if matches!(&event, Event::Batch(batch) if batch.epoch == Epoch(2)) {
                panic!("out of chalk");
            }
            observer(event)
        })
    })
}

/// Not a test by itself: the program with that training, which the test below starts on a pseudo-terminal.
#[test]
#[ignore = "needs a terminal; the next test gives it one"]
fn the_program_with_a_training_that_panics() {
    let paths = Paths::find().expect("a home");
    let config = Config::load(&paths, Default::default()).expect("a configuration");
    let options = TuiOptions {
        trainer: panicking,
        ..TuiOptions::new(paths, config, None)
    };
    tui::run(options).expect("it runs on a terminal");
}

#[test]
fn a_panic_of_the_worker_is_told_and_the_program_lives_on() {
    let mut session = Session::with(Setup {
        program: Some(std::env::current_exe().expect("this program")),
        arguments: &[
            "--exact",
            "broken::the_program_with_a_training_that_panics",
            "--ignored",
            "--nocapture",
        ],
        ..Setup::default()
    });
    session
        .see("400 pictures")
        .press("t")
        .see("the training thread failed: out of chalk")
        .press("4")
        .see("threshold 0.50")
        .press("1")
        .see("people (40)")
        .press("q");
    assert!(session.end().success());
    session.assert_restored();
    assert_eq!(
        session.run_files("checkpoint.safetensors").len(),
        1,
        "the first epoch is saved"
    );
}

#[test]
fn a_training_that_cannot_begin_leaves_no_run() {
    let mut session = Session::with(Setup {
        // More people than there are.
        config: "(validation: 30, test: 30)",
        ..Setup::default()
    });
    session
        .see("400 pictures")
        .press("t")
        .see("hold out at most 38")
        .press("q");
    assert!(session.end().success());
    assert_eq!(session.run_files("recipe.ron").len(), 0);
}

#[test]
fn a_run_folder_that_vanishes_is_told_and_the_program_lives_on() {
    let mut session = Session::start(80, 24, &[]);
    session.see("400 pictures").press("t").see("batch 2");
    let runs = session.home.path().join("data/runs");
    std::fs::remove_dir_all(runs).expect("it was there");
    session
        .see("the training failed")
        .press("1")
        .see("people (40)")
        .press("q");
    assert!(session.end().success());
    session.assert_restored();
}
