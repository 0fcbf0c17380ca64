//! Any text as LFW's list of pairs: it is refused with the line number, or gives as many pairs as its first line says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;
use twinsight::data::{Dataset, Source};
use twinsight::evaluate::lfw::{Pictures, parse};
use twinsight::vision::Preparation;

static PICTURES: OnceLock<Pictures> = OnceLock::new();

fuzz_target!(|text: &str| {
    let pictures = PICTURES.get_or_init(|| {
        let orl = Dataset::open(&Source::Orl, &Preparation::default());
        Pictures::of(&orl.expect("it is built in"))
    });
    match parse(text, pictures) {
        Ok(sets) => assert!(!sets.is_empty() && sets.iter().all(|set| !set.is_empty())),
        Err((line, why)) => {
            let why = why.to_string();
            assert!(line > 0 && !why.is_empty() && !why.contains('\u{1b}'));
        }
    }
});
