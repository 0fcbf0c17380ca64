//! `twinsight runs`.

use serde::Serialize;

use super::runs_table::runs_table;
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag};
use crate::cli::output::{self, note};
use crate::config::Overrides;
use crate::files::shown;
use crate::train::run_dir::{self, RunOverview};

#[derive(Serialize)]
struct RunList {
    runs: Vec<RunOverview>,
}

pub(super) fn run(common: &JsonFlag) -> anyhow::Result<Status> {
    let context = Context::new(&common.into(), Overrides::default())?;
    let folder = context.paths.runs_dir();
    let paths = run_dir::list(&folder);
    let runs: Vec<RunOverview> = paths.iter().map(|path| RunOverview::read(path)).collect();
    if common.json {
        output::json(&RunList { runs })?;
    } else if runs.is_empty() {
        note(&format!(
            "there is no run in {}: start one with `twinsight train`",
            shown(&folder)
        ));
    } else {
        output::styled(&runs_table(&runs))?;
    }
    Ok(Status::Done)
}
