//! Training with the fast kernels and with others gives the same curves.
//!
//! Rounding differs, and training amplifies differences, so the curves agree to some digits only. The test measures how many: a
//! third training uses the fast kernels with a learning rate that is larger by a millionth, which changes a step about as much
//! as rounding does. The curves of other kernels may differ by a few times as much.
//!
//! It takes minutes, so it does not run by default:
//!
//! ```text
//! cargo test --release --test curves -- --ignored --nocapture
//! ```

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use twinsight::train::RunDir;

/// The gap of other kernels may be this many times the gap of the nudged training: the largest of some gaps is itself uncertain
/// by a small factor.
const MOST: f64 = 4.0;

/// Training loss and validation AUC after each epoch, with the named kernels.
fn curve(kernels: &str, recipe: &str, epochs: u32) -> Vec<[f64; 2]> {
    let home = tempfile::tempdir().unwrap();
    let (file, run) = (home.path().join("recipe.ron"), home.path().join("run"));
    std::fs::write(&file, recipe).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_twinsight"))
        .env("TWINSIGHT_HOME", home.path())
        .env("TWINSIGHT_KERNELS", kernels)
        .args(["train", "--json", "--epochs", &epochs.to_string()])
        .arg("--recipe")
        .arg(&file)
        .arg("--run")
        .arg(&run)
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let rows = RunDir::open(&run).unwrap().rows().unwrap();
    let figures = rows
        .iter()
        .map(|row| [f64::from(row.train_loss), row.validated(|v| v.auc)]);
    let curve: Vec<[f64; 2]> = figures.collect();
    println!("{kernels}: {curve:?}");
    curve
}

/// The largest gap between two curves, of the loss and of the AUC.
fn gap(a: &[[f64; 2]], b: &[[f64; 2]]) -> [f64; 2] {
    [0, 1].map(|figure| {
        let gaps = a.iter().zip(b).map(|(a, b)| (a[figure] - b[figure]).abs());
        gaps.fold(0.0, f64::max)
    })
}

#[track_caller]
fn agree(recipe: &str, kernels: &str, epochs: u32) {
    let nudged = recipe.replace("learning_rate: 1e-3", "learning_rate: 1.000001e-3");
    assert_ne!(nudged, recipe);
    let fast = curve("auto", recipe, epochs);
    let by_rounding = gap(&fast, &curve("auto", &nudged, epochs));
    let by_kernels = gap(&fast, &curve(kernels, recipe, epochs));
    println!("gaps of loss and AUC by a nudge {by_rounding:?}, by the kernels {by_kernels:?}");
    for (kernels, rounding) in by_kernels.into_iter().zip(by_rounding) {
        assert!(kernels <= MOST * rounding, "{kernels} against {rounding}");
    }
}

fn tutorial() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/train/presets/tutorial.ron"
    );
    std::fs::read_to_string(file).unwrap()
}

#[test]
#[ignore = "takes minutes; run by the command in the file's documentation"]
fn a_narrow_tutorial_with_the_slow_reference() {
    let narrow = tutorial()
        .replace("filters: 96", "filters: 6")
        .replace("filters: 256", "filters: 16")
        .replace("filters: 384", "filters: 24")
        .replace("units: 1024", "units: 64");
    agree(&narrow, "reference", 4);
}

#[test]
#[ignore = "takes minutes; run by the command in the file's documentation"]
fn the_tutorial_with_portable_kernels() {
    agree(&tutorial(), "portable", 2);
}
