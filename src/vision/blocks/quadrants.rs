//! Four pixels a cell in two greys: what a thumbnail needs to have eyes and a mouth.
//!
//! A cell can show two colours in any pattern of its quarters (U+2596 to U+259F). Of the eight ways to divide four
//! pixels into two groups, the one is taken whose groups differ least from their means. Edges between left and right,
//! which half blocks average away, survive; a smooth picture loses a little, so large ones stay with half blocks.

use super::Levels;

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quadrants {
    /// The pattern: a blank where all is `back`.
    pub symbol: char,
    /// The grey of what the symbol fills.
    pub front: u8,
    /// The grey of the rest.
    pub back: u8,
}

/// Patterns by which quarters they fill: upper left 1, upper right 2, lower left 4, lower right 8. The other eight are
/// these with front and back exchanged.
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

/// Each two by two pixels of `levels` as a cell, row after row; an odd last row or column is left out.
pub fn quadrants(levels: &Levels) -> Vec<Quadrants> {
    let (columns, rows) = (levels.width / 2, levels.height / 2);
    let cell = |i: usize| {
        let (x, y) = (2 * (i % columns), 2 * (i / columns));
        let pixel = |dx, dy| levels.at(x + dx, y + dy);
        best([pixel(0, 0), pixel(1, 0), pixel(0, 1), pixel(1, 1)])
    };
    (0..columns * rows).map(cell).collect()
}

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

/// Mean, and the sum of the squared differences from it, of the pixels in `bits`.
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
