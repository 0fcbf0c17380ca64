//! How fast faces are found in a photo of 640 × 480 pixels.

use std::time::Instant;

use image::{GrayImage, imageops};

use super::{BenchReport, Context};
use crate::units::ImageId;
use crate::vision::cascade::Cascade;
use crate::vision::detect::Detector;

/// Width and height of the photo.
const SIZE: (u32, u32) = (640, 480);
/// Columns and rows of faces in it.
const GRID: (u32, u32) = (4, 3);

pub(super) fn measure(context: &Context, runs: u32) -> anyhow::Result<BenchReport> {
    let photo = crowd(context)?;
    let detector = Detector {
        padding: 0.0,
        ..Detector::default()
    };
    let mut seconds = Vec::new();
    for run in 0..=runs {
        let begun = Instant::now();
        std::hint::black_box(detector.detect(Cascade::frontal(), &photo)?);
        if run > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    let report = BenchReport::of(seconds);
    Ok(BenchReport {
        images_per_second: Some(1.0 / report.seconds),
        ..report
    })
}

/// A photo of twelve faces, because the time of a search depends on the content.
fn crowd(context: &Context) -> anyhow::Result<GrayImage> {
    let dataset = context.dataset(&context.config.preparation())?;
    let (width, height) = (SIZE.0 / GRID.0, SIZE.1 / GRID.1);
    let mut crowd = GrayImage::from_pixel(SIZE.0, SIZE.1, image::Luma([128]));
    let step = (dataset.images.len() / (GRID.0 * GRID.1) as usize).max(1);
    for (index, image) in (0..dataset.images.len())
        .step_by(step)
        .take((GRID.0 * GRID.1) as usize)
        .enumerate()
    {
        let face = imageops::resize(
            dataset.photo(ImageId(image))?.grey(),
            width,
            height,
            imageops::FilterType::Triangle,
        );
        let (column, row) = (index as u32 % GRID.0, index as u32 / GRID.0);
        imageops::replace(
            &mut crowd,
            &face,
            i64::from(column * width),
            i64::from(row * height),
        );
    }
    Ok(crowd)
}
