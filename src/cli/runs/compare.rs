//! `twinsight runs compare`: the differences between the recipes of runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::{Row, row, table};
use crate::cli::Status;
use crate::cli::context::{Common, Context};
use crate::cli::output;
use crate::config::Overrides;
use crate::files::clean;
use crate::recognition::named_run;

#[derive(Debug, clap::Args)]
pub(super) struct Compare {
    /// Runs, by name (0003-compact), number (3), directory, or `best`
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
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
        let context = Context::new(&self.common, Overrides::default())?;
        let folder = context.paths.runs_dir();
        let find = |asked: &PathBuf| -> anyhow::Result<Row> {
            let row = row(named_run(&folder, asked, None)?.path());
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
        output::line(&table(&runs))?;
        for Difference { field, values } in &differences {
            output::line(&format!("{field}: {}", values.join(" | ")))?;
        }
        if differences.is_empty() {
            output::line("their recipes are the same")?;
        }
        Ok(Status::Done)
    }
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

/// `sampling.identities.people` → `30`; lists stay whole.
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
        Value::String(text) => drop(fields.insert(name, clean(text))),
        other => drop(fields.insert(name, other.to_string())),
    }
}
