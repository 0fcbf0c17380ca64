//! Figures over the results of folds, with 95 % intervals by leaving out people.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{FoldError, FoldResult, OpenSet};
use crate::metrics::{self, Comparison, ECE_BINS, Estimate, Prior, Scores, Tally, median};
use crate::units::Threshold;

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
    /// People that were tested and have two pictures or more.
    pub people: usize,
    /// Equal error rate, the distances of all folds pooled, people weighing alike.
    pub eer: Estimate,
    /// Mean of the folds' own equal error rates.
    pub eer_mean_of_folds: f64,
    /// Area under the ROC.
    pub auc: Estimate,
    /// EER and AUC where all comparisons weigh alike.
    pub comparisons_alike: PlainRates,
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
fn rates(tally: &Tally) -> [f64; 4] {
    [
        tally.eer().rate,
        tally.auc(),
        tally.fnmr_at_fmr(FMRS[0]),
        tally.fnmr_at_fmr(FMRS[1]),
    ]
}

/// The false match rates at which the false non-match rate is told.
const FMRS: [f64; 2] = [0.05, 0.01];

/// EER, AUC, FNMR at FMR 5 % and at FMR 1 % of comparisons, people weighing alike.
pub fn estimate_rates(comparisons: &[Comparison]) -> [Estimate; 4] {
    let [eer, auc, at_5, at_1] = metrics::estimate(comparisons, rates);
    let non_mated = comparisons.iter().filter(|c| !c.mated()).count();
    let told = |figure: Estimate, fmr| match metrics::tells_fmr(fmr, non_mated) {
        Ok(()) => figure,
        Err(reason) => Estimate::unknown(reason),
    };
    [eer, auc, told(at_5, FMRS[0]), told(at_1, FMRS[1])]
}

/// The same figures where all comparisons weigh alike, whoever is on them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlainRates {
    /// Equal error rate.
    pub eer: f64,
    /// Area under the ROC.
    pub auc: f64,
}

impl PlainRates {
    /// Of comparisons; ½ where one kind is missing.
    pub fn of(comparisons: &[Comparison]) -> Self {
        let [eer, auc, ..] = rates(&Tally::new(&Scores::of(comparisons)));
        Self { eer, auc }
    }
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
        let all = pooled(results);
        let scores = Scores::of(&all);
        let [eer, auc, fnmr_at_fmr_5, fnmr_at_fmr_1] = estimate_rates(&all);
        let [frozen_fmr, frozen_fnmr] = frozen(results);
        let own =
            |p: &FoldResult| metrics::eer(&Scores::of(&p.comparisons().collect::<Vec<_>>())).rate;
        let ranks = |which: usize| {
            let hits: Vec<_> = results
                .iter()
                .flat_map(|p| p.hits()[which].clone())
                .collect();
            metrics::estimate_mean(&hits)
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
            people: tested(&all),
            comparisons_alike: PlainRates::of(&all),
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
            ece: metrics::ece(&similarities(&log_odds(results)), ECE_BINS, Prior::Even),
            seconds: median(results.iter().map(|r| r.seconds).collect()).unwrap_or(0.0),
            epochs: median(results.iter().map(|r| r.epochs).collect()).unwrap_or(0),
        })
    }
}

impl Difference {
    /// The difference of two methods on the same folds.
    pub fn between(a: &[FoldResult], b: &[FoldResult]) -> Self {
        let [eer, auc] = difference(&pooled(a), &pooled(b));
        Self {
            of: a[0].method.clone(),
            from: b[0].method.clone(),
            eer,
            auc,
        }
    }
}

/// EER and AUC of some comparisons less those of others of the same people.
pub(super) fn difference(a: &[Comparison], b: &[Comparison]) -> [Estimate; 2] {
    metrics::difference([a, b], |tally| {
        let [eer, auc, ..] = rates(tally);
        [eer, auc]
    })
}

/// The people with a comparison of two of their pictures.
pub fn tested(comparisons: &[Comparison]) -> usize {
    let mated = comparisons.iter().filter(|c| c.mated());
    mated.map(|c| c.a).collect::<BTreeSet<_>>().len()
}

/// The similarities of log-odds: their sigmoids.
pub(super) fn similarities(log_odds: &Scores) -> Scores {
    let sigmoid = |&z: &f32| (1.0 / (1.0 + f64::from(-z).exp())) as f32;
    Scores {
        mated: log_odds.mated.iter().map(sigmoid).collect(),
        non_mated: log_odds.non_mated.iter().map(sigmoid).collect(),
    }
}

/// The log-odds of all comparisons, each by the calibration of its fold.
pub(super) fn log_odds(results: &[FoldResult]) -> Scores {
    let of = |result: &FoldResult| {
        let calibrated = |c: Comparison| Comparison {
            similarity: result.log_odds(&c),
            ..c
        };
        result.comparisons().map(calibrated).collect::<Vec<_>>()
    };
    Scores::of(&results.iter().flat_map(of).collect::<Vec<_>>())
}

/// All comparisons of all folds, with nearness as their scores.
pub(super) fn pooled(results: &[FoldResult]) -> Vec<Comparison> {
    results.iter().flat_map(FoldResult::comparisons).collect()
}

/// FMR and FNMR with each fold at its own frozen threshold: scores become 1 (accepted) or 0.
fn frozen(results: &[FoldResult]) -> [Estimate; 2] {
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
    metrics::estimate(&decided, |tally| {
        let point = tally.at(Threshold(0.5));
        [point.fmr, point.fnmr]
    })
}
