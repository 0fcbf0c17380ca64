//! Summed-area tables (integral images): the sum over any upright rectangle from four look-ups.
//!
//! # Definition
//! For a picture `p` of width `w` and height `h` the table has `w + 1` columns and `h + 1` rows, and
//! `T[y][x] = Σ p[j][i]` over all `j < y`, `i < x`; its first row and first column are 0. The sum over the rectangle
//! with corner `(x, y)`, width `a` and height `b` is `T[y][x] − T[y][x+a] − T[y+b][x] + T[y+b][x+a]`.
//!
//! Example: for the rows `1 2` and `3 4` the table is `0 0 0`, `0 1 3`, `0 4 10`, and the sum over the whole picture is
//! `0 − 0 − 0 + 10`.
//!
//! Entries wrap around at 2³². The sum over a rectangle is a difference, so it is still correct if it fits into 32 bits
//! itself. For the same reason a table can start in the middle of a picture. [`Band`] uses this: it covers only some rows,
//! so that it fits into the processor's cache and bands can be searched in parallel.
//!
//! A second table holds the sums of squares, which give the variance of a window.

/// Sums and sums of squares over a band of rows, stored for a scan that visits every column or every second column.
///
/// For a scan in steps of 2 a table row holds its even columns first and then its odd columns. Windows that the scan
/// visits one after another are then neighbours in memory at every offset and can be loaded together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Band {
    /// Entries from one table row to the next.
    pub(crate) stride: usize,
    /// The summed-area table of the values.
    pub(crate) sums: Vec<i32>,
    /// The summed-area table of the squared values.
    pub(crate) squares: Vec<u32>,
    prefix: Vec<(i32, u32)>,
    rows: usize,
}

/// Extra entries after the last row, so that a block of neighbouring windows can be loaded even if only the first exists.
pub(crate) const SLACK: usize = 32;

/// The order of the columns within a table row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Columns {
    /// 1: ascending. 2: the even columns, then the odd columns.
    pub(crate) step: usize,
    /// Number of even columns; used with step 2 only.
    half: usize,
    /// Entries from one row to the next.
    pub(crate) stride: usize,
}

impl Columns {
    /// The layout for pictures of `width` pixels, scanned in steps of `step` (1 or 2).
    pub(crate) fn new(width: usize, step: usize) -> Self {
        let half = (width + 1).div_ceil(2);
        let columns = if step == 2 { 2 * half } else { width + 1 };
        // An odd number of cache lines: with a power of two, all rows would map to the same cache sets.
        let stride = (columns.div_ceil(16) | 1) * 16;
        Self { step, half, stride }
    }

    /// Offset of the table entry `dx` columns and `dy` rows from the corner of any window that the scan visits.
    pub(crate) fn offset(self, dx: usize, dy: usize) -> usize {
        let column = if self.step == 2 {
            (dx % 2) * self.half + dx / 2
        } else {
            dx
        };
        dy * self.stride + column
    }
}

impl Band {
    /// Empties the band and allocates `rows` rows of `width` pixels.
    pub(crate) fn start(&mut self, columns: Columns, width: usize, rows: usize) {
        self.stride = columns.stride;
        let entries = (rows + 1) * columns.stride + SLACK;
        self.sums.resize(entries, 0);
        self.squares.resize(entries, 0);
        self.sums[..columns.stride].fill(0);
        self.squares[..columns.stride].fill(0);
        self.prefix.resize(width + 1, (0, 0));
        self.rows = 0;
    }

    /// Appends the next row of pixels.
    pub(crate) fn push(&mut self, columns: Columns, pixels: &[u8]) {
        let (mut sum, mut square) = (0_i32, 0_u32);
        self.prefix[0] = (0, 0);
        for (entry, &pixel) in self.prefix[1..].iter_mut().zip(pixels) {
            sum = sum.wrapping_add(i32::from(pixel));
            square = square.wrapping_add(u32::from(pixel) * u32::from(pixel));
            *entry = (sum, square);
        }
        let start = self.rows * self.stride;
        let (above, below) = self.sums[start..start + 2 * self.stride].split_at_mut(self.stride);
        let (above_sq, below_sq) =
            self.squares[start..start + 2 * self.stride].split_at_mut(self.stride);
        if columns.step == 2 {
            for parity in 0..2 {
                let from = parity * columns.half;
                let tables = above[from..].iter().zip(&mut below[from..]);
                let squares = above_sq[from..].iter().zip(&mut below_sq[from..]);
                let entries = self.prefix[parity..].iter().step_by(2);
                for ((entry, (&a, b)), (&a_sq, b_sq)) in entries.zip(tables).zip(squares) {
                    *b = a.wrapping_add(entry.0);
                    *b_sq = a_sq.wrapping_add(entry.1);
                }
            }
        } else {
            let tables = above.iter().zip(below).zip(above_sq.iter().zip(below_sq));
            for (entry, ((&a, b), (&a_sq, b_sq))) in self.prefix.iter().zip(tables) {
                *b = a.wrapping_add(entry.0);
                *b_sq = a_sq.wrapping_add(entry.1);
            }
        }
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(
        band: &Band,
        columns: Columns,
        corner: usize,
        x: usize,
        y: usize,
        a: usize,
        b: usize,
    ) -> i32 {
        let at = |dx, dy| band.sums[corner + columns.offset(dx, dy)];
        at(x, y) - at(x + a, y) - at(x, y + b) + at(x + a, y + b)
    }

    #[test]
    fn the_example_of_the_module_page_holds() {
        let columns = Columns::new(2, 1);
        let mut band = Band::default();
        band.start(columns, 2, 2);
        band.push(columns, &[1, 2]);
        band.push(columns, &[3, 4]);
        let row = |y: usize| &band.sums[y * columns.stride..][..3];
        assert_eq!([row(0), row(1), row(2)], [[0, 0, 0], [0, 1, 3], [0, 4, 10]]);
    }

    #[test]
    fn every_rectangle_of_both_layouts_is_its_plain_sum() {
        let pixels: Vec<u8> = (0..9 * 6).map(|i| (i * i * 7 % 251) as u8).collect();
        for step in [1, 2] {
            let columns = Columns::new(9, step);
            let mut band = Band::default();
            band.start(columns, 9, 6);
            pixels.chunks(9).for_each(|row| band.push(columns, row));
            for (window, x, y, a, b) in [
                (0, 0, 0, 9, 6),
                (1, 1, 2, 3, 3),
                (2, 0, 1, 4, 5),
                (3, 2, 0, 1, 1),
            ] {
                let left = window * step;
                let plain: i32 = (y..y + b)
                    .flat_map(|j| (left + x..left + x + a).map(move |i| j * 9 + i))
                    .filter(|&i| i < 54)
                    .map(|i| i32::from(pixels[i]))
                    .sum();
                if left + x + a <= 9 {
                    assert_eq!(
                        sum(&band, columns, window, x, y, a, b),
                        plain,
                        "step {step}, window {window}"
                    );
                }
            }
        }
    }
}
