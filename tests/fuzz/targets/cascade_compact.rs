//! Any bytes as a compact cascade: they are refused, or the cascade can be evaluated and written again.
#![no_main]

use image::{GrayImage, Luma};
use libfuzzer_sys::fuzz_target;
use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::Detector;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(cascade) = Cascade::from_compact(bytes) {
        let picture = GrayImage::from_fn(40, 30, |x, y| Luma([(x * x + 7 * y * y) as u8]));
        Detector::default()
            .detect(&cascade, &picture)
            .expect("the defaults are in range");
        if let Some(written) = cascade.to_compact() {
            assert_eq!(
                Cascade::from_compact(&written).expect("what was written can be read"),
                cascade
            );
        }
    }
});
