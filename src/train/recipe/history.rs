//! What a recipe says of a training by its rows alone, so that a resumed one, a list of runs, and whoever watches from
//! another process say the same.

use super::Recipe;
use crate::train::events::EpochMetrics;

impl Recipe {
    /// The epoch whose network is kept, as a place in the history of a training: of those from [`settled`](Self::settled) on,
    /// if there are any, the last of the best.
    pub fn best_of(&self, history: &[EpochMetrics]) -> Option<usize> {
        let settled = |row: &EpochMetrics| row.epoch.0 >= self.settled;
        let any = history.iter().any(settled);
        let rivals = (0..).zip(history).filter(|(_, row)| !any || settled(row));
        let best = rivals.min_by(|(i, a), (j, b)| a.val_eer.total_cmp(&b.val_eer).then(j.cmp(i)));
        best.map(|(index, _)| index)
    }

    /// Whether a training with this history is over: after the last epoch, or when patience is at its end. Patience counts
    /// from the first epoch that was as good.
    pub fn is_over(&self, history: &[EpochMetrics]) -> bool {
        let done = history.last().map_or(0, |row| row.epoch.0);
        let best = history
            .iter()
            .min_by(|a, b| a.val_eer.total_cmp(&b.val_eer));
        let since = best.map_or(0, |best| done.saturating_sub(best.epoch.0));
        done >= self.epochs || self.patience.is_some_and(|most| done > 0 && since >= most)
    }
}
