//! The network that comes with the program, so that somebody can verify before having trained anything.
//!
//! It is the default recipe's, trained on the built-in faces as anybody can train it:
//!
//! ```text
//! twinsight train --seed 0 --run pretrained
//! twinsight export safetensors data/pretrained/compact.safetensors --run pretrained --force
//! ```
//!
//! Its model card is in the README. It is to be made anew whenever the recipe, the preparation of faces or the file format
//! changes; a test notices that it no longer loads.

use std::path::Path;

use super::checkpoint::{self, Saved};

/// How errors call the file.
const NAME: &str = "data/pretrained/compact.safetensors";

/// The network that comes with the program.
///
/// # Panics
/// Never: a test loads it.
pub fn pretrained() -> Saved {
    let bytes = include_bytes!("../../data/pretrained/compact.safetensors");
    checkpoint::decode(bytes, Path::new(NAME))
        .expect("the network that comes with the program loads")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Source};
    use crate::metrics;

    #[test]
    fn it_loads_and_knows_the_built_in_faces() {
        let saved = pretrained();
        let faces = Dataset::open(&Source::Orl, saved.model.preparation()).unwrap();
        assert_eq!(saved.metadata.fingerprint, faces.fingerprint());
        assert!(saved.training.is_none(), "nobody goes on training it");
        assert!(metrics::auc(&saved.scores) > 0.95);
        assert!(saved.model.calibration().is_some());
    }
}
