//! Any text as a cascade: it is refused, or it can be evaluated.
#![no_main]

use image::{GrayImage, Luma};
use libfuzzer_sys::fuzz_target;
use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::Detector;

fuzz_target!(|text: &str| {
    if let Ok(cascade) = Cascade::from_xml(text) {
        let picture = GrayImage::from_fn(40, 30, |x, y| Luma([(x * x + 7 * y * y) as u8]));
        Detector::default()
            .detect(&cascade, &picture)
            .expect("the defaults are in range");
    }
});
