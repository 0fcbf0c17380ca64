//! Thousands of epochs: memory does not grow, the log is bounded, the rows are right.

use std::io::{BufRead, BufReader};

use twinsight::train::run_dir::MAX_EVENTS_BYTES;

use crate::detached::{Detached, epoch, finished, wait};
use crate::harness::{Home, rows};

/// Resident memory in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// `cargo test --release --test lasting -- --ignored thousands_of_epochs`
#[test]
#[ignore = "some minutes; run it before a release"]
fn memory_stays_flat_over_thousands_of_epochs_and_the_log_bounded() {
    const EPOCHS: u32 = 12_000;
    let home = Home::new(EPOCHS);
    let mut training = home.training("run", "").spawn().unwrap();
    let lines = BufReader::new(training.stdout.take().unwrap()).lines();
    let mut measured = Vec::new();
    let mut longest_log = 0;
    for (number, _) in lines.map(Result::unwrap).enumerate() {
        if number % 500 == 499 {
            measured.push(resident(training.id()));
            let log = std::fs::metadata(home.path("run/events.log")).unwrap();
            longest_log = longest_log.max(log.len());
        }
    }
    assert!(training.wait().unwrap().success());
    println!("resident every 500 epochs, KiB: {measured:?}; longest log {longest_log} bytes");
    assert_eq!(rows(&home.path("run")).len() as u32, EPOCHS);
    assert!(longest_log <= MAX_EVENTS_BYTES + 1_000, "{longest_log}");
    assert!(
        longest_log > MAX_EVENTS_BYTES / 2,
        "it was long enough to be cut: {longest_log}"
    );
    // The history of epochs grows by 64 bytes per row: under a mebibyte. A leak of one embedding per epoch would be more
    // than the rest.
    let (early, late) = (measured[4], measured[measured.len() - 2]);
    assert!(late < early + 4_096, "{measured:?}");
}

/// `cargo test --release --test lasting -- --ignored coming_and_going`
#[test]
#[ignore = "some minutes; run it before a release"]
fn memory_stays_flat_while_two_are_coming_and_going_a_hundred_times() {
    let home = Home::new(1_000_000);
    let detached = Detached::start(&home, "run");
    let mut measured = Vec::new();
    let mut seen = 0;
    for visit in 0..100 {
        // One client receives events for a while; the other does not, and is behind when it disconnects.
        let (listens, deaf) = (detached.attach(), detached.attach());
        for _ in 0..40 {
            seen = wait(&listens, epoch).metrics.epoch.0;
        }
        drop((listens, deaf));
        if visit % 10 == 9 {
            measured.push(resident(detached.process()));
        }
    }
    let last = detached.attach();
    last.send(twinsight::train::TrainingCommand::Stop);
    assert!(wait(&last, finished));
    println!("resident every 10 visits, KiB: {measured:?}; {seen} epochs seen");
    assert!(seen > 2_000, "{seen}");
    // As above: only the rows of the history.
    assert!(measured[9] < measured[1] + 4_096, "{measured:?}");
}
