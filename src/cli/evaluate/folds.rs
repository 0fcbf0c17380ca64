//! `evaluate --folds` and `--merge`: makes, stores, merges and reports the results of folds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::progress::{FoldsProgress, epochs};
use super::{Evaluate, area, rate};
use crate::cli::context::Context;
use crate::cli::interrupt::Interrupt;
use crate::cli::output::{Usage, note, percent};
use crate::cli::{Status, train};
use crate::config::Config;
use crate::data::Dataset;
use crate::evaluate::{
    Difference, Figures, FoldId, FoldResult, Method, OpenSet, Protocol, Rates, fold_result, svg,
};
use crate::files;
use crate::train::Recipe;

/// Threads that a training of the default recipe uses; with more cores, folds run side by side.
pub(in crate::cli) const THREADS_A_FOLD: usize = 4;

/// The answer in JSON; all rates from 0 to 1. The keys of every evaluation hold the first method's figures.
#[derive(Serialize)]
struct FoldsReport {
    protocol: String,
    #[serde(flatten)]
    rates: Rates,
    /// All methods, with the first one again.
    methods: Vec<Figures>,
    /// The first method minus each of the others.
    differences: Vec<Difference>,
    /// The result of a single fold, so that it can be merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<FoldResult>,
}

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
    report(asked, &made, keep)
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
    report(asked, &methods, false)
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
        files::create_private_dir(path.parent().unwrap_or(Path::new(".")))?;
        result.write(path)?;
        Ok(result)
    }
}

/// A stored result; one that cannot be read is made again.
fn stored(path: &Path, key: &str) -> Option<FoldResult> {
    let result = FoldResult::read(path).ok()?.pop()?;
    (result.key == key).then_some(result)
}

fn report(asked: &Evaluate, made: &[Vec<FoldResult>], keep: bool) -> anyhow::Result<Status> {
    let methods = made
        .iter()
        .map(|results| Figures::of(results))
        .collect::<Result<Vec<_>, _>>()?;
    let report = FoldsReport {
        protocol: protocol(&made[0]),
        rates: methods[0].rates.clone(),
        differences: made[1..]
            .iter()
            .map(|other| Difference::between(&made[0], other))
            .collect(),
        pieces: if keep { made.concat() } else { Vec::new() },
        methods,
    };
    if let Some(folder) = &asked.report {
        files::write_private(&folder.join("report.svg"), svg::draw(made).as_bytes())?;
    }
    super::print(asked, &report, &text(&report))?;
    Ok(Status::Done)
}

fn protocol(results: &[FoldResult]) -> String {
    let first = &results[0];
    let [train, validation, test] = first.people;
    // Stored results may be of an evaluation with more assignments.
    let assignments: BTreeSet<u64> = results.iter().map(|result| result.id.assignment).collect();
    format!(
        "{}: {} folds in all, {} to an assignment, of {} assignments; each trains on about {train} people, is calibrated on {validation} \
         others and tested on {test} others; every unordered pair of the tested people's pictures, pooled; rank 1 against one \
         random picture of each person",
        first.data,
        results.len(),
        first.protocol.folds,
        assignments.len(),
    )
}

fn text(report: &FoldsReport) -> String {
    let blocks: Vec<String> = report.methods.iter().map(block).collect();
    let difference = |d: &Difference| {
        format!(
            "{} less {}: EER {}   AUC {}",
            d.of,
            d.from,
            rate(d.eer).trim(),
            area(d.auc).trim()
        )
    };
    let differences: Vec<String> = report.differences.iter().map(difference).collect();
    format!(
        "{}\n{} mated and {} non-mated comparisons of {} people{}\n\n{}\n{}",
        report.protocol,
        report.rates.mated,
        report.rates.non_mated,
        report.rates.people,
        super::alike(&report.rates),
        blocks.join("\n"),
        differences.join("\n")
    )
    .trim_end()
    .to_owned()
}

fn block(figures: &Figures) -> String {
    let Figures {
        gallery_sizes: [own, unseen, all],
        rates,
        ..
    } = figures;
    let rows = [
        ("EER".to_owned(), rate(rates.eer)),
        (
            "EER, mean of folds".to_owned(),
            format!("{:>8}", percent(figures.eer_mean_of_folds)),
        ),
        ("AUC".to_owned(), area(rates.auc)),
        ("FNMR at FMR 5 %".to_owned(), rate(rates.fnmr_at_fmr_5)),
        ("FNMR at FMR 1 %".to_owned(), rate(rates.fnmr_at_fmr_1)),
        (format!("rank 1 of {own}"), rate(rates.rank1)),
        (
            format!("rank 1 of {unseen}"),
            rate(figures.rank1_among_unseen),
        ),
        (format!("rank 1 of {all}"), rate(figures.rank1_among_all)),
        (
            "FMR, threshold frozen at 1 %".to_owned(),
            rate(figures.frozen_fmr),
        ),
        ("FNMR there".to_owned(), rate(figures.frozen_fnmr)),
        (
            "calibration error (ECE)".to_owned(),
            format!("{:>8}", percent(figures.ece)),
        ),
        (
            "seconds a fold".to_owned(),
            format!("{:>8.1}", figures.seconds),
        ),
        ("epochs kept".to_owned(), format!("{:>8}", figures.epochs)),
    ];
    let OpenSet {
        named,
        misnamed,
        missed,
        unknown,
        mistaken,
    } = figures.open_set;
    let share = |part: usize, whole: usize| percent(part as f64 / whole.max(1) as f64);
    let enrolled = named + misnamed + missed;
    let open_set = format!(
        "  identification among {all} with one picture each: {} right, {} wrong, {} no match;\n  \
         people not enrolled: {} no match\n",
        share(named, enrolled),
        share(misnamed, enrolled),
        share(missed, enrolled),
        share(unknown, unknown + mistaken),
    );
    let rows = rows.map(|(name, value)| format!("  {name:<30}{value}\n"));
    format!("{}\n{}{open_set}", figures.method, rows.concat())
}
