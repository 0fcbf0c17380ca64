//! 95 % intervals by resampling people.
//!
//! The comparisons of a set are not independent: one person with an unusual face affects hundreds of them. Resampling single
//! comparisons would ignore this and give intervals that are much too narrow. So people are drawn, with replacement (the
//! subsets bootstrap of Bolle, Ratha and Pankanti 2004): if person p was drawn wₚ times, a mated comparison of p counts wₚ
//! times and a non-mated one of p and q counts wₚ·w_q times. Two copies of one drawn person are not compared with each other:
//! that would be the same picture, or neither mated nor non-mated.
//!
//! With five people, as in one fold, such an interval is rough itself.
//!
//! It is written here because bootstrap crates resample independent values, not pairs weighted by two people, and because each
//! resample must be one pass over the sorted scores, reproducible from the seed and independent of the number of threads.

use rand::RngExt;
use rayon::prelude::*;

use super::Tally;
use crate::units::{PersonId, Purpose, Seed};

/// The usual number of resamples.
pub const RESAMPLES: usize = 1000;

/// How often a resample may be redrawn because it lacks mated or non-mated comparisons.
const ATTEMPTS: u64 = 100;

/// One comparison of two pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The person on the first picture.
    pub a: PersonId,
    /// The person on the second picture.
    pub b: PersonId,
    /// The similarity of the two.
    pub similarity: f32,
}

impl Comparison {
    /// Whether both pictures show the same person.
    pub fn mated(&self) -> bool {
        self.a == self.b
    }
}

/// The central 95 % of the resampled values.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

impl Interval {
    /// The interval of resampled values; percentiles are interpolated between neighbours. `None` without values.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let percentile = |p: f64| {
            let at = p * last as f64;
            let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
            below + (at - at.floor()) * (above - below)
        };
        Some(Self {
            low: percentile(0.025),
            high: percentile(0.975),
        })
    }
}

/// The intervals of the `N` figures that `figures` reads from a tally, over `resamples` resamplings of the people; `None`
/// as for [`resampled`].
pub fn bootstrap<const N: usize>(
    comparisons: &[Comparison],
    seed: Seed,
    resamples: usize,
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> Option<[Interval; N]> {
    let values = resampled(comparisons, seed, resamples, figures)?;
    let mut intervals = [Interval {
        low: 0.0,
        high: 0.0,
    }; N];
    for (figure, interval) in intervals.iter_mut().enumerate() {
        *interval = Interval::of(values.iter().map(|row| row[figure]).collect())?;
    }
    Some(intervals)
}

/// The figures of each resampling of the people. Two sets of comparisons of the same people are paired: resample i draws the
/// same people for both.
///
/// `None` if there is nothing to resample: one of the two kinds of comparison is missing, or a resample lacks one in a hundred
/// attempts. Resample i draws from its own stream, so the result does not depend on threads or order.
pub fn resampled<const N: usize>(
    comparisons: &[Comparison],
    seed: Seed,
    resamples: usize,
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> Option<Vec<[f64; N]>> {
    let mut sorted = comparisons.to_vec();
    sorted.sort_by(|a, b| a.similarity.total_cmp(&b.similarity));
    let people = distinct(sorted.iter().flat_map(|c| [c.a, c.b]));
    let resample = |index| {
        let redraws = (0..ATTEMPTS).map(|attempt| {
            let weights = draw(&people, seed, index, attempt);
            let weight = |c: &Comparison| match c.mated() {
                true => weights[c.a.0],
                false => weights[c.a.0] * weights[c.b.0],
            };
            Tally::from_sorted(sorted.iter().map(|c| (c.similarity, c.mated(), weight(c))))
        });
        redraws
            .into_iter()
            .find(Tally::is_measurable)
            .map(|tally| figures(&tally))
    };
    (0..resamples as u64)
        .into_par_iter()
        .map(resample)
        .collect()
}

/// The interval of the mean of `values`, over `resamples` resamplings of the people they belong to (such as hits of their
/// probes). `None` without values.
pub fn bootstrap_mean(
    values: &[(PersonId, f64)],
    seed: Seed,
    resamples: usize,
) -> Option<Interval> {
    let people = distinct(values.iter().map(|v| v.0));
    let resample = |index| {
        let weights = draw(&people, seed, index, 0);
        let total: u64 = values.iter().map(|v| weights[v.0.0]).sum();
        let sum: f64 = values.iter().map(|v| weights[v.0.0] as f64 * v.1).sum();
        // Every drawn person has at least one value, so the total is not 0.
        sum / total as f64
    };
    match people.is_empty() {
        true => None,
        false => Interval::of(
            (0..resamples as u64)
                .into_par_iter()
                .map(resample)
                .collect(),
        ),
    }
}

fn distinct(people: impl Iterator<Item = PersonId>) -> Vec<PersonId> {
    people
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// How often each person was drawn, indexed by `PersonId`: as many draws as people, with replacement.
fn draw(people: &[PersonId], seed: Seed, resample: u64, attempt: u64) -> Vec<u64> {
    let mut random = seed.stream(Purpose::Bootstrap, resample * ATTEMPTS + attempt);
    let mut weights = vec![0; people.last().map_or(0, |highest| highest.0 + 1)];
    for _ in people {
        weights[people[random.random_range(0..people.len())].0] += 1;
    }
    weights
}
