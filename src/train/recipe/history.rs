//! Which epoch is the best and whether a training is over, from its rows alone: a resumed training, the list of runs, and
//! an attached process must agree on both.

use super::Recipe;
use crate::train::epoch_metrics::EpochMetrics;

impl Recipe {
    /// The index of the epoch whose network is kept: the lowest validation EER from [`min_best_epoch`](Self::min_best_epoch)
    /// on (of all epochs, if none is that late), and the last of equals.
    pub fn best_of(&self, history: &[EpochMetrics]) -> Option<usize> {
        let late = |row: &EpochMetrics| row.epoch.0 >= self.min_best_epoch;
        let any = history.iter().any(late);
        let candidates = (0..).zip(history).filter(|(_, row)| !any || late(row));
        let best = candidates.min_by(|(i, a), (j, b)| {
            let order = a.ranking_eer().total_cmp(&b.ranking_eer());
            order.then(j.cmp(i))
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
