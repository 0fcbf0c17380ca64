//! Makes pictures of few pixels or few greys easier to read: sharpening, dithering, equalisation.

use super::scale::scale;
use super::{Grey, Levels};

/// Improves a thumbnail: sharpens the edges that averaging has softened and stretches the contrast half-way to the point
/// where the darkest 2 % are black and the lightest 2 % are white.
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

/// Unsharp masking: adds to each pixel `amount` times its difference from the mean of its 3 × 3 neighbourhood.
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

/// Amount of sharpening for thumbnails, chosen by eye on the ORL faces.
const SHARPEN: f32 = 0.35;
/// Amount of sharpening for pictures of dots, chosen by eye on the ORL faces.
const SHARPEN_DOTS: f32 = 0.8;

/// Replaces every level by the nearest of `palette` and spreads the error to the neighbours not yet visited
/// (Floyd–Steinberg: 7/16 to the right, 3/16, 5/16 and 1/16 below). An empty palette changes nothing.
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
            let mut spread = |dx: isize, dy: usize, share: f32| {
                let Some(to) = x.checked_add_signed(dx) else {
                    return;
                };
                if to < width && y + dy < height {
                    wanted[(y + dy) * width + to] += error * share / 16.0;
                }
            };
            spread(1, 0, 7.0);
            spread(-1, 1, 3.0);
            spread(0, 1, 5.0);
            spread(1, 1, 1.0);
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

/// `picture` as dots, two columns and four rows in each of `columns` × `rows` cells: the bits of a Braille pattern, to
/// add to U+2800. A dot is light; with `inverted` it is dark, for a light terminal.
pub fn dots(picture: Grey<'_>, columns: u16, rows: u16, inverted: bool) -> Vec<u8> {
    let (columns, rows) = (usize::from(columns), usize::from(rows));
    let mut levels = scale(picture, 2 * columns, 4 * rows);
    sharpen(&mut levels, SHARPEN_DOTS);
    equalise(&mut levels.pixels);
    dither(&mut levels, &[0, 255]);
    let lit = |x: usize, y: usize| (levels.at(x, y) > 127) != inverted;
    (0..columns * rows)
        .map(|i| {
            let (left, top) = (2 * (i % columns), 4 * (i / columns));
            (0..8)
                .filter(|&dot| lit(left + dot / 4, top + dot % 4))
                .map(|dot| braille_bit(dot / 4, dot % 4))
                .sum::<u8>()
        })
        .collect()
}

/// The bit of the Braille dot at `column` (0, 1) and `row` (0 to 3) of a cell (Unicode, chapter 21.1).
pub fn braille_bit(column: usize, row: usize) -> u8 {
    [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]][column & 1][row & 3]
}

/// Histogram equalisation: changes the levels so that all are about equally frequent. Most of a face is light, and with
/// two levels only this makes its details visible. A picture of one level stays unchanged.
fn equalise(levels: &mut [u8]) {
    let mut counts = [0_u32; 256];
    for &level in levels.iter() {
        counts[usize::from(level)] += 1;
    }
    if counts.iter().filter(|&&count| count > 0).count() < 2 {
        return;
    }
    // The darkest level present becomes black, the lightest white.
    let darkest = counts.iter().copied().find(|&count| count > 0).unwrap_or(0);
    let (mut up_to, all) = (0_u32, levels.len() as u32);
    let spread = counts.map(|count| {
        up_to += count;
        let share = up_to.saturating_sub(darkest) as f32 / (all - darkest) as f32;
        (share * 255.0).round() as u8
    });
    for level in levels {
        *level = spread[usize::from(*level)];
    }
}
