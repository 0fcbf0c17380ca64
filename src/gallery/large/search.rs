//! The nearest people among a million templates, exactly.
//!
//! All codes are read once, and give a distance `d̂` to each template. With the rounding error `e` of the template and `e₀` of the
//! probe, the triangle inequality bounds the true distance: `d̂ − e − e₀ ≤ d ≤ d̂ + e + e₀`. The mean distance of a person lies within
//! the means of these bounds. So whoever is among the `k` nearest has a lower bound not above the `k`-th smallest upper one, and
//! is among the people that [`nearest`] returns. The caller compares these, some hundred, by their stored f32 templates.
//! No index that may miss someone is needed: the time is that of reading the codes from memory.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::compare::{Probe, compare};
use super::templates::TemplateFile;

/// Which rows are a person's.
pub(super) trait People: Sync {
    /// How many people there are.
    fn count(&self) -> usize;
    /// The rows that a probe is compared with.
    fn rows(&self, person: usize) -> &[u32];
}

/// People that a thread takes at once.
const PART: usize = 1 << 14;

/// People among whom the `best` nearest to `probe` are for certain; `None` if a block is damaged.
pub(super) fn nearest(
    file: &TemplateFile,
    people: &impl People,
    probe: &[f32],
    best: usize,
) -> Option<Vec<usize>> {
    if probe.iter().any(|value| !value.is_finite()) {
        // It is equally far from everybody.
        return Some((0..people.count().min(best)).collect());
    }
    let [low, high] = bounds(file, &Probe::new(probe))?;
    let of_person = |person: usize| -> Option<[f32; 2]> {
        let mean = |bounds: &[f32], rows: &[u32]| {
            rows.iter().map(|&row| bounds[row as usize]).sum::<f32>() / rows.len() as f32
        };
        match people.rows(person) {
            [] => None,
            &[row] => Some([low[row as usize], high[row as usize]]),
            rows => Some([mean(&low, rows), mean(&high, rows)]),
        }
    };
    let parts: Vec<Range<usize>> = (0..people.count())
        .step_by(PART)
        .map(|start| start..(start + PART).min(people.count()))
        .collect();
    let found: Vec<Found> = parts
        .into_par_iter()
        .map(|part| {
            let mut found = Found::new(best);
            part.for_each(|person| found.extend(person, of_person(person)));
            found
        })
        .collect();
    Some(Found::merged(found, best))
}

/// People whose lower bound is not above the `best`-th smallest upper bound so far.
struct Found {
    best: usize,
    /// The smallest upper bounds, at most `2 · best` of them, and the largest that matters.
    upper: Vec<f32>,
    limit: f32,
    people: Vec<(f32, usize)>,
}

impl Found {
    fn new(best: usize) -> Self {
        Self {
            best: best.max(1),
            upper: Vec::new(),
            limit: f32::INFINITY,
            people: Vec::new(),
        }
    }

    #[inline]
    fn extend(&mut self, person: usize, bounds: Option<[f32; 2]>) {
        let Some([low, high]) = bounds else {
            return;
        };
        if low <= self.limit {
            self.people.push((low, person));
        }
        if high < self.limit {
            self.upper.push(high);
            if self.upper.len() >= 2 * self.best {
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        if self.upper.len() >= self.best {
            self.upper
                .select_nth_unstable_by(self.best - 1, f32::total_cmp);
            self.upper.truncate(self.best);
            self.limit = self.upper[self.best - 1];
            let limit = self.limit;
            self.people.retain(|(low, _)| *low <= limit);
        }
    }

    fn merged(all: Vec<Self>, best: usize) -> Vec<usize> {
        let mut merged = Self::new(best);
        for found in all {
            merged.upper.extend(found.upper);
            merged.people.extend(found.people);
        }
        merged.shrink();
        merged
            .people
            .into_iter()
            .map(|(_, person)| person)
            .collect()
    }
}

/// Bounds of the distance of a probe to each template, lower ones and upper ones; `None` if a block is damaged.
fn bounds(file: &TemplateFile, probe: &Probe) -> Option<[Vec<f32>; 2]> {
    let mut bounds = [vec![0.0; file.rows], vec![0.0; file.rows]];
    let [mut low, mut high] = bounds.each_mut().map(|all| &mut all[..]);
    let mut tasks = Vec::new();
    for block in file.blocks() {
        let rows = file.rows_of(block).len();
        let parts = [low.split_off_mut(..rows)?, high.split_off_mut(..rows)?];
        tasks.push((block, parts));
    }
    let compare = |(at, parts)| {
        compare(probe, file.block(at)?, parts);
        Some(())
    };
    tasks.into_par_iter().map(compare).collect::<Option<()>>()?;
    Some(bounds)
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
