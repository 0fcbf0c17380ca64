//! How fast faces are found here.

use std::time::Instant;

use image::GrayImage;

use super::{Detector, SettingsError};
use crate::vision::cascade::Cascade;

/// Seconds that a search took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Of the fastest run.
    pub fastest: f64,
    /// Of the middle run.
    pub median: f64,
    /// Faces found, the same in every run.
    pub faces: usize,
}

/// Searches `picture` `runs` times (at least once), after one run that does not count.
///
/// # Errors
/// If a setting is out of its range; see [`Detector::check`].
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
