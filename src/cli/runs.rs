//! `twinsight runs`: list, compare and remove trainings.

mod compare;

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::context::{Common, Context};
use super::output::{self, Usage, note, percent};
use super::{Status, counted};
use crate::config::Overrides;
use crate::files::{clean, shown};
use crate::metrics::{self, TooFew};
use crate::train::run_dir::{self, State, Summary};
use crate::train::{EpochMetrics, RunDir};
use compare::Compare;

/// List the trainings, compare them, or remove old ones.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Runs {
    #[command(subcommand)]
    command: Option<RunsCommand>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum RunsCommand {
    /// Compare runs: the differences of their recipes, and their results
    Compare(Compare),
    /// Remove all but the newest runs; without --yes it only lists them
    Prune(Prune),
}

#[derive(Debug, clap::Args)]
struct Prune {
    /// How many of the newest runs stay; a run that is being trained always stays
    #[arg(long, value_name = "N")]
    keep: usize,
    /// Remove them
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: Common,
}

/// One run in JSON.
#[derive(Debug, Serialize)]
struct Row {
    run: PathBuf,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    damaged: Option<String>,
    bytes: u64,
    #[serde(flatten)]
    figures: Option<RunFigures>,
}

#[derive(Debug, Serialize)]
struct RunFigures {
    preset: String,
    state: State,
    epochs: u32,
    planned: u32,
    seconds: f64,
    program: Option<String>,
    best: Option<BestEpoch>,
    /// Why it learned nothing; it then has no best epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_learned: Option<String>,
    #[serde(skip)]
    recipe: Value,
}

#[derive(Debug, Serialize)]
struct BestEpoch {
    epoch: u32,
    /// Null where nobody was held out for validation, or too few to tell it.
    val_eer: Option<f64>,
    val_auc: Option<f64>,
    /// How many people were held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<usize>,
    /// Why a figure is missing that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<TooFew>,
}

impl BestEpoch {
    fn new(row: &EpochMetrics, held_out: Option<usize>) -> Self {
        let people = held_out.filter(|&people| people > 0);
        let told = |rate: f64| match people {
            Some(people) => metrics::tells_rate(rate, people),
            None => Ok(()),
        };
        let [eer, auc] = [row.validation.map(|v| v.eer), row.validation.map(|v| v.auc)];
        let reason = [eer, auc]
            .into_iter()
            .flatten()
            .find_map(|rate| told(rate).err());
        Self {
            epoch: row.epoch.0,
            val_eer: eer.filter(|&eer| told(eer).is_ok()),
            val_auc: auc.filter(|&auc| told(auc).is_ok()),
            people,
            reason,
        }
    }

    /// `best 24: EER 0.1 %, AUC 0.9999, on 5 people`.
    fn in_words(&self) -> String {
        let Self { epoch, people, .. } = *self;
        if self.val_eer.is_none() && self.reason.is_none() {
            return format!("best {epoch}: not validated");
        }
        let missing = || "n/a".to_owned();
        let eer = self.val_eer.map_or_else(missing, percent);
        let auc = self.val_auc.map_or_else(missing, |auc| format!("{auc:.4}"));
        let people = people.map(|people| format!(", on {}", counted(people, "person")));
        format!(
            "best {epoch}: EER {eer}, AUC {auc}{}",
            people.unwrap_or_default()
        )
    }
}

#[derive(Serialize)]
struct Listed {
    runs: Vec<Row>,
}

#[derive(Serialize)]
struct Pruned {
    removed: Vec<PathBuf>,
    bytes: u64,
    done: bool,
}

impl Runs {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        match self.command {
            None => list(&self.common),
            Some(RunsCommand::Compare(command)) => command.run(),
            Some(RunsCommand::Prune(command)) => command.run(),
        }
    }
}

fn list(common: &Common) -> anyhow::Result<Status> {
    let context = Context::new(common, Overrides::default())?;
    let folder = context.paths.runs_dir();
    let runs: Vec<Row> = run_dir::list(&folder)
        .iter()
        .map(|path| row(path))
        .collect();
    if common.json {
        output::json(&Listed { runs })?;
    } else if runs.is_empty() {
        note(&format!(
            "there is no run in {}: start one with `twinsight train`",
            shown(&folder)
        ));
    } else {
        output::line(&table(&runs))?;
    }
    Ok(Status::Done)
}

fn row(path: &Path) -> Row {
    let run = RunDir::open(path);
    let bytes = run.as_ref().map_or(0, RunDir::bytes);
    let (figures, damaged) = match run.and_then(|run| run.summary()) {
        Ok(summary) => (Some(summary.into()), None),
        Err(why) => (None, Some(why.to_string())),
    };
    Row {
        run: path.to_owned(),
        name: clean(
            &path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy(),
        ),
        damaged,
        bytes,
        figures,
    }
}

impl From<Summary> for RunFigures {
    fn from(summary: Summary) -> Self {
        let recipe = serde_json::to_value(&summary.recipe).unwrap_or_default();
        let learned = summary.not_learned.is_none();
        Self {
            preset: clean(&summary.recipe.preset),
            state: summary.state,
            epochs: summary.last.map_or(0, |row| row.epoch.0),
            planned: summary.recipe.epochs,
            seconds: summary.seconds,
            program: summary.program,
            best: summary
                .best
                .filter(|_| learned)
                .map(|row| BestEpoch::new(&row, summary.held_out)),
            not_learned: summary.not_learned.map(|why| why.to_string()),
            recipe,
        }
    }
}

/// ```text
/// 0001-compact  finished    epoch 30/30  best 24: EER 0.1 %, AUC 0.9999, on 5 people  33.1 s  4.1 MB
/// ```
fn table(runs: &[Row]) -> String {
    let width = runs.iter().map(|r| r.name.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |row: &Row| {
        let figures = match (&row.figures, &row.damaged) {
            (Some(figures), _) => in_words(figures),
            (None, why) => format!("damaged: {}", why.as_deref().unwrap_or_default()),
        };
        format!("{:width$}  {figures}  {}", row.name, megabytes(row.bytes))
    };
    runs.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn in_words(figures: &RunFigures) -> String {
    let state = match figures.state {
        State::Training => "training",
        State::Background => "background",
        State::Finished => "finished",
        State::Unfinished => "unfinished",
    };
    let best = match &figures.best {
        _ if figures.not_learned.is_some() => "did not learn".to_owned(),
        Some(best) => best.in_words(),
        None => "no epoch yet".to_owned(),
    };
    format!(
        "{state:10}  epoch {}/{}  {best}  {:.1} s",
        figures.epochs, figures.planned, figures.seconds
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

impl Prune {
    fn run(self) -> anyhow::Result<Status> {
        if self.keep == 0 {
            return Err(Usage("--keep must be at least 1".to_owned()).into());
        }
        let context = Context::new(&self.common, Overrides::default())?;
        let mut runs = run_dir::list(&context.paths.runs_dir());
        runs.truncate(runs.len().saturating_sub(self.keep));
        let idle = |path: PathBuf| RunDir::open(&path).ok().filter(|run| !run.is_held());
        let (mut removed, mut bytes) = (Vec::new(), 0);
        for run in runs.into_iter().filter_map(idle) {
            let (path, size) = (run.path().to_owned(), run.bytes());
            if self.yes {
                run.remove()?;
            }
            removed.push(path);
            bytes += size;
        }
        if self.common.json {
            output::json(&Pruned {
                removed,
                bytes,
                done: self.yes,
            })?;
            return Ok(Status::Done);
        }
        for path in &removed {
            output::line(&shown(path).to_string())?;
        }
        let what = format!("{}, {}", counted(removed.len(), "run"), megabytes(bytes));
        output::line(&match self.yes {
            true => format!("removed {what}"),
            false => format!("{what} would be removed; add --yes to do it"),
        })?;
        Ok(Status::Done)
    }
}
