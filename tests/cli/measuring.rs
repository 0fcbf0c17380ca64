//! `evaluate` and `bench`.

use crate::harness::{Home, keys};

const KEYS: [&str; 11] = [
    "auc",
    "comparisons_alike",
    "eer",
    "fnmr_at_fmr_1",
    "fnmr_at_fmr_5",
    "mated",
    "model",
    "non_mated",
    "people",
    "protocol",
    "rank1",
];

#[test]
fn strangers_are_those_the_run_kept_for_testing() {
    let home = Home::trained();
    let report = home.call("evaluate --json").succeeds().json();
    assert_eq!(keys(&report), KEYS);
    assert_eq!(
        (report["mated"].as_u64(), report["non_mated"].as_u64()),
        (Some(225), Some(1000))
    );
    for figure in ["eer", "auc", "fnmr_at_fmr_5", "fnmr_at_fmr_1", "rank1"] {
        let value = report[figure]["value"].as_f64().unwrap();
        let [low, high] = [0, 1].map(|end| report[figure]["ci95"][end].as_f64().unwrap());
        assert!(
            (0.0..=1.0).contains(&value) && low <= high,
            "{figure}: {}",
            report[figure]
        );
    }
    assert!(
        report["auc"]["value"].as_f64().unwrap() > 0.5,
        "better than chance after one epoch"
    );
    let run = home.run();
    assert_eq!(
        report,
        home.call_with("evaluate --json --run", &[run.to_str().unwrap()])
            .succeeds()
            .json()
    );
    let text = home.call("evaluate").succeeds().text();
    assert!(
        text.contains("225 mated and 1000 non-mated comparisons"),
        "{text}"
    );
}

#[test]
fn everybody_in_another_data_set() {
    let home = Home::trained();
    let report = home
        .call_with("evaluate --json --data", &[&home.small_data()])
        .succeeds()
        .json();
    // Eight people with four pictures: 8·6 mated pairs, and 28·16 of two people.
    assert_eq!(
        (report["mated"].as_u64(), report["non_mated"].as_u64()),
        (Some(48), Some(448))
    );
    assert!(
        report["protocol"]
            .as_str()
            .unwrap()
            .starts_with("all 8 people")
    );
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    let home = Home::new();
    let before = home.call("evaluate --json").succeeds();
    let auc = before.json()["auc"]["value"].as_f64().unwrap();
    assert!(auc > 0.95, "{auc}: the network that comes with the program");
    let empty = home.path("empty");
    std::fs::create_dir_all(&empty).unwrap();
    home.call_with("evaluate --run", &[empty.to_str().unwrap()])
        .fails("train first, or name another directory");
    let data = home.small_data();
    home.call_with("train --epochs 1 --data", &[&data])
        .succeeds();
    home.call("evaluate")
        .fails("name its data, or other data, with --data");
    let alone = home.photo("alone/p/1.png", 0);
    home.photo("alone/p/2.png", 1);
    let folder = alone.trim_end_matches("/p/1.png");
    home.call_with("evaluate --data", &[folder])
        .fails("only one person is compared");
}

#[test]
fn speeds_are_medians_of_real_work() {
    let home = Home::new();
    let data = home.small_data();
    let step = home
        .call_with("bench step --runs 2 --json --data", &[&data])
        .succeeds()
        .json();
    let common = [
        "gflop_per_second",
        "pairs_per_second",
        "runs",
        "seconds",
        "spread",
    ];
    assert_eq!(keys(&step), common);
    assert_eq!(step["runs"], 2);
    assert!(step["pairs_per_second"].as_f64().unwrap() > 0.0);
    let embed = home
        .call_with("bench embed --faces 7 --runs 2 --json --data", &[&data])
        .succeeds()
        .json();
    let both = embed["seconds"].as_f64().unwrap() * embed["images_per_second"].as_f64().unwrap();
    assert!((both - 7.0).abs() < 1e-6, "seven faces a run");
    let frame = home.call("bench frame --runs 6 --json").succeeds().json();
    assert_eq!(
        keys(&frame),
        ["frames_per_second", "runs", "seconds", "spread"]
    );
    let detect = home.call("bench detect --runs 1 --json").succeeds().json();
    assert_eq!(detect["spread"][0], detect["seconds"]);
    let gallery = home
        .call("bench gallery --templates 3000 --runs 2 --json")
        .succeeds()
        .json();
    assert_eq!(
        (&gallery["templates"], &gallery["runs"]),
        (&3000.into(), &2.into())
    );
    // Codes, and three numbers of each.
    assert_eq!(gallery["read_bytes"], 3000 * (128 + 12));
    let compared = gallery["compared"].as_f64().unwrap();
    assert!(
        (10.0..300.0).contains(&compared),
        "{compared} compared exactly"
    );
    home.call("bench embed --profile")
        .misused("--profile belongs to `bench step`");
    assert!(
        !home.path("data/runs").exists(),
        "a measurement leaves no run"
    );
}

#[test]
fn a_profile_says_where_all_the_time_goes() {
    let home = Home::new();
    let data = home.small_data();
    let report = home
        .call_with(
            "bench step --preset compact --profile --runs 2 --json --data",
            &[&data],
        )
        .succeeds()
        .json();
    let layers = report["layers"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|l| l["name"].as_str().unwrap()).collect();
    assert_eq!(names[0], "1 conv 3×3 → 16 + norm + relu + pool");
    let bound = &layers[0]["bound"];
    assert!(["arithmetic", "memory"].contains(&bound["by"].as_str().unwrap()));
    assert!(bound["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(
        names[names.len() - 3..],
        ["loss", "optimiser", "everything else"]
    );
    let shares: f64 = layers.iter().map(|l| l["share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert!(layers[0]["backward"].as_f64().unwrap() > 0.0);
}

/// A calibration so steep that every similarity is 0 or 1: figures are those of the distances.
#[test]
fn figures_do_not_depend_on_saturated_similarities() {
    use twinsight::metrics::Logistic;
    use twinsight::model::checkpoint;
    let home = Home::trained();
    let before = home.call("evaluate --json").succeeds().json();
    let best = home.run().join("best.safetensors");
    let saved = checkpoint::load(&best).unwrap();
    let steep = Logistic {
        weight: -1e6,
        bias: 1e6,
    };
    let scores = saved.validation_scores();
    let model = saved.model.calibrated(Some(steep));
    checkpoint::save(&best, &model, &saved.metadata, &scores, None).unwrap();
    let after = home.call("evaluate --json").succeeds().json();
    for figure in ["eer", "auc", "fnmr_at_fmr_5", "fnmr_at_fmr_1"] {
        assert_eq!(after[figure], before[figure], "{figure}");
    }
    assert!(after["fnmr_at_fmr_1"]["value"].as_f64().unwrap() < 1.0);
}
