//! Whether a training learned anything, from its rows alone.

use super::epoch_metrics::EpochMetrics;

/// From this validation EER on, a network tells people apart no better than a coin, as far as a few held-out people show.
pub const NEAR_CHANCE: f64 = 0.45;
/// How much the loss may rise before it counts as risen: small data sets fluctuate.
const RISE: f32 = 1.05;

/// Why a training learned nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotLearned {
    /// The loss is infinite or no number.
    #[error("it did not learn: its loss is no finite number any more; lower --learning-rate")]
    Diverged,
    /// Validation is at chance, and the loss has risen.
    #[error(
        "it did not learn: its best validation EER is {:.1} %, about as good as guessing, and its loss rose from {first:.4} to \
         {last:.4}; lower --learning-rate", 100.0 * eer
    )]
    Rose {
        /// The lowest validation EER.
        eer: f64,
        /// Loss of the first epoch.
        first: f32,
        /// Loss of the last epoch.
        last: f32,
    },
    /// Validation is at chance.
    #[error(
        "it did not learn to tell unseen people apart: its best validation EER is {:.1} %, about as good as guessing; train for \
         more epochs, on more people, or with another --learning-rate", 100.0 * eer
    )]
    AtChance {
        /// The lowest validation EER.
        eer: f64,
    },
}

impl NotLearned {
    /// Judges the rows of a training. `None` if it learned, or too little is known: nobody is held out, or no epoch is complete.
    pub fn of(history: &[EpochMetrics]) -> Option<Self> {
        let last = history.last()?;
        if !last.train_loss.is_finite() {
            return Some(Self::Diverged);
        }
        let validated = history.iter().filter_map(|row| row.validation);
        let eer = validated.map(|v| v.eer).min_by(f64::total_cmp)?;
        if eer < NEAR_CHANCE {
            return None;
        }
        // Epoch 0 is a network before any training, without a loss.
        let first = history.iter().find(|row| row.epoch.0 > 0)?.train_loss;
        Some(match last.train_loss > RISE * first {
            true => Self::Rose {
                eer,
                first,
                last: last.train_loss,
            },
            false => Self::AtChance { eer },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ValidationMetrics;
    use crate::units::Epoch;

    fn rows(figures: &[(f32, f64)]) -> Vec<EpochMetrics> {
        let row = |(index, &(train_loss, eer)): (usize, &(f32, f64))| EpochMetrics {
            epoch: Epoch(index as u32 + 1),
            train_loss,
            train_accuracy: 0.5,
            validation: Some(ValidationMetrics {
                loss: 0.7,
                accuracy: 0.5,
                eer,
                auc: 1.0 - eer,
            }),
            learning_rate: 0.1,
            seconds: 1.0,
        };
        figures.iter().enumerate().map(row).collect()
    }

    #[test]
    fn a_training_at_chance_did_not_learn() {
        let rose = NotLearned::of(&rows(&[(43_682.0, 0.5), (286_721.0, 0.48)])).unwrap();
        assert_eq!(
            rose.to_string(),
            "it did not learn: its best validation EER is 48.0 %, about as good as guessing, and its loss rose from \
             43682.0000 to 286721.0000; lower --learning-rate"
        );
        let chance = NotLearned::of(&rows(&[(0.7, 0.5), (0.69, 0.47)]));
        assert_eq!(chance, Some(NotLearned::AtChance { eer: 0.47 }));
        let diverged = NotLearned::of(&rows(&[(0.7, 0.3), (f32::NAN, 0.5)]));
        assert_eq!(diverged, Some(NotLearned::Diverged));
    }

    #[test]
    fn one_that_was_better_once_or_was_not_validated_is_not_blamed() {
        assert_eq!(NotLearned::of(&rows(&[(0.7, 0.2), (0.9, 0.5)])), None);
        assert_eq!(NotLearned::of(&[]), None);
        let unvalidated: Vec<_> = rows(&[(0.7, 0.5), (0.9, 0.5)])
            .into_iter()
            .map(|row| EpochMetrics {
                validation: None,
                ..row
            })
            .collect();
        assert_eq!(NotLearned::of(&unvalidated), None);
    }
}
