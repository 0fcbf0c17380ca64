//! Euclidean distances of many vectors, fast and to the bit.
//!
//! A distance is `√Σ(aᵢ − bᵢ)²`, summed from the first component to the last, as
//! [`Embedding::distance`](crate::model::Embedding::distance) sums it. A sum in this order cannot use wide registers for one
//! pair of vectors, but it can for many: [`Columns`] holds [`LANES`] vectors beside each other, component after component, and
//! each lane of a register sums the distance to one of them. So the results are the same to the bit, and several times faster.
//!
//! Rejected: `‖a‖² + ‖b‖² − 2a·b` with a matrix product. It is faster still, but cancels where `a` and `b` are similar, which
//! is where precision matters.
//!
//! ```
//! use twinsight::metrics::Columns;
//!
//! let columns = Columns::new(2, [[0.0, 0.0], [3.0, 4.0]].iter().map(|v| &v[..]));
//! let mut distances = vec![Vec::new()];
//! columns.distances(&[&[0.0, 0.0]], 0..1, &mut distances);
//! assert_eq!(distances[0], [0.0, 5.0]);
//! ```

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

/// Vectors side by side in a block: one AVX-512 register, or two of AVX2.
pub const LANES: usize = 16;
/// Vectors that are compared with a block at once: so many sums are independent that none waits for another.
const ROWS: usize = 4;

/// Vectors of one length, in blocks of [`LANES`]: `[blocks, length, LANES]`.
#[derive(Debug, Clone)]
pub struct Columns {
    length: usize,
    count: usize,
    values: Vec<[f32; LANES]>,
}

impl Columns {
    /// Copies vectors of `length` components.
    ///
    /// # Panics
    /// If one has another length.
    pub fn new<'a>(length: usize, vectors: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut columns = Self {
            length,
            count: 0,
            values: Vec::new(),
        };
        for vector in vectors {
            assert_eq!(vector.len(), length, "vectors of one length");
            let lane = columns.count % LANES;
            if lane == 0 {
                let longer = columns.values.len() + length;
                columns.values.resize(longer, [0.0; LANES]);
            }
            let start = columns.values.len() - length;
            for (column, &value) in columns.values[start..].iter_mut().zip(vector) {
                column[lane] = value;
            }
            columns.count += 1;
        }
        columns
    }

    /// How many vectors there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many blocks they are in.
    pub fn blocks(&self) -> usize {
        self.count.div_ceil(LANES)
    }

    /// The distances of each of `rows` to the vectors of some `blocks`, into one list for each row.
    ///
    /// # Panics
    /// If a row has another length than the vectors, or there are fewer lists than rows.
    pub fn distances(&self, rows: &[&[f32]], blocks: Range<usize>, into: &mut [Vec<f32>]) {
        let whole = blocks.len() * LANES;
        let used = (blocks.end * LANES).min(self.count) - (blocks.start * LANES).min(self.count);
        for (rows, into) in rows.chunks(ROWS).zip(into.chunks_mut(ROWS)) {
            let mut squares = [[0.0; LANES]; ROWS];
            // A row that is missing is computed as the first one again.
            let four = std::array::from_fn(|row| *rows.get(row).unwrap_or(&rows[0]));
            into.iter_mut().for_each(|list| {
                list.clear();
                list.reserve(whole);
            });
            for block in blocks.clone() {
                let columns = &self.values[block * self.length..(block + 1) * self.length];
                Arch::new().dispatch(Squares {
                    rows: four,
                    columns,
                    sums: &mut squares,
                });
                for (list, squares) in into.iter_mut().zip(&squares).take(rows.len()) {
                    list.extend(squares.iter().map(|square| square.sqrt()));
                }
            }
            into.iter_mut().for_each(|list| list.truncate(used));
        }
    }
}

/// The squared distances of [`ROWS`] vectors to one block.
struct Squares<'a> {
    rows: [&'a [f32]; ROWS],
    columns: &'a [[f32; LANES]],
    sums: &'a mut [[f32; LANES]; ROWS],
}

impl WithSimd for Squares<'_> {
    type Output = ();

    // Inlined, so that it is compiled for the instructions of each `Simd`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.rows.map(|row| &row[..self.columns.len()]);
        let mut sums = [[0.0_f32; LANES]; ROWS];
        for (at, column) in self.columns.iter().enumerate() {
            for (sums, row) in sums.iter_mut().zip(rows) {
                let value = row[at];
                for (sum, other) in sums.iter_mut().zip(column) {
                    let difference = value - other;
                    *sum += difference * difference;
                }
            }
        }
        *self.sums = sums;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distances_are_those_of_plain_sums_to_the_bit(
            length in 1_usize..70,
            count in 1_usize..50,
            rows in 1_usize..7,
            seed in 0_u32..1000,
        ) {
            let value = |i: usize| ((i as f32 + seed as f32) * 12.9898).sin();
            let vector = |i: usize| (0..length).map(|d| value(i * length + d)).collect::<Vec<f32>>();
            let vectors: Vec<Vec<f32>> = (0..count).map(vector).collect();
            let probes: Vec<Vec<f32>> = (100..100 + rows).map(vector).collect();
            let columns = Columns::new(length, vectors.iter().map(|v| &v[..]));
            let first = columns.blocks() / 2;
            let mut lists = vec![Vec::new(); rows];
            let probes: Vec<&[f32]> = probes.iter().map(|v| &v[..]).collect();
            columns.distances(&probes, first..columns.blocks(), &mut lists);
            for (probe, list) in probes.iter().zip(&lists) {
                let plain = |v: &Vec<f32>| {
                    probe.iter().zip(v).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
                };
                let expected: Vec<f32> = vectors[first * LANES..].iter().map(plain).collect();
                prop_assert_eq!(list, &expected);
            }
        }
    }
}
