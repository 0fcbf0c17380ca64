//! The note that photographs differ from those that a threshold was set on.

use image::imageops::{FilterType, resize};
use twinsight::units::ImageId;

use crate::harness::{Home, orl};

/// A folder of 12 people with four pictures each, as by another camera: twice as many pixels across, and darker.
fn by_another_camera(home: &Home) -> String {
    for (person, picture) in (0..12).flat_map(|person| (0..4).map(move |p| (person, p))) {
        let file = home.file(&format!("others/p{person}/{picture}.png"), b"");
        let photo = orl().photo(ImageId(person * 10 + picture)).unwrap();
        let mut large = resize(photo.grey(), 184, 224, FilterType::Triangle);
        large.iter_mut().for_each(|value| *value = *value / 2 + 10);
        large.save(&file).unwrap();
    }
    home.path("others").to_str().unwrap().to_owned()
}

const DIFFERS: &str =
    "this photograph differs from those that the threshold was set on (ORL faces): ";
const ADVICE: &str =
    "`twinsight calibrate --run builtin --data DIR` sets the threshold on people of your own";

#[test]
fn other_photographs_are_said_to_differ_until_the_model_is_calibrated_on_them() {
    let home = Home::new();
    let data = by_another_camera(&home);
    let photo = home.path("others/p3/2.png").to_str().unwrap().to_owned();
    let answer = home
        .call_with("verify --json", &[&photo])
        .succeeds()
        .says(DIFFERS)
        .says(ADVICE);
    let unlike = &answer.json()["unlike"];
    assert_eq!(unlike["calibrated_on"], "ORL faces");
    assert_eq!(
        (&unlike["outside"], &unlike["photographs"]),
        (&1.into(), &1.into())
    );
    let text = home.call_with("verify", &[&photo]).succeeds().text();
    assert!(
        text.contains(", on photographs that differ from these; model: builtin"),
        "{text}"
    );
    let size = &unlike["traits"][0];
    assert_eq!(size["trait"], "size", "{unlike}");
    assert!(
        size["value"].as_f64() > size["high"].as_f64(),
        "what it claims is so: {size}"
    );
    home.call_with("enroll zoe", &[&photo])
        .succeeds()
        .says(DIFFERS);
    home.call("forget zoe").succeeds();

    let evaluated = home.call_with("evaluate --json --data", &[&data]);
    let evaluated = evaluated
        .succeeds()
        .says("differ from those that the threshold was set on");
    assert_eq!(evaluated.json()["unlike"]["photographs"], 48);

    home.call_with("calibrate --data", &[&data]).succeeds();
    for line in ["verify --json", "enroll zoe --json"] {
        let after = home.call_with(line, &[&photo]).succeeds();
        assert!(after.json()["unlike"].is_null() && !after.errors().contains("differ"));
    }
    // Now the built-in faces are the other ones.
    let orl = home.photo("1.png", 3);
    home.call_with("verify", &[&orl]).succeeds().says(
        "this photograph differs from those that the threshold was set on (others): smaller faces",
    );
    home.call("calibrate --undo").succeeds();
    let back = home.call_with("verify", &[&orl]).succeeds();
    assert!(!back.errors().contains("differs"), "{}", back.errors());
}

#[test]
fn photographs_like_those_of_the_calibration_are_not_said_to_differ() {
    let home = Home::new();
    let data = home.small_data();
    let evaluated = home.call_with("evaluate --json --data", &[&data]);
    assert!(evaluated.succeeds().json()["unlike"].is_null());
    let all: Vec<String> = (0..12)
        .map(|at| home.photo(&format!("{at}.png"), 31 * at))
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let answer = home.call_with("verify --json", &all).succeeds();
    assert!(answer.json()["unlike"].is_null(), "{}", answer.errors());
}

#[test]
fn a_run_of_ones_own_knows_its_photographs_too() {
    let home = Home::trained();
    let photo = home.photo("1.png", 3);
    let run = home.run_flag();
    let usual = home.call_with("verify --json", &[&run, &photo]).succeeds();
    assert!(usual.json()["unlike"].is_null(), "{}", usual.errors());
    by_another_camera(&home);
    let other = home.path("others/p3/2.png").to_str().unwrap().to_owned();
    home.call_with("verify --json", &[&run, &other])
        .succeeds()
        .says(DIFFERS);
}
