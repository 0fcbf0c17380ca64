//! How far the folds of an evaluation or a sweep are, while they are made.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::cli::progress::ProgressReporter;
use crate::evaluate::{FoldStep, Method};
use crate::text::time_left;

/// The folds of one command, which may be made side by side. It shows their epochs, and where a fold embeds its pictures these.
pub(in crate::cli) struct FoldsProgress {
    training: ProgressReporter,
    begun: Instant,
    /// Epochs that are done, and all, of the folds that are made.
    epochs: AtomicUsize,
    all_epochs: usize,
    /// Folds that were made, and all that are to be made.
    made: AtomicUsize,
    to_make: usize,
}

/// One of these folds.
pub(super) struct FoldProgress<'a> {
    all: &'a FoldsProgress,
    /// Epochs of its training, and how many of them were counted.
    planned: usize,
    counted: AtomicUsize,
    embedding: OnceLock<ProgressReporter>,
}

impl FoldsProgress {
    /// For folds that are to be made, with so many epochs each.
    pub(in crate::cli) fn new(to_make: impl Iterator<Item = usize>) -> Self {
        let (folds, epochs) =
            to_make.fold((0, 0), |(folds, all), epochs| (folds + 1, all + epochs));
        Self {
            training: ProgressReporter::new("training folds, epochs"),
            begun: Instant::now(),
            epochs: AtomicUsize::new(0),
            all_epochs: epochs,
            made: AtomicUsize::new(0),
            to_make: folds,
        }
    }

    /// For a fold that begins.
    pub(super) fn fold(&self, method: &Method) -> FoldProgress<'_> {
        FoldProgress {
            all: self,
            planned: epochs(method),
            counted: AtomicUsize::new(0),
            embedding: OnceLock::new(),
        }
    }

    /// Counts a fold as made: `, 7 min left`, or nothing after the last one.
    pub(in crate::cli) fn made(&self) -> String {
        let made = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let each = self.begun.elapsed().as_secs_f64() / made as f64;
        match self.to_make.saturating_sub(made) {
            0 => String::new(),
            others => format!(", {} left", time_left(each * others as f64)),
        }
    }
}

impl FoldProgress<'_> {
    /// Shows how far it is.
    pub(super) fn show(&self, step: FoldStep) {
        match step {
            FoldStep::Trained { epochs } => self.count(epochs as usize),
            FoldStep::Embedded { done, total } => {
                let new = || ProgressReporter::new("embedding pictures");
                self.embedding.get_or_init(new).show(done, total);
            }
        }
    }

    fn count(&self, epochs: usize) {
        let new = epochs.saturating_sub(self.counted.fetch_max(epochs, Ordering::Relaxed));
        let done = self.all.epochs.fetch_add(new, Ordering::Relaxed) + new;
        self.all.training.show(done, self.all.all_epochs);
    }
}

/// A training may end before its last epoch.
impl Drop for FoldProgress<'_> {
    fn drop(&mut self) {
        self.count(self.planned);
    }
}

/// The epochs of a fold; a baseline has none.
pub(super) fn epochs(method: &Method) -> usize {
    match method {
        Method::Recipe(recipe) => recipe.epochs as usize,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Recipe;

    #[test]
    fn epochs_of_all_folds_are_counted_once_and_those_of_a_fold_that_ends_early_too() {
        let recipe = Recipe {
            epochs: 9,
            ..Recipe::preset("compact").unwrap()
        };
        let method = Method::Recipe(Box::new(recipe));
        let all = FoldsProgress::new([9, 9, 0].into_iter());
        assert_eq!((all.all_epochs, all.to_make), (18, 3));
        let counted = || all.epochs.load(Ordering::Relaxed);
        let (one, two) = (all.fold(&method), all.fold(&method));
        for epochs in [0, 1, 1, 4] {
            one.show(FoldStep::Trained { epochs });
        }
        two.show(FoldStep::Trained { epochs: 2 });
        assert_eq!(counted(), 6);
        let (done, total) = (3, 400);
        two.show(FoldStep::Embedded { done, total });
        drop(one);
        assert_eq!(counted(), 11, "nine and two");
        drop(two);
        drop(all.fold(&Method::Pca));
        assert_eq!(counted(), 18);
        assert!(all.made().ends_with(" left") && all.made().ends_with(" left"));
        assert_eq!(all.made(), "", "after the last fold");
    }
}
