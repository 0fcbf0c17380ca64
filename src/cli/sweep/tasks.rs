//! Doing the tasks of a sweep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::context::Context;
use crate::cli::evaluate::folds::{self, Making};
use crate::cli::evaluate::progress::FoldsProgress;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{note, percent};
use crate::data::Dataset;
use crate::evaluate::{FoldResult, Method};
use crate::sweep::Sweep;
use crate::train::{self, Recipe};

/// Does these tasks, some at once. Each result is written when it is there, so that an interruption loses only the tasks
/// that are under way.
pub(super) fn run(
    context: &Context,
    sweep: &Sweep,
    numbers: &[usize],
    at_once: Option<usize>,
) -> anyhow::Result<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    let threads = context
        .config
        .threads
        .unwrap_or_else(rayon::current_num_threads);
    let usual = (threads / folds::THREADS_A_FOLD).max(1);
    let at_once = at_once.unwrap_or(usual).min(numbers.len());
    let recipe = |&number: &usize| {
        let task = sweep.task(number).ok()?;
        Some(&sweep.recipes()[task.recipe].recipe)
    };
    let epochs = numbers
        .iter()
        .filter_map(recipe)
        .map(|recipe| recipe.epochs as usize);
    let work = Work {
        sweep,
        datasets: datasets(context, sweep, numbers)?,
        interrupt: Interrupt::watch()?,
        threads: (threads / at_once).max(1),
        progress: FoldsProgress::new(epochs),
        done: AtomicUsize::new(0),
        total: numbers.len(),
    };
    let all = train::side_by_side(at_once, numbers.len(), |at| work.task(numbers[at]));
    all.into_iter().collect()
}

/// For each recipe that is needed its faces; those with the same preparation share them.
fn datasets(
    context: &Context,
    sweep: &Sweep,
    numbers: &[usize],
) -> anyhow::Result<Vec<Option<Arc<Dataset>>>> {
    let mut needed = vec![None; sweep.recipes().len()];
    for &number in numbers {
        let recipe = sweep.task(number)?.recipe;
        needed[recipe] = Some(&sweep.recipes()[recipe].recipe);
    }
    let recipes: Vec<Recipe> = needed
        .iter()
        .flatten()
        .map(|&recipe| recipe.clone())
        .collect();
    let mut opened = folds::opened(context, &recipes)?.into_iter();
    if let (Some(first), Some(&number)) = (opened.as_slice().first(), numbers.first()) {
        // Before hours of work.
        sweep
            .protocol()
            .split(&first.everybody(), sweep.task(number)?.fold)?;
    }
    Ok(needed
        .iter()
        .map(|recipe| recipe.and_then(|_| opened.next()))
        .collect())
}

/// What all tasks of one command share.
struct Work<'a> {
    sweep: &'a Sweep,
    datasets: Vec<Option<Arc<Dataset>>>,
    interrupt: Interrupt,
    threads: usize,
    progress: FoldsProgress,
    done: AtomicUsize,
    total: usize,
}

impl Work<'_> {
    fn task(&self, number: usize) -> anyhow::Result<()> {
        let task = self.sweep.task(number)?;
        let dataset = self.datasets[task.recipe].as_deref();
        let dataset = dataset.expect("the faces of every task were read");
        let making = Making {
            threads: self.threads,
            interrupt: &self.interrupt,
            progress: &self.progress,
        };
        let method = Method::Recipe(Box::new(self.sweep.recipe(task)));
        let at = (self.sweep.protocol(), task.fold);
        let path = self.sweep.result_path(task);
        let result = making.fold((&method, dataset), at, &path)?;
        self.report(number, &result);
        Ok(())
    }

    fn report(&self, number: usize, result: &FoldResult) {
        let task = self.sweep.task(number).expect("it was done");
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let left = self.progress.made();
        note(&format!(
            "{done}/{}  {}, seed {}, assignment {}, fold {}: EER {} ({:.0} s{left})",
            self.total,
            self.sweep.recipes()[task.recipe].name,
            task.seed,
            task.fold.assignment,
            task.fold.fold,
            percent(result.eer()),
            result.seconds,
        ));
    }
}
