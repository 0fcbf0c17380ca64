//! Tests with damaged files: each is refused with a reason, without a panic, and is never overwritten.

use super::tests::{Home, embed, photo};
use super::*;

#[test]
fn damaged_files_are_refused_and_left_alone() {
    let home = Home::new();
    let mut gallery = home.open();
    gallery
        .add("Anna", vec![photo("1", 0.25)], &home.dataset)
        .unwrap();
    let good = std::fs::read(gallery.path()).unwrap();

    let text = |from: &str, to: &str| {
        let at = good
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .expect(from);
        let mut bytes = good.clone();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    let mut too_bright = good.clone();
    let end = too_bright.len();
    too_bright[end - 4..].copy_from_slice(&7.0_f32.to_le_bytes());
    let cases: [(Vec<u8>, &str); 8] = [
        (Vec::new(), "not a whole safetensors file"),
        (
            good[..good.len() / 2].to_vec(),
            "not a whole safetensors file",
        ),
        (b"{}".repeat(50), "not a whole safetensors file"),
        (
            text("twinsight_gallery", "twinsight_galerie"),
            "not of a gallery",
        ),
        (text("\"1\\n(", "\"9\\n("), "written by a later version"),
        (text("people", "peoplo"), "list of people is damaged"),
        (
            text("\\\"Anna\\\"", "\\\"A\\na\\\""),
            "list of people is damaged",
        ),
        (too_bright, "faces are damaged"),
    ];
    for (bytes, why) in cases {
        std::fs::write(gallery.path(), &bytes).unwrap();
        let error = Gallery::open(&home.dir(), &Preparation::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{error} does not say: {why}");
        let refused = gallery
            .add("Bea", vec![photo("2", 0.5)], &home.dataset)
            .unwrap_err();
        assert!(
            matches!(refused, GalleryError::Unreadable { .. }),
            "{refused}"
        );
        assert_eq!(
            std::fs::read(gallery.path()).unwrap(),
            bytes,
            "left as it was"
        );
    }
}

#[test]
fn any_cut_or_flipped_byte_is_survived() {
    let home = Home::new();
    let mut gallery = home.open();
    gallery
        .add("Anna", vec![photo("1", 0.25)], &home.dataset)
        .unwrap();
    gallery.embeddings("m", embed).unwrap();
    let good = std::fs::read(gallery.path()).unwrap();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    for at in 0..header {
        assert!(store::decode(&good[..at]).is_err());
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            // Whether it is refused depends on the byte; it must only never panic.
            let _ = store::decode(&bytes);
        }
    }
}
