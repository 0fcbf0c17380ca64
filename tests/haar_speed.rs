//! Measures how long detection takes; it prints the times and asserts nothing about them.

use std::path::Path;

use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::{Detector, time_detection};

#[test]
#[ignore = "measures; names of photographs in TWINSIGHT_PHOTOS, separated by colons"]
fn detection_on_photographs() {
    let runs = std::env::var("TWINSIGHT_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(5);
    let detector = Detector {
        min_size: Some((30, 30)),
        ..Detector::like_opencv(1.1, 5)
    };
    for path in std::env::var("TWINSIGHT_PHOTOS").unwrap().split(':') {
        let photo = image::open(Path::new(path)).unwrap().into_luma8();
        let timing = time_detection(&detector, Cascade::frontal(), &photo, runs).unwrap();
        println!(
            "twinsight {path} {} min {:.1} ms median {:.1} ms",
            timing.faces,
            timing.fastest * 1e3,
            timing.median * 1e3
        );
    }
}
