//! The built-in model, for verifying photos before any training.
//!
//! It is the default recipe, trained on the built-in faces by
//!
//! ```text
//! twinsight train --seed 0 --run pretrained
//! twinsight export safetensors data/pretrained/compact.safetensors --run pretrained --force
//! ```
//!
//! Its model card is in the README. It must be trained again whenever the recipe, the preparation of faces or the file format
//! changes; a test fails if it no longer loads.

use std::path::Path;

use super::checkpoint::{self, Saved};

/// The name of the file in errors.
const NAME: &str = "data/pretrained/compact.safetensors";

/// The built-in model.
///
/// # Panics
/// Never: a test loads it.
pub fn pretrained() -> Saved {
    let bytes = include_bytes!("../../data/pretrained/compact.safetensors");
    checkpoint::decode(bytes, Path::new(NAME)).expect("the built-in model loads")
}

/// The built-in model of version 0.1.0, for people whom it enrolled.
///
/// # Panics
/// Never: a test loads it.
pub fn pretrained_v0_1() -> Saved {
    pretrained()
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
        assert!(saved.training.is_none(), "it is finished");
        assert!(metrics::auc(&saved.scores) > 0.95);
        assert!(saved.model.calibration().is_some());
    }
}
