//! How well similarities tell people apart: ROC, EER, AUC, FNMR at FMR, rank-k, calibration, intervals.
//!
//! The terms are those of ISO/IEC 19795-1. A *mated* comparison is of two pictures of one person, a *non-mated* one of two
//! people. At a threshold t a comparison is accepted when its similarity is at least t:
//!
//! ```text
//! FMR(t)  = share of the non-mated comparisons with similarity ≥ t     (false match rate)
//! FNMR(t) = share of the mated comparisons with similarity < t         (false non-match rate)
//! ```
//!
//! Rates are counted exactly, with whole numbers, from the sorted scores ([`Tally`]); nothing is binned or fitted unless a
//! function says so. Where people weigh alike, the same count has other weights ([`estimate`](fn@estimate)). More comparisons
//! than fit in memory give the same rates, as exactly, by [`estimate_rates`].
//!
//! A similarity that is not finite is a *failed* comparison and counts as the worst case: a failed mated comparison is
//! rejected and a failed non-mated one accepted at every threshold. So a network that has diverged never looks better than
//! chance. Where one of the two kinds is missing nothing can be measured: [`Scores::check`] says so, and the rates are those
//! of chance (AUC and EER ½).
//!
//! This module reads no file and knows no network.
//!
//! ```
//! use twinsight::metrics::{Scores, auc, eer, fnmr_at_fmr};
//!
//! // Ordered: n 0.2, m 0.4, n 0.6, m 0.8. Of the 4 pairs of a mated and a non-mated score, the mated one wins 3.
//! let scores = Scores { mated: vec![0.4, 0.8], non_mated: vec![0.2, 0.6] };
//! assert_eq!(auc(&scores), 0.75);
//! assert_eq!(eer(&scores).rate, 0.5);
//! assert_eq!(fnmr_at_fmr(&scores, 0.0), 0.5); // Only the mated 0.8 is above both non-mated ones.
//! ```

mod calibration;
mod comparisons;
mod counting;
mod distances;
mod estimate;
mod histogram;
mod in_order;
mod median;
mod pca;
mod rank;
mod rates;
mod tally;
mod tsne;
mod weights;

pub use calibration::{CalibrationError, ECE_BINS, Logistic, Prior, ece};
pub use comparisons::{Comparisons, Listed, Row};
pub use distances::{Columns, LANES};
pub use estimate::{
    Comparison, Estimate, Interval, LEAST_PEOPLE, TooFew, difference, estimate, estimate_mean,
    tally, tells_fmr, tells_rate,
};
pub use histogram::{Histogram, histogram};
pub use median::median;
pub use pca::{Pca, Plane};
pub use rank::{cmc, rank_of, rank_rate};
pub use rates::{RateEstimates, estimate_rates};
pub use tally::{Eer, OperatingPoint, Tally};
pub use tsne::{MOST_POINTS, Neighbourhoods};

use crate::units::Threshold;

/// The similarities of a set of comparisons, by kind. Their order has no meaning.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scores {
    /// Similarities of two pictures of one person.
    pub mated: Vec<f32>,
    /// Similarities of pictures of two people.
    pub non_mated: Vec<f32>,
}

/// Why nothing can be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoresError {
    /// There is no comparison of two pictures of one person.
    #[error(
        "no two pictures of one person are among the compared people, so no false non-match rate exists: \
         give at least one of them a second picture"
    )]
    NoMated,
    /// There is no comparison of two people.
    #[error(
        "only one person is compared, so no false match rate exists: use a data set with at least two people"
    )]
    NoNonMated,
}

impl ScoresError {
    /// Checks that there are comparisons of both kinds.
    pub fn check(mated: usize, non_mated: usize) -> Result<(), Self> {
        match (mated, non_mated) {
            (0, _) => Err(Self::NoMated),
            (_, 0) => Err(Self::NoNonMated),
            _ => Ok(()),
        }
    }
}

impl Scores {
    /// The scores of a list of comparisons.
    pub fn of(comparisons: &[Comparison]) -> Self {
        let (mated, non_mated): (Vec<&Comparison>, _) = comparisons.iter().partition(|c| c.mated());
        let similarities = |kind: Vec<&Comparison>| kind.iter().map(|c| c.similarity).collect();
        Self {
            mated: similarities(mated),
            non_mated: similarities(non_mated),
        }
    }

    /// Checks that both kinds of comparison are there; otherwise no rate has a meaning.
    pub fn check(&self) -> Result<(), ScoresError> {
        ScoresError::check(self.mated.len(), self.non_mated.len())
    }

    /// Adds the comparisons of another set, as when folds are pooled.
    pub fn extend(&mut self, other: &Self) {
        self.mated.extend_from_slice(&other.mated);
        self.non_mated.extend_from_slice(&other.non_mated);
    }
}

/// The share of non-mated comparisons that are accepted at `threshold`; 0 if there are none.
pub fn fmr_at(scores: &Scores, threshold: Threshold) -> f64 {
    let accepted = scores
        .non_mated
        .iter()
        .filter(|s| !s.is_finite() || **s >= threshold.0)
        .count();
    share(accepted as u64, scores.non_mated.len() as u64, 0.0)
}

/// The share of mated comparisons that are rejected at `threshold`; 0 if there are none.
pub fn fnmr_at(scores: &Scores, threshold: Threshold) -> f64 {
    let rejected = scores
        .mated
        .iter()
        .filter(|s| !s.is_finite() || **s < threshold.0)
        .count();
    share(rejected as u64, scores.mated.len() as u64, 0.0)
}

/// Area under the ROC curve; see [`Tally::auc`].
pub fn auc(scores: &Scores) -> f64 {
    Tally::new(scores).auc()
}

/// The equal error rate and its threshold; see [`Tally::eer`].
pub fn eer(scores: &Scores) -> Eer {
    Tally::new(scores).eer()
}

/// The lowest threshold whose FMR is at most `fmr`; see [`Tally::threshold_at_fmr`].
pub fn threshold_at_fmr(scores: &Scores, fmr: f64) -> Threshold {
    Tally::new(scores).threshold_at_fmr(fmr)
}

/// The FNMR at the threshold of an FMR; see [`Tally::fnmr_at_fmr`].
pub fn fnmr_at_fmr(scores: &Scores, fmr: f64) -> f64 {
    Tally::new(scores).fnmr_at_fmr(fmr)
}

/// All operating points, from "accept all" to "accept none"; see [`Tally::points`].
pub fn roc(scores: &Scores) -> Vec<OperatingPoint> {
    Tally::new(scores).points()
}

/// `part / whole`, or `none` if `whole` is 0.
fn share(part: u64, whole: u64, none: f64) -> f64 {
    if whole == 0 {
        none
    } else {
        part as f64 / whole as f64
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
