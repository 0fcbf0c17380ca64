//! A grey picture as terminal cells: two square pixels in each, one above the other.
//!
//! A cell is about twice as high as it is wide, so the upper half block `▀` with a foreground (upper pixel) and a
//! background (lower pixel) gives square pixels, two to a cell. It works in every terminal that has colours, survives
//! `tmux` and SSH, and costs only the cells that change. Sixel and its relatives were not chosen as the default: half
//! of the terminals lack them, and they cannot be tested by reading the screen.
//!
//! Shrinking averages over the exact area that a target pixel covers, so that no line of a face is lost or doubled;
//! enlarging interpolates linearly. Where a terminal has few greys, [`dither`] spreads the rounding error to the
//! neighbours (Floyd and Steinberg, "An adaptive algorithm for spatial grey scale", 1976), and where it has none,
//! [`dots`] makes eight dots a cell of it, which Braille patterns can show.

/// A grey picture somebody else owns: row-major, 0 black, 1 white.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    width: usize,
    height: usize,
    pixels: &'a [f32],
}

impl<'a> Grey<'a> {
    /// A view of `pixels` as `height` rows of `width`; `None` if the length does not fit or the picture is empty.
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

/// Grey levels, row-major, as they will stand on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `height` rows of `width` levels, 0 black to 255 white.
    pub pixels: Vec<u8>,
}

impl Levels {
    /// The level at column `x` of row `y`; black outside.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width {
            self.pixels.get(y * self.width + x).copied().unwrap_or(0)
        } else {
            0
        }
    }
}

/// The two pixels of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Grey level of the upper half: the foreground of `▀`.
    pub top: u8,
    /// Grey level of the lower half: the background.
    pub bottom: u8,
}

/// The largest size in cells, at most `columns` × `rows`, that shows a `width` × `height` picture undistorted.
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

/// `picture` in `columns` × `rows` cells, row-major; stretched if the sides do not agree (see [`fit`]).
pub fn cells(picture: Grey<'_>, columns: u16, rows: u16) -> Vec<Cell> {
    pair_rows(&scale(picture, usize::from(columns), 2 * usize::from(rows)))
}

/// Joins each two rows of `levels` to one row of cells.
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

/// `picture` resampled to `width` × `height` pixels.
pub fn scale(picture: Grey<'_>, width: usize, height: usize) -> Levels {
    let horizontal = weights(picture.width, width);
    let vertical = weights(picture.height, height);
    let mut rows = vec![0.0_f32; picture.height * width];
    for (source, target) in picture
        .pixels
        .chunks_exact(picture.width)
        .zip(rows.chunks_exact_mut(width.max(1)))
    {
        for (pixel, taps) in target.iter_mut().zip(&horizontal) {
            *pixel = taps.of(|x| source[x]);
        }
    }
    let mut pixels = Vec::with_capacity(width * height);
    for taps in &vertical {
        pixels.extend(
            (0..width)
                .map(|x| (taps.of(|y| rows[y * width + x]).clamp(0.0, 1.0) * 255.0).round() as u8),
        );
    }
    Levels {
        width,
        height,
        pixels,
    }
}

/// The source pixels that make one target pixel, with weights that sum to 1.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

impl Taps {
    fn of(&self, value: impl Fn(usize) -> f32) -> f32 {
        self.weights
            .iter()
            .enumerate()
            .map(|(i, w)| w * value(self.first + i))
            .sum()
    }
}

/// Along one axis: area averages from `from` to fewer pixels, linear interpolation to more.
fn weights(from: usize, to: usize) -> Vec<Taps> {
    let ratio = from as f64 / to.max(1) as f64;
    (0..to)
        .map(|i| {
            if ratio >= 1.0 {
                area_taps(i as f64 * ratio, ratio, from)
            } else {
                linear_taps(i, ratio, from)
            }
        })
        .collect()
}

/// The share of each source pixel in the interval `[start, start + length)`.
fn area_taps(start: f64, length: f64, from: usize) -> Taps {
    let end = (start + length).min(from as f64);
    let first = (start.floor() as usize).min(from - 1);
    let last = ((end - 1e-9).floor() as usize).clamp(first, from - 1);
    let share =
        |i: usize| ((i as f64 + 1.0).min(end) - (i as f64).max(start)).max(0.0) / (end - start);
    Taps {
        first,
        weights: (first..=last).map(|i| share(i) as f32).collect(),
    }
}

/// The two source pixels around the centre of target pixel `i`.
fn linear_taps(i: usize, ratio: f64, from: usize) -> Taps {
    let centre = ((i as f64 + 0.5) * ratio - 0.5).clamp(0.0, (from - 1) as f64);
    let first = (centre.floor() as usize).min(from - 1);
    let part = (centre - first as f64) as f32;
    let weights = if first + 1 < from {
        vec![1.0 - part, part]
    } else {
        vec![1.0]
    };
    Taps { first, weights }
}

/// Makes a picture of few pixels easier to read: edges that averaging has softened are sharpened, and the levels are
/// moved half-way to where the darkest and the lightest fiftieth would be black and white. For thumbnails; a large
/// picture shows what is.
pub fn crispen(levels: &mut Levels) {
    sharpen(levels, SHARPEN);
    let mut sorted = levels.pixels.clone();
    sorted.sort_unstable();
    let rim = sorted.len() / 50;
    let ends = (
        sorted.get(rim),
        sorted.get(sorted.len().saturating_sub(1 + rim)),
    );
    let (Some(&low), Some(&high)) = ends else {
        return;
    };
    let (low, range) = (f32::from(low), f32::from(high - low).max(64.0));
    for level in &mut levels.pixels {
        let value = f32::from(*level);
        let spread = (value - low) / range * 255.0;
        *level = ((value + spread) / 2.0).clamp(0.0, 255.0).round() as u8;
    }
}

/// Adds `amount` of its difference to the mean of the pixels around it to each pixel (unsharp masking). What few greys
/// cannot say by levels, edges must say.
pub fn sharpen(levels: &mut Levels, amount: f32) {
    let (width, height) = (levels.width, levels.height);
    let mean = |x: usize, y: usize| -> f32 {
        let near = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
        let places = near(y, height).flat_map(|y| near(x, width).map(move |x| (x, y)));
        let add = |(sum, n), (x, y)| (sum + f32::from(levels.at(x, y)), n + 1.0);
        let (sum, count): (f32, f32) = places.fold((0.0, 0.0), add);
        sum / count
    };
    let sharp = |(i, &level): (usize, &u8)| {
        let (level, mean) = (f32::from(level), mean(i % width, i / width));
        (level + amount * (level - mean)).clamp(0.0, 255.0).round() as u8
    };
    levels.pixels = levels.pixels.iter().enumerate().map(sharp).collect();
}

/// How much thumbnails are sharpened. Chosen by eye on the ORL faces, as is the next.
const SHARPEN: f32 = 0.35;
/// How much pictures of dots are.
const SHARPEN_DOTS: f32 = 0.8;

/// Replaces every level by one of `palette`, handing the error to the neighbours not yet visited (Floyd–Steinberg:
/// 7/16 to the right, 3/16, 5/16 and 1/16 below). An empty palette changes nothing.
pub fn dither(levels: &mut Levels, palette: &[u8]) {
    if palette.is_empty() {
        return;
    }
    let (width, height) = (levels.width, levels.height);
    let mut wanted: Vec<f32> = levels
        .pixels
        .iter()
        .map(|&level| f32::from(level))
        .collect();
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            let shown = nearest(palette, wanted[i]);
            levels.pixels[i] = shown;
            let error = wanted[i] - f32::from(shown);
            let mut hand_on = |dx: isize, dy: usize, share: f32| {
                let Some(to) = x.checked_add_signed(dx) else {
                    return;
                };
                if to < width && y + dy < height {
                    wanted[(y + dy) * width + to] += error * share / 16.0;
                }
            };
            hand_on(1, 0, 7.0);
            hand_on(-1, 1, 3.0);
            hand_on(0, 1, 5.0);
            hand_on(1, 1, 1.0);
        }
    }
}

/// The entry of `palette` nearest to `level`.
fn nearest(palette: &[u8], level: f32) -> u8 {
    let far = |entry: u8| (f32::from(entry) - level).abs();
    palette
        .iter()
        .copied()
        .min_by(|&a, &b| far(a).total_cmp(&far(b)))
        .unwrap_or(0)
}

/// `picture` as dots, two across and four down in each of `columns` × `rows` cells: the bits of a Braille pattern, to
/// be added to U+2800. A dot is light; `inverted` makes it dark, for a light terminal.
pub fn dots(picture: Grey<'_>, columns: u16, rows: u16, inverted: bool) -> Vec<u8> {
    let (columns, rows) = (usize::from(columns), usize::from(rows));
    let mut levels = scale(picture, 2 * columns, 4 * rows);
    sharpen(&mut levels, SHARPEN_DOTS);
    stretch(&mut levels.pixels);
    dither(&mut levels, &[0, 255]);
    let lit = |x: usize, y: usize| (levels.at(x, y) > 127) != inverted;
    (0..columns * rows)
        .map(|i| {
            let (left, top) = (2 * (i % columns), 4 * (i / columns));
            (0..8)
                .filter(|&dot| lit(left + dot / 4, top + dot % 4))
                .map(|dot| braille_bit(dot / 4, dot % 4))
                .sum()
        })
        .collect()
}

/// The bit of the Braille dot at `column` (0, 1) and `row` (0 to 3) of a cell (Unicode, chapter 21.1).
pub fn braille_bit(column: usize, row: usize) -> u8 {
    [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][column & 1][row & 3]
}

/// Spreads the levels over the whole range: with two levels, contrast is what keeps a face a face.
fn stretch(levels: &mut [u8]) {
    let (Some(&low), Some(&high)) = (levels.iter().min(), levels.iter().max()) else {
        return;
    };
    let range = f32::from(high.saturating_sub(low)).max(1.0);
    for level in levels {
        *level = (f32::from(*level - low) / range * 255.0).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grey(width: usize, pixels: &[f32]) -> Grey<'_> {
        Grey::new(width, pixels.len() / width, pixels).expect("the sizes agree")
    }

    #[test]
    fn a_cell_holds_two_square_pixels() {
        let pixels = [0.0, 1.0, 0.2, 0.6];
        let got = cells(grey(2, &pixels), 2, 1);
        assert_eq!(
            got,
            [
                Cell { top: 0, bottom: 51 },
                Cell {
                    top: 255,
                    bottom: 153
                }
            ]
        );
    }

    #[test]
    fn shrinking_averages_over_the_exact_area() {
        // Three pixels onto two: the middle one counts half for each.
        let row = [0.0, 0.6, 0.9];
        let levels = scale(grey(3, &row), 2, 1);
        assert_eq!(levels.pixels, [51, 204]); // (0 + 0.3) / 1.5 = 0.2; (0.3 + 0.9) / 1.5 = 0.8
    }

    #[test]
    fn wrong_sizes_are_refused() {
        assert!(Grey::new(3, 2, &[0.0; 5]).is_none());
        assert!(Grey::new(0, 0, &[]).is_none());
    }

    #[test]
    fn dots_light_where_the_picture_is_light() {
        let left_light: Vec<f32> = (0..8 * 8)
            .map(|i| if i % 8 < 4 { 1.0 } else { 0.0 })
            .collect();
        assert_eq!(dots(grey(8, &left_light), 2, 1, false), [0xff, 0x00]);
        assert_eq!(dots(grey(8, &left_light), 2, 1, true), [0x00, 0xff]);
    }

    proptest! {
        #[test]
        fn an_even_picture_stays_even(width in 1_usize..40, height in 1_usize..40, level in 0.0_f32..1.0,
                                      to_width in 1_usize..60, to_height in 1_usize..60) {
            let pixels = vec![level; width * height];
            let scaled = scale(grey(width, &pixels), to_width, to_height);
            let wanted = (level * 255.0).round();
            prop_assert!(scaled.pixels.iter().all(|&p| (f32::from(p) - wanted).abs() <= 1.0));
        }

        #[test]
        fn shrinking_keeps_the_mean(pixels in proptest::collection::vec(0.0_f32..1.0, 24 * 18),
                                    width in 1_usize..=24, height in 1_usize..=18) {
            let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
            let scaled = scale(grey(24, &pixels), width, height);
            let got = scaled.pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / scaled.pixels.len() as f32 / 255.0;
            prop_assert!((got - mean).abs() < 0.004, "{got} is not {mean}");
        }

        #[test]
        fn dithering_keeps_the_mean_and_the_palette(level in 0_u8..=255) {
            let mut levels = Levels { width: 16, height: 16, pixels: vec![level; 256] };
            dither(&mut levels, &[0, 85, 170, 255]);
            let mean = levels.pixels.iter().map(|&p| f32::from(p)).sum::<f32>() / 256.0;
            prop_assert!((mean - f32::from(level)).abs() < 12.0);
            prop_assert!(levels.pixels.iter().all(|p| [0, 85, 170, 255].contains(p)));
        }
    }
}
