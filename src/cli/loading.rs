//! Reading a data set with the cache of prepared faces, and showing the progress.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::note;
use crate::data::{Dataset, FaceCache, Loading, Source, SourceError};
use crate::files::Paths;
use crate::vision::Preparation;

/// Reading that takes less shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two lines where standard error is no terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Reads the faces of a source, from the cache where they are there.
pub(super) fn open(
    paths: &Paths,
    source: &Source,
    preparation: &Preparation,
) -> Result<Dataset, SourceError> {
    let cache = FaceCache::at(&paths.face_cache_dir());
    let progress = LoadingProgress::new();
    let dataset = Dataset::open_with(
        source,
        preparation,
        &Loading {
            cache: Some(&cache),
            progress: &|done, total| progress.show(done, total),
        },
    );
    progress.end();
    dataset
}

/// A bar on a terminal, a line now and then elsewhere, both on standard error.
struct LoadingProgress {
    is_terminal: bool,
    state: Mutex<State>,
}

struct State {
    /// When the next line, or the bar for the first time, is due.
    due: Instant,
    bar: Option<ProgressBar>,
}

impl LoadingProgress {
    fn new() -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let wait = if is_terminal { PATIENCE } else { INTERVAL };
        let state = State {
            due: Instant::now() + wait,
            bar: None,
        };
        Self {
            is_terminal,
            state: Mutex::new(state),
        }
    }

    fn show(&self, done: usize, total: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = &state.bar {
            return bar.set_position(done as u64);
        }
        let now = Instant::now();
        if now < state.due || done == total {
            return;
        }
        if self.is_terminal {
            let bar = ProgressBar::new(total as u64);
            if let Ok(style) =
                ProgressStyle::with_template("reading pictures {bar:30} {pos}/{len} {eta} left")
            {
                bar.set_style(style.progress_chars("━╸─"));
            }
            bar.set_position(done as u64);
            state.bar = Some(bar);
        } else {
            state.due = now + INTERVAL;
            note(&format!("read {done} of {total} pictures"));
        }
    }

    fn end(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}
