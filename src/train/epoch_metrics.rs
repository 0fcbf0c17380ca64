//! The figures of one epoch: a row of `metrics.csv`.

use crate::units::Epoch;
use serde::{Deserialize, Serialize};

/// The figures of one epoch. Serialised flat, with the columns of `metrics.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub struct EpochMetrics {
    /// The epoch.
    pub epoch: Epoch,
    /// Mean loss over its batches.
    pub train_loss: f32,
    /// Mean accuracy over its batches.
    pub train_accuracy: f32,
    /// The validation figures; `None` where no two pictures of one held-out person could be compared.
    pub validation: Option<ValidationMetrics>,
    /// The learning rate of its last batch.
    pub learning_rate: f32,
    /// Seconds it took, with validation. The only column that differs between two runs with one seed.
    pub seconds: f64,
}

/// Figures on people (or, for the tutorial, pairs) that were held out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidationMetrics {
    /// Cross-entropy on validation pairs, half of them mated.
    pub loss: f32,
    /// Accuracy at similarity ½ on these pairs.
    pub accuracy: f32,
    /// Equal error rate over all validation comparisons, from 0 to 1.
    pub eer: f64,
    /// Area under the ROC over all validation comparisons, from 0 to 1.
    pub auc: f64,
}

impl EpochMetrics {
    /// A validation figure for a chart: NaN, which is not drawn, where there is none.
    pub fn validated<T: Into<f64>>(&self, figure: impl Fn(&ValidationMetrics) -> T) -> f64 {
        self.validation
            .as_ref()
            .map_or(f64::NAN, |v| figure(v).into())
    }

    /// The EER by which epochs are ranked: chance (½) where there is none.
    pub(super) fn ranking_eer(&self) -> f64 {
        self.validation.map_or(CHANCE, |v| v.eer)
    }
}

/// EER and AUC of a network that guesses.
pub(super) const CHANCE: f64 = 0.5;

/// The columns of the file. Version 0.1.0 wrote loss 0, EER 0.5 and AUC 0.5 for an epoch without validation; now the four
/// cells are empty. Both are read as `None`.
#[derive(Serialize, Deserialize)]
struct Row {
    epoch: Epoch,
    train_loss: f32,
    train_accuracy: f32,
    val_loss: Option<f32>,
    val_accuracy: Option<f32>,
    val_eer: Option<f64>,
    val_auc: Option<f64>,
    learning_rate: f32,
    seconds: f64,
}

/// A row with some of the validation figures only.
#[derive(Debug, thiserror::Error)]
#[error("epoch {0} has some validation figures and lacks others")]
struct Incomplete(Epoch);

impl TryFrom<Row> for EpochMetrics {
    type Error = Incomplete;

    fn try_from(row: Row) -> Result<Self, Incomplete> {
        let validation = match (row.val_loss, row.val_accuracy, row.val_eer, row.val_auc) {
            (None, None, None, None) => None,
            (Some(0.0), Some(_), Some(CHANCE), Some(CHANCE)) => None,
            (Some(loss), Some(accuracy), Some(eer), Some(auc)) => Some(ValidationMetrics {
                loss,
                accuracy,
                eer,
                auc,
            }),
            _ => return Err(Incomplete(row.epoch)),
        };
        Ok(Self {
            epoch: row.epoch,
            train_loss: row.train_loss,
            train_accuracy: row.train_accuracy,
            validation,
            learning_rate: row.learning_rate,
            seconds: row.seconds,
        })
    }
}

impl From<EpochMetrics> for Row {
    fn from(m: EpochMetrics) -> Self {
        Self {
            epoch: m.epoch,
            train_loss: m.train_loss,
            train_accuracy: m.train_accuracy,
            val_loss: m.validation.map(|v| v.loss),
            val_accuracy: m.validation.map(|v| v.accuracy),
            val_eer: m.validation.map(|v| v.eer),
            val_auc: m.validation.map(|v| v.auc),
            learning_rate: m.learning_rate,
            seconds: m.seconds,
        }
    }
}
