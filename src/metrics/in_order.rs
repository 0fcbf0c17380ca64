//! Comparisons in the order of their similarity, in bounded memory.
//!
//! The similarities are cut into ranges that hold at most a given number of comparisons each. A first visit counts them by
//! the upper half of their bits. Then each range is collected in a visit of its own, and sorted. So nothing is binned: the
//! order is that of sorting all of them at once, and computing a similarity several times costs less than storing it.

use super::comparisons::{Comparisons, Row};
use crate::units::PersonId;

/// A comparison in its place in the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    key: u32,
    a: u32,
    b: u32,
}

impl Entry {
    /// Equal where the similarities are.
    pub(super) fn key(self) -> u32 {
        self.key
    }

    pub(super) fn mated(self) -> bool {
        self.a == self.b
    }

    pub(super) fn people(self) -> (PersonId, PersonId) {
        (PersonId(self.a as usize), PersonId(self.b as usize))
    }
}

/// Some consecutive comparisons.
pub(super) enum Part<'a> {
    /// In ascending order.
    Sorted(&'a [Entry]),
    /// All comparisons with this key, which are more than fit.
    Equal(u32),
}

/// A number that grows with the similarity; `None` for one that is not finite. Both zeros have the same.
pub(super) fn key_of(similarity: f32) -> Option<u32> {
    const SIGN: u32 = 1 << 31;
    let bits = (similarity + 0.0).to_bits();
    let key = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    similarity.is_finite().then_some(key)
}

/// The number of comparisons by the upper half of their keys.
#[derive(Debug, Clone)]
pub(super) struct Counts(Vec<u64>);

/// Values of half a key.
const HALVES: usize = 1 << 16;

impl Counts {
    pub(super) fn none() -> Self {
        Self(vec![0; HALVES])
    }

    pub(super) fn add(&mut self, key: u32) {
        self.0[(key >> 16) as usize] += 1;
    }

    pub(super) fn merge(mut self, other: &Self) -> Self {
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(own, other)| *own += other);
        self
    }
}

/// A range of keys, both ends in it, and how many comparisons it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u32,
    last: u32,
    count: u64,
}

/// Visits all comparisons but the failed ones by ascending similarity, at most `capacity` at once; `counts` are theirs.
pub(super) fn visit(
    comparisons: &impl Comparisons,
    counts: &Counts,
    capacity: usize,
    mut visit: impl FnMut(Part<'_>),
) {
    for range in ranges(comparisons, counts, capacity as u64) {
        if range.count > capacity as u64 {
            visit(Part::Equal(range.first));
            continue;
        }
        let mut entries = collect(comparisons, range);
        rayon::slice::ParallelSliceMut::par_sort_unstable_by_key(&mut entries[..], |entry| {
            entry.key
        });
        visit(Part::Sorted(&entries));
    }
}

/// Ranges with at most `capacity` comparisons each, or with a single key.
fn ranges(comparisons: &impl Comparisons, counts: &Counts, capacity: u64) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut push = |next: Range| match ranges.last_mut() {
        _ if next.count == 0 => {}
        Some(last) if last.count + next.count <= capacity => {
            last.last = next.last;
            last.count += next.count;
        }
        _ => ranges.push(next),
    };
    for (upper, &count) in counts.0.iter().enumerate() {
        let first = (upper as u32) << 16;
        if count <= capacity {
            push(Range {
                first,
                last: first | 0xffff,
                count,
            });
            continue;
        }
        for (lower, count) in lower_halves(comparisons, upper as u32)
            .into_iter()
            .enumerate()
        {
            let key = first | lower as u32;
            push(Range {
                first: key,
                last: key,
                count,
            });
        }
    }
    ranges
}

/// The number of comparisons with an upper half, by the lower half of their keys.
fn lower_halves(comparisons: &impl Comparisons, upper: u32) -> Vec<u64> {
    let add = |counts: &mut Vec<u64>, row: Row<'_>| {
        let keys = row.similarities.iter().filter_map(|&s| key_of(s));
        keys.filter(|key| key >> 16 == upper)
            .for_each(|key| counts[(key & 0xffff) as usize] += 1);
    };
    let merge = |mut one: Vec<u64>, other: Vec<u64>| {
        one.iter_mut()
            .zip(other)
            .for_each(|(own, other)| *own += other);
        one
    };
    comparisons.fold(|| vec![0; HALVES], add, merge)
}

/// The key of infinity, which no range holds.
const FAILED: u32 = u32::MAX;

fn collect(comparisons: &impl Comparisons, range: Range) -> Vec<Entry> {
    let add = |entries: &mut Vec<Entry>, row: Row<'_>| {
        // Each one is written, and counts only if it is in the range: a branch would often be guessed wrong.
        let start = entries.len();
        let mut end = start;
        entries.resize(start + row.others.len(), Entry { key: 0, a: 0, b: 0 });
        for (&similarity, other) in row.similarities.iter().zip(row.others) {
            let key = key_of(similarity).unwrap_or(FAILED);
            entries[end] = Entry {
                key,
                a: row.person.0 as u32,
                b: other.0 as u32,
            };
            end += usize::from(range.first <= key && key <= range.last);
        }
        entries.truncate(end);
    };
    let merge = |mut one: Vec<Entry>, mut other: Vec<Entry>| {
        one.append(&mut other);
        one
    };
    comparisons.fold(Vec::new, add, merge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_as_the_similarities() {
        let ordered = [f32::MIN, -2.5, -1e-40, 0.0, 1e-40, 0.5, 1.0, f32::MAX];
        assert!(ordered.map(key_of).is_sorted_by(|a, b| a < b));
        assert_eq!(key_of(-0.0), key_of(0.0));
        assert_eq!([f32::NAN, f32::INFINITY].map(key_of), [None, None]);
    }
}
