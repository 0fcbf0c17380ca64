#![no_main]
//! Alignment and quality of a face by any landmarks in any photo.

use image::RgbImage;
use libfuzzer_sys::fuzz_target;
use twinsight::vision::align::{self, Template};
use twinsight::vision::quality::FaceQuality;
use twinsight::vision::yunet::{Detection, Landmarks, Orientation};

/// Bytes of five points, a box and a score.
const NUMBERS: usize = 15;

fuzz_target!(|bytes: &[u8]| {
    let Some((numbers, rest)) = bytes.split_at_checked(4 * NUMBERS) else {
        return;
    };
    let [width, height, orientation, pixels @ ..] = rest else {
        return;
    };
    let numbers = numbers.chunks_exact(4);
    let numbers: Vec<f32> = numbers
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    let mut landmarks = Landmarks::default();
    landmarks.as_flattened_mut().copy_from_slice(&numbers[..10]);
    let (width, height) = (u32::from(*width).max(1), u32::from(*height).max(1));
    let mut filled = pixels
        .iter()
        .copied()
        .cycle()
        .take((3 * width * height) as usize);
    let mut next = || filled.next().unwrap_or(0);
    let photo = RgbImage::from_fn(width, height, |_, _| image::Rgb([next(), next(), next()]));
    let found = Detection {
        x: numbers[10],
        y: numbers[11],
        width: numbers[12],
        height: numbers[13],
        landmarks,
        score: numbers[14],
        orientation: Orientation::ALL[usize::from(orientation % 4)],
    };
    let colour = Template::ARCFACE.colour(&photo, &landmarks);
    let grey = align::grey(&photo, &landmarks, align::MARGIN);
    assert_eq!(colour.is_some(), grey.is_some());
    if let Some(grey) = grey {
        assert!(
            grey.pixels()
                .iter()
                .all(|value| (-1e-3..=1.001).contains(value))
        );
        let quality = FaceQuality::measure(&[found], 0, &grey, photo.dimensions());
        assert!(
            [quality.pose.yaw, quality.pose.pitch, quality.pose.roll]
                .iter()
                .all(|angle| angle.is_finite())
        );
        let _ = quality.verdict();
    }
});
