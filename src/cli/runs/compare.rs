//! `twinsight runs compare`: the results of runs, and the differences between their recipes, side by side.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::row::{Row, table};
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag};
use crate::cli::output;
use crate::cli::table::{self, Column};
use crate::config::Overrides;
use crate::files::clean;
use crate::recognition::named_run;

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
    runs: Vec<Row>,
    differences: Vec<Difference>,
}

/// A field of the recipe, and its value in each run.
#[derive(Serialize)]
struct Difference {
    field: String,
    values: Vec<String>,
}

impl Compare {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&(&self.common).into(), Overrides::default())?;
        let folder = context.paths.runs_dir();
        let find = |asked: &PathBuf| -> anyhow::Result<Row> {
            let data = Some(&context.config.data);
            let row = Row::read(named_run(&folder, asked, data)?.path());
            match &row.damaged {
                Some(why) => anyhow::bail!("{} cannot be compared: {why}", row.name),
                None => Ok(row),
            }
        };
        let runs: Vec<Row> = self.runs.iter().map(find).collect::<Result<_, _>>()?;
        let differences = differences(&runs);
        if self.common.json {
            output::json(&ComparisonReport { runs, differences })?;
            return Ok(Status::Done);
        }
        output::styled(&table(&runs))?;
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

/// ```text
/// RECIPE         0001-compact  0002-compact
/// learning_rate         0.002         0.001
/// ```
fn side_by_side(runs: &[Row], differences: &[Difference]) -> Vec<String> {
    let titles = runs.iter().map(|row| Column::new(&*row.name).right());
    let columns: Vec<Column> = std::iter::once(Column::new("RECIPE"))
        .chain(titles)
        .collect();
    let fields = differences.iter().map(|of| of.field.chars().count()).max();
    let each = table::terminal_width().map(|width| {
        let left = width.saturating_sub(fields.unwrap_or(0)) / runs.len();
        left.saturating_sub(2).max(LEAST_WIDTH)
    });
    let cell = |value: &String| table::cut(value, each.unwrap_or(usize::MAX));
    let row = |of: &Difference| {
        let values = of.values.iter().map(cell);
        std::iter::once(of.field.clone()).chain(values).collect()
    };
    let rows: Vec<Vec<String>> = differences.iter().map(row).collect();
    table::lines(&columns, &rows, None)
}

fn differences(runs: &[Row]) -> Vec<Difference> {
    let fields: Vec<BTreeMap<String, String>> = runs
        .iter()
        .filter_map(|row| row.figures.as_ref())
        .map(|figures| {
            let mut fields = BTreeMap::new();
            flatten(&figures.recipe, String::new(), &mut fields);
            fields
        })
        .collect();
    let mut names: Vec<&String> = fields.iter().flat_map(BTreeMap::keys).collect();
    names.sort_unstable();
    names.dedup();
    let difference = |name: &String| {
        let value = |of: &BTreeMap<String, String>| of.get(name).cloned();
        let values: Vec<String> = fields
            .iter()
            .map(|of| value(of).unwrap_or_else(|| "–".to_owned()))
            .collect();
        let differ = values.windows(2).any(|pair| pair[0] != pair[1]);
        differ.then(|| Difference {
            field: name.clone(),
            values,
        })
    };
    names.into_iter().filter_map(difference).collect()
}

/// `sampling.identities.people` → `30`, `network.layers.1.conv.filters` → `16`; lists of plain values stay whole.
fn flatten(value: &Value, name: String, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                let name = match name.as_str() {
                    "" => key.clone(),
                    _ => format!("{name}.{key}"),
                };
                flatten(value, name, fields);
            }
        }
        Value::Array(items) if items.iter().any(|item| !is_plain(item)) => {
            for (index, value) in (1..).zip(items) {
                flatten(value, format!("{name}.{index}"), fields);
            }
        }
        Value::String(text) => drop(fields.insert(name, clean(text))),
        other => drop(fields.insert(name, other.to_string())),
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}
