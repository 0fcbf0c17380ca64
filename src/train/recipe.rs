//! A recipe: everything that decides what a training does, validated before it starts.
//!
//! Presets are RON files compiled in (`presets/`); flags and the user's configuration override single fields by
//! [`Overrides`]. A run keeps its recipe as it ran. Together with the data and the number of threads it determines the
//! weights to the bit.

use crate::config::{parse_ron, read_ron};
use crate::data::augment::Augment;
use crate::model::loss::LossSpec;
use crate::model::{FACE, Views};
use crate::nn::spec::{NetworkSpec, SpecError};
use crate::units::{Epoch, Seed};
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

/// Towers that learn one after another; their embeddings stand side by side. Such as are built otherwise get other things
/// wrong, which is what helps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Further {
    /// Epochs after which a tower is finished and the next begins. The last one has what remains.
    pub every: u32,
    /// The second tower, the third, ...
    pub networks: Vec<NetworkSpec>,
}

/// Most towers of a network: beyond, each face is embedded for nothing.
const MOST_TOWERS: usize = 8;

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
    pub views: Views,
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

    /// The networks of all towers that there is time for, in their order.
    pub fn networks(&self) -> Vec<&NetworkSpec> {
        let count = 1 + self.tower_of(Epoch(self.epochs));
        let further = self.further.iter().flat_map(|further| &further.networks);
        [&self.network]
            .into_iter()
            .chain(further)
            .take(count)
            .collect()
    }

    /// Which tower learns in an epoch, from 0.
    pub fn tower_of(&self, epoch: Epoch) -> usize {
        self.further.as_ref().map_or(0, |further| {
            let place = epoch.0.saturating_sub(1) / further.every.max(1);
            further.networks.len().min(place as usize)
        })
    }

    /// Before each tower, the epochs of those that learn before it.
    pub fn tower_starts(&self) -> Vec<u32> {
        let every = self.further.as_ref().map_or(0, |further| further.every);
        let places = 0..self.networks().len() as u32;
        places.map(|place| place * every).collect()
    }

    /// The epochs of the tower that learns in `epoch`: how many there are before its first, and how many it has.
    pub fn span_of(&self, epoch: Epoch) -> (u32, u32) {
        let (place, every) = (
            self.tower_of(epoch) as u32,
            self.further.as_ref().map_or(0, |f| f.every),
        );
        let last = place as usize + 1 == self.networks().len();
        let before = place * every;
        (before, if last { self.epochs - before } else { every })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn towers_share_the_epochs_out() {
        let mut recipe = Recipe::preset("compact").unwrap();
        let networks = vec![recipe.network.clone(); 2];
        recipe.further = Some(Further { every: 4, networks });
        let spans = |epochs: u32| {
            let recipe = Recipe {
                epochs,
                ..recipe.clone()
            };
            let span = |epoch| (recipe.tower_of(Epoch(epoch)), recipe.span_of(Epoch(epoch)));
            (recipe.networks().len(), [1, 4, 5, 10].map(span))
        };
        let whole = [(0, (0, 4)), (0, (0, 4)), (1, (4, 4)), (2, (8, 4))];
        assert_eq!(spans(12), (3, whole));
        // The last has what remains: more, or less.
        assert_eq!(spans(30).1[3], (2, (8, 22)));
        assert_eq!(spans(10).1[3], (2, (8, 2)));
        // No time for the others.
        assert_eq!(spans(3).0, 1);
    }

    #[test]
    fn the_cosine_rises_then_falls_to_nothing() {
        let factor = |step| Schedule::Cosine.factor(step, 100);
        assert_eq!(factor(4), 1.0);
        assert!(factor(0) < factor(1) && factor(50) > factor(51) && factor(99) < 0.001);
    }
}
