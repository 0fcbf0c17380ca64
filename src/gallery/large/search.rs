//! The nearest people among a million templates, exactly.
//!
//! All codes are read once, and give a distance `d̂` to each template. With the rounding error `e` of the template and `e₀` of the
//! probe, the triangle inequality bounds the true distance: `d̂ − e − e₀ ≤ d ≤ d̂ + e + e₀`. The mean distance of a person lies within
//! the means of these bounds. So whoever is among the `k` nearest has a lower bound not above the `k`-th smallest upper one, and
//! is among the people that [`nearest`] returns. The caller compares these, some hundred, by their stored f32 templates.
//!
//! The `k`-th smallest upper bound of some people is never below that of all, so that of the people found so far is the limit for
//! the next blocks. A mean is not below its smallest part: only where a row is within the limit are the other rows of its person
//! looked at. So nothing is written for each template, and no index is needed that may miss someone: the time is that of reading
//! the codes from memory.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::compare::{Probe, compare};
use super::encode::BLOCK;
use super::templates::TemplateFile;

/// Which rows are a person's.
pub(super) trait People: Sync {
    /// How many people there are.
    fn count(&self) -> usize;
    /// The rows that a probe is compared with.
    fn rows(&self, person: usize) -> &[u32];
}

/// The owner of a row that a probe is not compared with.
const NOBODY: u32 = u32::MAX;
/// The most blocks that a thread takes at once.
const PART: usize = 16;

/// The person of each row.
pub(super) fn owners(rows: usize, people: &impl People) -> Vec<u32> {
    let mut owners = vec![NOBODY; rows];
    for person in 0..people.count() {
        for &row in people.rows(person) {
            if let Some(owner) = owners.get_mut(row as usize) {
                *owner = person as u32;
            }
        }
    }
    owners
}

/// People among whom the `best` nearest to `probe` are for certain; `None` if a block is damaged. `owners` are those of
/// `people`.
pub(super) fn nearest(
    file: &TemplateFile,
    (people, owners): (&impl People, &[u32]),
    probe: &[f32],
    best: usize,
) -> Option<Vec<usize>> {
    if probe.iter().any(|value| !value.is_finite()) {
        // It is equally far from everybody.
        return Some((0..people.count().min(best)).collect());
    }
    let search = Search {
        file,
        people,
        owners,
        probe: Probe::new(probe),
        best: best.max(1),
        limit: AtomicU32::new(f32::INFINITY.to_bits()),
    };
    let blocks = file.blocks();
    let part = (blocks.len() / rayon::current_num_threads()).clamp(1, PART);
    let parts = blocks.par_chunks(part).map(|part| search.part(part));
    let found: Vec<Vec<Near>> = parts.collect::<Option<_>>()?;
    let mut found = found.concat();
    // Someone with rows in several parts was found in each.
    found.sort_unstable_by_key(|near| near.person);
    found.dedup_by_key(|near| near.person);
    search.shrink(&mut found);
    Some(found.iter().map(|near| near.person as usize).collect())
}

/// A person who may be among the nearest.
#[derive(Debug, Clone, Copy)]
struct Near {
    person: u32,
    /// Bounds of the mean distance.
    low: f32,
    high: f32,
}

/// What all threads of a search share.
struct Search<'a, P> {
    file: &'a TemplateFile,
    people: &'a P,
    owners: &'a [u32],
    probe: Probe,
    best: usize,
    /// The bits of an upper bound of the `best`-th smallest mean distance: of numbers that are not negative the smaller has the
    /// smaller bits.
    limit: AtomicU32,
}

impl<P: People> Search<'_, P> {
    fn limit(&self) -> f32 {
        f32::from_bits(self.limit.load(Ordering::Relaxed))
    }

    /// The people of some blocks who may be among the nearest.
    fn part(&self, blocks: &[(usize, usize)]) -> Option<Vec<Near>> {
        let mut bounds = [[0.0; BLOCK]; 2];
        let (mut found, mut seen, mut room) = (Vec::new(), HashSet::new(), 2 * self.best);
        for &at in blocks {
            let rows = self.file.rows_of(at);
            let [low, high] = bounds.each_mut().map(|all| &mut all[..rows.len()]);
            let block = self.file.block(at)?;
            if !compare(&self.probe, block, self.limit(), [low, high]) {
                continue;
            }
            for (row, (&low, &high)) in rows.zip(low.iter().zip(&*high)) {
                if low > self.limit() || low.is_nan() {
                    continue;
                }
                found.extend(self.near(row, [low, high], &mut seen)?);
                if found.len() >= room {
                    self.shrink(&mut found);
                    room = room.max(2 * found.len());
                }
            }
        }
        self.shrink(&mut found);
        Some(found)
    }

    /// The person of a row with these bounds, unless `seen` already; `None` if a block with another row is damaged.
    fn near(&self, row: usize, bounds: [f32; 2], seen: &mut HashSet<u32>) -> Option<Option<Near>> {
        let person = self.owners[row];
        if person == NOBODY {
            return Some(None);
        }
        let [low, high] = match self.people.rows(person as usize) {
            [_] => bounds,
            _ if !seen.insert(person) => return Some(None),
            rows => self.mean(rows)?,
        };
        Some((low <= self.limit()).then_some(Near { person, low, high }))
    }

    /// Bounds of the mean distance to some rows.
    fn mean(&self, rows: &[u32]) -> Option<[f32; 2]> {
        let mut sums = [0.0; 2];
        for &row in rows {
            let [mut low, mut high] = [[0.0]; 2];
            let block = self.file.row(row as usize)?;
            compare(&self.probe, block, f32::INFINITY, [&mut low, &mut high]);
            sums = [sums[0] + low[0], sums[1] + high[0]];
        }
        Some(sums.map(|sum| sum / rows.len() as f32))
    }

    /// Lowers the limit by the people who were found, and leaves out those who are above it.
    fn shrink(&self, found: &mut Vec<Near>) {
        if found.len() >= self.best {
            let by_high = |a: &Near, b: &Near| a.high.total_cmp(&b.high);
            let (_, last, _) = found.select_nth_unstable_by(self.best - 1, by_high);
            self.limit.fetch_min(last.high.to_bits(), Ordering::Relaxed);
        }
        let limit = self.limit();
        found.retain(|near| near.low <= limit);
    }
}

/// Reads all blocks as fast as memory allows, and returns the number of bytes: what [`nearest`] is measured against.
pub(super) fn read(file: &TemplateFile) -> Option<usize> {
    let sum = |at| {
        let block = file.block(at)?;
        let [scales, norms, errors] = block.floats.map(<[[u8; 4]]>::as_flattened);
        let parts = [block.codes, scales, norms, errors];
        parts.iter().for_each(|bytes| {
            Arch::new().dispatch(Sum(bytes));
        });
        Some(parts.iter().map(|bytes| bytes.len()).sum::<usize>())
    };
    file.blocks().into_par_iter().map(sum).sum()
}

/// The sum of some bytes, as words.
struct Sum<'a>(&'a [u8]);

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let words = self
            .0
            .as_chunks::<8>()
            .0
            .iter()
            .map(|word| u64::from_le_bytes(*word));
        std::hint::black_box(words.fold(0_u64, u64::wrapping_add));
    }
}
