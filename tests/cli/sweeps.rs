//! `sweep`: in one piece, in single tasks, and given to others.

use serde_json::Value;

use crate::harness::{Home, keys};

/// Small enough to train in a moment.
const RECIPE: &str = "(
    network: (layers: [max_pool, max_pool, dense(units: 8)]),
    loss: contrastive(margin: 1.0),
    sampling: identities(people: 4, pictures: 2, mirrors: false),
    augment: (), epochs: 1, learning_rate: 1e-3, schedule: constant, head_rate: 1.0, weight_decay: 0.0,
    preparation: (crop: centre),
)";
/// Two learning rates, two seeds, four folds: 16 tasks.
const SPEC: &str = r#"(recipes: ["tiny.ron"], vary: {"learning_rate": one_of([1e-3, 0.5])}, seeds: [0, 7], folds: 4, data: "small")"#;

fn home() -> Home {
    let home = Home::new();
    home.small_data();
    home.file("tiny.ron", RECIPE.as_bytes());
    home.file("spec.ron", SPEC.as_bytes());
    home
}

/// A report without its times.
fn timeless(mut report: Value) -> Value {
    for recipe in report["recipes"].as_array_mut().unwrap() {
        recipe.as_object_mut().unwrap().remove("seconds");
    }
    report["protocol"] = Value::Null;
    report
}

#[test]
fn a_sweep_in_one_piece_and_in_single_tasks_gives_the_same() {
    let whole = home();
    let report = whole.call("sweep spec.ron --json").succeeds().says("16/16");
    let report = timeless(report.json());
    let recipes = report["recipes"].as_array().unwrap();
    assert_eq!(recipes.len(), 2);
    for recipe in recipes {
        assert_eq!(
            (recipe["results"].as_u64(), recipe["planned"].as_u64()),
            (Some(8), Some(8))
        );
        // Each fold tests two people with four pictures, with each of two seeds.
        assert_eq!(
            (recipe["mated"].as_u64(), recipe["non_mated"].as_u64()),
            (Some(96), Some(128))
        );
    }
    let eers = recipes
        .iter()
        .map(|r| r["validation_eer"].as_f64().unwrap());
    assert!(eers.is_sorted(), "the best first");
    let again = whole.call("sweep spec.ron --json").succeeds();
    assert_eq!(
        timeless(again.says("16 of 16 tasks are done already").json()),
        report
    );

    let parts = home();
    let list = parts
        .call("sweep spec.ron --dir there --emit list")
        .succeeds()
        .text();
    assert_eq!(list.lines().count(), 16);
    for number in [3, 0] {
        parts
            .call(&format!("sweep task there {number} --threads 1"))
            .succeeds();
    }
    let again = parts.call("sweep task there 3").succeeds();
    again.says("task 3 is done already");
    let status = parts.call("sweep status there --json").succeeds().json();
    assert_eq!(
        (status["done"].as_u64(), status["missing"][0].as_u64()),
        (Some(2), Some(1))
    );
    // What a killed task left half written is made again.
    let damaged = parts.path("there/results/000-s0/a0-f0.json");
    std::fs::write(&damaged, "{").unwrap();
    let status = parts.call("sweep status there --json").succeeds();
    let status = status.says("1 result damaged, the first").json();
    assert_eq!(
        (status["done"].as_u64(), status["damaged"][0].as_u64()),
        (Some(1), Some(0))
    );
    parts
        .call("sweep report there")
        .fails("holds no fold of an evaluation");
    parts.call("sweep task there 0 --count 99").succeeds();
    let parts = parts.call("sweep report there --json").succeeds();
    assert_eq!(timeless(parts.json()), report, "the same from single tasks");
}

#[test]
fn a_plan_is_given_to_slurm_and_incomplete_results_are_reported_as_such() {
    let home = home();
    let script = home
        .call("sweep spec.ron --dir lr --emit slurm --threads 3")
        .succeeds()
        .text();
    assert!(
        script.starts_with("#!/bin/sh\n#SBATCH --job-name=twinsight-lr\n"),
        "{script}"
    );
    assert!(script.contains("--array=0-15\n") && script.contains("--cpus-per-task=3\n"));
    home.call("sweep task lr 9").succeeds();
    let report = home.call("sweep report lr --json").succeeds().json();
    let recipes = report["recipes"].as_array().unwrap();
    // The recipe without a result is the last, without figures.
    assert_eq!(recipes[0]["results"], 1);
    assert_eq!(recipes[1]["results"], 0);
    assert!(!keys(&recipes[1]).contains(&"eer"));
    home.call("sweep report lr").succeeds();
    let script = home
        .call("sweep spec.ron --dir lr --emit parallel")
        .succeeds()
        .text();
    assert!(script.contains(" 8 10 "), "{script}");
}

#[test]
fn mistakes_in_a_sweep_are_told() {
    let home = home();
    home.call("sweep").misused("SPEC.ron");
    home.call("sweep none.ron").fails("none.ron");
    home.call("sweep spec.ron --jobs 2 --emit list")
        .misused("cannot be used with");
    home.call("sweep report small")
        .fails("there is no sweep in small");
    home.call("sweep spec.ron --dir lr --emit list").succeeds();
    home.call("sweep task lr 16")
        .fails("the tasks of this sweep are numbered 0 to 15");
    home.file("spec.ron", SPEC.replace("0.5", "0.25").as_bytes());
    home.call("sweep spec.ron --dir lr")
        .fails("lr holds another sweep");
    home.file("few.ron", SPEC.replace("folds: 4", "folds: 9").as_bytes());
    home.call("sweep few.ron").fails("9 folds");
}
