//! A training that is killed many times gives the same bits as one that was not.
//!
//! The moment of each kill is drawn from a seed and counted in lines of the events log, which grows by one with each save,
//! plus a number of reads of the file, so that the kill comes anywhere between two lines. Nothing waits for a clock.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::harness::{Home, arrays, ended_well, nothing_is_lost, rows, signal};

/// Sends SIGKILL this often, and SIGTERM and SIGHUP five times each.
fn endures(kills: usize, epochs: u32, seed: u64) {
    let home = Home::new(epochs);
    home.train("whole");

    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut signals = vec!["KILL"; kills];
    signals.extend(["TERM", "HUP"].repeat(5));
    signals.shuffle(&mut rng);
    let run = home.path("torn");
    for (number, name) in signals.iter().enumerate() {
        // Saving after each batch gives the most saves that a kill can hit.
        let mut training = home.training("torn", "--save-every 0").spawn().unwrap();
        let at = Moment {
            lines: rng.random_range(1..6),
            looks: rng.random_range(0..400),
        };
        assert!(
            wait_for(&mut training, &run, at),
            "the training ended before signal {number}: give it more epochs"
        );
        signal(&training, name);
        let mut errors = String::new();
        let mut stderr = training.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        let status = training.wait().unwrap();
        match *name {
            "KILL" => assert_eq!(status.signal(), Some(9), "{errors}"),
            // Before the first epoch is complete there is nothing to report, which is a failure. In any case it ended by
            // itself, or the signal came before its handler was set.
            _ => assert!(
                matches!(status.code(), Some(0 | 1) | None),
                "{status} {errors}"
            ),
        }
        assert!(!errors.contains("panicked"), "{errors}");
        if run.join("checkpoint.safetensors").exists() {
            nothing_is_lost(&run);
        }
    }
    ended_well(&home.training("torn", "").output().unwrap());

    let whole = home.path("whole");
    assert_eq!(rows(&whole).len(), epochs as usize);
    assert_eq!(rows(&run), rows(&whole));
    for file in ["checkpoint.safetensors", "best.safetensors"] {
        assert_eq!(arrays(&run.join(file)), arrays(&whole.join(file)), "{file}");
    }
    let staged = std::fs::read_dir(&run).unwrap().flatten();
    let left = staged.filter(|e| e.file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(left.count(), 0, "half-written files are removed");
}

#[derive(Clone, Copy)]
struct Moment {
    /// Lines of the events log since the program started.
    lines: usize,
    /// Reads of the log after these lines.
    looks: u32,
}

/// Waits for the moment; false if the training ended first.
fn wait_for(training: &mut Child, run: &Path, moment: Moment) -> bool {
    let log = run.join("events.log");
    let lines = || {
        let bytes = std::fs::read(&log).unwrap_or_default();
        bytes.iter().filter(|&&b| b == b'\n').count()
    };
    let goal = lines() + moment.lines;
    while lines() < goal {
        if training.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    for _ in 0..moment.looks {
        lines();
    }
    training.try_wait().unwrap().is_none()
}

#[test]
fn a_training_killed_25_times_ends_as_if_nothing_had_happened() {
    endures(25, 150, 1);
}

/// `cargo test --release --test lasting -- --ignored killed_200_times`
#[test]
#[ignore = "some minutes; run it before a release"]
fn a_training_killed_200_times_ends_as_if_nothing_had_happened() {
    endures(200, 900, 2);
}
