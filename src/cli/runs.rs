//! `twinsight runs`: list, compare, name, delete and restore trainings.

mod compare;
mod list;
mod manage;
mod prune;
mod runs_table;

use super::Status;
use super::context::JsonFlag;

/// List the trainings; compare, rename, annotate, delete or restore them.
///
/// A deleted training stays in the trash until `runs trash --empty`; `runs restore` brings it back.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Runs {
    #[command(subcommand)]
    command: Option<RunsCommand>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, clap::Subcommand)]
enum RunsCommand {
    /// Compare trainings: their results, and the differences of their recipes side by side
    ///
    /// Fields of recipes are named as in a sweep, with entries of lists counted from 0: network.layers.0.conv.filters.
    #[command(visible_alias = "diff")]
    Compare(compare::Compare),
    /// Give a training another name; it keeps its number
    Rename(manage::Rename),
    /// Write a note on a training, or print it
    Note(manage::Note),
    /// Move trainings into the trash
    Delete(manage::Delete),
    /// Bring a training back from the trash
    Restore(manage::Restore),
    /// List the trainings in the trash, or remove them for good
    Trash(manage::ListTrash),
    /// Remove all but the newest trainings for good; without --yes it only lists them
    Prune(prune::Prune),
}

impl Runs {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        match self.command {
            None => list::run(&self.common),
            Some(RunsCommand::Compare(command)) => command.run(),
            Some(RunsCommand::Rename(command)) => command.run(),
            Some(RunsCommand::Note(command)) => command.run(),
            Some(RunsCommand::Delete(command)) => command.run(),
            Some(RunsCommand::Restore(command)) => command.run(),
            Some(RunsCommand::Trash(command)) => command.run(),
            Some(RunsCommand::Prune(command)) => command.run(),
        }
    }
}
