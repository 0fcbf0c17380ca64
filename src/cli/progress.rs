//! How far something long is, with its rate and the time that is left: a line that is drawn again on a terminal, a new line now
//! and then elsewhere, more and more rarely, both on standard error. What takes less than half a second shows nothing on a terminal.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::bars::ShownBar;
use super::output::note;
use crate::text::Pace;

/// What takes less shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Before the first line where standard error is no terminal. Each further one comes after twice the time of the one before.
const FIRST_LINE: Duration = Duration::from_secs(10);
/// The most time between two lines.
const MOST_BETWEEN: Duration = Duration::from_secs(300);

/// Shows how far one task is. It may be told from several threads.
pub(super) struct ProgressReporter {
    /// The task and what it counts: `reading pictures`.
    task: &'static str,
    is_terminal: bool,
    state: Mutex<State>,
}

struct State {
    /// When the next line, or the bar, is due.
    due: Due,
    pace: Pace,
    bar: Option<ShownBar>,
}

impl ProgressReporter {
    /// For a task that begins now, such as `reading pictures`.
    pub(super) fn new(task: &'static str) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let wait = if is_terminal { PATIENCE } else { FIRST_LINE };
        let now = Instant::now();
        let state = State {
            due: Due {
                at: now + wait,
                interval: FIRST_LINE,
            },
            pace: Pace::default(),
            bar: None,
        };
        Self {
            task,
            is_terminal,
            state: Mutex::new(state),
        }
    }

    /// Says that `done` of `total` are done.
    pub(super) fn show(&self, done: usize, total: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_new = state.pace.add(now, done);
        if let Some(shown) = &state.bar {
            let bar = shown.bar();
            bar.set_position(done as u64);
            if is_new {
                bar.set_message(state.pace.text(done, total));
            }
            return;
        }
        if now < state.due.at || done >= total {
            return;
        }
        let text = state.pace.text(done, total);
        if self.is_terminal {
            state.bar = Some(ShownBar::new(self.bar(done, total, text)));
        } else {
            state.due.next(now);
            note(&line(self.task, done, total, &text));
        }
    }

    fn bar(&self, done: usize, total: usize, text: String) -> ProgressBar {
        // It is drawn with the other bars only.
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(self.task);
        bar.set_message(text);
        bar.set_position(done as u64);
        bar
    }
}

/// When the next line is due.
struct Due {
    at: Instant,
    /// Between the last line and the next one.
    interval: Duration,
}

impl Due {
    /// After a line was written.
    fn next(&mut self, now: Instant) {
        self.interval = (2 * self.interval).min(MOST_BETWEEN);
        self.at = now + self.interval;
    }
}

/// The progress of a task whose steps are counted one by one, from any thread.
pub(super) struct StepCounter {
    reporter: ProgressReporter,
    done: AtomicUsize,
    total: usize,
}

impl StepCounter {
    /// For a task of `total` steps that begins now.
    pub(super) fn new(task: &'static str, total: usize) -> Self {
        Self {
            reporter: ProgressReporter::new(task),
            done: AtomicUsize::new(0),
            total,
        }
    }

    /// Counts one more.
    pub(super) fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.reporter.show(done, self.total);
    }
}

fn line(task: &str, done: usize, total: usize, pace: &str) -> String {
    let separator = if pace.is_empty() { "" } else { ", " };
    format!("{task}: {done} of {total}{separator}{pace}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_known() {
        let shown = |pace| line("reading pictures", 13_900, 100_000, pace);
        assert_eq!(shown(""), "reading pictures: 13900 of 100000");
        assert_eq!(
            shown("100 a second, 14 min left"),
            "reading pictures: 13900 of 100000, 100 a second, 14 min left"
        );
    }

    #[test]
    fn lines_become_rarer() {
        let begin = Instant::now();
        let mut due = Due {
            at: begin + FIRST_LINE,
            interval: FIRST_LINE,
        };
        let mut at = Vec::new();
        for second in 0..3600 {
            let now = begin + Duration::from_secs(second);
            if now >= due.at {
                at.push(second);
                due.next(now);
            }
        }
        assert_eq!(at[..6], [10, 30, 70, 150, 310, 610]);
        assert_eq!(at[6..].len(), 9, "every five minutes");
    }
}
