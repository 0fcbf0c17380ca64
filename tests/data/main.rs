//! Tests of files, photos, data sets, splits and pairs through the public API.

#![allow(clippy::unwrap_used, reason = "tests and their helpers may panic")]

mod changing;
mod checks;
mod files;
mod folders;
mod large;
#[cfg(target_os = "linux")]
mod many;
mod olivetti;
mod orl;
mod pairs;
mod photos;
mod splits;

use std::path::{Path, PathBuf};

use image::{GrayImage, Luma};
use tempfile::TempDir;

/// A file made by `fixtures/make.py`.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fixtures")
        .join(name)
}

/// The bytes of a fixture.
fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// A folder that is deleted after the test.
fn scratch() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A grey picture that depends on `number`, of the size of an ORL picture.
fn photo(number: u8) -> GrayImage {
    GrayImage::from_fn(92, 112, |x, y| {
        Luma([(x as u8).wrapping_mul(3).wrapping_add(y as u8) ^ number])
    })
}

/// Saves such a picture and creates its folder; the file extension tells the format.
fn save(folder: &Path, name: &str, number: u8) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    photo(number).save(path).unwrap();
}
