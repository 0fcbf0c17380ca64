//! Thousands of epochs in the background, while screens attach and leave.

use std::path::Path;

use super::attached::{CONFIG, Home};
use super::harness::Session;

/// An epoch of the built-in faces takes a few hundredths of a second.
const TINY: &str = r#"(
    preset: "tiny",
    network: (layers: [
        max_pool, max_pool, max_pool, conv(filters: 2, kernel: 3), relu, global_average_pool, dense(units: 4),
    ]),
    loss: pair_cross_entropy,
    sampling: pairs(batch: 64),
    augment: (shift: 0.0, turn: 0.0, scale: 0.0, light: 0.0),
    epochs: 1000000,
    learning_rate: 1e-3,
    schedule: constant,
    head_rate: 10.0,
    weight_decay: 0.0,
    seed: 7,
)"#;

/// Resident memory of a process in KiB, by the system.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("it says so");
    let number = line.split_whitespace().next().expect("a number");
    number.parse().expect("a number")
}

/// The number of rows, which must be those of consecutive epochs from the first.
fn rows(run: &Path) -> u32 {
    let run = twinsight::train::RunDir::open(run).expect("a run");
    let rows = run.rows().expect("readable");
    for (row, epoch) in rows.iter().zip(1..) {
        assert_eq!(row.epoch.0, epoch);
    }
    rows.len() as u32
}

/// `cargo test --release --test pty -- --ignored visitors --nocapture`
#[test]
#[ignore = "some minutes; run it before a release"]
fn two_screens_come_and_go_a_hundred_times_while_thousands_of_epochs_pass() {
    let home = Home::new();
    std::fs::write(home.path().join("tiny.ron"), TINY).expect("a file");
    let recipe = home.path().join("tiny.ron").display().to_string();
    home.succeeds(&format!("train --recipe {recipe} --threads 1 --detach"));
    let run = home.runs().remove(0);
    let process = home.trainer(&run).expect("it trains");
    let mut measured = Vec::new();
    let look = |session: &mut Session| {
        session.see("attached to a training").see("◆");
        session.press("3").see("hardest first");
        session.press("4").see("threshold 0.50");
        session.press("5").press("6").press("2").see("batch ");
    };
    for visit in 0..100 {
        let mut leaves = home.screens(CONFIG, &["attach"]);
        let mut drops = home.screens(CONFIG, &["attach", "1"]);
        look(&mut leaves);
        look(&mut drops);
        let goal = 25 * (visit + 1);
        drops.wait_until("25 more epochs", |_| rows(&run) >= goal);
        leaves.press("q");
        assert!(leaves.end().success());
        // The connection of the other one is cut.
        drops.signal("HUP");
        drops.end();
        assert_eq!(home.trainer(&run), Some(process), "visit {visit}");
        if visit % 10 == 9 {
            measured.push((rows(&run), resident(process)));
        }
    }
    home.succeeds("attach --stop");
    println!("epochs and resident KiB every 10 visits: {measured:?}");
    let log = std::fs::metadata(run.join("events.log")).expect("a log");
    println!("{} rows, {} bytes of log", rows(&run), log.len());
    assert!(rows(&run) >= 2_500);
    assert!(log.len() <= twinsight::train::run_dir::MAX_EVENTS_BYTES + 1_000);
    // Only the rows of the history grow, by 64 bytes each.
    let grown = measured[9].1.saturating_sub(measured[1].1);
    assert!(grown < 4_096, "{measured:?}");
}
