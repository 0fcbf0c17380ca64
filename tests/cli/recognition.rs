//! The built-in model, photos of several people, whole folders, and people enrolled by version 0.1.0.

use std::path::Path;

use image::{RgbImage, imageops};
use serde_json::{Value, json};
use twinsight::units::ImageId;

use crate::harness::{Home, keys, orl};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A built-in picture, enlarged by this factor.
fn face(image: usize, factor: f32) -> RgbImage {
    let photo = orl().photo(ImageId(image)).unwrap();
    let side = |pixels: u32| (pixels as f32 * factor) as u32;
    let picture = photo.rgb().into_owned();
    let (width, height) = picture.dimensions();
    imageops::resize(
        &picture,
        side(width),
        side(height),
        imageops::FilterType::CatmullRom,
    )
}

/// Pictures on a grey wall, side by side.
fn beside(faces: &[RgbImage]) -> RgbImage {
    let width = faces.iter().map(|face| face.width() + 40).sum::<u32>() + 40;
    let height = faces.iter().map(RgbImage::height).max().unwrap() + 80;
    let mut wall = RgbImage::from_pixel(width, height, image::Rgb([120, 118, 110]));
    let mut x = 40;
    for face in faces {
        imageops::replace(&mut wall, face, x, 40);
        x += i64::from(face.width()) + 40;
    }
    wall
}

impl Home {
    fn save(&self, inside: &str, picture: &RgbImage) -> String {
        let file = self.file(inside, b"");
        picture.save(&file).unwrap();
        file
    }

    /// Faces of people who are not in `tests/fixtures/v0.1.0`, as a data set.
    fn others(&self) -> String {
        for (person, picture) in (10..14).flat_map(|person| (0..3).map(move |p| (person, p))) {
            self.photo(
                &format!("others/p{person}/{picture}.png"),
                person * 10 + picture,
            );
        }
        self.path("others").to_str().unwrap().to_owned()
    }

    /// With the gallery of version 0.1.0: anna and bert.
    fn of_0_1_0() -> Self {
        let home = Self::new();
        let gallery = root().join("tests/fixtures/v0.1.0/gallery/haar.safetensors");
        home.file(
            "data/gallery/haar.safetensors",
            &std::fs::read(gallery).unwrap(),
        );
        home
    }
}

fn old_photo(name: &str) -> String {
    let photo = root().join("tests/fixtures/v0.1.0/photos").join(name);
    photo.to_str().unwrap().to_owned()
}

#[test]
fn the_built_in_model_rarely_names_strangers_and_says_how_it_decides() {
    let home = Home::trained();
    let photo = home.photo("1.png", 386);
    for line in ["verify --json", "verify --json --run builtin"] {
        let report = home.call_with(line, &[&photo]).succeeds().json();
        assert_eq!(report["model"], "builtin");
        assert_eq!(report["people"], 40);
        assert_eq!(
            report["acceptance"],
            json!({"rule": "strangers", "rate": 0.01})
        );
        let fmr = report["fmr"].as_f64().unwrap();
        assert!(1.0 - (1.0 - fmr).powi(40) <= 0.01 + 1e-9, "{fmr}");
        assert_eq!(report["finest_fmr"].as_f64().unwrap(), 1.0 / 78_000.0);
        let answer = &report["photos"][0];
        assert_eq!(
            (&answer["best"], &answer["accepted"]),
            (&json!("s39"), &json!(true))
        );
        assert_eq!(
            keys(&answer["face"]),
            ["height", "landmarks", "number", "width", "x", "y"]
        );
        assert_eq!(answer["quality"]["verdict"], "good");
    }
    let told = home.call_with("verify", &[&photo]).succeeds();
    let told = told.says("too few to show that it is better").text();
    let last = told.lines().last().unwrap();
    assert!(
        last.contains("at most 1 % of strangers are named among 40 people"),
        "{last}"
    );
    assert!(last.ends_with("model: builtin"), "{last}");
    let asked = home.call_with("verify --run builtin", &[&photo]).succeeds();
    assert_eq!(asked.errors(), "", "what was asked for needs no reason");
}

#[test]
fn a_rate_that_is_too_fine_is_said_to_be() {
    let home = Home::new();
    let photo = home.photo("1.png", 386);
    let said = "finer than 1 in 78,000 can be told from 78,000 comparisons";
    let fine = home.call_with("verify --json --fmr 0.0001%", &[&photo]);
    let report = fine.succeeds().says(said).json();
    assert_eq!(report["acceptance"], json!({"rule": "fmr", "rate": 1e-6}));
    assert_eq!(report["fmr"], 0.0);
    let coarse = home
        .call_with("verify --json --fmr 1%", &[&photo])
        .succeeds();
    assert!(!coarse.errors().contains(said));
    assert!(coarse.json()["threshold"].as_f64() < report["threshold"].as_f64());
    let own = home.call_with("verify --json --threshold 0.25", &[&photo]);
    let own = own.succeeds().json();
    assert_eq!(
        (&own["threshold"], &own["acceptance"]["rule"]),
        (&json!(0.25), &json!("threshold"))
    );
}

#[test]
fn of_several_faces_each_has_a_number_and_a_place() {
    let home = Home::new();
    let picture = beside(&[face(3, 2.0), face(203, 1.5)]);
    let photo = home.save("two.png", &picture);
    let report = home.call_with("verify --json", &[&photo]).succeeds().json();
    let answers = report["photos"].as_array().unwrap();
    assert_eq!(answers.len(), 2);
    let named = |answer: &Value| answer["best"].as_str().unwrap().to_owned();
    let number = |answer: &Value| answer["face"]["number"].as_u64().unwrap();
    assert_eq!(answers.iter().map(number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        answers.iter().map(named).collect::<Vec<_>>(),
        ["s01", "s21"]
    );
    assert_eq!(answers[0]["faces"], 2);
    let x = |answer: &Value| answer["face"]["x"].as_u64().unwrap();
    assert!(x(&answers[0]) < 224 && x(&answers[1]) > 224, "{report}");

    let text = home.call_with("verify", &[&photo]).succeeds().text();
    assert!(text.contains("two.png, face 1 of 2: s01"), "{text}");
    assert!(text.contains("  face 2 of 2 at "), "{text}");
    let one = home
        .call_with("verify --json --face 2", &[&photo])
        .succeeds();
    assert_eq!(one.json()["photos"], json!([answers[1]]));
    home.call_with("verify --face 3", &[&photo])
        .exits(1)
        .says("it shows 2 faces, so there is no face 3");

    let enrolled = home.call_with("enroll Ada --json", &[&photo]).succeeds();
    let enrolled = enrolled.says("shows 2 faces; face 1 of 2 at").json();
    let from = &enrolled["enrolled"][0]["from"][0];
    assert_eq!(
        (&from["faces"], &from["face"]),
        (&json!(2), &answers[0]["face"])
    );
    home.call_with("enroll Ben --face 2", &[&photo]).succeeds();
    home.call_with("enroll Cleo --face 3", &[&photo])
        .fails("there is no face 3");
    let both = home.call_with("verify --json", &[&photo]).succeeds().json();
    let both: Vec<_> = both["photos"]
        .as_array()
        .unwrap()
        .iter()
        .map(named)
        .collect();
    assert_eq!(both, ["Ada", "Ben"]);
}

#[test]
fn a_doubtful_face_is_enrolled_with_a_warning() {
    let home = Home::new();
    let small = home.save("small.png", &beside(&[face(3, 0.3)]));
    let said = "the face is small";
    let enrolled = home.call_with("enroll Ada --json", &[&small]).succeeds();
    let report = enrolled.says(said).json();
    let from = &report["enrolled"][0]["from"][0];
    assert_eq!(from["quality"]["verdict"], "doubtful", "{from}");
    assert!(
        from["quality"]["doubts"]
            .as_array()
            .unwrap()
            .contains(&json!("small"))
    );
    let text = home.call_with("verify", &[&small]).succeeds().text();
    assert!(text.contains("! the face is small"), "{text}");
    let csv = home.call_with("verify --csv", &[&small]).succeeds().text();
    assert!(csv.lines().nth(1).unwrap().contains("small"), "{csv}");
}

#[test]
fn half_a_face_is_enrolled_with_a_warning() {
    let home = Home::new();
    let astronaut = image::open(root().join("tests/golden/photographs/astronaut.png"));
    let whole = astronaut.unwrap().into_rgb8();
    // The face lies at 90, 32 and has 45 × 55 pixels.
    let mouthless = imageops::crop_imm(&whole, 0, 0, 256, 62).to_image();
    let half = imageops::crop_imm(&whole, 110, 0, 146, 256).to_image();
    for (name, photo) in [("mouthless", mouthless), ("half", half)] {
        let photo = home.save(&format!("{name}.png"), &photo);
        home.call_with(&format!("enroll {name}"), &[&photo])
            .succeeds()
            .says("the border of the photo cuts off part of the face");
        let report = home.call_with("verify --json", &[&photo]).succeeds().json();
        let doubts = &report["photos"][0]["quality"]["doubts"];
        assert!(doubts.as_array().unwrap().contains(&json!("cut_off")));
    }
    let whole = home.save("whole.png", &whole);
    let report = home.call_with("verify --json", &[&whole]).succeeds().json();
    assert_eq!(report["photos"][0]["quality"]["doubts"], json!([]));
}

#[test]
fn a_photo_on_its_side_is_read_and_said_to_be() {
    let home = Home::new();
    let astronaut = image::open(root().join("tests/golden/photographs/astronaut.png"));
    let upright = astronaut.unwrap().into_rgb8();
    let lying = home.save("lying.png", &imageops::rotate270(&upright));
    let upright = home.save("upright.png", &upright);
    home.call_with("enroll Eileen", &[&upright]).succeeds();
    let report = home.call_with("verify --json", &[&lying]).succeeds().json();
    let answer = &report["photos"][0];
    assert_eq!(
        (&answer["best"], &answer["accepted"]),
        (&json!("Eileen"), &json!(true))
    );
    assert_eq!(answer["quality"]["doubts"], json!(["turned"]));
    home.call_with("enroll Eileen", &[&lying])
        .succeeds()
        .says("the photo lies on its side");
}

#[test]
fn a_folder_is_enrolled_and_another_one_verified() {
    let home = Home::new();
    let data = format!("--data={}", home.others());
    // One photo named after each person, and sub-folders.
    for person in 30..34 {
        home.save(&format!("office/P {person}.png"), &face(person * 10, 2.0));
    }
    home.save("office/Zoë/1.png", &face(340, 2.0));
    home.save("office/Zoë/2.png", &face(341, 2.0));
    // Of this person one photo cannot be used, so nothing is enrolled.
    home.save("office/Half/1.png", &face(350, 2.0));
    home.file("office/Half/2.png", b"not a picture");
    home.save("office/Nobody.png", &RgbImage::new(90, 90));
    home.save("office/p10.png", &face(360, 2.0));
    let office = home.path("office");
    let ended = home.call_with("enroll --json --from", &[office.to_str().unwrap(), &data]);
    let report = ended.exits(1).json();
    let names = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&report["enrolled"]),
        ["Zoë", "P 30", "P 31", "P 32", "P 33"]
    );
    assert_eq!(report["enrolled"][0]["photos"], 2);
    assert_eq!(names(&report["refused"]), ["Half", "Nobody", "p10"]);
    let why = |index: usize| report["refused"][index].to_string();
    assert!(why(0).contains("it is not a picture") && why(0).contains("2.png"));
    assert!(why(1).contains("no face was found in it"));
    assert!(why(2).contains("one of the data set's people"));
    assert_eq!(report["people"].as_array().unwrap().len(), 9);
    let text = home.call_with("enroll --from", &[office.to_str().unwrap(), &data]);
    let text = text.exits(1).text();
    assert!(text.ends_with("5 people enrolled, 3 refused\n"), "{text}");

    // More photos than are read together.
    for number in 0..40 {
        let name = format!("visit/{number}.png");
        home.save(&name, &face(301 + number % 4 * 10, 1.5));
    }
    home.file("visit/broken.png", b"\x89PNG\r\n\x1a\n");
    let visit = home.path("visit");
    let csv = home.call_with("verify --csv", &[visit.to_str().unwrap(), &data]);
    let csv = csv.exits(1).says("broken.png cannot be used").text();
    let rows: Vec<&str> = csv.lines().skip(1).collect();
    assert_eq!(rows.len(), 40);
    for (number, row) in rows.iter().enumerate() {
        let start = format!("{},", visit.join(format!("{number}.png")).display());
        assert!(row.starts_with(&start), "{row}");
        assert!(row.contains(&format!(",P {},", 30 + number % 4)), "{row}");
        assert!(row.contains(",true,1,"), "{row}");
    }
}

#[test]
fn an_empty_folder_enrolls_nobody() {
    let home = Home::new();
    home.file("empty/notes.txt", b"nothing");
    home.call("enroll --from empty").fails("holds nobody");
    home.call("enroll --from nowhere").fails("no such file");
}

#[test]
fn people_enrolled_by_0_1_0_go_on_being_known() {
    let home = Home::of_0_1_0();
    let data = format!("--data={}", home.others());
    let people = home.call_with("people --json", &[&data]).succeeds().json();
    let old = |people: &Value| -> Vec<String> {
        let people = people["people"].as_array().unwrap().iter();
        let old = people.filter(|person| person["needs_new_photo"] == true);
        old.map(|person| person["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(old(&people), ["anna", "bert"]);

    let photo = old_photo("anna2.pgm");
    let ended = home.call_with("verify --json", &[&data, &photo]).succeeds();
    let ended = ended.says("anna and 1 other: enrolled by version 0.1.0");
    let answer = ended.json()["photos"][0].clone();
    assert_eq!(
        (&answer["best"], &answer["accepted"]),
        (&json!("anna"), &json!(true))
    );
    let scores = answer["scores"].as_array().unwrap();
    let by_old = |score: &&Value| score["model"] == "builtin-0.1.0";
    let old_names: Vec<_> = scores.iter().filter(by_old).map(|s| &s["person"]).collect();
    assert_eq!(old_names, ["anna", "bert"]);
    assert_eq!(scores.len(), 6, "and the four people of the data set");
    let text = home.call_with("verify", &[&data, &photo]).succeeds().text();
    assert!(text.contains("(by the model of version 0.1.0)"), "{text}");

    // A new photo makes anna one of the others.
    home.call_with("enroll anna", &[&data, &photo]).succeeds();
    let people = home.call_with("people --json", &[&data]).succeeds().json();
    assert_eq!(old(&people), ["bert"]);
    let again = home
        .call_with("verify --json", &[&data, &photo])
        .succeeds()
        .json();
    let best = &again["photos"][0]["scores"][0];
    assert_eq!(
        (&best["person"], &best["model"]),
        (&json!("anna"), &Value::Null)
    );

    // Forgetting removes both.
    home.call_with("forget anna", &[&data]).succeeds();
    let people = home.call_with("people --json", &[&data]).succeeds().json();
    assert_eq!(people["people"].as_array().unwrap().len(), 5);
    let gallery = home.path("data/gallery");
    for file in std::fs::read_dir(gallery).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(4).any(|window| window == b"anna"));
    }
}

#[test]
fn a_backbone_of_ones_own_answers_frozen() {
    let home = Home::new();
    let network = std::fs::read(root().join("data/models/sface.onnx")).unwrap();
    let network = home.file("other.onnx", &network);
    home.file(
        "other.ron",
        b"(name: \"other\", channels: rgb, embedding: 128)",
    );
    let data = format!("--data={}", home.others());
    let photo = home.photo("1.png", 103);
    let flag = format!("--backbone={network}");
    home.call_with("verify", &[&data, &photo, &flag])
        .misused("give one with --threshold");
    let report = home
        .call_with("verify --json --threshold 0.5", &[&data, &photo, &flag])
        .succeeds()
        .json();
    assert_eq!(report["model"], "other");
    let answer = &report["photos"][0];
    assert_eq!(
        (&answer["best"], &answer["accepted"]),
        (&json!("p10"), &json!(true))
    );
    home.file(
        "other.ron",
        b"(name: \"other\", channels: rgb, embedding: 64)",
    );
    home.call_with("verify --threshold 0.5", &[&data, &photo, &flag])
        .fails("its output has the shape");
}

#[test]
fn licences_are_whole_and_changes_are_said() {
    let home = Home::new();
    let text = home.call("licences").succeeds().text();
    for part in [
        "Apache License",
        "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
        "Copyright (c) 2020 Shiqi Yu",
        "Intel License Agreement",
        "AT&T Laboratories Cambridge",
        "Modified: batch normalisation is folded",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let report = home.call("licences --json").succeeds().json();
    let names = report["parts"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|part| part["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["Twinsight", "SFace", "YuNet", "Haar cascade", "ORL faces"]
    );
}

/// Pictures of a data set are cached under the name of their sub-folder.
#[test]
fn forgetting_a_person_empties_the_cache_of_that_person() {
    let home = Home::new();
    let data = format!("--data={}", home.others());
    home.photo("family/Ada/1.png", 200);
    home.photo("family/Ben/1.png", 210);
    home.photo("family/Ben/2.png", 211);
    let family = format!("--data={}", home.path("family").to_str().unwrap());
    let faces = || home.call("doctor --json").succeeds().json()["cache"]["faces"].clone();
    home.call_with("people", &[&data]).succeeds();
    home.call_with("people", &[&family]).succeeds();
    assert_eq!(faces(), 15);
    let photo = home.photo("ada.png", 201);
    home.call_with("enroll Ada", &[&photo, &data]).succeeds();
    assert_eq!(faces(), 15, "a photo of one's own is not cached");
    home.call_with("forget Ada", &[&data]).succeeds();
    assert_eq!(faces(), 14);
}

#[test]
fn a_run_is_named_in_the_same_way_everywhere() {
    let home = Home::trained();
    let photo = home.photo("photo.png", 3);
    let folder = home.run();
    let model = |run: &str| {
        let answer = home.call_with("verify --json --run", &[run, &photo]);
        answer.succeeds().json()
    };
    for run in ["1", "0001", "0001-compact", folder.to_str().unwrap()] {
        assert_eq!(model(run)["model"], "0001-compact", "{run}");
    }
    let best = model("best");
    assert_eq!(best["model"], "0001-compact");
    let why = best["why"].as_str().unwrap();
    assert_eq!(
        why,
        "0001-compact has the lowest validation EER of the runs on these faces, on 5 people"
    );
    assert_eq!(model("builtin")["model"], "builtin");
    for command in ["evaluate", "pairs", "verify photo.png"] {
        home.call_with(&format!("{command} --run"), &["7"])
            .fails("there is no run 7: `twinsight runs` lists those there are");
    }
    home.call("train --resume --run 7")
        .fails("there is no run 7");
    home.call("evaluate --json --run 1").succeeds();
}
