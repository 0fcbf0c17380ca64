//! The pairs of the tutorial, for its network in Keras.

use std::path::PathBuf;

use super::*;
use twinsight::data::pairs::{self, Pair};

/// Writes the pairs of `train --preset tutorial --validate-pairs` for `tests/tutorial/keras_curves.py`:
///
/// ```text
/// FACES=olivettifaces.mat PAIRS=pairs.json cargo test --release --test training tutorial_pairs -- --ignored
/// ```
#[test]
#[ignore = "writes a file: FACES=olivettifaces.mat PAIRS=pairs.json cargo test --release --test training tutorial_pairs -- --ignored"]
fn tutorial_pairs() {
    let file = |name| std::env::var(name).unwrap_or_else(|_| panic!("set {name} to a file"));
    let recipe = Recipe::preset("tutorial").unwrap();
    let faces = Dataset::open(&file("FACES").parse().unwrap(), &recipe.preparation).unwrap();
    let all = pairs::tutorial(&faces, &faces.everybody(), recipe.seed, 0);
    let (train, validation) = pairs::split_by_pairs(all, recipe.seed);
    assert_eq!((train.len(), validation.len()), (720, 80));
    let rows = |pairs: &[Pair]| -> Vec<(usize, usize, u8)> {
        let row = |pair: &Pair| (pair.a.0, pair.b.0, u8::from(pair.same));
        pairs.iter().map(row).collect()
    };
    let json = serde_json::to_string(&(rows(&train), rows(&validation))).unwrap();
    std::fs::write(PathBuf::from(file("PAIRS")), json).unwrap();
}
