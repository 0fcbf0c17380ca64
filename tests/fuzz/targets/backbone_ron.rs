//! Any bytes as the description of a backbone; and whatever landmarks it names, aligning to them returns.
#![no_main]

use image::RgbImage;
use libfuzzer_sys::fuzz_target;
use twinsight::backbone::Description;
use twinsight::vision::align::Template;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(description) = Description::parse(bytes) {
        let photo = RgbImage::new(20, 20);
        let landmarks = Template::ARCFACE.points;
        let face = description.template.colour(&photo, &landmarks);
        assert!(face.is_none_or(|face| face.width() == description.template.side));
    }
});
