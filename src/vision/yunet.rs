//! Faces and their landmarks, found by YuNet.
//!
//! YuNet is a convolutional network of 75,856 parameters (Wei Wu, Hanyang Peng, Shiqi Yu: *YuNet: A Tiny Millisecond-level
//! Face Detector*, Machine Intelligence Research 20, 2023). Beside a box it gives five landmarks, from which a face can be
//! aligned ([`align`](super::align)). What is in the program comes from OpenCV Zoo; `data/models/README.md` says more.
//!
//! - [`YuNet::search`] is one search of a picture at its own size, equal to OpenCV's `FaceDetectorYN`.
//! - [`YuNet::detect`] is what the program uses: it searches at several sizes, and in four orientations where the
//!   upright photo shows no clear face.
//!
//! ```
//! use image::{Rgb, RgbImage};
//! use twinsight::vision::yunet::YuNet;
//!
//! let plain = RgbImage::from_pixel(64, 64, Rgb([90, 120, 150]));
//! assert!(YuNet::built_in().detect(&plain).is_empty());
//! ```

mod decode;
mod detection;
mod levels;

use std::sync::OnceLock;

use image::RgbImage;

use crate::onnx::Session;
use decode::STRIDES;
pub use detection::{Detection, Landmarks, Orientation};
pub use levels::CLEAR;

/// The network and its weights; 233 KB.
static FILE: &[u8] = include_bytes!("../../data/models/yunet.onnx");

/// The lowest score of a detection. OpenCV's class has 0.9; turned faces are found from 0.6 on.
pub const MIN_SCORE: f32 = 0.6;
/// Of two boxes whose intersection is more than this part of their union, the weaker is dropped; OpenCV's value.
pub const MAX_OVERLAP: f32 = 0.3;
/// Width and height of what the network sees are multiples of this, its largest stride.
const MULTIPLE: u32 = 32;

/// The detector, loaded.
#[derive(Debug)]
pub struct YuNet {
    session: Session,
}

impl YuNet {
    /// The detector of the program, loaded on the first call (1 ms).
    ///
    /// # Panics
    /// If the network in the program cannot be loaded, which a test excludes.
    pub fn built_in() -> &'static Self {
        static LOADED: OnceLock<YuNet> = OnceLock::new();
        LOADED.get_or_init(|| Self {
            session: Session::built_in(FILE, &decode::OUTPUTS)
                .expect("the detector in the program can be loaded"),
        })
    }

    /// Searches a picture once, at its own size: what OpenCV's `FaceDetectorYN` with this size of input finds, the strongest
    /// first. Coordinates are in pixels of the picture.
    ///
    /// # Panics
    /// On a picture without pixels.
    pub fn search(&self, picture: &RgbImage, min_score: f32) -> Vec<Detection> {
        let (width, height) = picture.dimensions();
        assert!(width > 0 && height > 0, "a picture has pixels");
        let padded = [width, height].map(|side| side.next_multiple_of(MULTIPLE) as usize);
        let input = planes(picture, padded);
        let shape = [1, 3, padded[1], padded[0]];
        let outputs = self.session.run(&shape, &input);
        let outputs = outputs.expect("the detector takes any multiple of 32 pixels");
        let mut found = Vec::new();
        for (at, stride) in STRIDES.into_iter().enumerate() {
            let columns = padded[0] / stride;
            // In the order of OUTPUTS: three strides of each kind.
            let [class, object, boxes, points] =
                [0, 3, 6, 9].map(|kind| outputs[kind + at].values.as_slice());
            let heads = decode::Heads {
                class,
                object,
                boxes,
                points,
            };
            decode::decode(&heads, stride, columns, min_score, &mut found);
        }
        decode::suppress(found, MAX_OVERLAP)
    }

    /// Finds the faces of a photo, the strongest first. Boxes and landmarks are in pixels of the photo, whatever size and
    /// orientation they were found in.
    ///
    /// The photo is first searched with its longer side at 320 pixels (5 ms on two cores). Larger sizes follow only where
    /// that found nothing, nothing clear, or something so small that there may be more.
    pub fn detect(&self, photo: &RgbImage) -> Vec<Detection> {
        levels::detect(self, photo)
    }
}

/// The three colours as planes, blue first, 0…255, padded with zeros at the right and below.
fn planes(picture: &RgbImage, [width, height]: [usize; 2]) -> Vec<f32> {
    let plane = width * height;
    let mut values = vec![0.0; 3 * plane];
    let row = 3 * picture.width() as usize;
    for (y, pixels) in picture.as_raw().chunks_exact(row).enumerate() {
        for (x, rgb) in pixels.chunks_exact(3).enumerate() {
            let at = y * width + x;
            values[at] = f32::from(rgb[2]);
            values[at + plane] = f32::from(rgb[1]);
            values[at + 2 * plane] = f32::from(rgb[0]);
        }
    }
    values
}
