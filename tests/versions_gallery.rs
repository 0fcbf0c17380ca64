//! The gallery of version 0.1.0 (`tests/fixtures/v0.1.0`) opens, answers and can be changed.

// Clippy allows `unwrap` in functions marked as tests, but not in their helpers.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use twinsight::data::{Dataset, Source};
use twinsight::gallery::Gallery;
use twinsight::model::checkpoint::Saved;
use twinsight::model::pretrained_v0_1;
use twinsight::recognition::{Identification, IdentifyOptions, PreparedPhoto, Recognizer};
use twinsight::train::RunDir;

/// How far a similarity or a distance may be from that of version 0.1.0.
const TOLERANCE: f64 = 1e-4;

fn fixture(inside: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0.1.0");
    fixtures.join(inside)
}

/// A copy of the gallery, so that the fixture stays as it is.
fn gallery() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let name = "haar.safetensors";
    std::fs::copy(fixture("gallery").join(name), folder.path().join(name)).unwrap();
    folder
}

fn recognizer(saved: Saved, gallery: &Path) -> Recognizer {
    let faces = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
    Recognizer::open(saved.model, Arc::new(faces), gallery).unwrap()
}

fn run() -> Saved {
    RunDir::open(&fixture("run")).unwrap().best().unwrap()
}

#[test]
fn both_photos_get_the_answers_of_version_0_1_0() {
    let text = std::fs::read_to_string(fixture("answers.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    for (name, saved) in [("run", run()), ("builtin", pretrained_v0_1())] {
        let folder = gallery();
        let mut recognizer = recognizer(saved, folder.path());
        let photos = ["photos/anna2.pgm", "photos/bert2.pgm"];
        let prepared = photos.map(|photo| recognizer.prepare(&fixture(photo)).unwrap());
        let probes = prepared.map(PreparedPhoto::probe);
        let answers = recognizer
            .identify(&probes, &IdentifyOptions::default())
            .unwrap();
        let expected = expected[name].as_array().unwrap();
        assert_eq!(expected.len(), answers.len());
        for ((expected, probe), answer) in expected.iter().zip(&probes).zip(&answers) {
            let area = serde_json::to_value(probe.face().area).unwrap();
            assert_eq!(area, expected["face"], "{name}");
            agrees(answer, expected, name);
        }
    }
}

fn agrees(answer: &Identification, expected: &Value, model: &str) {
    let best = answer.best().expect("people to compare with");
    assert_eq!(*best.person, *expected["best"].as_str().unwrap(), "{model}");
    assert_eq!(answer.accepted().is_some(), expected["accepted"], "{model}");
    let scores = expected["scores"].as_array().unwrap();
    assert!(!scores.is_empty());
    for (candidate, score) in answer.candidates.iter().zip(scores) {
        assert_eq!(
            *candidate.person,
            *score["person"].as_str().unwrap(),
            "{model}"
        );
        for (now, then) in [
            (candidate.similarity.0, &score["similarity"]),
            (candidate.distance.0, &score["distance"]),
        ] {
            let off = (f64::from(now) - then.as_f64().unwrap()).abs();
            assert!(off < TOLERANCE, "{model}: {now} instead of {then}");
        }
    }
}

#[test]
fn people_are_forgotten_renamed_and_enrolled() {
    let folder = gallery();
    let mut recognizer = recognizer(run(), folder.path());
    let names = |gallery: &Gallery| -> Vec<(String, usize)> {
        let people = gallery.enrolled().iter();
        people.map(|p| (p.name.clone(), p.photos.len())).collect()
    };
    let pair = |name: &str, photos| (name.to_owned(), photos);
    assert_eq!(
        names(recognizer.gallery()),
        [pair("anna", 1), pair("bert", 1)]
    );
    assert_eq!(recognizer.forget("bert").unwrap(), 1);
    recognizer.rename("anna", "Anne").unwrap();
    let photo = recognizer.prepare(&fixture("photos/anna2.pgm")).unwrap();
    let probe = [photo.probe()];
    assert_eq!(recognizer.enroll("Anne", &probe).unwrap(), 2);
    assert_eq!(recognizer.enroll("Zoë", &probe).unwrap(), 1);
    let again = Gallery::open(folder.path(), recognizer.model().preparation()).unwrap();
    assert_eq!(names(&again), [pair("Anne", 2), pair("Zoë", 1)]);
}
