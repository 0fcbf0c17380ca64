//! Going from stop to stop, and seeing whether the thing of a stop was done.

use super::state::{Change, STOPS};
use crate::app::geometry::WIDE;
use crate::app::state::State;

impl State {
    /// Goes `step` stops further. After the last stop the tour is over.
    pub(in crate::app) fn tour_to(&mut self, step: isize) {
        let tour = &mut self.tour;
        match tour.stop.checked_add_signed(step) {
            Some(stop) if stop < STOPS.len() => tour.stop = stop,
            Some(_) => (tour.stop, tour.active) = (0, false),
            None => {}
        }
        tour.ended |= tour.stop + 1 == STOPS.len();
        self.reach_stop();
    }

    /// Notes how things are when a stop is reached.
    pub(in crate::app) fn reach_stop(&mut self) {
        let value = self.tour_value();
        (self.tour.before, self.tour.done) = (value.unwrap_or(0), false);
    }

    /// Notes whether the thing of the stop is done by now.
    pub(in crate::app) fn observe_tour(&mut self) {
        let value = self.tour_value();
        // A training that runs already need not be started again.
        let stop = self.tour.current().and_then(|stop| stop.task);
        let runs = stop.is_some_and(|task| task.changes == Change::Training) && value == Some(1);
        self.tour.done |= runs || value.is_some_and(|value| value != self.tour.before);
    }

    /// A number that changes when the thing of the stop is done.
    fn tour_value(&self) -> Option<u64> {
        let changes = self.tour.current()?.task?.changes;
        Some(match changes {
            Change::Person => self.data.person as u64,
            Change::Example => self.network.example as u64,
            Change::Pair => self.pairs.selected as u64,
            Change::Training => u64::from(self.train.started.is_some()),
            Change::Crosshair => self.train.crosshair.map_or(0, |at| at as u64 + 1),
            Change::Epoch => self.pairs.at.map_or(0, |epoch| u64::from(epoch.0) + 1),
            Change::Point => self.map.selected as u64,
            Change::Threshold => u64::from(self.verify.threshold.0.to_bits()),
            Change::Enrolled => {
                let candidates = self.verify.candidates.iter();
                candidates.filter(|candidate| candidate.enrolled).count() as u64
            }
        })
    }

    /// Rows below the panes for the text of the tour, so that it never covers what it speaks of.
    pub fn tour_rows(&self) -> u16 {
        match (self.tour.active, self.size.0) {
            (false, _) => 0,
            (true, 0..WIDE) => 6,
            (true, _) => 5,
        }
    }

    /// Columns and rows for a screen with its header and footer: those of the terminal, without the text of the tour.
    pub fn room(&self) -> (u16, u16) {
        (self.size.0, self.size.1.saturating_sub(self.tour_rows()))
    }
}
