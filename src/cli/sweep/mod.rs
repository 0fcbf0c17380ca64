//! `twinsight sweep`: plans, does and reports recipes × seeds × folds.

mod report;
mod tasks;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::context::{Common, Context, JsonFlag, from_data};
use super::output::{self, note};
use super::{Status, counted};
use crate::files::{self, Paths, as_argument};
use crate::sweep::{Remaining, Sweep, SweepError, SweepSpec, emit};

/// The longest specification.
const MAX_SPEC: u64 = 1 << 20;
/// Threads of a task for others, where none are named: more help a single training little.
const THREADS_A_TASK: usize = 2;

/// Compare recipes on the same folds: plan a sweep, do what is missing, report
///
/// A sweep can be interrupted at any time; the same command goes on. --emit gives its tasks to a job scheduler.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SweepCommand {
    #[command(subcommand)]
    command: Option<Subcommand>,
    /// What to try, in RON: `(recipes: ["compact"], vary: {"learning_rate": one_of([1e-3, 2e-3])}, seeds: [0, 1], folds: 8)`
    #[arg(required = true, value_name = "SPEC.ron")]
    spec: Option<PathBuf>,
    /// The folder of the sweep [default: one named after SPEC in the user's data folder]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Tasks that are done at once [default: one for every four threads]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "emit")]
    jobs: Option<u16>,
    /// Do nothing; print a job array for Slurm, a command for GNU parallel, or a list of commands
    #[arg(long, value_name = "FOR")]
    emit: Option<Emit>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Do single tasks of a planned sweep; those with a result are skipped
    Task(TaskCommand),
    /// Say how much of a sweep is done
    Status(StatusCommand),
    /// Print the recipes of a sweep, the best first
    Report(ReportCommand),
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Emit {
    Slurm,
    Parallel,
    List,
}

#[derive(Debug, clap::Args)]
struct TaskCommand {
    /// The folder of the sweep
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The number of the task, from 0
    #[arg(value_name = "NUMBER")]
    number: usize,
    /// Do this many tasks, from NUMBER on, as far as there are any
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct StatusCommand {
    /// The folder of the sweep
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Args)]
struct ReportCommand {
    /// The folder of the sweep
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    common: JsonFlag,
}

/// How much is done, in JSON.
#[derive(Serialize)]
struct Progress<'a> {
    sweep: &'a Path,
    recipes: usize,
    tasks: usize,
    done: usize,
    /// The numbers of the others.
    missing: Vec<usize>,
    /// Those of them whose result is damaged, so that it is made again.
    damaged: Vec<usize>,
}

impl SweepCommand {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        match &self.command {
            Some(Subcommand::Task(task)) => task.run(),
            Some(Subcommand::Status(asked)) => asked.run(),
            Some(Subcommand::Report(asked)) => {
                report::run(&Sweep::open(&asked.dir)?, asked.common.json)
            }
            None => self.start(),
        }
    }

    fn start(&self) -> anyhow::Result<Status> {
        let sweep = self.plan()?;
        if let Some(target) = self.emit {
            return self.print(&sweep, target);
        }
        let context = Context::new(&self.common, from_data(Some(sweep.data().clone())))?;
        let missing = remaining(&sweep).missing;
        if missing.len() < sweep.tasks() {
            note(&format!(
                "{} of {} tasks are done already",
                sweep.tasks() - missing.len(),
                sweep.tasks()
            ));
        }
        tasks::run(&context, &sweep, &missing, self.jobs.map(usize::from))?;
        report::run(&sweep, self.common.json)
    }

    fn plan(&self) -> anyhow::Result<Sweep> {
        let file = self
            .spec
            .as_deref()
            .expect("clap requires it without a subcommand");
        let text = String::from_utf8_lossy(&files::read_limited(file, MAX_SPEC)?).into_owned();
        let spec = SweepSpec::parse(&text, &files::shown(file).to_string())?;
        let base = std::path::absolute(file)?
            .parent()
            .unwrap_or(Path::new("/"))
            .to_owned();
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => {
                let name = file.file_stem().unwrap_or_default();
                Paths::find()?.data_dir().join("sweeps").join(name)
            }
        };
        let sweep = Sweep::create(&folder, &spec, &base)?;
        note(&format!(
            "{}, {} in {}",
            counted(sweep.recipes().len(), "recipe"),
            counted(sweep.tasks(), "task"),
            as_argument(&folder)
        ));
        Ok(sweep)
    }

    fn print(&self, sweep: &Sweep, target: Emit) -> anyhow::Result<Status> {
        let target = match target {
            Emit::Slurm => emit::Target::Slurm,
            Emit::Parallel => emit::Target::Parallel,
            Emit::List => emit::Target::List,
        };
        let threads = self.common.threads.unwrap_or(THREADS_A_TASK);
        let program = std::env::current_exe()?;
        let script = emit::script(sweep, target, &program, threads);
        match script.trim_end() {
            "" => note("nothing is missing"),
            script => output::line(script)?,
        }
        Ok(Status::Done)
    }
}

impl TaskCommand {
    fn run(&self) -> anyhow::Result<Status> {
        let sweep = Sweep::open(&self.dir)?;
        // An error if there is no such task.
        sweep.task(self.number)?;
        let end = self.number.saturating_add(self.count).min(sweep.tasks());
        let missing = |number: &usize| -> Result<bool, SweepError> {
            Ok(sweep.result(sweep.task(*number)?)?.is_none())
        };
        let mut numbers = Vec::new();
        for number in self.number..end {
            match missing(&number) {
                // A damaged result is made again.
                Ok(true) | Err(SweepError::Fold(_)) => numbers.push(number),
                Ok(false) => note(&format!("task {number} is done already")),
                Err(error) => return Err(error.into()),
            }
        }
        let context = Context::new(&self.common, from_data(Some(sweep.data().clone())))?;
        tasks::run(&context, &sweep, &numbers, Some(1))?;
        if self.common.json {
            progress(&sweep)?;
        }
        Ok(Status::Done)
    }
}

impl StatusCommand {
    fn run(&self) -> anyhow::Result<Status> {
        let sweep = Sweep::open(&self.dir)?;
        if self.common.json {
            progress(&sweep)?;
            return Ok(Status::Done);
        }
        let missing = remaining(&sweep).missing.len();
        output::line(&format!(
            "{} of {} tasks done, {} of {} folds each",
            sweep.tasks() - missing,
            sweep.tasks(),
            counted(sweep.recipes().len() * sweep.seeds().len(), "training"),
            sweep.tasks() / (sweep.recipes().len() * sweep.seeds().len()),
        ))?;
        Ok(Status::Done)
    }
}

fn progress(sweep: &Sweep) -> anyhow::Result<()> {
    let Remaining { missing, damaged } = remaining(sweep);
    output::json(&Progress {
        sweep: sweep.folder(),
        recipes: sweep.recipes().len(),
        tasks: sweep.tasks(),
        done: sweep.tasks() - missing.len(),
        missing,
        damaged,
    })
}

/// The tasks that are to be done. Damaged results are told.
fn remaining(sweep: &Sweep) -> Remaining {
    let remaining = sweep.remaining();
    let first = remaining.damaged.first();
    if let Some(task) = first.and_then(|&number| sweep.task(number).ok()) {
        note(&format!(
            "{} damaged, the first {}; such a task counts as not done",
            counted(remaining.damaged.len(), "result"),
            files::shown(&sweep.result_path(task))
        ));
    }
    remaining
}
