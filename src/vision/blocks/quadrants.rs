//! Four pixels in a cell with two colours, for thumbnails.
//!
//! A cell can show two colours in any pattern of its quarters (U+2596 to U+259F). Of the eight ways to divide four pixels
//! into two groups, this takes the one with the smallest squared differences from the means of the groups. It keeps
//! vertical edges, which half blocks average away; smooth pictures lose a little, so large pictures use half blocks.

/// A cell with a pattern of quarters, in colours of `N` channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quadrants<const N: usize> {
    /// The pattern; a blank if the whole cell is `back`.
    pub symbol: char,
    /// Colour of the quarters that the symbol fills.
    pub front: [u8; N],
    /// Colour of the other quarters.
    pub back: [u8; N],
}

/// The patterns with the quarters that they fill: upper left 1, upper right 2, lower left 4, lower right 8. The other
/// eight patterns are these with front and back exchanged.
const PATTERNS: [(u8, char); 8] = [
    (0, ' '),
    (1, '▘'),
    (2, '▝'),
    (3, '▀'),
    (4, '▖'),
    (8, '▗'),
    (10, '▐'),
    (9, '▚'),
];

/// Every 2 × 2 pixels as a cell, row by row; `pixels` are rows of `width`. An odd last row or column is left out.
///
/// # Panics
/// If `width` is 0.
pub fn quadrants<const N: usize>(pixels: &[[u8; N]], width: usize) -> Vec<Quadrants<N>> {
    let (columns, rows) = (width / 2, pixels.len() / width / 2);
    let cell = |i: usize| {
        let at = 2 * (i / columns) * width + 2 * (i % columns);
        best([at, at + 1, at + width, at + width + 1].map(|at| pixels[at]))
    };
    (0..columns * rows).map(cell).collect()
}

/// The pattern with the smallest error.
fn best<const N: usize>(pixels: [[u8; N]; 4]) -> Quadrants<N> {
    let choices = PATTERNS.map(|(bits, symbol)| {
        let (front, in_front) = group(pixels, bits);
        let (back, behind) = group(pixels, !bits & 15);
        let cell = Quadrants {
            symbol,
            front: if bits == 0 { back } else { front },
            back,
        };
        (in_front + behind, cell)
    });
    let mut least = choices[0];
    for choice in &choices[1..] {
        if choice.0 < least.0 {
            least = *choice;
        }
    }
    least.1
}

/// The mean of the pixels in `bits`, and the sum of their squared differences from it over all channels.
fn group<const N: usize>(pixels: [[u8; N]; 4], bits: u8) -> ([u8; N], u32) {
    let mut error = 0;
    let mean = std::array::from_fn(|channel| {
        let of = || {
            let inside = (0..4).filter(|i| bits >> i & 1 == 1);
            inside.map(|i| u32::from(pixels[i][channel]))
        };
        let count = of().count() as u32;
        let mean = (of().sum::<u32>() + count / 2)
            .checked_div(count)
            .unwrap_or(0);
        error += of().map(|p| p.abs_diff(mean).pow(2)).sum::<u32>();
        mean as u8
    });
    (mean, error)
}
