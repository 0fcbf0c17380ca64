//! A recipe with one field set to another value.

use serde_json::Value;

use super::error::SweepError;
use crate::train::Recipe;
use crate::train::recipe::Overrides;

/// Fields that are set in other ways, and how.
const APART: [(&str, &str); 3] = [
    ("seed", "name the seeds as `seeds`"),
    ("preset", "name the presets as `recipes`"),
    (
        "backbone",
        "name recipe files with other backbones as `recipes`",
    ),
];

/// `recipe` with `field`, a path with dots, set to `value`, and checked.
///
/// # Errors
/// [`SweepError::Field`] if there is no such field, or the value does not fit it.
pub(super) fn with(
    recipe: &Recipe,
    name: &str,
    field: &str,
    value: &Value,
) -> Result<Recipe, SweepError> {
    let error = |why: String| SweepError::Field {
        field: field.to_owned(),
        recipe: name.to_owned(),
        why,
    };
    if let Some((_, how)) = APART.iter().find(|(apart, _)| *apart == field) {
        return Err(error((*how).to_owned()));
    }
    let mut document = serde_json::to_value(recipe).map_err(|e| error(e.to_string()))?;
    let place = place(&mut document, field).map_err(&error)?;
    *place = value.clone();
    let changed: Recipe = serde_json::from_value(document).map_err(|e| error(e.to_string()))?;
    let checked = changed.with(&Overrides::default());
    checked.map_err(|why| error(why.to_string()))
}

/// Where a path leads. Its last step may be new: fields with their usual value are not written out.
fn place<'a>(document: &'a mut Value, field: &str) -> Result<&'a mut Value, String> {
    let mut here = document;
    let mut steps = field.split('.').peekable();
    while let Some(step) = steps.next() {
        here = match here {
            Value::Object(fields) => {
                let known: Vec<String> = fields.keys().cloned().collect();
                match steps.peek() {
                    None => fields.entry(step).or_insert(Value::Null),
                    Some(_) => fields.get_mut(step).ok_or_else(|| {
                        format!("there is no {step}; there are: {}", known.join(", "))
                    })?,
                }
            }
            Value::Array(entries) => {
                let count = entries.len();
                let index = step.parse::<usize>().ok();
                let none = || format!("{step} is none of its {count} entries, counted from 0");
                index.and_then(|at| entries.get_mut(at)).ok_or_else(none)?
            }
            _ => return Err(format!("nothing lies within it at {step}")),
        };
    }
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::{Sampling, Schedule};
    use serde_json::json;

    fn set(field: &str, value: Value) -> Result<Recipe, String> {
        let recipe = Recipe::preset("compact").unwrap();
        with(&recipe, "compact", field, &value).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_are_set_at_any_depth() {
        assert_eq!(
            set("learning_rate", json!(5e-4)).unwrap().learning_rate,
            5e-4
        );
        assert_eq!(set("augment.shift", json!(2.5)).unwrap().augment.shift, 2.5);
        assert_eq!(
            set("schedule", json!("constant")).unwrap().schedule,
            Schedule::Constant
        );
        // Not written out, because it has its usual value.
        assert_eq!(set("validate_every", json!(3)).unwrap().validate_every, 3);
        let people = set("sampling.identities.people", json!(10))
            .unwrap()
            .sampling;
        assert!(matches!(people, Sampling::Identities { people: 10, .. }));
        let filters = set("network.layers.0.conv.filters", json!(8)).unwrap();
        let usual = Recipe::preset("compact").unwrap();
        assert_ne!(filters.network, usual.network);
        assert_eq!(
            Recipe {
                network: usual.network.clone(),
                ..filters
            },
            usual
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (field, value, why) in [
            ("learnin_rate", json!(1), "unknown field `learnin_rate`"),
            ("augment.colour", json!(1), "unknown field `colour`"),
            ("network.layers.99.conv", json!(1), "99 is none of its"),
            ("epochs.more", json!(1), "nothing lies within it at more"),
            ("epochs", json!("many"), "invalid type"),
            (
                "epochs",
                json!(0),
                "epochs is 0; it must lie between 1 and 1000000",
            ),
            ("seed", json!(1), "name the seeds as `seeds`"),
        ] {
            let error = set(field, value).unwrap_err();
            assert!(error.contains(why) && error.contains(field), "{error}");
        }
    }
}
