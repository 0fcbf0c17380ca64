//! What the program says is so: situations, the sentence in each, and a check of what the sentence claims.

use serde_json::Value;

use crate::harness::{Ended, Home, orl};
use twinsight::units::ImageId;

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

/// The built-in picture as PNG bytes.
fn png(image: usize) -> Vec<u8> {
    let photo = orl().photo(ImageId(image)).unwrap();
    let mut bytes = std::io::Cursor::new(Vec::new());
    photo
        .grey()
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Two people with a picture each below a folder.
fn two_people(home: &Home, folder: &str) {
    home.photo(&format!("{folder}/anna/1.png"), 0);
    home.photo(&format!("{folder}/boris/1.png"), 10);
}

/// Both outputs of a call.
fn all(ended: &Ended) -> String {
    format!("{}{}", ended.text(), ended.errors())
}

#[track_caller]
fn says(home: &Home, line: &str, code: i32, sentence: &str) -> Ended {
    let ended = home.call(line).exits(code);
    assert!(
        all(&ended).contains(sentence),
        "{line}\nsays: {}\nnot: {sentence}",
        all(&ended)
    );
    ended
}

/// Data sets that cannot be read, or not as they are: the call, its exit code, the sentence.
#[test]
fn sentences_about_folders_are_true() {
    let home = Home::new();
    two_people(&home, "split/train");
    two_people(&home, "split/val");
    two_people(&home, "wrapped/faces-main/faces");
    two_people(&home, "mixed");
    two_people(&home, "mixed/train");
    two_people(&home, "my faces/set");
    two_people(&home, "links");
    home.file("loose/1.heic", HEIC);
    home.file("loose/2.png", &png(3));
    home.file("loose/Thumbs.db", b"\xd0\xcf\x11\xe0");
    home.file("nothing/one/readme.txt", b"none");
    home.file("notes/anna/list.txt", b"Anna, 2024");
    home.file("notes/anna/1.png", &png(0));
    home.file("notes/boris/scan.pdf", b"%PDF-1.7");
    home.file("notes/boris/1.png", &png(10));
    home.file("broken.mat", b"MATLAB 5.0 MAT-file");
    for empty in ["empty", "hollow/anna"] {
        std::fs::create_dir_all(home.path(empty)).unwrap();
    }
    #[cfg(unix)]
    {
        home.file("windows/anna\\1.png", &png(0));
        home.file("windows/boris\\1.png", &png(10));
        let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, home.path(at)).unwrap();
        link("../split", "links/carl");
        link("../gone", "links/dora");
        link("..", "links/anna/back");
        says(
            &home,
            "data check windows",
            1,
            "the names of its files hold backslashes",
        );
        says(&home, "data check windows", 1, "(2 PNG pictures)");
        says(
            &home,
            "data check links",
            0,
            "links/carl: it is a link to a folder",
        );
        says(
            &home,
            "data check links",
            0,
            "links/dora: it is a link to something that does not exist",
        );
        says(
            &home,
            "data check links",
            0,
            "links/anna/back: it is a folder inside a person's folder",
        );
    }
    for (line, code, sentence) in [
        (
            "data check empty",
            1,
            "it is empty; put one sub-folder for each person",
        ),
        ("data check hollow", 1, "its sub-folders are empty"),
        (
            "data check loose",
            1,
            "1 HEIC photo and 1 PNG picture lie loose in it",
        ),
        (
            "data check nothing",
            1,
            "of 1 other file in its sub-folders none can be used",
        ),
        (
            "data check notes",
            0,
            "notes/anna/list.txt: it is not a picture (JPEG, PNG",
        ),
        (
            "data check notes",
            0,
            "notes/boris/scan.pdf: it is a PDF document, not a picture",
        ),
        ("data check nowhere", 1, "there is no such file"),
        (
            "data check broken.mat",
            1,
            "does not hold the Olivetti faces",
        ),
        (
            "data check mixed",
            0,
            "to read these, name mixed/train as the data",
        ),
    ] {
        says(&home, line, code, sentence);
    }
    // Where it advises another folder, that one is read.
    for (line, advice, named) in [
        (
            "train --data split",
            "one folder deeper: name split/train or split/val",
            "split/val",
        ),
        (
            "train --data wrapped",
            "2 folders deeper: name wrapped/faces-main/faces",
            "wrapped/faces-main/faces",
        ),
        (
            "data check mixed",
            "name mixed/train as the data",
            "mixed/train",
        ),
    ] {
        let code = i32::from(!line.contains("mixed"));
        says(&home, line, code, advice);
        let read = home
            .call_with("data check --json", &[named])
            .succeeds()
            .json();
        assert_eq!(read["people"], 2, "{named}");
    }
    let quoted = home.call_with("data check", &["my faces"]).exits(1);
    assert!(
        all(&quoted).contains("name 'my faces/set'"),
        "{}",
        all(&quoted)
    );
    assert!(!all(&home.call("data check loose")).contains("Thumbs"));
}

/// Photos that cannot be used.
#[test]
fn sentences_about_photos_are_true() {
    let home = Home::new();
    let jpeg = std::fs::read("tests/data/fixtures/plain.jpg").unwrap();
    for (name, bytes, code, sentence) in [
        (
            "phone.heic",
            HEIC,
            1,
            "it is a HEIC photo; convert it to JPEG",
        ),
        ("empty.jpg", b"".as_slice(), 1, "it is empty"),
        (
            "torn.jpg",
            &jpeg[..jpeg.len() / 2],
            1,
            "it ends in the middle",
        ),
        (
            "bomb.pgm",
            b"P5 30000 30000 255\n",
            1,
            "it has 30000 × 30000 pixels, too many",
        ),
        (
            "dot.pgm",
            b"P5 1 1 255\nx",
            1,
            "it has 1 × 1 pixels, too few",
        ),
        (
            "page.jpg",
            b"<!DOCTYPE html><html>",
            1,
            "it is a web page, not a picture",
        ),
        (
            "faces.zip",
            b"PK\x03\x04....",
            1,
            "it is a zip archive, not a picture",
        ),
        (
            "text.jpg",
            b"hello",
            1,
            "it is not a picture (JPEG, PNG, WebP, TIFF, BMP, GIF and PGM are read)",
        ),
    ] {
        home.file(name, bytes);
        says(&home, &format!("verify {name}"), code, sentence);
        let mut line = home
            .call(&format!("enroll ada {name}"))
            .exits(code)
            .errors();
        line.retain(|c| c != '\n');
        assert!(line.contains(sentence), "{line}");
    }
    assert!(!home.path("data/gallery").join("people").exists());
    let mut grey = b"P5 90 90 255\n".to_vec();
    grey.extend([120; 90 * 90]);
    home.file("cup.pgm", &grey);
    // It advises --whole, and that helps.
    says(
        &home,
        "enroll cup cup.pgm",
        3,
        "no face was found in it; use another photo, or take the middle of this one with --whole",
    );
    says(
        &home,
        "enroll cup --whole cup.pgm",
        0,
        "cup is enrolled with 1 photo",
    );
    home.file("pics/a.txt", b"x");
    says(&home, "verify pics", 1, "it is a folder without JPEG, PNG");
}

/// Which model answers, and which run is meant.
#[test]
fn sentences_about_models_and_runs_are_true() {
    let home = Home::new();
    home.photo("p.png", 3);
    let data = home.small_data();
    let first = says(
        &home,
        "verify --json p.png",
        0,
        "no model was trained here yet, so the built-in model answers",
    );
    assert_eq!(first.json()["model"], "builtin");
    says(
        &home,
        "verify --run best p.png",
        1,
        "no run on ORL faces has a model that learned anything: train one with `twinsight train`",
    );
    says(
        &home,
        "verify --run 7 p.png",
        1,
        "there is no run 7: `twinsight runs` lists those there are",
    );
    says(&home, "runs", 0, "there is no run in");
    says(
        &home,
        "attach --stop",
        1,
        "no training is under way in the background in",
    );
    says(&home, "train --resume", 1, "there is no run to go on with");

    let trained = home
        .call_with("train --epochs 1 --json --data", &[&data])
        .succeeds();
    let errors = trained.errors();
    assert!(errors.contains("holds 4 of them out"), "{errors}");
    assert!(
        errors.contains("training on 4 people, validating on 2 people"),
        "4 of 8: {errors}"
    );
    assert!(
        !errors.contains("EER   0.0 %") && !errors.contains("AUC 1.0000"),
        "{errors}"
    );
    let figures = &trained.json()["final"];
    if figures["val_eer"].is_null() {
        assert_eq!(
            figures["reason"],
            "2 people are too few to tell a rate so near to 0 or 1"
        );
    }
    let runs = home.call("runs").succeeds().text();
    assert!(
        runs.contains("PEOPLE") && !runs.contains(" 0.0 %"),
        "{runs}"
    );
    let listed = home.call("runs --json").succeeds().json();
    assert_eq!(listed["runs"][0]["best"]["people"], 2);

    // Each command takes the same names of a run, and says the same of what is none.
    for line in [
        "attach builtin --stop",
        "runs compare 1 builtin",
        "train --resume --run builtin",
    ] {
        says(
            &home,
            line,
            1,
            "the built-in model is no run, because it was not trained here",
        );
    }
    for line in [
        "attach 9 --stop",
        "runs compare 1 9",
        "train --resume --run 9",
        "evaluate --run 9",
    ] {
        says(
            &home,
            line,
            1,
            "there is no run 9: `twinsight runs` lists those there are",
        );
    }
    says(
        &home,
        "runs compare 1 best",
        0,
        "their recipes are the same",
    );
    for name in ["1", "0001-transfer", "best", "data/runs/0001-transfer"] {
        let line = format!("verify --json --data small --run {name} p.png");
        let answer = home.call(&line).succeeds().json();
        assert_eq!(answer["model"], "0001-transfer", "{name}");
        home.call_with(
            &format!("train --resume --epochs 1 --run {name} --data"),
            &[&data],
        )
        .succeeds();
    }
    says(
        &home,
        "train --epochs 1 --run best",
        2,
        "write the folder of a new run as ./best",
    );
    says(
        &home,
        "train --epochs 1 --run 1",
        1,
        "0001-transfer already holds a run",
    );
    says(
        &home,
        "train --epochs 1 --run 0001-transfer",
        1,
        "continue it with --resume",
    );

    let few = says(
        &home,
        "verify --json --data small p.png",
        0,
        "held out 2 people for validation, too few",
    );
    assert_eq!(few.json()["model"], "builtin");
    let best = says(
        &home,
        "verify --json --run best --data small p.png",
        0,
        "the lowest validation EER of the runs on these faces, on 2 people",
    );
    assert_eq!(best.json()["model"], "0001-transfer");
    let other = says(
        &home,
        "verify --json p.png",
        0,
        "was trained on small and not on ORL faces",
    );
    assert_eq!(other.json()["model"], "builtin");
    // A calibration on these people is of the model that answers about them.
    let kept = says(
        &home,
        "calibrate --data small",
        0,
        "builtin is calibrated on small: 8 people, 32 pictures",
    );
    assert!(all(&kept).contains("`twinsight calibrate --undo --run builtin` goes back"));
    says(
        &home,
        "calibrate --undo --run builtin",
        0,
        "builtin has the calibration again that it came with",
    );
}

/// Figures that so few people, or comparisons, cannot tell.
#[test]
fn sentences_about_figures_are_true() {
    let home = Home::new();
    home.photo("p.png", 3);
    home.faces("four", 4);
    home.faces("two", 2);
    home.faces("one", 1);
    let fine = says(
        &home,
        "verify --json --fmr 0.0001% p.png",
        0,
        "finer than 1 in 78,000 can be told from 78,000 comparisons",
    );
    assert_eq!(fine.json()["finest_fmr"], 1.0 / 78_000.0);
    assert_eq!(fine.json()["fmr"], 0.0);
    says(
        &home,
        "verify --fmr 0 p.png",
        0,
        "above all 78,000 comparisons of two people, which are too few to show a false match rate of 0 %",
    );
    says(&home, "verify p.png", 0, "> 0.9999");

    let two = home.call("evaluate --json --data two").succeeds().json();
    assert_eq!((&two["people"], &two["mated"]), (&2.into(), &12.into()));
    assert!(
        two["eer"]["value"].is_null() && two["comparisons_alike"]["eer"].is_null(),
        "{two}"
    );
    assert_eq!(
        two["eer"]["reason"],
        "2 people with 12 comparisons are too few to tell a rate so near to 0 or 1"
    );
    let text = says(
        &home,
        "evaluate --data two",
        0,
        "FNMR at FMR 1 %       n/a   (a false match rate of 1 in 100 cannot be told from 16",
    );
    assert!(!all(&text).contains("EER 0.0 %"), "{}", all(&text));
    says(
        &home,
        "evaluate --data one",
        1,
        "only one person is compared",
    );
    says(
        &home,
        "train --data one",
        1,
        "there is one person; two are needed to train",
    );
    says(
        &home,
        "data check one",
        0,
        "there is one person; two are needed to train",
    );
    says(
        &home,
        "data check four",
        0,
        "4 people: enough to enroll, too few to judge a training, which holds 2 of them out",
    );
    says(
        &home,
        "calibrate --data four",
        1,
        "4 people with two pictures or more, on whom the model was not trained, are too few",
    );
    says(
        &home,
        "calibrate",
        2,
        "name the pictures of your people with --data DIR, or go back with --undo",
    );
}

/// `--report` writes what it says, and says where.
#[test]
fn sentences_about_reports_are_true() {
    let home = Home::new();
    home.faces("two", 2);
    says(
        &home,
        "evaluate --data two --report out/first",
        0,
        "the report is in out/first",
    );
    let report = std::fs::read(home.path("out/first/report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(
        (&report["model"], &report["people"]),
        (&"builtin".into(), &2.into())
    );
    let text = std::fs::read_to_string(home.path("out/first/report.txt")).unwrap();
    assert_eq!(
        home.call("evaluate --data two").succeeds().text(),
        text + "\n"
    );
    home.file("taken", b"x");
    says(
        &home,
        "evaluate --data two --report taken",
        1,
        "cannot create the folder taken: it is not a folder",
    );
}

/// Names, the gallery and the configuration.
#[test]
fn sentences_about_names_are_true() {
    let home = Home::new();
    home.photo("p.png", 0);
    let enroll = |name: &str| home.call_with("enroll", &[name, "p.png"]);
    enroll("Zoë").succeeds();
    for (name, sentence) in [
        ("zoë", "write \"Zoë\" if it is the same person"),
        ("Zoe\u{308}.", "write \"Zoë\" if it is the same person"),
        ("Ｚｏë", "write \"Zoë\" if it is the same person"),
        (
            "S01",
            "put the photos into that person's folder if it is the same person",
        ),
        ("An\u{200b}na", "holds control characters or invisible ones"),
        (
            "s01",
            "is one of the data set's people, who cannot be changed",
        ),
        (" ", "a name is missing"),
    ] {
        enroll(name).fails(sentence);
    }
    enroll("Zoë").succeeds();
    let people = home.call("people --json").succeeds().json();
    let own = people["people"].as_array().unwrap().iter();
    let own: Vec<&Value> = own.filter(|person| person["built_in"] == false).collect();
    assert_eq!((own.len(), &own[0]["name"]), (1, &"Zoë".into()));
    says(
        &home,
        "forget nobody",
        1,
        "nobody called \"nobody\" is enrolled",
    );
    home.file("config/config.ron", b"\xef\xbb\xbf(seed: 9)");
    home.call("people").succeeds();
    home.file("config/config.ron", b"(\n  sed: 9)");
    says(
        &home,
        "people",
        1,
        "config.ron:2:3: there is no setting \"sed\"",
    );
}
