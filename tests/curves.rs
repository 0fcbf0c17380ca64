//! Training with the fast kernels and with others gives the same curves.
//!
//! Rounding differs, and training amplifies differences, so the curves agree to some digits and not to the bit. It takes
//! minutes, so it is not part of the usual tests:
//!
//! ```text
//! cargo test --release --test curves -- --ignored --nocapture
//! ```

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;
use twinsight::train::RunDir;

/// Epochs that are compared.
const EPOCHS: &str = "4";

/// Training loss and validation AUC after each epoch, with kernels of one's own choice.
fn curve(kernels: &str, recipe: &Path) -> Vec<(f32, f64)> {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    let ended = Command::new(env!("CARGO_BIN_EXE_twinsight"))
        .env("TWINSIGHT_HOME", home.path())
        .env("TWINSIGHT_KERNELS", kernels)
        .args(["train", "--json", "--epochs", EPOCHS, "--recipe"])
        .arg(recipe)
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
    rows.iter()
        .map(|row| (row.train_loss, row.val_auc))
        .collect()
}

#[track_caller]
fn agree(recipe: &str, [one, other]: [&str; 2]) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("recipe.ron");
    std::fs::write(&file, recipe).unwrap();
    let (ours, theirs) = (curve(one, &file), curve(other, &file));
    println!("{one}: {ours:?}\n{other}: {theirs:?}");
    for ((loss, auc), (other_loss, other_auc)) in ours.iter().zip(&theirs) {
        // Steps are about a thousandth of a weight, and rounding a millionth of a step: after some dozens of steps, each amplifying
        // the differences of those before, three digits must still be there.
        assert!(
            (loss - other_loss).abs() <= 5e-3 * loss.abs(),
            "{loss} {other_loss}"
        );
        assert!((auc - other_auc).abs() <= 5e-3, "{auc} {other_auc}");
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
    agree(&narrow, ["auto", "reference"]);
}

#[test]
#[ignore = "takes minutes; run by the command in the file's documentation"]
fn the_tutorial_with_portable_kernels() {
    agree(&tutorial(), ["auto", "portable"]);
}
