//! Very large pictures at half their width and height, without a second picture in memory.

use image::{DynamicImage, ImageBuffer, Pixel};

/// A picture with more pixels is large.
const LARGE: u64 = 50_000_000;
/// So is one that takes more bytes, as with 16 bits for each value.
const LARGE_BYTES: usize = 250_000_000;

/// Whether a picture is so large that it is halved.
pub(super) fn is_large(picture: &DynamicImage) -> bool {
    u64::from(picture.width()) * u64::from(picture.height()) > LARGE
        || picture.as_bytes().len() > LARGE_BYTES
}

/// The picture with half its width and height, rounded down; each pixel is the mean of four. Pictures of floating-point
/// numbers, which are never so large, stay as they are.
pub(super) fn halved(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(picture) => halve(picture).into(),
        DynamicImage::ImageLumaA8(picture) => halve(picture).into(),
        DynamicImage::ImageRgb8(picture) => halve(picture).into(),
        DynamicImage::ImageRgba8(picture) => halve(picture).into(),
        DynamicImage::ImageLuma16(picture) => halve(picture).into(),
        DynamicImage::ImageLumaA16(picture) => halve(picture).into(),
        DynamicImage::ImageRgb16(picture) => halve(picture).into(),
        DynamicImage::ImageRgba16(picture) => halve(picture).into(),
        other => other,
    }
}

/// In place: a mean is written where nothing is read any more.
fn halve<P, T>(picture: ImageBuffer<P, Vec<T>>) -> ImageBuffer<P, Vec<T>>
where
    P: Pixel<Subpixel = T>,
    T: image::Primitive + Into<u32> + TryFrom<u32>,
{
    let channels = usize::from(P::CHANNEL_COUNT);
    let row = picture.width() as usize * channels;
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    let mut values = picture.into_raw();
    let mut write = 0;
    for y in 0..height as usize {
        for x in 0..width as usize {
            let first = 2 * (y * row + x * channels);
            for at in first..first + channels {
                let four = [at, at + channels, at + row, at + row + channels];
                let sum: u32 = four.into_iter().map(|at| values[at].into()).sum();
                let mean = T::try_from((sum + 2) / 4);
                values[write] = mean.unwrap_or_else(|_| unreachable!("a mean is in the range"));
                write += 1;
            }
        }
    }
    values.truncate(write);
    values.shrink_to_fit();
    ImageBuffer::from_raw(width, height, values).expect("one value for each channel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    #[test]
    fn each_pixel_is_the_mean_of_four() {
        let picture = RgbImage::from_fn(5, 4, |x, y| Rgb([(10 * x) as u8, (7 * y) as u8, 200]));
        let half = halved(picture.into()).into_rgb8();
        assert_eq!(half.dimensions(), (2, 2));
        assert_eq!(half.get_pixel(0, 0).0, [5, 4, 200]);
        assert_eq!(half.get_pixel(1, 1).0, [25, 18, 200]);
        let deep = ImageBuffer::from_fn(2, 2, |x, y| image::Luma([65_000 + (x + 2 * y) as u16]));
        let deep = halved(DynamicImage::ImageLuma16(deep)).into_luma16();
        assert_eq!(deep.into_raw(), [65_002]);
    }
}
