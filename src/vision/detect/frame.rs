//! The picture that is searched instead of the original: reduced and padded.

use std::borrow::Cow;

use image::{GrayImage, imageops};

use super::FaceBox;

/// The position of the searched picture relative to the original.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    /// Padding on the left and on the right, in pixels.
    dx: u32,
    /// Padding above and below, in pixels.
    dy: u32,
    /// Width and height of the searched picture, with padding.
    size: (u32, u32),
    /// Pixels of the original per pixel of the searched picture.
    factor: f64,
}

impl Frame {
    /// The picture to search instead of `picture`, which must not be empty, and its frame.
    ///
    /// Its longer side is reduced to at most `max_side` pixels; then `padding`, a share of its width and height, is added
    /// on each side.
    pub(crate) fn new(
        picture: &GrayImage,
        padding: f64,
        max_side: Option<u32>,
    ) -> (Cow<'_, GrayImage>, Self) {
        let longer = |picture: &GrayImage| picture.width().max(picture.height());
        let reduced = match max_side.filter(|&limit| limit < longer(picture)) {
            Some(limit) => Cow::Owned(reduce(picture, limit)),
            None => Cow::Borrowed(picture),
        };
        let (width, height) = reduced.dimensions();
        let share = |side: u32| (f64::from(side) * padding).round() as u32;
        let (dx, dy) = (share(width), share(height));
        let factor = f64::from(longer(picture)) / f64::from(longer(&reduced));
        let frame = Self {
            dx,
            dy,
            size: (width + 2 * dx, height + 2 * dy),
            factor,
        };
        let searched = if dx > 0 || dy > 0 {
            Cow::Owned(pad(&reduced, dx, dy))
        } else {
            reduced
        };
        (searched, frame)
    }

    /// A size in the original, in pixels of the searched picture.
    pub(crate) fn shrink(&self, size: (u32, u32)) -> (u32, u32) {
        let shrink = |side: u32| (f64::from(side) / self.factor).round() as u32;
        (shrink(size.0), shrink(size.1))
    }

    /// A found box in pixels of the original, clipped to the searched picture; `None` if nothing remains.
    ///
    /// Because of rounding, windows can exceed the right or lower edge by a pixel. OpenCV also clips them after grouping.
    pub(crate) fn to_picture(self, found: &FaceBox) -> Option<FaceBox> {
        let (left, top) = (found.x.max(0), found.y.max(0));
        let right = (found.x + found.width).min(self.size.0 as i32);
        let bottom = (found.y + found.height).min(self.size.1 as i32);
        let grow = |length: i32| (f64::from(length) * self.factor).round() as i32;
        (right > left && bottom > top).then(|| FaceBox {
            x: grow(left - self.dx as i32),
            y: grow(top - self.dy as i32),
            width: grow(right - left),
            height: grow(bottom - top),
            neighbors: found.neighbors,
        })
    }
}

/// A copy whose longer side has `limit` pixels, each the mean of the pixels it replaces.
fn reduce(picture: &GrayImage, limit: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let side = |of: u32| u64::from(of) * u64::from(limit) / u64::from(width.max(height));
    imageops::thumbnail(
        picture,
        side(width).max(1) as u32,
        side(height).max(1) as u32,
    )
}

/// A copy with `dx` more columns and `dy` more rows on each side, which repeat the border.
fn pad(picture: &GrayImage, dx: u32, dy: u32) -> GrayImage {
    let (width, height) = (picture.width() + 2 * dx, picture.height() + 2 * dy);
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height {
        let start =
            y.saturating_sub(dy).min(picture.height() - 1) as usize * picture.width() as usize;
        let row = &picture.as_raw()[start..][..picture.width() as usize];
        pixels.extend(std::iter::repeat_n(row[0], dx as usize));
        pixels.extend_from_slice(row);
        pixels.extend(std::iter::repeat_n(row[row.len() - 1], dx as usize));
    }
    GrayImage::from_raw(width, height, pixels).expect("one value for each pixel was pushed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_repeats_the_border_and_boxes_come_back() {
        let picture = GrayImage::from_raw(4, 2, (1..=8).collect()).unwrap();
        let (padded, frame) = Frame::new(&picture, 0.5, None);
        assert_eq!(padded.dimensions(), (8, 4));
        assert_eq!(&padded.as_raw()[..8], [1, 1, 1, 2, 3, 4, 4, 4]);
        assert_eq!(&padded.as_raw()[24..], [5, 5, 5, 6, 7, 8, 8, 8]);
        let whole = FaceBox {
            x: 0,
            y: 0,
            width: 9,
            height: 4,
            neighbors: 7,
        };
        let expected = FaceBox {
            x: -2,
            y: -1,
            width: 8,
            height: 4,
            neighbors: 7,
        };
        assert_eq!(frame.to_picture(&whole), Some(expected));
    }

    #[test]
    fn reduction_keeps_the_shape_and_boxes_come_back() {
        let picture = GrayImage::new(400, 200);
        let (reduced, frame) = Frame::new(&picture, 0.0, Some(100));
        assert_eq!(reduced.dimensions(), (100, 50));
        assert_eq!(frame.shrink((40, 80)), (10, 20));
        let found = FaceBox {
            x: 10,
            y: 20,
            width: 30,
            height: 30,
            neighbors: 1,
        };
        let expected = FaceBox {
            x: 40,
            y: 80,
            width: 120,
            height: 120,
            neighbors: 1,
        };
        assert_eq!(frame.to_picture(&found), Some(expected));
        assert!(matches!(
            Frame::new(&picture, 0.0, Some(400)).0,
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn a_line_of_pixels_stays_one() {
        let line = GrayImage::new(5000, 1);
        let (reduced, _) = Frame::new(&line, 0.25, Some(64));
        assert_eq!(reduced.dimensions(), (96, 1));
    }
}
