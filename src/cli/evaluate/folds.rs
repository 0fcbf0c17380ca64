//! `evaluate --folds` and `--merge`: makes, stores, and merges the results of folds.

mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Evaluate;
use super::progress::{FoldsProgress, epochs};
use crate::cli::context::Context;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{Usage, note, percent};
use crate::cli::{Status, train};
use crate::config::Config;
use crate::data::Dataset;
use crate::evaluate::{FoldId, FoldResult, Method, Protocol, fold_result};
use crate::train::Recipe;

/// Threads that a training of the default recipe uses; with more cores, folds run side by side.
pub(in crate::cli) const THREADS_A_FOLD: usize = 4;

/// `--folds`.
pub(super) fn run(asked: &Evaluate, context: &Context, folds: usize) -> anyhow::Result<Status> {
    let recipes = recipes(asked, context)?;
    let datasets = opened(context, &recipes)?;
    let protocol = Protocol {
        folds,
        assignments: asked.assignments,
        seed: context.config.seed,
    };
    let folds = match asked.fold {
        Some(number) => vec![protocol.fold_id(number)?],
        None => protocol.fold_ids(),
    };
    // Checked before hours of work.
    protocol.split(&datasets[0].everybody(), folds[0])?;
    let baselines = match asked.baselines {
        true => Method::baselines(&recipes[0].preparation),
        false => Vec::new(),
    };
    let recipes = recipes.into_iter().map(Box::new).map(Method::Recipe);
    let baselines = baselines
        .into_iter()
        .map(|method| (method, datasets[0].clone()));
    let each = datasets.iter().cloned();
    let evaluations = context.paths.data_dir().join("evaluations");
    let plan = |(method, dataset)| Planned::new(&evaluations, method, dataset, protocol);
    let methods: Vec<Planned> = recipes.zip(each).chain(baselines).map(plan).collect();
    let work = Work {
        protocol,
        interrupt: Interrupt::watch()?,
        threads: context
            .config
            .threads
            .unwrap_or_else(rayon::current_num_threads),
        progress: FoldsProgress::new(methods.iter().flat_map(|method| method.missing(&folds))),
        done: AtomicUsize::new(0),
        total: folds.len() * methods.len(),
    };
    let mut made = Vec::new();
    for method in &methods {
        made.push(work.results(method, &folds)?);
    }
    let keep = asked.fold.is_some();
    report::print(asked, &made, keep)
}

/// For each recipe its data set, read once for those with the same preparation.
pub(in crate::cli) fn opened(
    context: &Context,
    recipes: &[Recipe],
) -> anyhow::Result<Vec<Arc<Dataset>>> {
    let mut datasets: Vec<Arc<Dataset>> = Vec::new();
    for Recipe { preparation, .. } in recipes {
        let known = datasets
            .iter()
            .find(|known| known.preparation == *preparation);
        let dataset = match known {
            Some(known) => known.clone(),
            None => Arc::new(context.dataset(preparation)?),
        };
        datasets.push(dataset);
    }
    Ok(datasets)
}

/// The recipes that are asked for, the main one first.
fn recipes(asked: &Evaluate, context: &Context) -> anyhow::Result<Vec<Recipe>> {
    let files = (asked.recipe.as_deref(), asked.run.backbone.as_deref());
    let mut recipes = vec![train::recipe_of(files, &context.config)?];
    for &preset in asked.preset.iter().skip(1) {
        let config = Config {
            preset: Some(preset),
            ..context.config.clone()
        };
        recipes.push(train::recipe_of((None, None), &config)?);
    }
    let names: BTreeSet<_> = recipes.iter().map(|recipe| &recipe.preset).collect();
    if names.len() < recipes.len() {
        return Err(Usage("--preset names one recipe twice; name each once".to_owned()).into());
    }
    Ok(recipes)
}

/// `--merge`.
pub(super) fn merge(asked: &Evaluate) -> anyhow::Result<Status> {
    let mut methods: Vec<Vec<FoldResult>> = Vec::new();
    for file in &asked.merge {
        for result in FoldResult::read(file)? {
            let same = |results: &&mut Vec<FoldResult>| results[0].method == result.method;
            match methods.iter_mut().find(same) {
                // A fold that is given twice, or made on two machines, counts once.
                Some(results) if results.iter().any(|r| r.id == result.id) => {}
                Some(results) => results.push(result),
                None => methods.push(vec![result]),
            }
        }
    }
    let first: Vec<FoldId> = sorted_ids(&methods[0]);
    if let Some(other) = methods.iter().find(|results| sorted_ids(results) != first) {
        anyhow::bail!(
            "the folds of {} are not those of {}: give the files of all folds of each method",
            other[0].method,
            methods[0][0].method
        );
    }
    report::print(asked, &methods, false)
}

fn sorted_ids(results: &[FoldResult]) -> Vec<FoldId> {
    let mut ids: Vec<FoldId> = results.iter().map(|result| result.id).collect();
    ids.sort_unstable();
    ids
}

/// A method whose folds are to be made.
struct Planned {
    method: Method,
    dataset: Arc<Dataset>,
    key: String,
    /// Where results are stored, so that an evaluation can be interrupted.
    folder: PathBuf,
}

impl Planned {
    fn new(evaluations: &Path, method: Method, dataset: Arc<Dataset>, protocol: Protocol) -> Self {
        let key = fold_result::key(&method, &dataset, protocol);
        Self {
            folder: evaluations.join(format!("{}-{key}", method.name())),
            method,
            dataset,
            key,
        }
    }

    fn path(&self, id: FoldId) -> PathBuf {
        self.folder
            .join(format!("a{}-f{}.json", id.assignment, id.fold))
    }

    /// The epochs of each of these folds that has no result.
    fn missing(&self, folds: &[FoldId]) -> impl Iterator<Item = usize> {
        let missing = folds.iter().filter(|id| !self.path(**id).exists());
        missing.map(|_| epochs(&self.method))
    }
}

/// What all folds of one command share.
struct Work {
    protocol: Protocol,
    interrupt: Interrupt,
    threads: usize,
    progress: FoldsProgress,
    done: AtomicUsize,
    total: usize,
}

impl Work {
    /// The results of a method: stored ones are read, the others are made now, side by side if there are enough cores.
    fn results(&self, planned: &Planned, folds: &[FoldId]) -> anyhow::Result<Vec<FoldResult>> {
        let side_by_side = (self.threads / THREADS_A_FOLD).max(1).min(folds.len());
        let each = self.threads / side_by_side;
        let result = |number: usize| self.result(planned, folds[number], each);
        crate::train::side_by_side(side_by_side, folds.len(), result)
            .into_iter()
            .collect()
    }

    fn result(&self, planned: &Planned, id: FoldId, threads: usize) -> anyhow::Result<FoldResult> {
        let path = planned.path(id);
        if let Some(stored) = stored(&path, &planned.key) {
            self.report(&stored, "kept from before");
            return Ok(stored);
        }
        let making = Making {
            threads,
            interrupt: &self.interrupt,
            progress: &self.progress,
        };
        let what = (&planned.method, &*planned.dataset);
        let result = making.fold(what, (self.protocol, id), &path)?;
        let left = self.progress.made();
        self.report(&result, &format!("{:.0} s{left}", result.seconds));
        Ok(result)
    }

    fn report(&self, result: &FoldResult, how: &str) {
        note(&format!(
            "{}/{}  {}, assignment {}, fold {}: EER {} ({how})",
            self.done.fetch_add(1, Ordering::Relaxed) + 1,
            self.total,
            result.method,
            result.id.assignment,
            result.id.fold,
            percent(result.eer()),
        ));
    }
}

/// How folds are made.
pub(in crate::cli) struct Making<'a> {
    /// Threads for each.
    pub(in crate::cli) threads: usize,
    pub(in crate::cli) interrupt: &'a Interrupt,
    pub(in crate::cli) progress: &'a FoldsProgress,
}

impl Making<'_> {
    /// Trains and tests one fold, and keeps its result in a file.
    pub(in crate::cli) fn fold(
        &self,
        (method, dataset): (&Method, &Dataset),
        at: (Protocol, FoldId),
        path: &Path,
    ) -> anyhow::Result<FoldResult> {
        let progress = self.progress.fold(method);
        let watch = |step| {
            progress.show(step);
            self.interrupt.flow()
        };
        let make = || FoldResult::make(method, dataset, at, &watch);
        let result = crate::train::pool(self.threads)?.install(make)?;
        result.write(path)?;
        Ok(result)
    }
}

/// A stored result; one that cannot be read is made again.
fn stored(path: &Path, key: &str) -> Option<FoldResult> {
    let result = FoldResult::read(path).ok()?.pop()?;
    (result.key == key).then_some(result)
}
