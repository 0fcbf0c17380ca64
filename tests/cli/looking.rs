//! `pairs`, `data`, `detect` and `doctor`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Home, contents, keys};

fn pairs(report: &Value) -> &Vec<Value> {
    report["pairs"].as_array().unwrap()
}

/// The people in the pairs: `s07/3` shows `s07`.
fn people(report: &Value) -> BTreeSet<String> {
    let labels = pairs(report)
        .iter()
        .flat_map(|pair| [&pair["a"], &pair["b"]]);
    labels
        .map(|label| {
            label
                .as_str()
                .unwrap()
                .split('/')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn pairs_are_balanced_seeded_and_need_no_model() {
    let home = Home::new();
    let all = home.call("pairs --json --seed 1").succeeds().json();
    assert_eq!(pairs(&all).len(), 800);
    assert_eq!(
        pairs(&all)
            .iter()
            .filter(|pair| pair["same"] == true)
            .count(),
        400
    );
    assert_eq!(keys(&pairs(&all)[0]), ["a", "b", "same"]);
    assert_eq!(all, home.call("pairs --json --seed 1").succeeds().json());
    assert_ne!(all, home.call("pairs --json --seed 2").succeeds().json());
    let few = home.call("pairs --json --count 10").succeeds().json();
    assert_eq!(
        pairs(&few)
            .iter()
            .filter(|pair| pair["same"] == true)
            .count(),
        5
    );
    assert_eq!(pairs(&few).len(), 10);
}

#[test]
fn parts_share_nobody_with_and_without_a_model() {
    for home in [Home::new(), Home::trained()] {
        let of = |part: &str| {
            people(
                &home
                    .call(&format!("pairs --json --split {part}"))
                    .succeeds()
                    .json(),
            )
        };
        let parts = [of("train"), of("val"), of("test")];
        assert_eq!(parts.each_ref().map(BTreeSet::len), [30, 5, 5]);
        assert_eq!(
            parts.into_iter().flatten().collect::<BTreeSet<_>>().len(),
            40
        );
    }
}

#[test]
fn a_trained_model_adds_its_similarity() {
    let home = Home::trained();
    let report = home.call("pairs --json --count 6").succeeds().json();
    for pair in pairs(&report) {
        assert_eq!(keys(pair), ["a", "b", "same", "similarity"]);
        assert!((0.0..=1.0).contains(&pair["similarity"].as_f64().unwrap()));
    }
    let text = home.call("pairs --count 6").succeeds().text();
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn data_sets_are_listed_and_checked() {
    let home = Home::new();
    let orl = home.call("data check orl --json").succeeds().json();
    assert_eq!(
        (&orl["people"], &orl["images"]),
        (&Value::from(40), &Value::from(400))
    );
    assert_eq!(orl["refused"], Value::Array(Vec::new()));
    let list = home.call("data list --json").succeeds().json();
    assert_eq!(
        (&list["people"], &list["datasets"][0]["source"]),
        (&Value::from(40), &Value::from("orl"))
    );

    let folder = home.small_data();
    let broken = home.file("small/p1/broken.png", b"\x89PNG\r\n\x1a\n");
    let checked = home
        .call_with("data check --json", &[&folder])
        .succeeds()
        .json();
    assert_eq!(
        (&checked["people"], &checked["images"]),
        (&Value::from(8), &Value::from(32))
    );
    let refused = checked["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(keys(&refused[0]), ["path", "why"]);
    assert_eq!(refused[0]["path"], broken);
    let text = home.call_with("data check", &[&folder]).succeeds().text();
    assert!(
        text.contains("1 file that cannot be used") && text.contains("broken.png: "),
        "{text}"
    );
}

#[test]
fn the_doctor_says_where_and_with_what() {
    let home = Home::new();
    let report = home.call("doctor --json").succeeds().json();
    let expected = [
        "cache",
        "colors",
        "cpu_features",
        "image_protocol",
        "kernels",
        "locale",
        "paths",
        "storage",
        "terminal",
        "threads",
        "version",
    ];
    assert_eq!(keys(&report), expected);
    assert_eq!(
        report["paths"]["gallery"],
        home.path("data/gallery").to_str().unwrap()
    );
    assert_eq!(report["terminal"]["is_terminal"], false);
    assert_eq!(
        report["colors"],
        if std::env::var_os("NO_COLOR").is_some() {
            0
        } else {
            256
        }
    );
    assert!(report["threads"].as_u64().unwrap() >= 1);
    assert_eq!(
        home.call("doctor --threads 1 --json").succeeds().json()["threads"],
        1
    );
}

#[test]
fn faces_are_found_in_photos() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    let report = home
        .call_with("detect --detector haar --json", &[&photo])
        .succeeds()
        .json();
    let found = &report["photos"][0];
    assert_eq!(keys(found), ["faces", "height", "path", "width"]);
    assert_eq!(
        (&found["width"], &found["height"]),
        (&Value::from(92), &Value::from(112))
    );
    let face = &found["faces"][0];
    assert_eq!(keys(face), ["height", "neighbors", "width", "x", "y"]);
    assert!(face["width"].as_u64().unwrap() >= 24 && face["neighbors"].as_u64().unwrap() > 5);

    let larger = home
        .call_with("detect --json --min-size 500", &[&photo])
        .exits(3)
        .json();
    assert_eq!(larger["photos"][0]["faces"], Value::Array(Vec::new()));
    let text = home
        .call_with("detect --min-size 500x500", &[&photo])
        .exits(3)
        .text();
    assert!(text.contains("no face"), "{text}");
}

#[test]
fn faces_are_found_with_landmarks_and_quality() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    let report = home.call_with("detect --json", &[&photo]).succeeds().json();
    let face = &report["photos"][0]["faces"][0];
    let expected = ["height", "landmarks", "quality", "score", "width", "x", "y"];
    assert_eq!(keys(face), expected);
    assert!(face["score"].as_f64().unwrap() > 0.85);
    let points = face["landmarks"].as_array().unwrap();
    assert_eq!(points.len(), 5);
    let inside = |at: usize, most: f64| {
        let values = points.iter().map(|point| point[at].as_f64().unwrap());
        values.into_iter().all(|value| value > 0.0 && value < most)
    };
    assert!(inside(0, 92.0) && inside(1, 112.0));
    assert_eq!(face["quality"]["faces"], 1);
    let text = home.call_with("detect", &[&photo]).succeeds().text();
    assert!(
        text.contains("1 face") && text.contains("score 0.9"),
        "{text}"
    );

    home.call_with("detect --detector yunet --min-size 40", &[&photo])
        .misused("--detector haar");
    home.file("config/config.ron", b"(detector: haar)");
    let text = home.call_with("detect", &[&photo]).succeeds().text();
    assert!(text.contains("neighbours"), "{text}");
}

#[test]
fn prepared_faces_are_kept_shown_and_removed() {
    let home = Home::new();
    let folder = home.small_data();
    let check = || {
        home.call_with("data check --json", &[&folder])
            .succeeds()
            .json()
    };
    let first = check();
    assert_eq!(first, check());
    let cached = |home: &Home| home.call("doctor --json").succeeds().json()["cache"].clone();
    assert_eq!(cached(&home)["faces"], 32);
    let text = home.call("doctor").succeeds().text();
    assert!(text.contains("32 prepared faces"), "{text}");
    let text = home.call("cache").succeeds().text();
    assert!(text.starts_with("32 prepared faces ("), "{text}");
    assert!(text.contains("at most 1073.7 MB) in "), "{text}");
    let shown = home.call("cache --json").succeeds().json();
    assert_eq!(shown["faces"], 32);
    assert_eq!(shown["bytes"], cached(&home)["bytes"]);
    let removed = home.call("cache clear --json").succeeds().json();
    assert_eq!(removed["faces"], 32);
    assert_eq!(cached(&home)["faces"], 0);
    let text = home.call("cache clear").succeeds().text();
    assert!(
        text.starts_with("removed 0 prepared faces (0.0 MB) from "),
        "{text}"
    );
    assert_eq!(check(), first);
}

#[cfg(unix)]
#[test]
fn a_check_that_is_interrupted_keeps_what_it_read_and_goes_on_there() {
    let home = Home::new();
    let folder = home.faces("faces", 40);
    let kept = || home.path("cache/faces/pictures");
    let faces = |home: &Home| home.call("cache --json").succeeds().json()["faces"].clone();
    let check = ["data", "check", "--json", "--threads", "1", &folder];
    let checking = home.command().args(check).spawn().unwrap();
    // The first face is kept long before the last one is read.
    while !kept().exists() || contents(&kept()).is_empty() {
        std::thread::yield_now();
    }
    let pid = checking.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
    let ended = checking.wait_with_output().unwrap();
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{errors}");
    assert!(ended.stdout.is_empty());
    let before = contents(&kept());
    assert_eq!(
        errors,
        format!(
            "stopped after {} of 160 pictures; what was read is kept, and the next start goes on there\n",
            before.len()
        )
    );
    let modified = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
    let times: Vec<_> = before.iter().map(|(path, _)| modified(path)).collect();
    let report = home.call_with("data check --json", &[&folder]).succeeds();
    assert_eq!(report.json()["images"], 160);
    assert_eq!(faces(&home), 160);
    let after: Vec<_> = before.iter().map(|(path, _)| modified(path)).collect();
    assert_eq!(times, after, "no face that was kept is made again");
}

#[test]
fn doubtful_pictures_are_listed() {
    let home = Home::new();
    let folder = home.small_data();
    let mut grey = b"P5 90 90 255\n".to_vec();
    grey.extend([120; 90 * 90]);
    let cup = home.file("small/p1/cup.pgm", &grey);
    let report = home
        .call_with("data check --json", &[&folder])
        .succeeds()
        .json();
    let warnings = report["warnings"].as_array().unwrap();
    let faceless = warnings.iter().find(|w| w["kind"] == "no_face").unwrap();
    assert_eq!(keys(faceless), ["kind", "paths", "why"]);
    assert_eq!(faceless["paths"], Value::from(vec![cup]));
    let text = home.call_with("data check", &[&folder]).succeeds().text();
    assert!(
        text.contains("1 picture: no face was found") && text.contains("cup.pgm"),
        "{text}"
    );
}

#[test]
fn a_cascade_must_be_one() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    let xml = home.file("c.xml", b"<opencv_storage></opencv_storage>");
    home.call_with("detect --cascade", &[&xml, &photo])
        .fails("c.xml");
    home.call_with("detect --cascade nowhere.xml", &[&photo])
        .fails("nowhere.xml");
    home.call_with("detect --scale-factor 1", &[&photo])
        .misused("1.01");
    home.call_with("detect --min-size 0", &[&photo])
        .misused("pixels from 1");
}
