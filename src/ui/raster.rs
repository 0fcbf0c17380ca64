//! Pictures before and after they are scaled to what a terminal shows.

use std::borrow::Cow;

use image::RgbImage;

use crate::app::photo::Photo;
use crate::vision::blocks::{self, Grey, Levels};
use crate::vision::{Face, SIDE};

/// A picture to draw, in grey or in colour.
#[derive(Debug, Clone)]
pub(in crate::ui) struct Bitmap<'a> {
    width: usize,
    height: usize,
    /// `[C, height, width]` values from 0 to 1; C is 1 (grey) or 3 (red, green, blue).
    values: Cow<'a, [f32]>,
}

impl<'a> Bitmap<'a> {
    /// A picture of one or three channels; `None` if the number of values is wrong or there are none.
    pub(in crate::ui) fn new(
        width: usize,
        height: usize,
        values: impl Into<Cow<'a, [f32]>>,
    ) -> Option<Self> {
        let values = values.into();
        let channels = values.len().checked_div(width * height)?;
        let whole = channels * width * height == values.len();
        (whole && (channels == 1 || channels == 3)).then_some(Self {
            width,
            height,
            values,
        })
    }

    /// A face as people see it: in colour where its colours are kept.
    pub(in crate::ui) fn face(face: &'a Face) -> Option<Self> {
        match face.colour() {
            Some(colour) => Self::rgb(&colour),
            None => Self::grey_face(face),
        }
    }

    /// The 64 × 64 grey values of a face.
    pub(in crate::ui) fn grey_face(face: &'a Face) -> Option<Self> {
        Self::new(SIDE, SIDE, face.pixels().to_vec())
    }

    /// A photo.
    pub(in crate::ui) fn photo(photo: &'a Photo) -> Option<Self> {
        Self::new(photo.width, photo.height, &*photo.pixels)
    }

    /// A picture in 8-bit colours. One without colours becomes grey.
    pub(in crate::ui) fn rgb(image: &RgbImage) -> Option<Self> {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let coloured = image.pixels().any(|pixel| !is_grey(&pixel.0));
        let plane = |channel: usize| {
            let values = image.pixels();
            values.map(move |pixel| f32::from(pixel.0[channel]) / 255.0)
        };
        let channels = 0..if coloured { 3 } else { 1 };
        let values: Vec<f32> = channels.flat_map(plane).collect();
        Self::new(width, height, values)
    }

    /// The same picture in grey: BT.601 luma.
    pub(in crate::ui) fn into_grey(self) -> Self {
        let size = self.width * self.height;
        if self.values.len() == size {
            return self;
        }
        let luma = |i: usize| {
            let [red, green, blue] = [0, 1, 2].map(|channel| self.values[channel * size + i]);
            0.299 * red + 0.587 * green + 0.114 * blue
        };
        let values: Vec<f32> = (0..size).map(luma).collect();
        Self {
            values: values.into(),
            ..self
        }
    }

    /// Width in pixels, never 0.
    pub(in crate::ui) fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, never 0.
    pub(in crate::ui) fn height(&self) -> usize {
        self.height
    }

    /// The first channel: all there is of a grey picture.
    pub(in crate::ui) fn first_channel(&self) -> Option<Grey<'_>> {
        let size = self.width * self.height;
        Grey::new(self.width, self.height, &self.values[..size])
    }

    /// The picture in its own size.
    pub(in crate::ui) fn raster(&self) -> Raster {
        self.scaled(self.width, self.height)
    }

    /// The picture in `width` × `height` pixels.
    pub(in crate::ui) fn scaled(&self, width: usize, height: usize) -> Raster {
        let channels = self.values.chunks_exact(self.width * self.height);
        let planes: Vec<Levels> = channels
            .filter_map(|plane| Grey::new(self.width, self.height, plane))
            .map(|plane| blocks::scale(plane, width, height))
            .collect();
        let channel = |c: usize, i: usize| planes[c.min(planes.len() - 1)].pixels[i];
        let pixel = |i: usize| [0, 1, 2].map(|c| channel(c, i));
        Raster {
            width,
            height,
            pixels: (0..width * height).map(pixel).collect(),
        }
    }
}

/// A picture as it is shown: red, green and blue of each pixel, row by row. A grey picture has three equal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `height` rows of `width` pixels, 0 dark to 255 light.
    pub pixels: Vec<[u8; 3]>,
}

impl Raster {
    /// Whether it has no colours.
    pub fn is_grey(&self) -> bool {
        self.pixels.iter().all(is_grey)
    }

    /// The picture in `width` × `height` pixels.
    pub(crate) fn scaled(&self, width: usize, height: usize) -> Self {
        let channels = 0..if self.is_grey() { 1 } else { 3 };
        let plane = |c: usize| self.pixels.iter().map(move |p| f32::from(p[c]) / 255.0);
        let values: Vec<f32> = channels.flat_map(plane).collect();
        match Bitmap::new(self.width, self.height, values) {
            Some(bitmap) => bitmap.scaled(width, height),
            None => self.clone(),
        }
    }

    /// The lightness of each pixel: BT.601 luma, rounded.
    pub(in crate::ui) fn luma(&self) -> Levels {
        let luma = |&[red, green, blue]: &[u8; 3]| {
            let [red, green, blue] = [red, green, blue].map(u32::from);
            ((299 * red + 587 * green + 114 * blue + 500) / 1000) as u8
        };
        Levels {
            width: self.width,
            height: self.height,
            pixels: self.pixels.iter().map(luma).collect(),
        }
    }

    /// Changes the lightness of each pixel to what `change` makes of it; the colours keep their differences.
    pub(in crate::ui) fn relight(&mut self, change: impl FnOnce(&mut Levels)) {
        let before = self.luma();
        let mut after = before.clone();
        change(&mut after);
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            let lighter = i16::from(after.pixels[i]) - i16::from(before.pixels[i]);
            *pixel = pixel.map(|value| (i16::from(value) + lighter).clamp(0, 255) as u8);
        }
    }

    /// Keeps the `bits` highest bits of each value. Equal neighbours need fewer bytes, and 64 greys look like 256.
    pub(in crate::ui) fn reduce(&mut self, bits: u32) {
        let mask = !(0xff_u8 >> bits);
        for pixel in &mut self.pixels {
            *pixel = pixel.map(|value| (value & mask) | (value >> bits));
        }
    }

    /// Sets one pixel, if it is inside.
    pub(in crate::ui) fn set(&mut self, x: usize, y: usize, pixel: [u8; 3]) {
        if x < self.width && y < self.height {
            self.pixels[y * self.width + x] = pixel;
        }
    }
}

impl From<Levels> for Raster {
    fn from(levels: Levels) -> Self {
        Self {
            width: levels.width,
            height: levels.height,
            pixels: levels.pixels.into_iter().map(|level| [level; 3]).collect(),
        }
    }
}

fn is_grey(pixel: &[u8; 3]) -> bool {
    pixel[0] == pixel[1] && pixel[1] == pixel[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_without_colours_is_grey_and_its_luma_is_its_value() {
        let even = RgbImage::from_fn(5, 3, |x, y| image::Rgb([(40 * x + y) as u8; 3]));
        let grey = Bitmap::rgb(&even).unwrap();
        assert_eq!(grey.values.len(), 15);
        let raster = grey.raster();
        assert!(raster.is_grey());
        let levels: Vec<u8> = raster.pixels.iter().map(|pixel| pixel[0]).collect();
        assert_eq!(raster.luma().pixels, levels);
    }

    #[test]
    fn colours_survive_scaling_and_relighting_keeps_their_differences() {
        let red = RgbImage::from_pixel(6, 6, image::Rgb([200, 100, 50]));
        let bitmap = Bitmap::rgb(&red).unwrap();
        let mut raster = bitmap.scaled(3, 2);
        assert_eq!(raster.pixels, vec![[200, 100, 50]; 6]);
        raster.relight(|levels| levels.pixels.iter_mut().for_each(|level| *level += 10));
        assert_eq!(raster.pixels, vec![[210, 110, 60]; 6]);
        let luma = bitmap.into_grey().raster();
        assert!(luma.is_grey() && luma.pixels[0][0] == 124);
    }

    #[test]
    fn wrong_sizes_are_refused() {
        assert!(Bitmap::new(3, 2, &[0.0; 12][..]).is_none(), "two channels");
        assert!(Bitmap::new(3, 2, &[0.0; 7][..]).is_none());
        assert!(Bitmap::new(0, 0, &[][..]).is_none());
    }
}
