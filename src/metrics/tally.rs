//! Comparisons counted by score: the sorted list from which all error rates are read.
//!
//! The counts are whole-number weights, so that people can weigh alike, or be left out, in one pass over the same list without
//! sorting again.

use super::{Scores, share};
use crate::units::Threshold;

/// All comparisons with one score.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    score: f32,
    mated: u64,
    non_mated: u64,
}

/// The two error rates at one threshold. `(fmr, 1 − fnmr)` is a point of the ROC, `(fmr, fnmr)` one of the DET curve.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct OperatingPoint {
    /// Similarities of at least this are accepted.
    pub threshold: Threshold,
    /// False match rate, from 0 to 1.
    pub fmr: f64,
    /// False non-match rate, from 0 to 1.
    pub fnmr: f64,
}

/// The point where both error rates are equal.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Eer {
    /// The rate, from 0 to 1.
    pub rate: f64,
    /// Its threshold.
    pub threshold: Threshold,
}

/// Comparisons counted by score.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Ascending by score, each finite score once.
    steps: Vec<Step>,
    /// Number of mated comparisons, with failed ones.
    mated: u64,
    /// Number of non-mated comparisons, with failed ones.
    non_mated: u64,
    failed_mated: u64,
    failed_non_mated: u64,
}

impl Tally {
    /// Counts `scores`, in O(n log n).
    pub fn new(scores: &Scores) -> Self {
        let mated = scores.mated.iter().map(|&score| (score, true, 1));
        let non_mated = scores.non_mated.iter().map(|&score| (score, false, 1));
        let mut all: Vec<(f32, bool, u64)> = mated.chain(non_mated).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self::from_sorted(all)
    }

    /// Counts `(score, mated, weight)`, sorted by score (`f32::total_cmp`); failed ones may be anywhere.
    pub(super) fn from_sorted(sorted: impl IntoIterator<Item = (f32, bool, u64)>) -> Self {
        let mut tally = Self {
            steps: Vec::new(),
            mated: 0,
            non_mated: 0,
            failed_mated: 0,
            failed_non_mated: 0,
        };
        for (score, mated, weight) in sorted {
            let (of_mated, of_non_mated) = if mated { (weight, 0) } else { (0, weight) };
            tally.mated += of_mated;
            tally.non_mated += of_non_mated;
            match tally.steps.last_mut() {
                _ if weight == 0 => {}
                _ if !score.is_finite() => {
                    tally.failed_mated += of_mated;
                    tally.failed_non_mated += of_non_mated;
                }
                Some(last) if last.score == score => {
                    last.mated += of_mated;
                    last.non_mated += of_non_mated;
                }
                _ => tally.steps.push(Step {
                    score,
                    mated: of_mated,
                    non_mated: of_non_mated,
                }),
            }
        }
        tally
    }

    /// Whether both kinds of comparison are there.
    pub fn is_measurable(&self) -> bool {
        self.mated > 0 && self.non_mated > 0
    }

    /// All different operating points, by ascending threshold: one at each score (from there on everything is accepted), and
    /// one just above the highest score, where nothing is accepted.
    ///
    /// For mated 0.4 and 0.8 and non-mated 0.2 and 0.6, `(threshold, FMR, FNMR)` are
    /// `(0.2, 1, 0) (0.4, ½, 0) (0.6, ½, ½) (0.8, 0, ½) (0.8⁺, 0, 1)`.
    pub fn points(&self) -> Vec<OperatingPoint> {
        let mut accepted = self.non_mated;
        let mut rejected = self.failed_mated;
        let mut points = Vec::with_capacity(self.steps.len() + 1);
        for step in &self.steps {
            points.push(self.point(step.score, accepted, rejected));
            accepted -= step.non_mated;
            rejected += step.mated;
        }
        points.push(self.point(self.above_all(), accepted, rejected));
        points
    }

    fn point(&self, threshold: f32, accepted: u64, rejected: u64) -> OperatingPoint {
        OperatingPoint {
            threshold: Threshold(threshold),
            fmr: share(accepted, self.non_mated, 0.0),
            fnmr: share(rejected, self.mated, 0.0),
        }
    }

    /// The lowest threshold that accepts no finite score.
    fn above_all(&self) -> f32 {
        self.steps
            .last()
            .map_or(Threshold::default().0, |last| last.score.next_up())
    }

    /// The rates at any threshold.
    pub fn at(&self, threshold: Threshold) -> OperatingPoint {
        let accepted = |score: f32| score >= threshold.0;
        let (mut matched, mut rejected) = (self.failed_non_mated, self.failed_mated);
        for step in &self.steps {
            match accepted(step.score) {
                true => matched += step.non_mated,
                false => rejected += step.mated,
            }
        }
        self.point(threshold.0, matched, rejected)
    }

    /// Area under the ROC curve: the probability that a random mated comparison scores higher than a random non-mated one, with
    /// ties counted half (the Mann–Whitney statistic, which is the area under the ROC points joined by straight lines). It is
    /// counted exactly, not integrated. ½ if one kind is missing.
    pub fn auc(&self) -> f64 {
        if !self.is_measurable() {
            return 0.5;
        }
        // Twice the number of pairs won, so that a tie is one whole.
        let mut twice_won = 0_u128;
        let mut below = 0_u64;
        for step in &self.steps {
            twice_won += u128::from(step.mated) * u128::from(2 * below + step.non_mated);
            below += step.non_mated;
        }
        // Failed comparisons of either kind lose every pair they are in, and so add nothing.
        twice_won as f64 / (2.0 * self.mated as f64 * self.non_mated as f64)
    }

    /// The equal error rate: where the straight lines through the [`points`](Self::points) cross FMR = FNMR. The threshold is
    /// interpolated in the same way; where a point lies on the crossing, as when the two kinds are separated, it is the middle
    /// of the thresholds that give this point. ½ at the default threshold if one kind is missing.
    pub fn eer(&self) -> Eer {
        if !self.is_measurable() {
            return Eer {
                rate: 0.5,
                threshold: Threshold::default(),
            };
        }
        let points = self.points();
        let first = points.iter().position(|p| p.fnmr >= p.fmr);
        let (before, after) = match first {
            Some(at) if at > 0 => (points[at - 1], points[at]),
            // All mated comparisons failed: FNMR is 1 at every point.
            _ => {
                return Eer {
                    rate: points[0].fnmr,
                    threshold: points[0].threshold,
                };
            }
        };
        let (rate, along) = crossing([before.fmr, before.fnmr], [after.fmr, after.fnmr]);
        let middle = after.fnmr == after.fmr;
        let threshold_along = if middle { 0.5 } else { along as f32 };
        let (low, high) = (before.threshold.0, after.threshold.0);
        Eer {
            rate,
            threshold: Threshold(low + threshold_along * (high - low)),
        }
    }

    /// The lowest threshold at which at most `fmr` of the non-mated comparisons are accepted: the next number above the score of
    /// the first one that must be rejected. It is not interpolated, so it is a measured operating point. The default threshold
    /// if there are no non-mated comparisons; the threshold that accepts nothing if failed ones alone exceed `fmr`.
    pub fn threshold_at_fmr(&self, fmr: f64) -> Threshold {
        if self.non_mated == 0 {
            return Threshold::default();
        }
        let allowed = most_accepted(fmr, self.non_mated);
        let mut accepted = self.failed_non_mated;
        if accepted > allowed {
            return Threshold(self.above_all());
        }
        for step in self.steps.iter().rev() {
            accepted += step.non_mated;
            if accepted > allowed {
                return Threshold(step.score.next_up());
            }
        }
        // Everything may be accepted.
        Threshold(
            self.steps
                .first()
                .map_or(Threshold::default().0, |first| first.score),
        )
    }

    /// The FNMR at [`threshold_at_fmr`](Self::threshold_at_fmr); ½ if one kind is missing.
    pub fn fnmr_at_fmr(&self, fmr: f64) -> f64 {
        if !self.is_measurable() {
            return 0.5;
        }
        let threshold = self.threshold_at_fmr(fmr).0;
        let below: u64 = self
            .steps
            .iter()
            .take_while(|s| s.score < threshold)
            .map(|s| s.mated)
            .sum();
        share(self.failed_mated + below, self.mated, 0.5)
    }
}

/// Where the straight lines between two points cross FMR = FNMR, from `[FMR, FNMR]` before and after: the rate there, and how far
/// along the way it is, from 0 to 1.
pub(super) fn crossing(before: [f64; 2], after: [f64; 2]) -> (f64, f64) {
    let gap_before = before[0] - before[1];
    let gap_after = after[1] - after[0];
    let along = gap_before / (gap_before + gap_after);
    (before[0] + along * (after[0] - before[0]), along)
}

/// How many of the non-mated comparisons an FMR allows to be accepted.
pub(super) fn most_accepted(fmr: f64, non_mated: u64) -> u64 {
    // 1e-9 is added so that 29 % of 100 is 29 and not 28 (0.29 × 100 < 29 in binary).
    (fmr * non_mated as f64 + 1e-9).floor().max(0.0) as u64
}
