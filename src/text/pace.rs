//! How fast something goes on, and how long it still takes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::time_left;

/// The rate is that of at most so much time: what comes from the cache is faster than what is computed.
const WINDOW: Duration = Duration::from_secs(20);
/// Between two steps of the window, and between two changes of the rate that is shown.
const STEP: Duration = Duration::from_millis(500);

/// How many were done at which times of the last [`WINDOW`].
#[derive(Debug, Default)]
pub(crate) struct Pace(VecDeque<(Instant, usize)>);

impl Pace {
    /// Notes a state, and answers whether the rate may have changed enough to be shown again.
    pub(crate) fn add(&mut self, now: Instant, done: usize) -> bool {
        // The task began again, as where all pairs are visited twice. Threads may be told a little out of order.
        if self.0.back().is_some_and(|(_, before)| 2 * done < *before) {
            self.0.clear();
        }
        let last = self.0.back();
        if last.is_some_and(|(at, _)| now.duration_since(*at) < STEP) {
            return false;
        }
        self.0.push_back((now, done));
        while self.0.len() > 2 && now.duration_since(self.0[0].0) > WINDOW {
            self.0.pop_front();
        }
        true
    }

    /// How many are done in a second; `None` before two states are known.
    fn rate(&self) -> Option<f64> {
        let ((from, before), (to, after)) = (self.0.front()?, self.0.back()?);
        let seconds = to.duration_since(*from).as_secs_f64();
        (after > before && seconds > 0.0).then(|| (after - before) as f64 / seconds)
    }

    /// `203 a second, 8 min left`; empty while the rate is not known.
    pub(crate) fn text(&self, done: usize, total: usize) -> String {
        let Some(rate) = self.rate() else {
            return String::new();
        };
        let seconds = total.saturating_sub(done) as f64 / rate;
        let rate = match rate {
            0.0..10.0 => format!("{rate:.1}"),
            rate => format!("{rate:.0}"),
        };
        format!("{rate} a second, {} left", time_left(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let mut pace = Pace::default();
        assert!(pace.add(at(0.0), 0));
        assert_eq!(pace.text(0, 9), "");
        // From the cache 10,000 in the first second, then 100 a second.
        for step in 1..=80 {
            let done = 10_000 + 50 * (step - 2).max(0) as usize;
            assert!(pace.add(at(0.5 * f64::from(step)), done));
            assert!(!pace.add(at(0.5 * f64::from(step) + 0.1), done));
        }
        let text = pace.text(13_900, 100_000);
        assert_eq!(text, "100 a second, 14 min left");
        assert!(pace.0.len() <= 42, "{}", pace.0.len());
    }

    #[test]
    fn a_slow_task_has_a_digit_more_and_a_standing_one_no_rate() {
        let begin = Instant::now();
        let mut pace = Pace::default();
        pace.add(begin, 3);
        pace.add(begin + Duration::from_secs(2), 3);
        assert_eq!(pace.text(3, 9), "");
        pace.add(begin + Duration::from_secs(4), 4);
        assert_eq!(pace.text(4, 9), "0.2 a second, 20 s left");
        pace.add(begin + Duration::from_secs(5), 0);
        assert_eq!(pace.text(0, 9), "", "it began again");
        pace.add(begin + Duration::from_secs(6), 1);
        assert_eq!(pace.text(1, 9), "1.0 a second, 8 s left");
    }
}
