//! Any bytes as a model: they are refused, or they are a network that embeds a face without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use twinsight::model::checkpoint;
use twinsight::vision::{Face, SIDE};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(saved) = checkpoint::decode(bytes, Path::new("fuzz")) {
        // Weights may be as large as f32 holds, so that the embedding overflows; it must not panic.
        if saved.model.parameters() < 100_000 {
            saved.model.embed(&[Face::from_pixels(vec![0.5; SIDE * SIDE])]);
        }
    }
});
