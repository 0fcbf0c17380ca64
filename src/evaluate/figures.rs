//! Figures over the results of folds, with 95 % intervals by resampling people.

use serde::Serialize;

use super::{FoldError, FoldResult, OpenSet};
use crate::metrics::{
    self, Comparison, ECE_BINS, Interval, Prior, RESAMPLES, Scores, Tally, median,
};
use crate::units::{PersonId, Seed, Threshold};

/// A figure with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// From 0 to 1.
    pub value: f64,
    /// 95 % interval, where it can be resampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci95: Option<Interval>,
}

/// The figures of a method over all its folds; rates from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The method's name.
    pub method: String,
    /// Number of folds.
    pub pieces: usize,
    /// Comparisons of two pictures of one person.
    pub mated: usize,
    /// Comparisons of two people.
    pub non_mated: usize,
    /// Equal error rate, all comparisons pooled.
    pub eer: Estimate,
    /// Mean of the folds' own equal error rates.
    pub eer_mean_of_folds: f64,
    /// Area under the ROC.
    pub auc: Estimate,
    /// FNMR where the pooled FMR is 5 %.
    pub fnmr_at_fmr_5: Estimate,
    /// FNMR where the pooled FMR is 1 %.
    pub fnmr_at_fmr_1: Estimate,
    /// One-shot rank 1 among the tested people of a fold.
    pub rank1: Estimate,
    /// One-shot rank 1 among the tested and validation people, all unseen in training.
    pub rank1_among_unseen: Estimate,
    /// One-shot rank 1 among everybody.
    pub rank1_among_all: Estimate,
    /// Number of people in the galleries of these three.
    pub gallery_sizes: [usize; 3],
    /// FMR on tested people at the threshold where validation people have 1 %.
    pub frozen_fmr: Estimate,
    /// FNMR at that threshold.
    pub frozen_fnmr: Estimate,
    /// Open-set identification with one picture of everybody enrolled, at the frozen thresholds.
    pub open_set: OpenSet,
    /// Expected calibration error, with equal weights of both kinds of comparison.
    pub ece: f64,
    /// Median seconds of training.
    pub seconds: f64,
    /// Median epoch of the models that were tested.
    pub epochs: u32,
}

/// The difference of two methods on the same people, first minus second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The first method.
    pub of: String,
    /// The second.
    pub from: String,
    /// Difference of the pooled EER.
    pub eer: Estimate,
    /// Difference of the AUC.
    pub auc: Estimate,
}

/// EER, AUC, FNMR at FMR 5 % and at FMR 1 %.
pub(super) fn rates(tally: &Tally) -> [f64; 4] {
    [
        tally.eer().rate,
        tally.auc(),
        tally.fnmr_at_fmr(0.05),
        tally.fnmr_at_fmr(0.01),
    ]
}

/// EER, AUC, FNMR at FMR 5 % and at FMR 1 % of comparisons.
pub fn estimate_rates(comparisons: &[Comparison], seed: Seed) -> [Estimate; 4] {
    estimate(comparisons, seed, rates)
}

/// The mean of people's values.
pub fn estimate_mean(values: &[(PersonId, f64)], seed: Seed) -> Estimate {
    let sum: f64 = values.iter().map(|value| value.1).sum();
    Estimate {
        value: sum / values.len().max(1) as f64,
        ci95: metrics::bootstrap_mean(values, seed, RESAMPLES),
    }
}

fn estimate<const N: usize>(
    comparisons: &[Comparison],
    seed: Seed,
    figures: impl Fn(&Tally) -> [f64; N] + Sync,
) -> [Estimate; N] {
    let values = figures(&Tally::new(&Scores::of(comparisons)));
    let intervals = metrics::bootstrap(comparisons, seed, RESAMPLES, figures);
    std::array::from_fn(|i| Estimate {
        value: values[i],
        ci95: intervals.map(|all| all[i]),
    })
}

impl Figures {
    /// The figures of one method's folds, which must belong to one evaluation.
    ///
    /// # Errors
    /// [`FoldError::Mixed`] if they do not.
    pub fn of(results: &[FoldResult]) -> Result<Self, FoldError> {
        let first = &results[0];
        if let Some(other) = results.iter().find(|p| p.key != first.key) {
            return Err(FoldError::Mixed(other.id));
        }
        let seed = first.protocol.seed;
        let all = pooled(results);
        let scores = Scores::of(&all);
        let [eer, auc, fnmr_at_fmr_5, fnmr_at_fmr_1] = estimate_rates(&all, seed);
        let [frozen_fmr, frozen_fnmr] = frozen(results, seed);
        let own =
            |p: &FoldResult| metrics::eer(&Scores::of(&p.comparisons().collect::<Vec<_>>())).rate;
        let ranks = |which: usize| {
            let hits: Vec<_> = results
                .iter()
                .flat_map(|p| p.hits()[which].clone())
                .collect();
            estimate_mean(&hits, seed)
        };
        let [train, validation, test] = first.people;
        let mut open_set = OpenSet::default();
        results
            .iter()
            .for_each(|result| open_set.add(result.open_set));
        Ok(Self {
            method: first.method.clone(),
            pieces: results.len(),
            mated: scores.mated.len(),
            non_mated: scores.non_mated.len(),
            eer,
            eer_mean_of_folds: results.iter().map(own).sum::<f64>() / results.len() as f64,
            auc,
            fnmr_at_fmr_5,
            fnmr_at_fmr_1,
            rank1: ranks(0),
            rank1_among_unseen: ranks(1),
            rank1_among_all: ranks(2),
            gallery_sizes: [test, test + validation, test + validation + train],
            frozen_fmr,
            frozen_fnmr,
            open_set,
            ece: metrics::ece(&similarities(&scores), ECE_BINS, Prior::Even),
            seconds: median(results.iter().map(|r| r.seconds).collect()).unwrap_or(0.0),
            epochs: median(results.iter().map(|r| r.epochs).collect()).unwrap_or(0),
        })
    }
}

impl Difference {
    /// The difference of two methods on the same folds.
    pub fn between(a: &[FoldResult], b: &[FoldResult]) -> Self {
        let [eer, auc] = difference(&pooled(a), &pooled(b), a[0].protocol.seed);
        Self {
            of: a[0].method.clone(),
            from: b[0].method.clone(),
            eer,
            auc,
        }
    }
}

/// EER and AUC of some comparisons less those of others of the same people. The resamples are paired: each draws the same
/// people for both.
pub(super) fn difference(a: &[Comparison], b: &[Comparison], seed: Seed) -> [Estimate; 2] {
    let figures = |tally: &Tally| {
        let [eer, auc, ..] = rates(tally);
        [eer, auc]
    };
    let values = |all: &[Comparison]| metrics::resampled(all, seed, RESAMPLES, figures);
    let whole = |all: &[Comparison]| figures(&Tally::new(&Scores::of(all)));
    let (left, right) = (whole(a), whole(b));
    let resampled = values(a).zip(values(b));
    [0, 1].map(|which| Estimate {
        value: left[which] - right[which],
        ci95: resampled.as_ref().and_then(|(a, b)| {
            let differences = a.iter().zip(b).map(|(a, b)| a[which] - b[which]);
            Interval::of(differences.collect())
        }),
    })
}

/// The similarities of log-odds: their sigmoids.
pub(super) fn similarities(log_odds: &Scores) -> Scores {
    let sigmoid = |&z: &f32| (1.0 / (1.0 + f64::from(-z).exp())) as f32;
    Scores {
        mated: log_odds.mated.iter().map(sigmoid).collect(),
        non_mated: log_odds.non_mated.iter().map(sigmoid).collect(),
    }
}

/// All comparisons of all folds, with log-odds as their scores.
pub(super) fn pooled(results: &[FoldResult]) -> Vec<Comparison> {
    results.iter().flat_map(FoldResult::comparisons).collect()
}

/// FMR and FNMR with each fold at its own frozen threshold: similarities become 1 (accepted) or 0.
fn frozen(results: &[FoldResult], seed: Seed) -> [Estimate; 2] {
    let decide = |result: &FoldResult| {
        let threshold = result.threshold;
        let decided = move |c: Comparison| Comparison {
            similarity: match c.similarity.is_finite() {
                true => f32::from(u8::from(c.similarity >= threshold)),
                // A failed comparison stays the worst case.
                false => c.similarity,
            },
            ..c
        };
        result.comparisons().map(decided).collect::<Vec<_>>()
    };
    let decided: Vec<Comparison> = results.iter().flat_map(decide).collect();
    estimate(&decided, seed, |tally| {
        let point = tally.at(Threshold(0.5));
        [point.fmr, point.fnmr]
    })
}
