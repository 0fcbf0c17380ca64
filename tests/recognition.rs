//! The same photos by every way into recognition: faces, scores and verdicts must be equal.
//!
//! Each way is a function from photos to [`Answer`]s, so that a further one is one more line in [`every_way_agrees`].

// Clippy allows `unwrap` in functions marked as tests, but not in their helpers.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use twinsight::data::{Dataset, Loading, Source};
use twinsight::gallery::Gallery;
use twinsight::internals::app::key::{Key, Named};
use twinsight::internals::config::Config;
use twinsight::internals::files::Paths;
use twinsight::internals::tui::TuiOptions;
use twinsight::internals::tui::headless::Headless;
use twinsight::model::checkpoint::{self, CheckpointMetadata, Saved};
use twinsight::model::photographs::FaceTraits;
use twinsight::model::pretrained;
use twinsight::recognition::{
    Identification, IdentifyOptions, ModelOrigin, Probe, Recognizer, answering_model,
};
use twinsight::train::RunDir;
use twinsight::units::ImageId;
use twinsight::vision::{Preparation, Rect};

/// What a way says about one face.
#[derive(Debug, PartialEq)]
struct Answer {
    photo: PathBuf,
    face: Rect,
    /// Person, similarity and distance, the most similar first.
    scores: Vec<(String, f32, f32)>,
    accepted: bool,
}

impl Answer {
    fn new(photo: &Path, face: Rect, identification: &Identification) -> Self {
        let candidates = identification.candidates.iter();
        Self {
            photo: photo.to_owned(),
            face,
            scores: candidates
                .map(|c| (c.person.to_string(), c.similarity.0, c.distance.0))
                .collect(),
            accepted: identification.accepted().is_some(),
        }
    }
}

/// A folder for everything the program stores, with photos and one enrolled person.
struct Home {
    folder: tempfile::TempDir,
    photos: Vec<PathBuf>,
    /// The run whose model answers; `None` for the built-in model.
    run: Option<PathBuf>,
}

impl Home {
    fn new(run: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let faces = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
        let write = |name: &str, picture: image::GrayImage| {
            let path = folder.path().join(name);
            picture.save(&path).unwrap();
            path
        };
        let photo = |person: usize, number: usize| {
            let photo = faces.photo(ImageId(10 * person + number)).unwrap();
            photo.grey().clone()
        };
        let photos = vec![
            write("s03.png", photo(2, 4)),
            write("s39.pgm", photo(38, 6)),
            write("two.png", side_by_side(&photo(0, 0), &photo(20, 0))),
        ];
        let anna = write("anna.png", photo(38, 1));
        let home = Self {
            folder,
            photos,
            run,
        };
        home.run(&["enroll", "Anna", anna.to_str().unwrap()]);
        home
    }

    /// With the model of a run of version 0.1.0, whose faces the Haar cascade finds.
    fn of_run() -> Self {
        Self::new(Some(fixture_run()))
    }

    fn model(&self) -> Saved {
        match &self.run {
            Some(run) => RunDir::open(run).unwrap().best().unwrap(),
            None => pretrained(),
        }
    }

    fn gallery(&self) -> PathBuf {
        self.folder.path().join("data/gallery")
    }

    /// Calls the program and returns its standard output.
    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(env!("CARGO_BIN_EXE_twinsight"))
            .args(arguments)
            .args(
                self.run
                    .iter()
                    .flat_map(|run| ["--run", run.to_str().unwrap()]),
            )
            .env("TWINSIGHT_HOME", self.folder.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        output.stdout
    }

    fn by_command_line(&self) -> Vec<Answer> {
        let photos = self.photos.iter().map(|path| path.to_str().unwrap());
        let arguments: Vec<&str> = ["verify", "--json"].into_iter().chain(photos).collect();
        let report: serde_json::Value = serde_json::from_slice(&self.run(&arguments)).unwrap();
        let number = |value: &serde_json::Value| value.as_f64().unwrap() as f32;
        let score = |score: &serde_json::Value| {
            let person = score["person"].as_str().unwrap().to_owned();
            (
                person,
                number(&score["similarity"]),
                number(&score["distance"]),
            )
        };
        let answer = |photo: &serde_json::Value| Answer {
            photo: photo["path"].as_str().unwrap().into(),
            face: serde_json::from_value(photo["face"].clone()).unwrap(),
            scores: photo["scores"]
                .as_array()
                .unwrap()
                .iter()
                .map(score)
                .collect(),
            accepted: photo["accepted"].as_bool().unwrap(),
        };
        report["photos"]
            .as_array()
            .unwrap()
            .iter()
            .map(answer)
            .collect()
    }

    fn by_library(&self) -> Vec<Answer> {
        let Saved { model, scores, .. } = self.model();
        let faces = Arc::new(Dataset::open(&Source::Orl, model.preparation()).unwrap());
        let mut recognizer = Recognizer::open(model, faces, &self.gallery()).unwrap();
        let chosen = recognizer.choose_threshold(None, &scores).unwrap();
        let options = IdentifyOptions {
            threshold: chosen.threshold,
            ..IdentifyOptions::default()
        };
        let prepare = |path: &PathBuf| (path.clone(), recognizer.prepare(path).unwrap());
        let prepared: Vec<_> = self.photos.iter().map(prepare).collect();
        let probes: Vec<Probe> = prepared
            .iter()
            .flat_map(|(_, photo)| photo.probes())
            .collect();
        let paths = prepared
            .iter()
            .flat_map(|(path, photo)| photo.faces().iter().map(move |_| path));
        let answers = recognizer.identify(&probes, &options).unwrap();
        let answer = |((photo, probe), answer): ((&PathBuf, &Probe), _)| {
            Answer::new(photo, probe.face().area, &answer)
        };
        paths.zip(&probes).zip(answers).map(answer).collect()
    }

    /// Opens each photo on the Verify screen, by keys, and compares it with all pictures of each person. The screen shows
    /// the face with the highest detection score.
    fn by_screens(&self) -> Vec<Answer> {
        let paths = Paths::under(self.folder.path());
        let options = TuiOptions::new(paths, Config::default(), self.run.clone());
        let mut screens = Headless::start(options).expect("the preset is known");
        screens.press(Key::char('4'));
        screens.press(Key::char('a'));
        let mut answers = Vec::new();
        for path in &self.photos {
            screens.press(Key::char('o'));
            for c in path.to_str().expect("UTF-8").chars() {
                screens.press(Key::char(c));
            }
            screens.press(Key::named(Named::Enter));
            let verify = &screens.state().verify;
            assert_eq!(verify.failure, None);
            let shown = verify.view.get().expect("a probe");
            let identification = Identification {
                candidates: verify.candidates.clone(),
                threshold: verify.threshold,
                traits: FaceTraits::default(),
            };
            answers.push(Answer::new(path, shown.probe.face().area, &identification));
        }
        answers
    }
}

/// Two people in one photo, with a margin so that both are found.
fn side_by_side(left: &image::GrayImage, right: &image::GrayImage) -> image::GrayImage {
    let (width, height) = left.dimensions();
    let mut both = image::GrayImage::from_pixel(2 * width + 40, height, image::Luma([110]));
    image::imageops::replace(&mut both, left, 0, 0);
    image::imageops::replace(&mut both, right, i64::from(width) + 40, 0);
    both
}

fn fixture_run() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0.1.0/run")
}

fn every_way_agrees(home: &Home) {
    let expected = home.by_library();
    assert_eq!(expected.len(), 4, "two single faces, and two in one photo");
    assert_eq!(expected[0].scores[0].0, "s03");
    assert!(expected[0].accepted);
    assert_eq!(expected[0].scores.len(), 41, "40 people and Anna");
    assert_ne!(expected[2].face, expected[3].face);
    let ways = [("command line", home.by_command_line())];
    for (way, answers) in ways {
        assert_eq!(answers, expected, "{way}");
    }
    let shown = [0, 1, 2].map(|first| &expected[first]);
    assert_eq!(home.by_screens().iter().collect::<Vec<_>>(), shown);
}

#[test]
fn every_way_agrees_about_the_model_of_a_run() {
    every_way_agrees(&Home::of_run());
}

#[test]
fn every_way_agrees_about_the_built_in_model() {
    every_way_agrees(&Home::new(None));
}

#[test]
fn what_one_way_enrolls_the_other_forgets() {
    let home = Home::new(None);
    let model = pretrained().model;
    let preparation = *model.preparation();
    let gallery = |home: &Home| Gallery::open(&home.gallery(), &preparation).unwrap();
    assert_eq!(gallery(&home).enrolled()[0].name, "Anna");
    let faces = Arc::new(Dataset::open(&Source::Orl, model.preparation()).unwrap());
    let mut recognizer = Recognizer::open(model, faces, &home.gallery()).unwrap();
    recognizer.forget("Anna").unwrap();
    let photo = recognizer.prepare(Path::new(&home.photos[0])).unwrap();
    recognizer.enroll("Bea", &[photo.probe()]).unwrap();
    let people: serde_json::Value =
        serde_json::from_slice(&home.run(&["people", "--json"])).unwrap();
    let people = people["people"].as_array().unwrap();
    let enrolled: Vec<_> = people.iter().filter(|p| p["built_in"] == false).collect();
    assert_eq!(enrolled.len(), 1);
    assert_eq!(enrolled[0]["name"], "Bea");
    home.run(&["forget", "Bea"]);
    assert!(gallery(&home).enrolled().is_empty());
}

/// A copy of the run of version 0.1.0 as the newest run, with these people held out for validation.
fn newest_run(runs: &Path, validation: &[&str], val_eer: f64) -> PathBuf {
    let run = runs.join("0001-own");
    std::fs::create_dir_all(&run).unwrap();
    for entry in std::fs::read_dir(fixture_run()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, run.join(path.file_name().unwrap())).unwrap();
    }
    let best = run.join("best.safetensors");
    let saved = checkpoint::load(&best).unwrap();
    let metadata = CheckpointMetadata {
        validation: validation.iter().map(|&name| name.to_owned()).collect(),
        val_eer,
        ..saved.metadata.clone()
    };
    checkpoint::save(
        &best,
        &saved.model,
        &metadata,
        &saved.validation_scores(),
        None,
    )
    .unwrap();
    run
}

/// One rule for which model answers, whoever asks.
#[test]
fn a_run_answers_where_it_is_better_and_else_the_built_in_model() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let origin = |run: Option<&Path>, data: Option<&Source>| {
        let loading = Loading::default();
        let data = data.map(|data| (data, &loading));
        answering_model(&runs, run, data).unwrap().origin
    };
    let orl = Some(&Source::Orl);
    assert_eq!(origin(None, orl), ModelOrigin::NothingTrained);

    let run = newest_run(&runs, &["s01", "s02"], 0.0);
    let too_few = ModelOrigin::TooFewHeldOut {
        run: run.clone(),
        people: 2,
    };
    assert_eq!(origin(None, orl), too_few);
    assert_eq!(
        (too_few.run(), too_few.name()),
        (None, "builtin".to_owned())
    );
    // Without faces to answer about, the newest run; a named run always; the built-in model by its name.
    let of_run = ModelOrigin::Run(run.clone());
    assert_eq!(origin(None, None), of_run);
    assert_eq!(origin(Some(&run), orl), of_run);
    assert_eq!(
        origin(Some(Path::new("builtin")), orl),
        ModelOrigin::BuiltIn
    );
    let office = folder.path().join("office");
    let other = ModelOrigin::OtherData {
        trained_on: "ORL faces".to_owned(),
        asked: "office".to_owned(),
    };
    assert_eq!(origin(None, Some(&Source::Folder(office))), other);

    // All forty people: the built-in model errs on few comparisons of theirs.
    let names: Vec<String> = (1..=40).map(|number| format!("s{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (own_eer, is_run) in [(0.03, false), (0.0, true)] {
        newest_run(&runs, &names, own_eer);
        let loading = Loading::default();
        let data = Some((&Source::Orl, &loading));
        let found = answering_model(&runs, None, data).unwrap();
        let ModelOrigin::Better(better) = &found.origin else {
            panic!("{:?}", found.origin);
        };
        assert_eq!((better.people, better.own_eer), (40, own_eer));
        assert!(better.built_in_eer > 0.0 && better.built_in_eer < 0.003);
        assert_eq!(better.is_run(), is_run);
        let backbone = found.saved.model.preparation().backbone;
        assert_eq!(backbone.is_none(), is_run);
        let said = found.origin.explanation().unwrap();
        let answers = match is_run {
            true => "the model of 0001-own answers",
            false => "the built-in model answers",
        };
        assert!(said.starts_with(answers), "{said}");
    }
}
