//! What a recipe may say, and what is said where it says something else.

use super::{MOST_TOWERS, Recipe, Sampling};
use crate::model::FACE;
use crate::model::loss::LossSpec;
use crate::nn::spec::SpecError;

/// Why a recipe cannot be cooked.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// No such preset.
    #[error("there is no preset \"{name}\"; there are: {known}")]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A field is out of range.
    #[error("{field} is {value}; it must lie between {low} and {high}")]
    Range {
        /// The field's name, as in RON and on the command line.
        field: &'static str,
        /// What it is.
        value: String,
        /// The least allowed.
        low: &'static str,
        /// The most allowed.
        high: &'static str,
    },
    /// The loss looks at people, and the batches hold pairs.
    #[error(
        "this loss compares each face with those of its person and all others, so its batches need people: sample by identities(…)"
    )]
    Sampling,
    /// The network's description is wrong.
    #[error("the network of the recipe: {0}")]
    Network(#[from] SpecError),
    /// It cannot be put into words.
    #[error("the recipe cannot be written as RON: {0}")]
    Unwritable(String),
    /// The recipe's file does not parse.
    #[error(transparent)]
    Parse(#[from] crate::config::ConfigError),
}

impl Recipe {
    /// Checks every field.
    ///
    /// # Errors
    /// [`RecipeError`] names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), RecipeError> {
        if let Some(further) = &self.further {
            check("every", further.every, 1..=1_000_000, ("1", "1000000"))?;
            let towers = 1 + further.networks.len();
            check("the number of towers", towers, 1..=MOST_TOWERS, ("1", "8"))?;
        }
        for network in self.networks() {
            network.plan(FACE)?;
        }
        check("epochs", self.epochs, 1..=1_000_000, ("1", "1000000"))?;
        check(
            "learning_rate",
            self.learning_rate,
            f32::MIN_POSITIVE..=10.0,
            ("just above 0", "10"),
        )?;
        check("head_rate", self.head_rate, 0.0..=10_000.0, ("0", "10000"))?;
        check("weight_decay", self.weight_decay, 0.0..=1.0, ("0", "1"))?;
        match self.sampling {
            Sampling::Pairs { batch } => check("batch", batch, 1..=4096, ("1", "4096"))?,
            Sampling::Identities {
                people, pictures, ..
            } => {
                check("people", people, 2..=4096, ("2", "4096"))?;
                check("pictures", pictures, 2..=64, ("2", "64"))?;
                check(
                    "batch (people × pictures)",
                    people * pictures,
                    4..=4096,
                    ("4", "4096"),
                )?;
            }
        }
        if let Some(shrinkage) = self.whitening {
            check("whitening", shrinkage, 0.0..=1000.0, ("0", "1000"))?;
        }
        self.views
            .validate()
            .map_err(|(field, value, low, high)| RecipeError::Range {
                field,
                value,
                low,
                high,
            })?;
        let pairs = matches!(self.sampling, Sampling::Pairs { .. });
        if pairs && self.loss.needs_people() {
            return Err(RecipeError::Sampling);
        }
        match self.loss {
            LossSpec::PairCrossEntropy => {}
            LossSpec::Contrastive { margin } | LossSpec::Triplet { margin } => {
                check("margin", margin, 0.0..=1000.0, ("0", "1000"))?;
            }
            LossSpec::SupervisedContrastive { temperature } => {
                check("temperature", temperature, 0.001..=100.0, ("0.001", "100"))?;
            }
        }
        self.augment
            .validate()
            .map_err(|(field, value, high)| RecipeError::Range {
                field,
                value: value.to_string(),
                low: "0",
                high,
            })
    }
}

fn check<T: PartialOrd + std::fmt::Display>(
    field: &'static str,
    value: T,
    allowed: std::ops::RangeInclusive<T>,
    (low, high): (&'static str, &'static str),
) -> Result<(), RecipeError> {
    // NaN is in no range.
    if allowed.contains(&value) {
        Ok(())
    } else {
        Err(RecipeError::Range {
            field,
            value: value.to_string(),
            low,
            high,
        })
    }
}
