//! Figures of comparisons with 95 % intervals, and what so few comparisons or people cannot tell.
//!
//! People weigh alike: a mated comparison of a person with `n` mated comparisons weighs `1/n`, a non-mated one of two people
//! with `n` comparisons between them `1/n`. One person with 300 pictures is then one person among the others.
//!
//! The comparisons of a set are not independent: one person with an unusual face affects hundreds of them. So intervals come
//! from leaving out people (the jackknife of Tukey 1958; above [`GROUPS`] people, groups of them). With the figure `p` and its
//! jackknife variance `v`, the comparisons tell as much as
//!
//! ```text
//! n = p·(1 − p) / v      at most 5 for each person; 2 for each person where p is 0 or 1 and v says nothing
//! ```
//!
//! independent ones, and the interval is Wilson's (1927) for a share `p` of `n`, with Student's quantile for the number of
//! people:
//!
//! ```text
//! (p + t²/2n ± t·√(p(1 − p)/n + t²/4n²)) / (1 + t²/n)
//! ```
//!
//! In the simulation of `tests/coverage.rs` these intervals hold the true EER in 93.8 to 99.4 % of draws, for 8 to 102 people and
//! true rates of 0.7 to 25 %. Rejected: the percentiles of a bootstrap over people, which held it in 21 to 93 % in a like simulation,
//! worst where the EER is low or people are few; an EER of 0 gave an interval of width 0.
//! Fewer than [`LEAST_PEOPLE`] people give no interval.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use serde::Serialize;

use super::Tally;
use crate::units::PersonId;

/// The fewest people that an interval is given for.
pub const LEAST_PEOPLE: usize = 5;
/// The most groups of people that are left out in turn.
pub(super) const GROUPS: usize = 100;
/// What all comparisons of one person, or of two people, weigh together.
pub(super) const WEIGHT: u64 = 1 << 32;
/// The most independent comparisons that one person is worth.
const WORTH: f64 = 5.0;
/// What a person is worth where no error happened, or nothing but errors.
const WORTH_AT_BOUND: f64 = 2.0;

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

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "[f64; 2]")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

/// A figure from 0 to 1 with what can be said about it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure; `None` where there is too little to tell it.
    pub value: Option<f64>,
    /// 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci95: Option<Interval>,
    /// Why the figure or its interval is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<TooFew>,
}

/// What is too little to tell a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooFew {
    /// One kind of comparison is missing.
    #[error("it needs comparisons of one person's pictures and of two people's")]
    OneKind,
    /// Too few people for an interval.
    #[error("{0} people are too few for an interval")]
    PeopleForInterval(usize),
    /// No error happened, or nothing but errors, among too few people.
    #[error(
        "{people} people with {comparisons} comparisons are too few to tell a rate so near to 0 or 1"
    )]
    People {
        /// How many.
        people: usize,
        /// Comparisons of the rarer kind.
        comparisons: usize,
    },
    /// As [`People`](Self::People), where only the people were counted.
    #[error("{0} people are too few to tell a rate so near to 0 or 1")]
    PeopleForRate(usize),
    /// Too few non-mated comparisons for a false match rate.
    #[error(
        "a false match rate of 1 in {wanted} cannot be told from {comparisons} comparisons of two people"
    )]
    NonMated {
        /// One in how many.
        wanted: usize,
        /// How many there are.
        comparisons: usize,
    },
}

impl Serialize for TooFew {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Estimate {
    /// A figure that cannot be told.
    pub fn unknown(reason: TooFew) -> Self {
        Self {
            value: None,
            ci95: None,
            reason: Some(reason),
        }
    }

    /// A figure with its interval, if `people` are enough for one; `variance` is that of the jackknife.
    pub(super) fn of(value: f64, variance: Option<f64>, people: usize, comparisons: usize) -> Self {
        let interval = variance.filter(|_| people >= LEAST_PEOPLE);
        let at_bound = value <= 0.0 || value >= 1.0;
        match interval {
            None if at_bound => Self::unknown(TooFew::People {
                people,
                comparisons,
            }),
            None => Self {
                value: Some(value),
                ci95: None,
                reason: Some(TooFew::PeopleForInterval(people)),
            },
            Some(variance) => Self {
                value: Some(value),
                ci95: Some(wilson(value, variance, people)),
                reason: None,
            },
        }
    }
}

/// Wilson's interval for as many independent comparisons as the variance speaks of.
fn wilson(value: f64, variance: f64, people: usize) -> Interval {
    let persons = people as f64;
    let spread = value * (1.0 - value);
    let n = match spread > 0.0 {
        true => (spread / variance.max(1e-12)).clamp(1.0, WORTH * persons),
        false => WORTH_AT_BOUND * persons,
    };
    let t = student(people - 1);
    let scale = 1.0 + t * t / n;
    let centre = (value + t * t / (2.0 * n)) / scale;
    let half = t * (spread / n + t * t / (4.0 * n * n)).sqrt() / scale;
    Interval {
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
    }
}

/// The 97.5th percentile of Student's distribution: the expansion of Cornish and Fisher about the normal one, right to 0.3 % from
/// 4 degrees of freedom on (Abramowitz and Stegun 26.7.5).
fn student(freedom: usize) -> f64 {
    let (z, n) = (1.959_964_f64, freedom as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / n + second / (n * n) + third / n.powi(3)
}

/// Comparisons in the order of their scores, with people's weights and groups.
struct Sorted {
    entries: Vec<Entry>,
    groups: usize,
    /// People with a mated comparison.
    people: usize,
    mated: usize,
}

struct Entry {
    score: f32,
    mated: bool,
    weight: u64,
    groups: [usize; 2],
}

impl Sorted {
    fn new(comparisons: &[Comparison]) -> Self {
        let of = |c: &Comparison| (c.a.min(c.b), c.a.max(c.b));
        let mut counts: HashMap<(PersonId, PersonId), u64> = HashMap::new();
        for comparison in comparisons {
            *counts.entry(of(comparison)).or_default() += 1;
        }
        let people: BTreeSet<PersonId> = comparisons.iter().flat_map(|c| [c.a, c.b]).collect();
        let groups = people.len().min(GROUPS);
        let place = |(at, &person): (usize, &PersonId)| (person, at * groups / people.len());
        let group: HashMap<PersonId, usize> = people.iter().enumerate().map(place).collect();
        let mut entries: Vec<Entry> = comparisons
            .iter()
            .map(|comparison| Entry {
                score: comparison.similarity,
                mated: comparison.mated(),
                weight: (WEIGHT / counts[&of(comparison)]).max(1),
                groups: [group[&comparison.a], group[&comparison.b]],
            })
            .collect();
        entries.sort_by(|a, b| a.score.total_cmp(&b.score));
        Self {
            groups,
            people: counts.keys().filter(|(a, b)| a == b).count(),
            mated: entries.iter().filter(|entry| entry.mated).count(),
            entries,
        }
    }

    /// All comparisons, without those of one group of people.
    fn tally(&self, without: Option<usize>) -> Tally {
        let kept = |entry: &&Entry| without.is_none_or(|group| !entry.groups.contains(&group));
        let kept = self.entries.iter().filter(kept);
        Tally::from_sorted(kept.map(|entry| (entry.score, entry.mated, entry.weight)))
    }

    /// The figures without each group of people in turn; `None` if one of the two kinds of comparison is then missing.
    fn left_out<const N: usize>(
        &self,
        figures: &(impl Fn(&Tally) -> [f64; N] + Sync),
    ) -> Option<Vec<[f64; N]>> {
        (0..self.groups)
            .into_par_iter()
            .map(|group| Some(self.tally(Some(group))).filter(Tally::is_measurable))
            .map(|tally| tally.map(|tally| figures(&tally)))
            .collect()
    }
}

/// All comparisons, counted so that people weigh alike.
pub fn tally(comparisons: &[Comparison]) -> Tally {
    Sorted::new(comparisons).tally(None)
}

/// The `N` figures that `figures` reads from comparisons in which people weigh alike, each from 0 to 1.
pub fn estimate<const N: usize>(
    comparisons: &[Comparison],
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> [Estimate; N] {
    let sorted = Sorted::new(comparisons);
    let whole = sorted.tally(None);
    if !whole.is_measurable() {
        return std::array::from_fn(|_| Estimate::unknown(TooFew::OneKind));
    }
    let values = figures(&whole);
    let left_out = sorted.left_out(&figures);
    let rarer = sorted.mated.min(comparisons.len() - sorted.mated);
    std::array::from_fn(|i| {
        let column = left_out.as_ref().map(|rows| rows.iter().map(|row| row[i]));
        let variance = column.map(|column| jackknife(column.collect()));
        Estimate::of(values[i], variance, sorted.people, rarer)
    })
}

/// The variance of a figure from its values without each group of people in turn (Efron and Stein 1981).
pub(super) fn jackknife(values: Vec<f64>) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * (count - 1.0) / count
}

/// The mean of values that belong to people (such as hits of their probes), each from 0 to 1; people weigh alike.
pub fn estimate_mean(values: &[(PersonId, f64)]) -> Estimate {
    let mut means: HashMap<PersonId, (f64, f64)> = HashMap::new();
    for &(person, value) in values {
        let (sum, count) = means.entry(person).or_default();
        (*sum, *count) = (*sum + value, *count + 1.0);
    }
    let mut people: Vec<PersonId> = means.keys().copied().collect();
    people.sort_unstable();
    if people.is_empty() {
        return Estimate::unknown(TooFew::PeopleForInterval(0));
    }
    let each: Vec<f64> = people
        .iter()
        .map(|person| means[person].0 / means[person].1)
        .collect();
    let (sum, count) = (each.iter().sum::<f64>(), each.len() as f64);
    let without = each
        .iter()
        .map(|mean| (sum - mean) / (count - 1.0).max(1.0));
    Estimate::of(
        sum / count,
        Some(jackknife(without.collect())),
        people.len(),
        values.len(),
    )
}

/// The `N` figures of some comparisons less those of others of the same people, from −1 to 1. The same people are left out of
/// both; the interval is `± t·√v`, and is missing where nothing differs or people are too few.
pub fn difference<const N: usize>(
    [a, b]: [&[Comparison]; 2],
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> [Estimate; N] {
    let sorted = [a, b].map(Sorted::new);
    let [left, right] = [0, 1].map(|side| figures(&sorted[side].tally(None)));
    let [out_left, out_right] = [0, 1].map(|side| sorted[side].left_out(&figures));
    let left_out = out_left.zip(out_right);
    let people = sorted[0].people;
    std::array::from_fn(|i| {
        let value = left[i] - right[i];
        let variance = left_out.as_ref().map(|(a, b)| {
            let pairs = a.iter().zip(b);
            jackknife(pairs.map(|(a, b)| a[i] - b[i]).collect())
        });
        let usable = variance.filter(|v| *v > 0.0 && people >= LEAST_PEOPLE);
        let ci95 = usable.map(|variance| {
            let half = student(people - 1) * variance.sqrt();
            Interval {
                low: value - half,
                high: value + half,
            }
        });
        Estimate {
            value: Some(value),
            reason: (people < LEAST_PEOPLE).then_some(TooFew::PeopleForInterval(people)),
            ci95,
        }
    })
}

/// Whether a rate that was measured on so many people can be told: too few cannot tell one of 0 or 1.
///
/// # Errors
/// [`TooFew::PeopleForRate`] otherwise.
pub fn tells_rate(rate: f64, people: usize) -> Result<(), TooFew> {
    match people >= LEAST_PEOPLE || rate > 0.0 && rate < 1.0 {
        true => Ok(()),
        false => Err(TooFew::PeopleForRate(people)),
    }
}

/// Whether a false match rate can be told from so many non-mated comparisons: at least one of them must be able to match.
///
/// # Errors
/// [`TooFew::NonMated`] otherwise.
pub fn tells_fmr(fmr: f64, non_mated: usize) -> Result<(), TooFew> {
    // 1e-9 is added so that 1 % of 100 is 1 and not a little less.
    match fmr * non_mated as f64 + 1e-9 >= 1.0 {
        true => Ok(()),
        false => Err(TooFew::NonMated {
            wanted: (1.0 / fmr).round() as usize,
            comparisons: non_mated,
        }),
    }
}
