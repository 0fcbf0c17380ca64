//! Figures over the results of folds, with 95 % intervals by leaving out people.

use serde::Serialize;

use super::{FoldError, FoldResult, OpenSet};
use crate::metrics::{
    self, Comparison, Comparisons, ECE_BINS, Estimate, Listed, Prior, RateEstimates, Scores,
    TooFew, median,
};
use crate::units::{PersonId, Threshold};

/// What every evaluation says of its comparisons; rates from 0 to 1, people weighing alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rates {
    /// Comparisons of two pictures of one person.
    pub mated: usize,
    /// Comparisons of two people.
    pub non_mated: usize,
    /// People with a mated comparison.
    pub people: usize,
    /// Equal error rate.
    pub eer: Estimate,
    /// Area under the ROC.
    pub auc: Estimate,
    /// FNMR where the FMR is 5 %.
    pub fnmr_at_fmr_5: Estimate,
    /// FNMR where the FMR is 1 %.
    pub fnmr_at_fmr_1: Estimate,
    /// One-shot rank 1: among the tested people, of a fold if there are folds.
    pub rank1: Estimate,
    /// EER and AUC where all comparisons weigh alike, whoever is on them.
    pub comparisons_alike: AlikeRates,
}

/// See [`Rates::comparisons_alike`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AlikeRates {
    /// Equal error rate; `None` where too little is known to tell it.
    pub eer: Option<f64>,
    /// Area under the ROC; `None` likewise.
    pub auc: Option<f64>,
    /// Why one of them is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<TooFew>,
}

/// The figures of a method over all its folds; rates from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The method's name.
    pub method: String,
    /// Number of folds.
    pub pieces: usize,
    /// The comparisons of all folds, their distances pooled.
    #[serde(flatten)]
    pub rates: Rates,
    /// Mean of the folds' own equal error rates.
    pub eer_mean_of_folds: f64,
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

/// The false match rates at which the false non-match rate is told.
const FMRS: [f64; 2] = [0.05, 0.01];

impl Rates {
    /// Of a list of comparisons, and of the hits of probes at rank 1.
    pub fn of(comparisons: &[Comparison], hits: &[(PersonId, f64)]) -> Self {
        Self::counted(&Listed::new(comparisons), hits)
    }

    /// Of folds, also of several trainings, their distances pooled. The intervals leave out people, so that several trainings on
    /// the same people do not make them narrower.
    pub fn pooled(results: &[FoldResult]) -> Self {
        Self::of(&pooled(results), &hits(results, 0))
    }

    /// The same of comparisons that are not stored.
    pub fn counted(comparisons: &impl Comparisons, hits: &[(PersonId, f64)]) -> Self {
        let rates = metrics::estimate_rates(comparisons, FMRS);
        let RateEstimates { eer, auc, .. } = rates;
        let told = |at: usize| match metrics::tells_fmr(FMRS[at], rates.non_mated) {
            Ok(()) => rates.fnmr_at_fmr[at],
            Err(reason) => Estimate::unknown(reason),
        };
        let [alike_eer, alike_auc] = rates.comparisons_alike;
        Self {
            mated: rates.mated,
            non_mated: rates.non_mated,
            people: rates.people,
            eer,
            auc,
            fnmr_at_fmr_5: told(0),
            fnmr_at_fmr_1: told(1),
            rank1: metrics::estimate_mean(hits),
            comparisons_alike: AlikeRates {
                eer: eer.value.and(Some(alike_eer)),
                auc: auc.value.and(Some(alike_auc)),
                reason: [eer, auc]
                    .into_iter()
                    .find_map(|f| f.reason.filter(|_| f.value.is_none())),
            },
        }
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
        let [frozen_fmr, frozen_fnmr] = frozen(results);
        let [train, validation, test] = first.people;
        let mut open_set = OpenSet::default();
        results
            .iter()
            .for_each(|result| open_set.add(result.open_set));
        Ok(Self {
            method: first.method.clone(),
            pieces: results.len(),
            rates: Rates::pooled(results),
            eer_mean_of_folds: results.iter().map(FoldResult::eer).sum::<f64>()
                / results.len() as f64,
            rank1_among_unseen: metrics::estimate_mean(&hits(results, 1)),
            rank1_among_all: metrics::estimate_mean(&hits(results, 2)),
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
    metrics::difference([a, b], |tally| [tally.eer().rate, tally.auc()])
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

/// The hits of all folds in one of the three galleries of [`FoldResult::hits`].
fn hits(results: &[FoldResult], gallery: usize) -> Vec<(PersonId, f64)> {
    let of = |result: &FoldResult| result.hits()[gallery].clone();
    results.iter().flat_map(of).collect()
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
