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

use super::templates::{CodeBlock, TemplateFile};

/// Which rows are a person's.
pub(super) trait People: Sync {
    /// How many people there are.
    fn count(&self) -> usize;
    /// The rows that a probe is compared with.
    fn rows(&self, person: usize) -> &[u32];
}

/// A probe in 16 bits: so fine that its error hardly matters, and products with codes of 8 bits still fit sums of 32.
struct Probe {
    codes: Vec<i16>,
    scale: f32,
    /// `‖scale · codes‖²`.
    norm: f32,
    /// `‖probe − scale · codes‖`.
    error: f32,
}

impl Probe {
    fn new(values: &[f32], width: usize) -> Self {
        // 127 · most · width stays below 2³¹.
        let most = (f64::from(i32::MAX) / 127.0 / width as f64)
            .min(f64::from(i16::MAX))
            .floor();
        let largest = values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = if largest > 0.0 {
            largest / most as f32
        } else {
            1.0
        };
        let mut codes: Vec<i16> = values.iter().map(|v| (v / scale).round() as i16).collect();
        let (mut norm, mut error) = (0.0_f64, 0.0_f64);
        for (&value, &code) in values.iter().zip(&codes) {
            let rounded = f64::from(scale) * f64::from(code);
            norm += rounded * rounded;
            error += (f64::from(value) - rounded).powi(2);
        }
        codes.resize(width, 0);
        Self {
            codes,
            scale,
            norm: norm as f32,
            error: error.sqrt() as f32,
        }
    }
}

/// Rounding of the sums: the squares are of a few numbers in f32, each right to 2⁻²⁴.
const SQUARE: f32 = 1.0 / (1 << 20) as f32;
/// Rounding of distances and their means, with room.
const MEAN: f32 = 1e-4;
/// People that a thread takes at once.
const PART: usize = 1 << 14;

/// People among whom the `best` nearest to `probe` are for certain; `None` if a block is damaged.
pub(super) fn nearest(
    file: &TemplateFile,
    errors: &[f32],
    people: &impl People,
    probe: &[f32],
    best: usize,
) -> Option<Vec<usize>> {
    if probe.iter().any(|value| !value.is_finite()) {
        // It is equally far from everybody.
        return Some((0..people.count().min(best)).collect());
    }
    let distances = distances(file, probe)?;
    let Probe {
        error: own, norm, ..
    } = Probe::new(probe, probe.len());
    let length = norm.sqrt();
    let bounds = |person: usize| -> Option<[f32; 2]> {
        let rows = people.rows(person);
        let (mut sum, mut error) = (0.0, 0.0);
        for &row in rows {
            let distance = distances[row as usize];
            sum += distance;
            // |√a − √b| ≤ |a − b| / √a, and a template is at most as long as probe and distance together.
            let square = SQUARE * (norm + (distance + length) * (distance + length));
            error += errors[row as usize] + square / distance.max(square.sqrt());
        }
        let count = rows.len() as f32;
        let (mean, error) = (sum / count, error / count + own);
        let error = error + MEAN * (mean + error);
        (count > 0.0).then_some([mean - error, mean + error])
    };
    let parts: Vec<Range<usize>> = (0..people.count())
        .step_by(PART)
        .map(|start| start..(start + PART).min(people.count()))
        .collect();
    let found: Vec<Found> = parts
        .into_par_iter()
        .map(|part| {
            let mut found = Found::new(best);
            part.for_each(|person| found.extend(person, bounds(person)));
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

/// The distance `d̂` of a probe to each template, by its code; `None` if a block is damaged.
fn distances(file: &TemplateFile, probe: &[f32]) -> Option<Vec<f32>> {
    let width = probe.len().next_multiple_of(32);
    let probe = Probe::new(probe, width);
    let mut distances = vec![0.0; file.rows];
    let mut rest = &mut distances[..];
    let mut tasks = Vec::new();
    for block in file.blocks() {
        let part = rest.split_off_mut(..file.rows_of(block).len())?;
        tasks.push((block, part));
    }
    let compare = |(at, into): (_, &mut [f32])| {
        let block = file.block(at)?;
        Arch::new().dispatch(Compare {
            probe: &probe,
            block,
            into,
        });
        Some(())
    };
    tasks.into_par_iter().map(compare).collect::<Option<()>>()?;
    Some(distances)
}

/// Reads all blocks as fast as memory allows, and returns the number of bytes: what [`nearest`] is measured against.
pub(super) fn read(file: &TemplateFile) -> Option<usize> {
    let sum = |at| {
        let block = file.block(at)?;
        let bytes = [block.scales, block.norms].map(<[[u8; 4]]>::as_flattened);
        let parts = [block.codes, bytes[0], bytes[1]];
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

/// The distances to one block.
struct Compare<'a> {
    probe: &'a Probe,
    block: CodeBlock<'a>,
    into: &'a mut [f32],
}

impl WithSimd for Compare<'_> {
    type Output = ();

    // Inlined, so that it is compiled for the instructions of each `Simd`.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let probe = &self.probe.codes[..];
        let rows = self.block.codes.chunks_exact(probe.len());
        let floats = self.block.scales.iter().zip(self.block.norms);
        for ((row, (scale, norm)), into) in rows.zip(floats).zip(self.into) {
            let product = |(&code, &probe): (&u8, &i16)| i32::from(code as i8) * i32::from(probe);
            let dot: i32 = row.iter().zip(probe).map(product).sum();
            let scale = 2.0 * f32::from_le_bytes(*scale) * self.probe.scale;
            let norm = self.probe.norm + f32::from_le_bytes(*norm);
            *into = (norm - scale * dot as f32).max(0.0).sqrt();
        }
    }
}
