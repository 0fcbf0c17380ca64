//! `twinsight runs compare`: the results of runs, and the differences between their recipes, side by side.

use std::collections::BTreeSet;
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
            let row = Row::read(named_run(&folder, asked, None)?.path());
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
/// The most columns of a value where there is no terminal; JSON has all of it.
const MOST_WIDTH: usize = 60;

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

fn differences(runs: &[Row]) -> Vec<Difference> {
    let figures = runs.iter().filter_map(|row| row.figures.as_ref());
    let recipes: Vec<&Value> = figures.map(|figures| &figures.recipe).collect();
    let mut found = Vec::new();
    compare(String::new(), &recipes, &mut found);
    found
}

/// Adds the fields below `name` whose values differ: `sampling.identities.people`, `network.layers.1.conv.filters`. Lists of
/// different length, and what only some of the recipes have, are one field.
fn compare(name: String, values: &[&Value], found: &mut Vec<Difference>) {
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return;
    }
    let below = |key: &str| match &*name {
        "" => key.to_owned(),
        _ => format!("{name}.{key}"),
    };
    let objects: Option<Vec<_>> = values.iter().map(|value| value.as_object()).collect();
    if let Some(objects) = objects {
        let keys: BTreeSet<&String> = objects.iter().flat_map(|object| object.keys()).collect();
        for key in keys {
            let of_key = values
                .iter()
                .map(|value| value.get(key).unwrap_or(&Value::Null));
            compare(below(key), &of_key.collect::<Vec<_>>(), found);
        }
        return;
    }
    let lists: Option<Vec<_>> = values.iter().map(|value| value.as_array()).collect();
    match lists {
        Some(lists) if lists.windows(2).all(|pair| pair[0].len() == pair[1].len()) => {
            for index in 0..lists[0].len() {
                let items: Vec<&Value> = lists.iter().map(|list| &list[index]).collect();
                compare(below(&(index + 1).to_string()), &items, found);
            }
        }
        _ => found.push(Difference {
            field: name,
            values: values.iter().map(|value| compact(value)).collect(),
        }),
    }
}

/// A value as recipes write it: `[conv(filters: 16, kernel: 3), relu]`.
fn compact(value: &Value) -> String {
    let listed = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => clean(text),
        Value::Array(items) => format!("[{}]", listed(items.iter().map(compact).collect())),
        Value::Object(fields) => {
            let mut each = fields.iter();
            match (each.next(), each.next()) {
                (Some((name, inner @ Value::Object(_))), None) => {
                    format!("{}{}", clean(name), compact(inner))
                }
                _ => {
                    let field = |(name, value): (&String, &Value)| {
                        format!("{}: {}", clean(name), compact(value))
                    };
                    format!("({})", listed(fields.iter().map(field).collect()))
                }
            }
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(a: Value, b: Value) -> Vec<(String, Vec<String>)> {
        let mut found = Vec::new();
        compare(String::new(), &[&a, &b], &mut found);
        let pair = |of: Difference| (of.field, of.values);
        found.into_iter().map(pair).collect()
    }

    #[test]
    fn the_innermost_field_that_differs_is_named() {
        let network = |filters: u32| json!({"network": {"layers": [{"conv": {"filters": filters, "kernel": 3}}, "relu"]}});
        let expected = (
            "network.layers.1.conv.filters".to_owned(),
            vec!["8".to_owned(), "16".to_owned()],
        );
        assert_eq!(found(network(8), network(16)), [expected]);
        assert_eq!(found(network(8), network(8)), []);
    }

    #[test]
    fn what_only_one_has_is_one_field() {
        let more = json!({"seed": 1, "layers": [{"conv": {"filters": 8}}, "relu"], "ensemble": {"every": 2}});
        let less = json!({"seed": 1, "layers": ["relu"]});
        let pair =
            |field: &str, a: &str, b: &str| (field.to_owned(), vec![a.to_owned(), b.to_owned()]);
        let expected = [
            pair("ensemble", "(every: 2)", "–"),
            pair("layers", "[conv(filters: 8), relu]", "[relu]"),
        ];
        assert_eq!(found(more, less), expected);
    }
}
