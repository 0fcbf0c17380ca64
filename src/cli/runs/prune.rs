//! `twinsight runs prune`.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::context::{Context, JsonFlag};
use crate::cli::output::{self, Usage};
use crate::cli::{Status, counted};
use crate::config::Overrides;
use crate::files::shown;
use crate::train::RunDir;
use crate::train::run_dir::{self, megabytes};

#[derive(Debug, clap::Args)]
pub(super) struct Prune {
    /// How many of the newest runs stay; a run that is being trained always stays
    #[arg(long, value_name = "N")]
    keep: usize,
    /// Remove them
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Serialize)]
struct Pruned {
    removed: Vec<PathBuf>,
    bytes: u64,
    done: bool,
}

impl Prune {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        if self.keep == 0 {
            return Err(Usage("--keep must be at least 1".to_owned()).into());
        }
        let context = Context::new(&(&self.common).into(), Overrides::default())?;
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
