//! A recipe: everything that decides what a training does, validated before it starts.
//!
//! Presets are RON files compiled in (`presets/`); flags and the user's configuration override single fields by
//! [`Overrides`]. A run keeps its recipe as it ran. Together with the data and the number of threads it determines the
//! weights to the bit.

mod checks;
mod history;
mod towers;

pub use checks::RecipeError;
pub use towers::Further;

use towers::MOST_TOWERS;

use crate::config::{parse_ron, read_ron};
use crate::data::augment::Augment;
use crate::model::TestTimeAugmentation;
use crate::model::loss::LossSpec;
use crate::nn::spec::NetworkSpec;
use crate::units::Seed;
use crate::vision::Preparation;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The preset used when none is named.
pub const DEFAULT_PRESET: &str = "compact";
/// Presets by name. To add one, put its file beside these and name it here.
pub const PRESETS: [(&str, &str); 2] = [
    ("compact", include_str!("presets/compact.ron")),
    ("tutorial", include_str!("presets/tutorial.ron")),
];

/// How batches are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sampling {
    /// The tutorial's: for each picture one pair of each kind, drawn once, shuffled each epoch.
    Pairs {
        /// Pairs a batch.
        batch: usize,
    },
    /// Some pictures of many people, and all comparisons among them: `(P·K)²/2` comparisons for `P·K` embeddings.
    Identities {
        /// People a batch, P; all there are if fewer.
        people: usize,
        /// Pictures of each, K.
        pictures: usize,
        /// Whether everybody's mirror image counts as a further person.
        mirrors: bool,
    },
}

/// How the learning rate moves over a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// Up along a line during the first twentieth of all steps, then down to 0 along half a cosine (Loshchilov and
    /// Hutter 2017, without restarts).
    Cosine,
}

impl Schedule {
    /// The share of the learning rate for `step` (from 0) of `steps`.
    pub fn factor(self, step: u64, steps: u64) -> f32 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => {
                let warm = (steps / 20).max(1);
                if step < warm {
                    return (step + 1) as f32 / warm as f32;
                }
                let along = (step - warm) as f32 / (steps - warm).max(1) as f32;
                0.5 * (1.0 + (std::f32::consts::PI * along.min(1.0)).cos())
            }
        }
    }
}

/// What the validation figures are measured on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Validation {
    /// People that training never sees, and others again kept for a final test; `None`: an eighth each.
    People {
        /// How many validate.
        validation: Option<usize>,
        /// How many are kept for testing.
        test: Option<usize>,
    },
    /// The tutorial's: a tenth of the pairs. The pictures in them are trained on in other pairs, so the figures say
    /// little about strangers.
    Pairs,
}

impl Default for Validation {
    fn default() -> Self {
        Self::People {
            validation: None,
            test: None,
        }
    }
}

/// A training, described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Where it came from.
    #[serde(default)]
    pub preset: String,
    /// The tower, or the first of them.
    pub network: NetworkSpec,
    /// Towers that learn after it.
    #[serde(default)]
    pub further: Option<Further>,
    /// In how many ways the finished network looks at a face.
    #[serde(default)]
    pub views: TestTimeAugmentation,
    /// Whether embeddings are whitened before they are compared, and with which shrinkage.
    #[serde(default)]
    pub whitening: Option<f32>,
    /// From this epoch on the one with the lowest validation EER is kept, whatever came before: few validation people make an
    /// early epoch look good by chance, and with a rate that falls to nothing the weights settle only at the end.
    #[serde(default)]
    pub settled: u32,
    /// End before the last epoch where the validation EER has not fallen for so many.
    #[serde(default)]
    pub patience: Option<u32>,
    /// What is made small.
    pub loss: LossSpec,
    /// How batches are made.
    pub sampling: Sampling,
    /// How training pictures are varied.
    pub augment: Augment,
    /// Passes over the training pictures.
    pub epochs: u32,
    /// Adam's step size.
    pub learning_rate: f32,
    /// How that moves.
    pub schedule: Schedule,
    /// The head's two numbers learn this many times as fast as the tower: they have far to go on their own scale.
    pub head_rate: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// What is validated on.
    #[serde(default)]
    pub validation: Validation,
    /// Everything random follows from it.
    #[serde(default = "default_seed")]
    pub seed: Seed,
    /// How photos become faces.
    #[serde(default)]
    pub preparation: Preparation,
}

fn default_seed() -> Seed {
    Seed(42)
}

/// Single fields that replace a preset's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// Passes over the training pictures.
    pub epochs: Option<u32>,
    /// Pairs, or pictures, a batch.
    pub batch: Option<usize>,
    /// Adam's step size.
    pub learning_rate: Option<f32>,
    /// Everything random.
    pub seed: Option<Seed>,
    /// What is validated on.
    pub validation: Option<Validation>,
    /// How photos become faces.
    pub preparation: Option<Preparation>,
}

impl Recipe {
    /// A preset by name.
    ///
    /// # Errors
    /// [`RecipeError::UnknownPreset`] lists those there are.
    pub fn preset(name: &str) -> Result<Self, RecipeError> {
        let Some((name, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known = PRESETS.map(|(known, _)| known).join(", ");
            return Err(RecipeError::UnknownPreset {
                name: name.to_owned(),
                known,
            });
        };
        let recipe: Self = parse_ron(text, &format!("presets/{name}.ron"))?;
        Ok(Self {
            preset: (*name).to_owned(),
            ..recipe
        })
    }

    /// A recipe of one's own, validated.
    ///
    /// # Errors
    /// [`RecipeError`] if the file cannot be read, does not parse, or a field is out of range.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = read_ron(path)?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// The recipe with single fields replaced, validated.
    ///
    /// # Errors
    /// [`RecipeError`] names the field, its value and what is allowed.
    pub fn with(mut self, overrides: &Overrides) -> Result<Self, RecipeError> {
        self.epochs = overrides.epochs.unwrap_or(self.epochs);
        self.learning_rate = overrides.learning_rate.unwrap_or(self.learning_rate);
        self.seed = overrides.seed.unwrap_or(self.seed);
        self.validation = overrides.validation.unwrap_or(self.validation);
        self.preparation = overrides.preparation.unwrap_or(self.preparation);
        if let Some(size) = overrides.batch {
            match &mut self.sampling {
                Sampling::Pairs { batch } => *batch = size,
                Sampling::Identities {
                    people, pictures, ..
                } => *people = (size / *pictures).max(2),
            }
        }
        self.validate()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FACE;

    #[test]
    fn presets_are_valid_and_have_their_size() {
        for (name, _) in PRESETS {
            Recipe::preset(name)
                .and_then(|r| r.with(&Overrides::default()))
                .unwrap();
        }
        let plan = Recipe::preset("tutorial")
            .unwrap()
            .network
            .plan(FACE)
            .unwrap();
        let head = 2;
        assert_eq!(
            plan.iter().map(|l| l.parameters).sum::<usize>() + head,
            2_036_930
        );
        let plan = Recipe::preset("compact")
            .unwrap()
            .network
            .plan(FACE)
            .unwrap();
        assert!(plan.iter().map(|l| l.multiply_adds).sum::<u64>() <= 60_000_000);
    }

    #[test]
    fn wrong_values_are_named_with_what_is_allowed() {
        let with = |o: Overrides| {
            Recipe::preset("compact")
                .unwrap()
                .with(&o)
                .unwrap_err()
                .to_string()
        };
        let epochs = with(Overrides {
            epochs: Some(0),
            ..Overrides::default()
        });
        assert_eq!(epochs, "epochs is 0; it must lie between 1 and 1000000");
        let rate = with(Overrides {
            learning_rate: Some(f32::NAN),
            ..Overrides::default()
        });
        assert_eq!(
            rate,
            "learning_rate is NaN; it must lie between just above 0 and 10"
        );
        let unknown = Recipe::preset("huge").unwrap_err().to_string();
        assert_eq!(
            unknown,
            "there is no preset \"huge\"; there are: compact, tutorial"
        );
    }

    #[test]
    fn the_cosine_rises_then_falls_to_nothing() {
        let factor = |step| Schedule::Cosine.factor(step, 100);
        assert_eq!(factor(4), 1.0);
        assert!(factor(0) < factor(1) && factor(50) > factor(51) && factor(99) < 0.001);
    }
}
