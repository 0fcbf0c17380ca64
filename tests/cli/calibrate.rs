//! `calibrate`: thresholds from one's own people.

use crate::harness::Home;

#[test]
fn a_model_is_calibrated_on_ones_own_people_and_back() {
    let home = Home::new();
    let data = home.small_data();
    let plain = home.call_with("evaluate --run builtin --json --data", &[&data]);
    let plain = plain.succeeds().json();

    let report = home
        .call_with("calibrate --run builtin --json --data", &[&data])
        .succeeds()
        .json();
    assert_eq!(report["model"], "builtin");
    // Eight people with four pictures each.
    assert_eq!(
        (&report["people"], &report["pictures"]),
        (&8.into(), &32.into())
    );
    assert_eq!(
        (&report["mated"], &report["non_mated"]),
        (&48.into(), &448.into())
    );
    assert!(report["eer"]["value"].is_number(), "{report}");
    assert!(
        report["threshold_at_fmr_0_1"].is_null(),
        "448 comparisons cannot tell 0.1 %"
    );
    let kept = report["kept"].as_str().unwrap();
    assert!(std::path::Path::new(kept).is_file(), "{kept}");

    let photo = home.photo("photo.png", 3);
    let answer = home
        .call_with("verify --run builtin --json", &[&photo])
        .succeeds()
        .json();
    let why = answer["why"].as_str().unwrap();
    assert!(
        why.starts_with("similarities and thresholds are those of 8 people of"),
        "{why}"
    );
    let same = home.call_with("evaluate --run builtin --json --data", &[&data]);
    assert_eq!(
        same.succeeds().json()["eer"],
        plain["eer"],
        "distances stay"
    );

    std::fs::write(kept, b"torn").unwrap();
    home.call_with("verify --run builtin", &[&photo])
        .fails("delete this file, and the model has the one again that it came with");
    home.call_with("calibrate --run builtin --data", &[&data])
        .fails("delete this file");
    std::fs::remove_file(kept).unwrap();
    home.call_with("calibrate --run builtin --data", &[&data])
        .succeeds();
    let undone = home.call("calibrate --run builtin --undo").succeeds();
    assert!(
        undone
            .text()
            .contains("has the calibration again that it came with")
    );
    assert!(!std::path::Path::new(kept).exists());
    let again = home.call("calibrate --run builtin --undo").succeeds();
    assert!(again.text().contains("nothing to undo"));
}

#[test]
fn what_cannot_be_calibrated_says_why() {
    let home = Home::new();
    home.call("calibrate --run builtin")
        .misused("name the pictures of your people with --data DIR");
    let few = home.faces("few", 4);
    home.call_with("calibrate --run builtin --data", &[&few])
        .fails(
            "4 people with two pictures or more, on whom the model was not trained, are too few",
        );
}

#[test]
fn a_run_that_is_removed_takes_its_calibration_with_it() {
    let home = Home::trained();
    let data = home.small_data();
    home.call_with("calibrate --run 1 --data", &[&data])
        .succeeds();
    assert!(home.run().join("calibrated.safetensors").is_file());
    let run = twinsight::train::RunDir::open(&home.run()).unwrap();
    run.remove().unwrap();
    assert!(!home.run().exists());
}
