//! Which epoch is the best and whether a training is over, from its rows alone: a resumed training, the list of runs, and
//! an attached process must agree on both.

use super::{Recipe, Ties};
use crate::train::epoch_metrics::EpochMetrics;
use std::cmp::Ordering;

impl Recipe {
    /// The index of the epoch whose network is kept: the lowest validation EER from [`min_best_epoch`](Self::min_best_epoch)
    /// on (of all epochs, if none is that late). [`ties`](Self::ties) decides between equals; then the last one is taken. Epochs
    /// without validation count only where no epoch has one.
    pub fn best_of(&self, history: &[EpochMetrics]) -> Option<usize> {
        let any_validated = history.iter().any(|row| row.validation.is_some());
        let counts = |row: &EpochMetrics| row.validation.is_some() || !any_validated;
        let late = |row: &EpochMetrics| counts(row) && row.epoch.0 >= self.min_best_epoch;
        let any = history.iter().any(late);
        let candidate = |row: &EpochMetrics| if any { late(row) } else { counts(row) };
        let candidates = (0..).zip(history).filter(|(_, row)| candidate(row));
        let best = candidates.min_by(|(i, a), (j, b)| {
            let order = a.ranking_eer().total_cmp(&b.ranking_eer());
            let loss = |row: &EpochMetrics| row.validation.map_or(f32::INFINITY, |v| v.loss);
            let by_loss = match self.ties {
                Ties::Last => Ordering::Equal,
                Ties::ValidationLoss => loss(a).total_cmp(&loss(b)),
            };
            order.then(by_loss).then(j.cmp(i))
        });
        best.map(|(index, _)| index)
    }

    /// Whether a training with this history is over: the last epoch is done, or patience has run out. Patience counts from
    /// the first epoch with the lowest validation EER.
    pub fn is_over(&self, history: &[EpochMetrics]) -> bool {
        let done = history.last().map_or(0, |row| row.epoch.0);
        let best = history
            .iter()
            .min_by(|a, b| a.ranking_eer().total_cmp(&b.ranking_eer()));
        let since = best.map_or(0, |best| done.saturating_sub(best.epoch.0));
        done >= self.epochs || self.patience.is_some_and(|most| done > 0 && since >= most)
    }
}
