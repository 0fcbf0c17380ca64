//! The models in the program: the one that answers before any training, and that of version 0.1.0.
//!
//! The built-in model is the backbone SFace with a residual layer that is still zero, so its embeddings are SFace's. Nothing of
//! it was trained here. Its calibration and its validation comparisons are those of all 40 ORL people, none of whom it was
//! trained on as far as is known: 1,800 mated and 78,000 non-mated comparisons, stored as distances. It is written by
//!
//! ```text
//! cargo test --release --test training write_the_built_in_model -- --ignored
//! ```
//!
//! and must be written again whenever the preparation of faces or the backbone changes; a test fails until it is.
//!
//! The model of version 0.1.0 was trained on 30 of the ORL people by the `compact` recipe of that version. It answers about
//! people who were enrolled with it.

use std::path::Path;

use super::checkpoint::{self, Saved};

/// The name of the built-in model's file in errors.
const NAME: &str = "data/pretrained/transfer.safetensors";
/// The name of the file of 0.1.0's model.
const NAME_V0_1: &str = "data/pretrained/compact.safetensors";

/// The built-in model.
///
/// # Panics
/// Never: a test loads it.
pub fn pretrained() -> Saved {
    let bytes = include_bytes!("../../data/pretrained/transfer.safetensors");
    checkpoint::decode(bytes, Path::new(NAME)).expect("the built-in model loads")
}

/// The built-in model of version 0.1.0.
///
/// # Panics
/// Never: a test loads it.
pub fn pretrained_v0_1() -> Saved {
    let bytes = include_bytes!("../../data/pretrained/compact.safetensors");
    checkpoint::decode(bytes, Path::new(NAME_V0_1)).expect("the model of version 0.1.0 loads")
}
