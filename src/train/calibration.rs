//! How distances of validation people become similarities and thresholds: the one rule that a training and an evaluation
//! share.
//!
//! A logistic is fitted to the distances between pictures of validation people, mated and non-mated kinds weighted
//! equally. EER and AUC are measured on these comparisons.
//!
//! Thresholds need more comparisons. Five validation people form ten pairs of people, and which of these happen to look
//! alike decides everything about the most similar 1 % of their comparisons. So the scores that thresholds are read from
//! also hold comparisons of validation people with training people: an unknown person taken for a known one, which is what
//! a false match is in use.
//!
//! A network, unless on a frozen backbone, keeps the people that it was trained on further apart than others, so its distances
//! to them are first brought to the mean and the standard deviation of those between validation people. Over 24 folds of the recipe `compact` a threshold for
//! an FMR of 1 % gave 1.7 % on other people so, and 3.3 % with the distances as they are.

use crate::data::pairs::Pair;
use crate::metrics::{self, LEAST_PEOPLE, Logistic, Prior, Scores};
use crate::model::{EmbeddedImages, Head};
use crate::units::{Distance, Similarity};

/// Distances of validation people's pictures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValidationDistances {
    /// Between two pictures of one person.
    pub mated: Vec<f32>,
    /// Between pictures of two validation people.
    pub non_mated: Vec<f32>,
    /// Between pictures of a validation person and a training person.
    pub with_training: Vec<f32>,
}

/// Calibrated similarities of validation people's comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibratedScores {
    /// Turns distances into probabilities; `None` where it cannot be fitted.
    pub calibration: Option<Logistic>,
    /// Used where there is no calibration.
    head: Head,
    /// EER and AUC on comparisons among validation people; `None` where one of the two kinds is missing.
    pub rates: Option<(f64, f64)>,
    /// Similarities from which thresholds are read: comparisons among validation people, and with training people.
    pub scores: Scores,
    /// Distances of the same comparisons, in the same order.
    pub distances: Scores,
}

impl ValidationDistances {
    /// The distances of `among` (pairs of validation people's pictures) and `with_training` (pairs with training people's).
    pub fn new(embedded: &EmbeddedImages, among: &[Pair], with_training: &[Pair]) -> Self {
        let distance = |pair: &Pair| embedded.distance(pair.a, pair.b).0;
        let kind = |same| among.iter().filter(move |pair| pair.same == same);
        Self {
            mated: kind(true).map(distance).collect(),
            non_mated: kind(false).map(distance).collect(),
            with_training: with_training.iter().map(distance).collect(),
        }
    }

    /// The same with the distances to training people brought to mean and standard deviation of those between the `people`
    /// who validate; as it is if these are too few to tell either.
    #[must_use]
    pub fn matched(mut self, people: usize) -> Self {
        let [to, from] = [&self.non_mated, &self.with_training].map(|distances| moments(distances));
        if people >= LEAST_PEOPLE && to.1 > 0.0 && from.1 > 0.0 {
            let moved = |d: &mut f32| {
                let matched = (f64::from(*d) - from.0) / from.1 * to.1 + to.0;
                *d = matched.max(0.0) as f32;
            };
            self.with_training.iter_mut().for_each(moved);
        }
        self
    }

    /// Fits the calibration and applies it. Where it cannot be fitted (a kind is missing, or a distance is not finite),
    /// `head` gives the similarities.
    pub fn calibrate(self, head: Head) -> CalibratedScores {
        let calibration = Logistic::fit(&self.mated, &self.non_mated, Prior::Even).ok();
        let similarities = |distances: &[f32]| -> Vec<f32> {
            let similarity = |&distance: &f32| similarity(calibration, head, Distance(distance)).0;
            distances.iter().map(similarity).collect()
        };
        let mut scores = Scores {
            mated: similarities(&self.mated),
            non_mated: similarities(&self.non_mated),
        };
        let measurable = scores.check().is_ok();
        let rates = measurable.then(|| (metrics::eer(&scores).rate, metrics::auc(&scores)));
        scores.non_mated.extend(similarities(&self.with_training));
        let distances = Scores {
            mated: self.mated,
            non_mated: [self.non_mated, self.with_training].concat(),
        };
        CalibratedScores {
            calibration,
            head,
            rates,
            scores,
            distances,
        }
    }
}

impl CalibratedScores {
    /// Weight and bias of the log-odds of a distance.
    pub fn line(&self) -> (f64, f64) {
        match self.calibration {
            Some(fitted) => (fitted.weight, fitted.bias),
            None => (f64::from(self.head.weight), f64::from(self.head.bias)),
        }
    }

    /// The similarity at a distance.
    pub fn similarity(&self, distance: Distance) -> Similarity {
        similarity(self.calibration, self.head, distance)
    }
}

/// Mean and standard deviation; zeros for no distances.
fn moments(distances: &[f32]) -> (f64, f64) {
    let count = distances.len().max(1) as f64;
    let mean = distances.iter().map(|&d| f64::from(d)).sum::<f64>() / count;
    let square = |&d: &f32| (f64::from(d) - mean).powi(2);
    let variance = distances.iter().map(square).sum::<f64>() / count;
    (mean, variance.sqrt())
}

fn similarity(calibration: Option<Logistic>, head: Head, distance: Distance) -> Similarity {
    match calibration {
        Some(logistic) => Similarity(logistic.probability(distance.0) as f32),
        None => head.similarity(distance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head {
        weight: -1.0,
        bias: 0.5,
    };

    #[test]
    fn rates_are_of_validation_people_and_thresholds_of_all() {
        let distances = ValidationDistances {
            mated: vec![0.1, 0.2],
            non_mated: vec![0.8, 0.9],
            with_training: vec![0.15, 1.0],
        };
        let calibrated = distances.calibrate(HEAD);
        assert_eq!(calibrated.rates, Some((0.0, 1.0)));
        assert_eq!(calibrated.scores.non_mated.len(), 4);
        let nearest = calibrated.similarity(Distance(0.15));
        let threshold = metrics::threshold_at_fmr(&calibrated.scores, 0.0);
        assert!(
            !nearest.accepted_at(threshold),
            "as near as a mated pair, but of two people"
        );
        assert_eq!(
            metrics::threshold_at_fmr(&calibrated.scores, 0.25).0,
            calibrated.scores.non_mated[0].next_up()
        );
    }

    #[test]
    fn distances_to_training_people_are_brought_to_those_of_validation_people() {
        let distances = ValidationDistances {
            mated: vec![0.1],
            non_mated: vec![0.8, 1.0],
            with_training: vec![1.1, 1.3, 1.5],
        };
        assert_eq!(distances.clone().matched(4), distances, "too few people");
        let matched = distances.clone().matched(5);
        let (mean, deviation) = moments(&matched.with_training);
        assert!((mean - 0.9).abs() < 1e-6 && (deviation - 0.1).abs() < 1e-6);
        assert!(matched.with_training.is_sorted(), "in their order");
        let none = ValidationDistances::default();
        assert_eq!(none.clone().matched(9), none);
    }

    #[test]
    fn without_mated_comparisons_the_head_decides_and_there_are_no_rates() {
        let distances = ValidationDistances {
            non_mated: vec![0.8],
            ..ValidationDistances::default()
        };
        let calibrated = distances.calibrate(HEAD);
        assert_eq!((calibrated.calibration, calibrated.rates), (None, None));
        assert_eq!(
            calibrated.scores.non_mated,
            [HEAD.similarity(Distance(0.8)).0]
        );
    }
}
