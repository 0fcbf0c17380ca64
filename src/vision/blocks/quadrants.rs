//! Four pixels in a cell with two greys, for thumbnails.
//!
//! A cell can show two colours in any pattern of its quarters (U+2596 to U+259F). Of the eight ways to divide four pixels
//! into two groups, this takes the one with the smallest squared differences from the means of the groups. It keeps
//! vertical edges, which half blocks average away; smooth pictures lose a little, so large pictures use half blocks.

use super::Levels;

/// A cell with a pattern of quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quadrants {
    /// The pattern; a blank if the whole cell is `back`.
    pub symbol: char,
    /// Grey level of the quarters that the symbol fills.
    pub front: u8,
    /// Grey level of the other quarters.
    pub back: u8,
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

/// Every 2 × 2 pixels of `levels` as a cell, row by row. An odd last row or column is left out.
pub fn quadrants(levels: &Levels) -> Vec<Quadrants> {
    let (columns, rows) = (levels.width / 2, levels.height / 2);
    let cell = |i: usize| {
        let (x, y) = (2 * (i % columns), 2 * (i / columns));
        let pixel = |dx, dy| levels.at(x + dx, y + dy);
        best([pixel(0, 0), pixel(1, 0), pixel(0, 1), pixel(1, 1)])
    };
    (0..columns * rows).map(cell).collect()
}

/// The pattern with the smallest error.
fn best(pixels: [u8; 4]) -> Quadrants {
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

/// The mean of the pixels in `bits`, and the sum of their squared differences from it.
fn group(pixels: [u8; 4], bits: u8) -> (u8, u32) {
    let of = || {
        (0..4)
            .filter(|i| bits >> i & 1 == 1)
            .map(|i| u32::from(pixels[i]))
    };
    let count = of().count() as u32;
    let mean = (of().sum::<u32>() + count / 2)
        .checked_div(count)
        .unwrap_or(0);
    (mean as u8, of().map(|p| p.abs_diff(mean).pow(2)).sum())
}
