//! `twinsight runs compare`: the results of runs, and the differences between their recipes, side by side.

use std::path::PathBuf;

use serde::Serialize;

use super::runs_table::runs_table;
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag};
use crate::cli::output;
use crate::cli::table::{self, Column};
use crate::config::Overrides;
use crate::recognition::named_run;
use crate::train::run_dir::{Difference, RunOverview, differences};

#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// Runs, by name (0003-compact), number (3), directory, or `best`
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Serialize)]
struct ComparisonReport {
    runs: Vec<RunOverview>,
    differences: Vec<Difference>,
}

impl Compare {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&(&self.common).into(), Overrides::default())?;
        let folder = context.paths.runs_dir();
        let find = |asked: &PathBuf| -> anyhow::Result<RunOverview> {
            let row = RunOverview::read(named_run(&folder, asked, None)?.path());
            match &row.damaged {
                Some(why) => anyhow::bail!("{} cannot be compared: {why}", row.name),
                None => Ok(row),
            }
        };
        let runs: Vec<RunOverview> = self.runs.iter().map(find).collect::<Result<_, _>>()?;
        let differences = differences(&runs.iter().collect::<Vec<_>>());
        if self.common.json {
            output::json(&ComparisonReport { runs, differences })?;
            return Ok(Status::Done);
        }
        output::styled(&runs_table(&runs))?;
        output::line("")?;
        match differences.is_empty() {
            true => output::line("their recipes are the same")?,
            false => output::styled(&side_by_side(&runs, &differences))?,
        }
        Ok(Status::Done)
    }
}

/// The fewest columns of a value on a narrow terminal.
const LEAST_WIDTH: usize = 12;
/// The most columns of a value where there is no terminal; JSON has all of it.
const MOST_WIDTH: usize = 60;

/// ```text
/// RECIPE         0001-compact  0002-compact
/// learning_rate         0.002         0.001
/// ```
fn side_by_side(runs: &[RunOverview], differences: &[Difference]) -> Vec<String> {
    let titles = runs.iter().map(|row| Column::new(&*row.name).right());
    let columns: Vec<Column> = std::iter::once(Column::new("RECIPE"))
        .chain(titles)
        .collect();
    let fields = differences.iter().map(|of| of.field.chars().count()).max();
    let each = table::terminal_width().map_or(MOST_WIDTH, |width| {
        let left = width.saturating_sub(fields.unwrap_or(0)) / runs.len();
        left.saturating_sub(2).max(LEAST_WIDTH)
    });
    let cell = |value: &String| table::cut(value, each);
    let row = |of: &Difference| {
        let values = of.values.iter().map(cell);
        std::iter::once(of.field.clone()).chain(values).collect()
    };
    let rows: Vec<Vec<String>> = differences.iter().map(row).collect();
    table::lines(&columns, &rows, None)
}
