//! What a sweep is to try, as the user writes it.

use std::collections::BTreeMap;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::SweepError;
use crate::config::parse_ron;
use crate::data::Source;
use crate::units::{Purpose, Seed};

/// The most combinations of values of one recipe.
const MOST: usize = 100_000;

/// A sweep: recipes × values × seeds × folds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepSpec {
    /// Presets, or recipe files (their names contain a dot), relative to the specification.
    pub recipes: Vec<String>,
    /// For fields of the recipes the values to try. A field within another is named with dots: `augment.shift`,
    /// `network.layers.0.conv.filters`.
    #[serde(default)]
    pub vary: BTreeMap<String, Values>,
    /// All combinations, or some of them.
    #[serde(default)]
    pub search: Search,
    /// Seeds of the trainings.
    #[serde(default = "one_seed")]
    pub seeds: Vec<Seed>,
    /// Folds of people; each is tested once.
    #[serde(default = "eight")]
    pub folds: usize,
    /// Different assignments of people to folds.
    #[serde(default = "one")]
    pub assignments: u64,
    /// Seed of the assignments.
    #[serde(default)]
    pub people_seed: PeopleSeed,
    /// The faces: `orl`, a folder or a .mat file; relative to the specification.
    #[serde(default)]
    pub data: Source,
}

/// See [`SweepSpec::people_seed`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PeopleSeed(pub Seed);

impl Default for PeopleSeed {
    fn default() -> Self {
        Self(Seed(0))
    }
}

fn one_seed() -> Vec<Seed> {
    vec![Seed(0)]
}

fn eight() -> usize {
    8
}

fn one() -> u64 {
    1
}

/// The values that a field takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// Each of these. Words stand in quotes: `one_of(["cosine", "constant"])`.
    OneOf(Vec<Value>),
    /// A number between two, all alike likely; only for a random search.
    Uniform(f64, f64),
    /// The same on a logarithmic scale.
    LogUniform(f64, f64),
}

/// Which combinations of values are tried.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// All.
    #[default]
    Grid,
    /// Some, drawn at random, each field by itself.
    Random {
        /// How many for each recipe.
        count: usize,
        /// Determines which.
        seed: Seed,
    },
}

/// A value for each of some fields.
pub(super) type Combination = Vec<(String, Value)>;

impl SweepSpec {
    /// Reads a specification; `file` is its name in errors.
    ///
    /// # Errors
    /// [`SweepError`] with the line where the text is wrong, or what is missing or contradicts itself.
    pub fn parse(text: &str, file: &str) -> Result<Self, SweepError> {
        let spec: Self = parse_ron(text, file)?;
        for (empty, what) in [
            (spec.recipes.is_empty(), "recipes"),
            (spec.seeds.is_empty(), "seeds"),
            (
                matches!(spec.search, Search::Random { count: 0, .. }),
                "the count of the search",
            ),
        ] {
            if empty {
                return Err(SweepError::Empty(what));
            }
        }
        spec.vary.iter().try_for_each(check)?;
        Ok(spec)
    }

    /// The combinations of values that are tried, in order.
    pub(super) fn combinations(&self) -> Result<Vec<Combination>, SweepError> {
        match self.search {
            Search::Grid => self.grid(),
            Search::Random { count, .. } if count > MOST => Err(SweepError::TooMany(count, MOST)),
            Search::Random { count, seed } => Ok((0..count).map(|i| self.drawn(seed, i)).collect()),
        }
    }

    fn grid(&self) -> Result<Vec<Combination>, SweepError> {
        let mut all = vec![Combination::new()];
        for (field, values) in &self.vary {
            let Values::OneOf(values) = values else {
                return Err(SweepError::RangeInGrid(field.clone()));
            };
            if all.len() * values.len() > MOST {
                return Err(SweepError::TooMany(all.len() * values.len(), MOST));
            }
            let with = |combination: &Combination, value: &Value| {
                let mut longer = combination.clone();
                longer.push((field.clone(), value.clone()));
                longer
            };
            let longer = all
                .iter()
                .flat_map(|known| values.iter().map(|value| with(known, value)));
            all = longer.collect();
        }
        Ok(all)
    }

    fn drawn(&self, seed: Seed, number: usize) -> Combination {
        let mut stream = seed.stream(Purpose::Sweep, number as u64);
        let mut draw = |values: &Values| match values {
            Values::OneOf(values) => values[stream.random_range(0..values.len())].clone(),
            Values::Uniform(low, high) => short(stream.random_range(*low..=*high)),
            Values::LogUniform(low, high) => short(
                stream
                    .random_range(low.ln()..=high.ln())
                    .exp()
                    .clamp(*low, *high),
            ),
        };
        let fields = self.vary.iter();
        fields
            .map(|(field, values)| (field.clone(), draw(values)))
            .collect()
    }
}

/// With four digits, as a person would write it.
fn short(number: f64) -> Value {
    let text = format!("{number:.3e}");
    Value::from(text.parse::<f64>().unwrap_or(number))
}

fn check((field, values): (&String, &Values)) -> Result<(), SweepError> {
    let rising = |low: f64, high: f64| low.is_finite() && high.is_finite() && low < high;
    match *values {
        Values::OneOf(ref values) if values.is_empty() => Err(SweepError::Empty("one_of")),
        Values::Uniform(low, high) if !rising(low, high) => Err(SweepError::Range(field.clone())),
        Values::LogUniform(low, high) if !(rising(low, high) && low > 0.0) => {
            Err(SweepError::Range(field.clone()))
        }
        _ => Ok(()),
    }
}
