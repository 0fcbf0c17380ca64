//! `twinsight runs`.

use serde::Serialize;

use super::row::{Row, table};
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag};
use crate::cli::output::{self, note};
use crate::config::Overrides;
use crate::files::shown;
use crate::train::run_dir;

#[derive(Serialize)]
struct RunList {
    runs: Vec<Row>,
}

pub(super) fn run(common: &JsonFlag) -> anyhow::Result<Status> {
    let context = Context::new(&common.into(), Overrides::default())?;
    let folder = context.paths.runs_dir();
    let paths = run_dir::list(&folder);
    let runs: Vec<Row> = paths.iter().map(|path| Row::read(path)).collect();
    if common.json {
        output::json(&RunList { runs })?;
    } else if runs.is_empty() {
        note(&format!(
            "there is no run in {}: start one with `twinsight train`",
            shown(&folder)
        ));
    } else {
        output::styled(&table(&runs))?;
    }
    Ok(Status::Done)
}
