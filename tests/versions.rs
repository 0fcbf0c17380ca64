//! Files of version 0.1.0 (`tests/fixtures/v0.1.0`): a stopped run is listed, continued and exported, and the user's
//! configuration, keys and theme are read.

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use twinsight::data::Source;
use twinsight::internals::app::Keymap;
use twinsight::internals::config::{Config, Overrides};
use twinsight::internals::files::Paths;
use twinsight::internals::ui::{Depth, Theme};
use twinsight::model::checkpoint;
use twinsight::train::{EpochMetrics, RunDir};
use twinsight::units::{Seed, Threshold};

/// Figures may differ this much from those of another version, which computes in another order.
const TOLERANCE: f64 = 1e-3;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/v0.1.0")
        .join(name)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A user's folder as version 0.1.0 left it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    copy(&fixture("config"), &home.path().join("config"));
    copy(&fixture("run"), &home.path().join("data/runs/0001-own"));
    home
}

/// The JSON answer of a command.
fn call(home: &Path, line: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_twinsight"))
        .env("TWINSIGHT_HOME", home)
        .current_dir(home)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn figures(row: &EpochMetrics) -> [f64; 7] {
    let validation = row.validation.unwrap();
    [
        row.train_loss.into(),
        row.train_accuracy.into(),
        validation.loss.into(),
        validation.accuracy.into(),
        validation.eer,
        validation.auc,
        row.learning_rate.into(),
    ]
}

#[test]
fn a_run_is_listed_continued_and_exported() {
    let home = home();
    let runs = call(home.path(), "runs --json");
    let listed = &runs["runs"][0];
    assert_eq!(listed["state"], "unfinished");
    assert_eq!(
        (&listed["epochs"], &listed["planned"]),
        (&3.into(), &4.into())
    );
    assert_eq!(listed["program"], "0.1.0");
    assert_eq!(listed["best"]["epoch"], 3);

    let trained = call(home.path(), "train --resume --json");
    assert_eq!(trained["epochs"], 4);
    let run = home.path().join("data/runs/0001-own");
    let rows = RunDir::open(&run).unwrap().rows().unwrap();
    let row = rows.last().unwrap();
    let answers = std::fs::read_to_string(fixture("answers.json")).unwrap();
    let answers: Value = serde_json::from_str(&answers).unwrap();
    let expected: Vec<f64> = answers["resumed_row"]
        .as_str()
        .unwrap()
        .split(',')
        .map(|cell| cell.parse().unwrap())
        .collect();
    assert_eq!(f64::from(row.epoch.0), expected[0]);
    for (ours, theirs) in figures(row).iter().zip(&expected[1..]) {
        assert!(
            (ours - theirs).abs() <= TOLERANCE,
            "{row:?}, not {expected:?}"
        );
    }

    let exported = call(
        home.path(),
        "export safetensors weights.safetensors --run data/runs/0001-own --json",
    );
    let file = exported["files"][0].as_str().unwrap();
    assert!(home.path().join(file).is_file());
}

#[test]
fn the_configuration_keys_and_theme_are_read() {
    let home = home();
    let paths = Paths::under(home.path());
    let config = Config::load(&paths, Overrides::default()).unwrap();
    assert_eq!(config.data, Source::Orl);
    assert_eq!(
        (config.seed, config.threshold),
        (Seed(3), Some(Threshold(0.6)))
    );
    assert_eq!(
        (config.epochs, config.batch, config.learning_rate),
        (Some(4), Some(32), Some(0.002))
    );
    assert_eq!(
        (config.threads, config.validation, config.test),
        (Some(2), Some(5), Some(5))
    );

    let keys = paths.config_dir().join("keys.ron");
    let keymap = Keymap::with_file(&std::fs::read_to_string(keys).unwrap(), "keys.ron");
    assert!(keymap.is_ok(), "{:?}", keymap.err());

    let theme = paths
        .config_dir()
        .join(format!("themes/{}.ron", config.theme));
    let text = std::fs::read_to_string(theme).unwrap();
    let theme = Theme::from_file(&config.theme, &text, "own.ron", Depth::TrueColor);
    assert!(theme.is_ok(), "{:?}", theme.err());
}

#[test]
fn metadata_are_read_without_the_arrays() {
    let file = fixture("run/best.safetensors");
    let whole = checkpoint::load(&file).unwrap().metadata;
    assert_eq!(checkpoint::load_metadata(&file).unwrap(), whole);
    let bytes = std::fs::read(&file).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.safetensors");
    std::fs::write(&cut, &bytes[..header]).unwrap();
    assert_eq!(checkpoint::load_metadata(&cut).unwrap(), whole);
    for end in [0, 7, 8, header - 1] {
        std::fs::write(&cut, &bytes[..end]).unwrap();
        assert!(checkpoint::load_metadata(&cut).is_err(), "{end}");
    }
    std::fs::write(&cut, [0xff; 64]).unwrap();
    assert!(checkpoint::load_metadata(&cut).is_err());
}
