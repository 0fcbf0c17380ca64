//! `twinsight runs rename`, `note`, `delete`, `restore` and `trash`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::context::{Context, JsonFlag};
use crate::cli::output::{self, note};
use crate::cli::table::{Column, lines, terminal_width};
use crate::cli::{Status, counted};
use crate::config::Overrides;
use crate::files::{clean, shown};
use crate::recognition::named_run;
use crate::train::RunDir;
use crate::train::run_dir::{DeletedRun, Trash};

#[derive(Debug, clap::Args)]
pub(super) struct Rename {
    /// The training: its number, name or folder, or `best`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The new name: letters, digits, spaces, -, _ and .
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Args)]
pub(super) struct Note {
    /// The training: its number, name or folder, or `best`
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The note, in place of the one before; "" removes it [default: print it]
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The trainings: numbers, names or folders
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The training: its number or name [default: the one deleted last]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Args)]
pub(super) struct ListTrash {
    /// Remove all of them for good
    #[arg(long)]
    empty: bool,
    #[command(flatten)]
    common: JsonFlag,
}

/// A training after it was renamed, annotated or restored.
#[derive(Serialize)]
struct ChangedRun {
    run: PathBuf,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<&RunDir> for ChangedRun {
    fn from(run: &RunDir) -> Self {
        Self {
            run: run.path().to_owned(),
            name: run.name(),
            note: run.note(),
        }
    }
}

/// A training in the trash.
#[derive(Serialize)]
struct DeletedRow {
    name: String,
    /// When, in UTC.
    deleted: String,
    path: PathBuf,
}

impl From<DeletedRun> for DeletedRow {
    fn from(run: DeletedRun) -> Self {
        Self {
            name: clean(&run.name),
            deleted: run.deleted,
            path: run.path,
        }
    }
}

#[derive(Serialize)]
struct DeletedList {
    deleted: Vec<DeletedRow>,
}

#[derive(Serialize)]
struct Emptied {
    removed: usize,
}

fn context(common: &JsonFlag) -> anyhow::Result<Context> {
    Context::new(&common.into(), Overrides::default())
}

fn find(context: &Context, run: &Path) -> anyhow::Result<RunDir> {
    let data = Some(&context.config.data);
    Ok(named_run(&context.paths.runs_dir(), run, data)?)
}

/// Prints a training: its name, or JSON.
fn print(run: &RunDir, common: &JsonFlag) -> anyhow::Result<Status> {
    match common.json {
        true => output::json(&ChangedRun::from(run))?,
        false => output::line(&run.name())?,
    }
    Ok(Status::Done)
}

impl Rename {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let run = find(&context(&self.common)?, &self.run)?.rename(&self.name)?;
        print(&run, &self.common)
    }
}

impl Note {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let run = find(&context(&self.common)?, &self.run)?;
        if let Some(text) = &self.text {
            run.set_note(text)?;
            return print(&run, &self.common);
        }
        match (self.common.json, run.note()) {
            (true, _) => output::json(&ChangedRun::from(&run))?,
            (false, Some(text)) => output::line(&text)?,
            (false, None) => note(&format!(
                "{} has no note: write one with `twinsight runs note {} TEXT`",
                run.name(),
                shown(&self.run)
            )),
        }
        Ok(Status::Done)
    }
}

impl Delete {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = context(&self.common)?;
        let (folder, trash) = (context.paths.runs_dir(), trash(&context));
        // All are found before the first one goes: a mistyped number deletes nothing.
        let found = self.runs.iter().map(|run| find(&context, run));
        let runs: Vec<RunDir> = found.collect::<Result<_, _>>()?;
        let mut deleted: Vec<DeletedRow> = Vec::new();
        for run in runs {
            deleted.push(trash.delete(run, &folder)?.into());
        }
        if self.common.json {
            output::json(&DeletedList { deleted })?;
            return Ok(Status::Done);
        }
        for run in &deleted {
            output::line(&format!(
                "{} is in the trash; `twinsight runs restore` brings it back",
                run.name
            ))?;
        }
        Ok(Status::Done)
    }
}

impl Restore {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = context(&self.common)?;
        let trash = trash(&context);
        let deleted = trash.find(self.run.as_deref())?;
        let run = trash.restore(&deleted, &context.paths.runs_dir())?;
        if run.name() != clean(&deleted.name) {
            note(&format!(
                "{} has another number now, because a newer run has its own",
                clean(&deleted.name)
            ));
        }
        print(&run, &self.common)
    }
}

impl ListTrash {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let trash = trash(&context(&self.common)?);
        if self.empty {
            let removed = trash.empty()?;
            match self.common.json {
                true => output::json(&Emptied { removed })?,
                false => output::line(&format!("removed {}", counted(removed, "run")))?,
            }
            return Ok(Status::Done);
        }
        let deleted: Vec<DeletedRow> = trash.list().into_iter().map(DeletedRow::from).collect();
        match (self.common.json, deleted.is_empty()) {
            (true, _) => output::json(&DeletedList { deleted })?,
            (false, true) => note("the trash is empty"),
            (false, false) => {
                let columns = [Column::new("RUN"), Column::new("DELETED (UTC)")];
                let rows = deleted.into_iter().map(|run| vec![run.name, run.deleted]);
                let rows: Vec<Vec<String>> = rows.collect();
                output::styled(&lines(&columns, &rows, terminal_width()))?;
            }
        }
        Ok(Status::Done)
    }
}

fn trash(context: &Context) -> Trash {
    Trash::at(&context.paths.trash_dir())
}
