//! `twinsight runs`: what it lists, compares, removes and keeps.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::harness::{Home, ended_well, errors, failed, signal};

fn json(home: &Home, line: &str) -> Value {
    let output = home.command(line).output().unwrap();
    ended_well(&output);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Numbered runs: 1 and 2 are finished, with different learning rates.
fn two_runs() -> Home {
    let home = Home::new(2);
    for more in ["--learning-rate 0.001", "--learning-rate 0.002"] {
        let line = format!("train --recipe tiny.ron --data faces --threads 1 {more}");
        ended_well(&home.command(&line).output().unwrap());
    }
    home
}

#[test]
fn runs_are_listed_and_compared() {
    let home = two_runs();
    let listed = json(&home, "runs --json");
    let runs = listed["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["name"], "0001-tiny");
    assert_eq!(runs[0]["state"], "finished");
    assert_eq!(runs[0]["program"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (&runs[1]["epochs"], &runs[1]["planned"]),
        (&2.into(), &2.into())
    );
    assert!(runs[0]["bytes"].as_u64().unwrap() > 10_000);
    let rows = std::fs::read_to_string(home.path("data/runs/0001-tiny/metrics.csv")).unwrap();
    let best = runs[0]["best"]["epoch"].as_u64().unwrap() as usize;
    let row: Vec<&str> = rows.lines().nth(best).unwrap().split(',').collect();
    let eer: f64 = row[5].parse().unwrap();
    // Two held-out people cannot tell that nothing goes wrong.
    let told = (eer > 0.0).then_some(eer);
    assert_eq!(runs[0]["best"]["val_eer"].as_f64(), told);
    assert_eq!(runs[0]["best"]["people"], 2);
    let reason = runs[0]["best"]["reason"].as_str().unwrap_or_default();
    assert_eq!(
        reason.starts_with("2 people are too few"),
        runs[0]["best"]["val_eer"].is_null() || runs[0]["best"]["val_auc"].is_null()
    );

    // By number, by name, by directory.
    for pair in ["1 2", "0001-tiny 0002-tiny", "data/runs/0001-tiny 2"] {
        let compared = json(&home, &format!("runs compare {pair} --json"));
        let differences = compared["differences"].as_array().unwrap();
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0]["field"], "learning_rate");
    }
    let same = home.command("runs compare 1 1").output().unwrap();
    let text = String::from_utf8(same.stdout).unwrap();
    assert!(text.contains("their recipes are the same"), "{text}");
    let missing = home.command("runs compare 1 9").output().unwrap();
    assert!(failed(&missing).contains("there is no run 9"));
}

#[test]
fn a_damaged_run_is_told_and_hides_no_other() {
    let home = two_runs();
    std::fs::write(home.path("data/runs/0001-tiny/recipe.ron"), "(").unwrap();
    let listed = json(&home, "runs --json");
    assert!(listed["runs"][0]["damaged"].is_string(), "{listed}");
    assert_eq!(listed["runs"][1]["state"], "finished");
}

#[test]
fn pruning_asks_first_and_leaves_what_is_not_its_own() {
    let home = two_runs();
    let line = "train --recipe tiny.ron --data faces --threads 1 --epochs 100000";
    let mut training = home.command(line).spawn().unwrap();
    let mut lines = BufReader::new(training.stdout.take().unwrap()).lines();
    assert!(
        lines
            .by_ref()
            .map(Result::unwrap)
            .any(|l| l.starts_with("epoch   1/"))
    );
    ended_well(
        &home
            .command("train --recipe tiny.ron --data faces")
            .output()
            .unwrap(),
    );
    let folder = home.path("data/runs");
    let names = || {
        let entries = std::fs::read_dir(&folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let all = ["0001-tiny", "0002-tiny", "0003-tiny", "0004-tiny"];
    std::fs::write(folder.join("0002-tiny/notes.txt"), "mine").unwrap();
    let would = json(&home, "runs prune --keep 1 --json");
    assert_eq!(
        (would["removed"].as_array().unwrap().len(), &would["done"]),
        (2, &false.into())
    );
    assert_eq!(names(), all);
    let output = home.command("runs prune --keep 0 --yes").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    ended_well(&home.command("runs prune --keep 1 --yes").output().unwrap());
    // The third is being trained; the second holds a file of the user.
    assert_eq!(names(), all[1..]);
    let left: Vec<_> = std::fs::read_dir(folder.join("0002-tiny"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1);
    signal(&training, "TERM");
    let _ = lines.count();
    ended_well(&training.wait_with_output().unwrap());
}

#[test]
fn a_run_is_named_annotated_deleted_and_restored() {
    let home = two_runs();
    let well = |line: &str| {
        let output = home.command(line).output().unwrap();
        ended_well(&output);
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        well("runs rename 1 smaller-rate").trim(),
        "0001-smaller-rate"
    );
    let output = home
        .command("runs note 2")
        .arg("twice the rate")
        .output()
        .unwrap();
    ended_well(&output);
    assert_eq!(well("runs note 2").trim(), "twice the rate");
    let listed = json(&home, "runs --json");
    assert_eq!(listed["runs"][0]["name"], "0001-smaller-rate");
    assert_eq!(listed["runs"][1]["note"], "twice the rate");
    assert_eq!(listed["runs"][1]["data"], "faces");
    let started = listed["runs"][1]["started"].as_str().unwrap();
    assert!(
        started.starts_with("20") && started.ends_with('Z'),
        "{started}"
    );
    let table = well("runs");
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("RUN") && lines[0].contains("EER"),
        "{table}"
    );
    assert!(
        lines[2].starts_with("0002-tiny") && lines[2].ends_with("twice the rate"),
        "{table}"
    );

    let before = std::fs::read(home.path("data/runs/0002-tiny/best.safetensors")).unwrap();
    let missing = home.command("runs delete 2 9").output().unwrap();
    assert!(failed(&missing).contains("there is no run 9"));
    assert!(
        home.path("data/runs/0002-tiny").exists(),
        "a mistyped number deletes nothing"
    );
    well("runs delete 2");
    assert!(!home.path("data/runs/0002-tiny").exists());
    let trash = json(&home, "runs trash --json");
    assert_eq!(trash["deleted"][0]["name"], "0002-tiny");
    assert!(well("runs trash").contains("0002-tiny"));
    assert_eq!(well("runs restore").trim(), "0002-tiny");
    let after = std::fs::read(home.path("data/runs/0002-tiny/best.safetensors")).unwrap();
    assert_eq!(before, after);
    assert_eq!(well("runs note 2").trim(), "twice the rate");

    well("runs delete 1 2");
    well("runs trash --empty");
    let nothing = home.command("runs restore 1").output().unwrap();
    assert!(failed(&nothing).contains("there is no deleted run 1"));
}

#[test]
fn recipes_are_compared_side_by_side() {
    let home = two_runs();
    let output = home.command("runs diff 1 2").output().unwrap();
    ended_well(&output);
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, recipes) = text.split_once("\n\n").expect("two tables");
    let lines: Vec<Vec<&str>> = recipes
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["RECIPE", "0001-tiny", "0002-tiny"]);
    assert_eq!(
        (lines.len(), lines[1][0], lines[1].len()),
        (2, "learning_rate", 3)
    );
    assert_ne!(lines[1][1], lines[1][2]);
}
