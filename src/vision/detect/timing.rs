//! Measures how fast faces are detected.

use std::time::Instant;

use image::GrayImage;

use super::{Detector, SettingsError};
use crate::vision::cascade::Cascade;

/// Times of repeated searches, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The time of the fastest run.
    pub fastest: f64,
    /// The median time.
    pub median: f64,
    /// The number of faces found, the same in every run.
    pub faces: usize,
}

/// Searches `picture` `runs` times (at least once), after one warm-up run.
///
/// # Errors
/// If a setting is out of range; see [`Detector::check`].
pub fn time_detection(
    detector: &Detector,
    cascade: &Cascade,
    picture: &GrayImage,
    runs: usize,
) -> Result<Timing, SettingsError> {
    let faces = detector.detect(cascade, picture)?.len();
    let mut seconds = Vec::with_capacity(runs.max(1));
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let found = detector.detect(cascade, picture)?;
        seconds.push(start.elapsed().as_secs_f64());
        debug_assert_eq!(found.len(), faces);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(Timing {
        fastest: seconds[0],
        median: seconds[seconds.len() / 2],
        faces,
    })
}
