//! Doing the tasks of a sweep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::cli::context::Context;
use crate::cli::evaluate::folds;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{note, percent};
use crate::data::Dataset;
use crate::evaluate::{FoldResult, Method};
use crate::sweep::Sweep;
use crate::text::duration;
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
    let work = Work {
        sweep,
        datasets: datasets(context, sweep, numbers)?,
        interrupt: Interrupt::watch()?,
        threads: (threads / at_once).max(1),
        begun: Instant::now(),
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
    begun: Instant,
    done: AtomicUsize,
    total: usize,
}

impl Work<'_> {
    fn task(&self, number: usize) -> anyhow::Result<()> {
        let task = self.sweep.task(number)?;
        let dataset = self.datasets[task.recipe].as_deref();
        let dataset = dataset.expect("the faces of every task were read");
        let method = Method::Recipe(Box::new(self.sweep.recipe(task)));
        let at = (self.sweep.protocol(), task.fold);
        let how = (self.threads, &self.interrupt);
        let path = self.sweep.result_path(task);
        let result = folds::make_fold((&method, dataset), at, how, &path)?;
        self.report(number, &result);
        Ok(())
    }

    fn report(&self, number: usize, result: &FoldResult) {
        let task = self.sweep.task(number).expect("it was done");
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let each = self.begun.elapsed().as_secs_f64() / done as f64;
        let left = match self.total - done {
            0 => String::new(),
            others => format!(", {} left", duration(each * others as f64)),
        };
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
