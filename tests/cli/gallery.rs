//! `enroll`, `forget`, `people` and `verify`.

use serde_json::{Value, json};

use crate::harness::{Home, contents, keys};

/// A picture of a person of the data set (`s39/7`), who can be enrolled under another name.
const PROBE: usize = 386;

fn enrolled(report: &Value) -> Vec<&Value> {
    report["people"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|person| person["built_in"] == false)
        .collect()
}

#[test]
fn a_person_is_enrolled_recognised_and_forgotten() {
    let home = Home::trained();
    let photo = home.photo("zoe.png", PROBE);
    let run = home.run_flag();
    let people = home
        .call_with("enroll --json", &["Zoë Müller", &photo, &run])
        .succeeds()
        .json();
    let taken = &people["enrolled"][0]["from"][0];
    assert_eq!(taken["path"], json!(photo));
    assert_eq!(
        (&taken["faces"], &taken["remarks"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(people["people"].as_array().unwrap().len(), 41);
    assert_eq!(
        enrolled(&people),
        [&json!({"name": "Zoë Müller", "images": 1, "built_in": false})]
    );
    let listed = home.call_with("people --json", &[&run]).succeeds().json();
    assert_eq!(listed["people"], people["people"]);

    let report = home
        .call_with("verify --json", &[&photo, &run])
        .succeeds()
        .json();
    assert_eq!(report["model"], "0001-compact");
    assert_eq!(report["acceptance"], json!({"rule": "even"}));
    assert_eq!(report["threshold"], 0.5);
    let answer = &report["photos"][0];
    assert_eq!(
        keys(answer),
        [
            "accepted", "best", "face", "faces", "path", "quality", "scores"
        ]
    );
    assert_eq!(
        (&answer["best"], &answer["accepted"]),
        (&json!("Zoë Müller"), &json!(true))
    );
    let face = &answer["face"];
    assert_eq!(
        ["x", "y", "width", "height", "number"].map(|key| face[key].as_u64()),
        [13, 18, 72, 92, 1].map(Some)
    );
    assert_eq!(face["landmarks"].as_array().unwrap().len(), 5);
    let scores = answer["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 41);
    assert_eq!(keys(&scores[0]), ["distance", "person", "similarity"]);
    assert_eq!(
        scores[0]["distance"], 0.0,
        "the very photo that was enrolled"
    );
    let similarities: Vec<f64> = scores
        .iter()
        .map(|s| s["similarity"].as_f64().unwrap())
        .collect();
    assert!(similarities.is_sorted_by(|a, b| a >= b), "best first");

    let people = home
        .call_with("forget --json", &["Zoë Müller", &run])
        .succeeds()
        .json();
    assert_eq!(
        (
            people["people"].as_array().unwrap().len(),
            enrolled(&people).len()
        ),
        (40, 0)
    );
    home.call_with("forget", &["Zoë Müller"])
        .fails("nobody called \"Zoë Müller\" is enrolled");
}

#[test]
fn enrolling_needs_no_training_and_further_photos_are_added() {
    let home = Home::new();
    let (one, two) = (home.photo("1.png", 0), home.photo("2.png", 1));
    home.call_with("enroll Anna", &[&one]).succeeds();
    let people = home
        .call_with("enroll Anna --json", &[&one, &two])
        .succeeds()
        .json();
    assert_eq!(
        enrolled(&people)[0]["images"],
        2,
        "the same face is not kept twice"
    );
    let answer = home
        .call_with("verify --json", &[&one])
        .succeeds()
        .says("the built-in model answers");
    assert_eq!(answer.json()["photos"][0]["best"], "Anna");
}

#[test]
fn people_of_the_data_set_cannot_be_changed() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    home.call_with("enroll s01", &[&photo])
        .fails("one of the data set's people");
    home.call("forget s01")
        .fails("one of the data set's people");
}

#[test]
fn names_that_are_none_are_refused() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    home.call_with("enroll", &["  ", &photo])
        .fails("a name is missing");
    home.call_with("enroll", &["a\u{1b}[2Jb", &photo])
        .fails("control characters")
        .says("a\u{fffd}[2Jb");
    home.call_with("enroll", &[&"x".repeat(65), &photo])
        .fails("shorten it to 64");
}

#[test]
fn with_one_bad_photo_nobody_is_enrolled() {
    let home = Home::new();
    let (good, bad) = (
        home.photo("1.png", 0),
        home.file("bad.png", b"not a picture"),
    );
    home.call_with("enroll Anna", &[&good, &bad])
        .fails("bad.png cannot be used: it is not a picture");
    assert_eq!(
        enrolled(&home.call("people --json").succeeds().json()).len(),
        0
    );
}

#[test]
fn the_gallery_survives_a_new_model() {
    let home = Home::trained();
    let photo = home.photo("1.png", PROBE);
    let run = home.run_flag();
    home.call_with("enroll Anna", &[&photo, &run]).succeeds();
    home.call_with("verify", &[&photo, &run]).succeeds();
    home.call("train --epochs 1 --seed 7").succeeds();
    let newer = home.path("data/runs/0002-compact");
    let report = home
        .call_with("verify --json --run", &[newer.to_str().unwrap(), &photo])
        .succeeds()
        .json();
    assert_eq!(report["model"], "0002-compact");
    assert_eq!(
        report["photos"][0]["best"], "Anna",
        "embedded anew by the newer model"
    );
    assert_eq!(report["photos"][0]["scores"][0]["distance"], 0.0);
}

#[test]
fn a_damaged_gallery_is_left_alone() {
    let home = Home::new();
    let photo = home.photo("1.png", 0);
    home.call_with("enroll Anna", &[&photo]).succeeds();
    let file = home.path("data/gallery/aligned.safetensors");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    let before = contents(&home.path("data/gallery"));
    for line in ["people", "enroll Bea", "forget Anna"] {
        let more: &[&str] = if line.starts_with("enroll") {
            &[&photo]
        } else {
            &[]
        };
        home.call_with(line, more)
            .fails("move it away to start a new one");
    }
    assert_eq!(contents(&home.path("data/gallery")), before);
}

#[test]
fn thresholds_decide_who_is_accepted() {
    let home = Home::trained();
    let photo = home.photo("1.png", PROBE);
    let run = home.run_flag();
    let accepted = |flags: &str| {
        let line = format!("verify --json {flags}");
        let report = home.call_with(&line, &[&photo, &run]).succeeds().json();
        report["photos"][0]["accepted"].clone()
    };
    assert_eq!(accepted("--threshold 0"), true);
    assert_eq!(accepted("--threshold 1"), false);
    assert!(accepted("--fmr 1%").is_boolean());
    assert_eq!(accepted("--fmr 1%"), accepted("--fmr 0.01"));
}

#[test]
fn one_picture_of_each_person_or_all() {
    let home = Home::trained();
    let photo = home.photo("1.png", PROBE);
    let scores = |flags: &str| {
        let line = format!("verify --json {flags}");
        home.call_with(&line, &[&photo]).succeeds().json()["photos"][0]["scores"].clone()
    };
    let one = |seed| scores(&format!("--per-person one --seed {seed}"));
    assert_eq!(one(1), one(1));
    assert_ne!(one(1), one(2), "other pictures are drawn");
    let all = scores("--seed 1");
    assert_eq!(all, scores("--per-person all --seed 2"), "nothing is drawn");
    assert_eq!(one(1).as_array().unwrap().len(), 40);
    assert_eq!(all.as_array().unwrap().len(), 40);
}

#[test]
fn folders_lists_and_bad_photos_in_one_call() {
    let home = Home::trained();
    let run = home.run_flag();
    let good = [home.photo("in/a.png", 0), home.photo("in/b.PNG", 10)];
    home.file("in/notes.txt", b"not meant");
    let folder = home.path("in");
    let folder = folder.to_str().unwrap();
    let report = home
        .call_with("verify --json", &[folder])
        .succeeds()
        .says("left out 1 file of")
        .says("notes.txt")
        .json();
    let paths: Vec<&Value> = report["photos"]
        .as_array()
        .unwrap()
        .iter()
        .map(|photo| &photo["path"])
        .collect();
    assert_eq!(paths, [&json!(good[0]), &json!(good[1])]);

    let bad = home.file("bad.jpg", b"\xff\xd8\xff");
    let some = home
        .call_with("verify --json", &[&bad, &good[0]])
        .exits(1)
        .says("bad.jpg cannot be used");
    assert_eq!(
        some.json()["photos"].as_array().unwrap().len(),
        1,
        "there is an answer for the other one"
    );

    let csv = home.call_with("verify --csv", &[folder, &run]).succeeds();
    let csv = csv.text();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "path,x,y,width,height,best,similarity,distance,accepted,face,doubts"
    );
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].starts_with(&format!("{},9,12,72,98,s", good[0])),
        "{}",
        lines[1]
    );
}

#[test]
fn the_log_names_nobody() {
    let home = Home::trained();
    let photo = home.photo("secretphoto.png", PROBE);
    home.call_with("enroll Rumpelstiltskin", &[&photo])
        .succeeds();
    home.call_with("verify", &[&photo]).succeeds();
    home.call("forget Rumpelstilzchen").fails("Rumpelstiltskin");
    let log = std::fs::read_to_string(home.path("state/twinsight.log")).unwrap();
    assert!(log.contains("enrolled a person"), "{log}");
    for name in ["Rumpel", "secretphoto", "s39"] {
        assert!(!log.contains(name), "{log}");
    }
}

#[test]
fn a_photo_without_a_face_is_said_to_have_none() {
    let home = Home::trained();
    let mut blank = Vec::new();
    blank.extend_from_slice(b"P5 80 80 255\n");
    blank.extend((0..6400).map(|i| 100 + (i % 80 / 20) as u8));
    let photo = home.file("blank.pgm", &blank);
    let answer = home.call_with("verify --json", &[&photo]).exits(3).json();
    let expected = json!({"path": photo, "face": null, "faces": 0, "best": null, "accepted": false, "scores": []});
    assert_eq!(answer["photos"], json!([expected]));
    home.call_with("verify", &[&photo]).exits(3);
    let asked = home
        .call_with("verify --whole --json", &[&photo])
        .succeeds()
        .json();
    let middle = json!({"x": 0, "y": 0, "width": 80, "height": 80, "number": 1});
    assert_eq!(asked["photos"][0]["face"], middle);
    home.call_with("enroll Zoë", &[&photo])
        .exits(3)
        .says("no face was found in it");
    home.call_with("enroll --whole Zoë", &[&photo]).succeeds();
}

#[test]
fn a_blurred_face_is_said_to_be_one() {
    use image::imageops::{FilterType, resize};
    let home = Home::trained();
    let run = home.run_flag();
    let photo = home.photo("sharp.png", 0);
    let said = "the face is blurrier than those the network was trained on";
    let sharp = home.call_with("verify", &[&photo, &run]).succeeds().text();
    assert!(!sharp.contains(said), "{sharp}");
    let built_in = home.call_with("verify", &[&photo]).succeeds().text();
    assert!(!built_in.contains("blurred"), "{built_in}");
    let picture = image::open(&photo).unwrap().into_luma8();
    let small = resize(&picture, 23, 28, FilterType::Triangle);
    resize(&small, 92, 112, FilterType::Triangle)
        .save(&photo)
        .unwrap();
    let blurred = home.call_with("verify", &[&photo, &run]).succeeds().text();
    assert!(blurred.contains(said), "{blurred}");
    let built_in = home.call_with("verify", &[&photo]).succeeds().text();
    assert!(built_in.contains("! the face is blurred"), "{built_in}");
}

#[test]
fn a_folder_is_read_by_content_in_natural_order() {
    let home = Home::new();
    let [ten, two] = [home.photo("in/10.png", 0), home.photo("in/x.pgm", 10)];
    let without_ending = home.path("in/2");
    std::fs::rename(two, &without_ending).unwrap();
    home.file("in/.hidden.png", b"not seen");
    let folder = home.path("in");
    let found = home
        .call_with("detect --json", &[folder.to_str().unwrap()])
        .succeeds();
    assert!(!found.errors().contains("left out"), "{}", found.errors());
    let report = found.json();
    let photos = report["photos"].as_array().unwrap().iter();
    let paths: Vec<&str> = photos
        .map(|photo| photo["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, [without_ending.to_str().unwrap(), &ten]);
}
