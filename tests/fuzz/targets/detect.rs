//! Any small picture and settings: an error for settings out of range, otherwise boxes of at least one pixel.
#![no_main]

use image::GrayImage;
use libfuzzer_sys::fuzz_target;
use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::Detector;

fuzz_target!(|input: (
    u8,
    u8,
    f64,
    u32,
    Option<(u32, u32)>,
    Option<(u32, u32)>,
    f64,
    Option<u32>,
    Vec<u8>
)| {
    let (
        width,
        height,
        scale_factor,
        min_neighbors,
        min_size,
        max_size,
        padding,
        max_side,
        mut pixels,
    ) = input;
    let (width, height) = (u32::from(width), u32::from(height));
    pixels.resize((width * height) as usize, 128);
    let picture =
        GrayImage::from_raw(width, height, pixels).expect("as many pixels as the size says");
    let detector = Detector {
        scale_factor,
        min_neighbors,
        min_size,
        max_size,
        padding,
        max_side,
    };
    if let Ok(faces) = detector.detect(Cascade::frontal(), &picture) {
        assert!(faces.iter().all(|face| face.width > 0 && face.height > 0));
    }
});
