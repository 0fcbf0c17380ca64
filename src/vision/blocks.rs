//! Converts a grey picture into terminal cells.
//!
//! A cell is about twice as high as wide, so the upper half block `▀` with a foreground (upper pixel) and a background
//! (lower pixel) shows two square pixels. This works in every terminal with colours, through `tmux` and SSH, and only
//! changed cells are sent. Pixel graphics such as Sixel were rejected as the default: many terminals lack them, and tests
//! cannot read them from the screen.
//!
//! Reducing averages over the exact area of a target pixel, so that no line of a face is lost or doubled; enlarging
//! interpolates linearly. For a terminal with few greys, [`dither`] spreads the rounding error to the neighbours (Floyd
//! and Steinberg, "An adaptive algorithm for spatial grey scale", 1976). For a terminal without greys, [`dots`] gives
//! eight dots in a cell, shown as Braille patterns. Thumbnails use [`quadrants`].

mod look;
mod quadrants;
mod scale;

pub use look::{braille_bit, crispen, dither, dots, sharpen};
pub use quadrants::{Quadrants, quadrants};
pub use scale::scale;

/// A borrowed grey picture: row by row, 0 is black, 1 is white.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    width: usize,
    height: usize,
    pixels: &'a [f32],
}

impl<'a> Grey<'a> {
    /// A view of `pixels` as `height` rows of `width` pixels; `None` if the length is wrong or the picture is empty.
    pub fn new(width: usize, height: usize, pixels: &'a [f32]) -> Option<Self> {
        (width > 0 && height > 0 && pixels.len() == width * height).then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Width in pixels, never 0.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, never 0.
    pub fn height(&self) -> usize {
        self.height
    }
}

/// Grey levels as the screen shows them, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `height` rows of `width` levels, 0 black to 255 white.
    pub pixels: Vec<u8>,
}

impl Levels {
    /// The level at column `x` and row `y`; black outside.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width {
            self.pixels.get(y * self.width + x).copied().unwrap_or(0)
        } else {
            0
        }
    }
}

/// The two pixels of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Grey level of the upper half, the foreground of `▀`.
    pub top: u8,
    /// Grey level of the lower half, the background of `▀`.
    pub bottom: u8,
}

/// The largest size in cells, at most `columns` × `rows`, that shows a picture of `width` × `height` pixels undistorted.
///
/// ```
/// # use twinsight::vision::blocks::fit;
/// assert_eq!(fit(64, 64, 12, 9), (12, 6)); // square: twice as many columns as rows
/// assert_eq!(fit(92, 112, 40, 10), (16, 10));
/// ```
pub fn fit(width: usize, height: usize, columns: u16, rows: u16) -> (u16, u16) {
    if width == 0 || height == 0 || columns == 0 || rows == 0 {
        return (0, 0);
    }
    let (w, h) = (width as f64, height as f64);
    let scale = (f64::from(columns) / w).min(2.0 * f64::from(rows) / h);
    let fitted = |pixels: f64, limit: u16| ((pixels * scale).round() as u16).clamp(1, limit);
    (fitted(w, columns), fitted(h / 2.0, rows))
}

/// Joins every two rows of `levels` into one row of cells.
pub fn pair_rows(levels: &Levels) -> Vec<Cell> {
    let rows = levels.height / 2;
    (0..rows * levels.width)
        .map(|i| {
            let (x, y) = (i % levels.width, i / levels.width);
            Cell {
                top: levels.at(x, 2 * y),
                bottom: levels.at(x, 2 * y + 1),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
