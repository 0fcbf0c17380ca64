//! The differences between the recipes of trainings.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::overview::RunOverview;
use crate::files::clean;

/// A field of the recipe, and its value in each of some trainings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field: `network.layers.0.conv.filters`. Entries of lists are counted from 0, as a sweep names them.
    pub field: String,
    /// Its values, as recipes write them.
    pub values: Vec<String>,
}

/// The fields in which the recipes of these trainings differ. Trainings that cannot be read have no recipe, and are left out.
pub fn differences(runs: &[&RunOverview]) -> Vec<Difference> {
    let figures = runs.iter().filter_map(|row| row.figures.as_ref());
    let recipes: Vec<&Value> = figures.map(|figures| &figures.recipe).collect();
    let mut found = Vec::new();
    compare(String::new(), &recipes, &mut found);
    found
}

/// Adds the fields below `name` whose values differ: `sampling.identities.people`, `network.layers.0.conv.filters`. Lists of
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
                compare(below(&index.to_string()), &items, found);
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
            "network.layers.0.conv.filters".to_owned(),
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
