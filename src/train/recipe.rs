//! A recipe: everything that decides what a training does, checked before it starts.
//!
//! Presets are RON files compiled into the program (`presets/`). Flags and the user's configuration override single fields
//! ([`Overrides`]). A run keeps its recipe. Together with the data and the number of threads, the recipe determines the
//! weights to the bit.

mod checks;
mod ensemble;
mod history;

pub use checks::RecipeError;
pub use ensemble::{EnsembleSpec, Member, MemberSpec};

use ensemble::MOST_MEMBERS;

use crate::backbone::Backbone;
use crate::config::{Config, limits, parse_ron, read_ron};
use crate::data::augment::Augment;
use crate::model::loss::LossSpec;
use crate::model::{InputSpec, TestTimeAugmentation};
use crate::nn::spec::NetworkSpec;
use crate::units::Seed;
use crate::vision::{Crop, Preparation};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The preset used when none is named.
pub const DEFAULT_PRESET: &str = "compact";
/// Presets by name. To add one, put its file beside these and name it here.
pub const PRESETS: [(&str, &str); 3] = [
    ("compact", include_str!("presets/compact.ron")),
    ("tutorial", include_str!("presets/tutorial.ron")),
    ("transfer", include_str!("presets/transfer.ron")),
];

/// How batches are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sampling {
    /// As in the tutorial: for each picture one mated and one non-mated pair, drawn once, shuffled each epoch.
    Pairs {
        /// Pairs per batch.
        batch: usize,
    },
    /// K pictures of each of P people, and all comparisons among them: about `(P·K)²/2` comparisons of `P·K` embeddings.
    Identities {
        /// People per batch, P; all if there are fewer.
        people: usize,
        /// Pictures of each, K.
        pictures: usize,
        /// Whether the mirror images of a person count as another person.
        mirrors: bool,
    },
}

/// How the learning rate changes over a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays the same.
    Constant,
    /// It rises linearly over the first twentieth of all steps, then falls to 0 along half a cosine (Loshchilov and
    /// Hutter 2017, without restarts).
    Cosine,
}

impl Schedule {
    /// The factor of the learning rate, from 0 to 1, for `step` (from 0) of `steps`.
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
    /// People who are not trained on, and other people held out for a final test; `None` means an eighth each.
    People {
        /// Number of validation people.
        validation: Option<usize>,
        /// Number of test people.
        test: Option<usize>,
    },
    /// As in the tutorial: a tenth of the pairs. Their pictures are trained on in other pairs, so the figures say little about
    /// unseen people.
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

/// Which of several epochs with the same validation EER is the best.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// The last one, as in version 0.1.0.
    #[default]
    Last,
    /// That with the lowest validation loss. On a backbone the EER is often 0 from the start.
    ValidationLoss,
}

/// The full description of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The preset it came from; empty for a recipe from a file.
    #[serde(default)]
    pub preset: String,
    /// The network, or the first member of an ensemble.
    pub network: NetworkSpec,
    /// What this network sees of a face.
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: InputSpec,
    /// The other members of an ensemble. Version 0.1.0 called it `further`.
    #[serde(default, alias = "further")]
    pub ensemble: Option<EnsembleSpec>,
    /// The variations of a face whose embeddings are averaged by the finished network. Version 0.1.0 called it `views`.
    #[serde(default, alias = "views")]
    pub test_time_augmentation: TestTimeAugmentation,
    /// Shrinkage with which embeddings are whitened before they are compared; not whitened if `None`.
    #[serde(default)]
    pub whitening: Option<f32>,
    /// Whether the whitening is fitted to all variations of the training people's faces, as a probe is embedded, or to the
    /// faces as they are and their mirror images.
    #[serde(default, skip_serializing_if = "is_default")]
    pub whitening_zooms: bool,
    /// The first epoch that may be kept as the best. With few validation people an early epoch looks good by chance, and with
    /// a learning rate that falls to 0 the weights settle only at the end. Version 0.1.0 called it `settled`.
    #[serde(default, alias = "settled")]
    pub min_best_epoch: u32,
    /// Which of several epochs with the same validation EER is the best.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ties: Ties,
    /// Epochs from one validation to the next. The first and the last epoch of each member are always validated. An epoch that
    /// is not has no validation figures, and is never the best.
    #[serde(default = "every_epoch", skip_serializing_if = "is_every_epoch")]
    pub validate_every: u32,
    /// Stop early after this many epochs without a lower validation EER.
    #[serde(default)]
    pub patience: Option<u32>,
    /// The loss that is minimised.
    pub loss: LossSpec,
    /// How batches are made.
    pub sampling: Sampling,
    /// How training pictures are varied at random.
    pub augment: Augment,
    /// Passes over the training pictures.
    pub epochs: u32,
    /// Batches of an epoch; as many as show each picture once if `None`. With many thousands of pictures a shorter epoch tells
    /// sooner how well it learns.
    #[serde(default, skip_serializing_if = "is_default")]
    pub epoch_batches: Option<u32>,
    /// Adam's learning rate.
    pub learning_rate: f32,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Factor of the learning rate for the head's two parameters, whose values change on a larger scale.
    pub head_rate: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// What is validated on.
    #[serde(default)]
    pub validation: Validation,
    /// Determines everything random.
    #[serde(default = "default_seed")]
    pub seed: Seed,
    /// How faces are cut out of photos, and whose features the network takes.
    #[serde(default)]
    pub preparation: Preparation,
    /// The frozen backbone before the network: `sface`, which is built in, or the path of an ONNX file with its description
    /// beside it. It decides the preparation. `None` for a network that takes pixels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub backbone: Option<String>,
}

/// The name of the built-in backbone in a recipe.
pub const BUILT_IN_BACKBONE: &str = "sface";

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn every_epoch() -> u32 {
    1
}

fn is_every_epoch(epochs: &u32) -> bool {
    *epochs == every_epoch()
}

fn default_seed() -> Seed {
    limits::DEFAULT_SEED
}

/// Single fields that replace those of a recipe.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// Passes over the training pictures.
    pub epochs: Option<u32>,
    /// Pairs, or pictures, per batch.
    pub batch: Option<usize>,
    /// Adam's learning rate.
    pub learning_rate: Option<f32>,
    /// Determines everything random.
    pub seed: Option<Seed>,
    /// What is validated on.
    pub validation: Option<Validation>,
    /// How faces are cut out of photos, for recipes without a backbone.
    pub preparation: Option<Preparation>,
}

impl From<&Config> for Overrides {
    /// The fields that the user's settings name.
    fn from(config: &Config) -> Self {
        let validation = match (config.validation, config.test) {
            (None, None) => None,
            (validation, test) => Some(Validation::People { validation, test }),
        };
        Self {
            epochs: config.epochs,
            batch: config.batch,
            learning_rate: config.learning_rate,
            seed: Some(config.seed),
            validation,
            preparation: Some(config.preparation()),
        }
    }
}

impl Recipe {
    /// A preset by name.
    ///
    /// # Errors
    /// [`RecipeError::UnknownPreset`], which lists the known ones.
    pub fn preset(name: &str) -> Result<Self, RecipeError> {
        let Some((name, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known = PRESETS.map(|(known, _)| known).join(", ");
            return Err(RecipeError::UnknownPreset {
                name: name.to_owned(),
                known,
            });
        };
        let recipe: Self = parse_ron(text, &format!("presets/{name}.ron"))?;
        Self {
            preset: (*name).to_owned(),
            ..recipe
        }
        .on_backbone()
    }

    /// The recipe that the user's settings ask for.
    ///
    /// # Errors
    /// [`RecipeError`] if a setting does not fit the preset.
    pub fn of_config(config: &Config) -> Result<Self, RecipeError> {
        let recipe = Self::preset(config.preset().word())?;
        match config.asked_crop() {
            Some(crop) if recipe.backbone.is_some() && crop != Crop::Aligned => {
                Err(RecipeError::Crop { crop })
            }
            _ => recipe.with(&Overrides::from(config)),
        }
    }

    /// The same recipe on another backbone, from an ONNX file.
    ///
    /// # Errors
    /// [`RecipeError`] if the recipe has no backbone, or the file cannot be used as one.
    pub fn with_backbone(self, network: &Path) -> Result<Self, RecipeError> {
        if self.backbone.is_none() {
            return Err(RecipeError::NoBackbone);
        }
        let backbone = Some(network.display().to_string());
        Self { backbone, ..self }.on_backbone()
    }

    /// Loads the backbone and sets the preparation for it.
    fn on_backbone(self) -> Result<Self, RecipeError> {
        let hash = match self.backbone.as_deref() {
            None => return Ok(self),
            Some(BUILT_IN_BACKBONE) => Backbone::built_in_id().hash,
            Some(path) => Backbone::load(Path::new(path))?.id().hash,
        };
        Ok(Self {
            preparation: Preparation::for_backbone(hash),
            ..self
        })
    }

    /// Reads and checks a recipe file (RON).
    ///
    /// # Errors
    /// [`RecipeError`] if the file cannot be read, does not parse, or a field is out of range.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let recipe = read_ron::<Self>(path)?.on_backbone()?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Replaces single fields and checks the result.
    ///
    /// # Errors
    /// [`RecipeError`] names the field, its value and what is allowed.
    pub fn with(mut self, overrides: &Overrides) -> Result<Self, RecipeError> {
        self.epochs = overrides.epochs.unwrap_or(self.epochs);
        self.learning_rate = overrides.learning_rate.unwrap_or(self.learning_rate);
        self.seed = overrides.seed.unwrap_or(self.seed);
        self.validation = overrides.validation.unwrap_or(self.validation);
        if self.backbone.is_none() {
            self.preparation = overrides.preparation.unwrap_or(self.preparation);
        }
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

    #[test]
    fn presets_are_valid_and_have_their_size() {
        for (name, _) in PRESETS {
            Recipe::preset(name)
                .and_then(|r| r.with(&Overrides::default()))
                .unwrap();
        }
        let recipe = Recipe::preset("tutorial").unwrap();
        let plan = recipe.network.plan(recipe.input.extent()).unwrap();
        let head = 2;
        assert_eq!(
            plan.iter().map(|l| l.parameters).sum::<usize>() + head,
            2_036_930
        );
        let recipe = Recipe::preset("compact").unwrap();
        for member in recipe.members() {
            let plan = member.network.plan(member.input.extent()).unwrap();
            assert!(plan.iter().map(|l| l.multiply_adds).sum::<u64>() <= 60_000_000);
        }
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
            "there is no preset \"huge\"; there are: compact, tutorial, transfer"
        );
    }

    #[test]
    fn names_of_version_0_1_0_are_read() {
        let recipe = Recipe {
            min_best_epoch: 46,
            ..Recipe::preset("compact").unwrap()
        };
        let new = ron::to_string(&recipe).unwrap();
        let old = new
            .replace("ensemble:", "further:")
            .replace("test_time_augmentation:", "views:")
            .replace("min_best_epoch:", "settled:");
        assert!(old.contains("further:") && old.contains("views:") && old.contains("settled:46"));
        assert_eq!(parse_ron::<Recipe>(&old, "old.ron").unwrap(), recipe);
    }

    #[test]
    fn the_cosine_rises_then_falls_to_zero() {
        let factor = |step| Schedule::Cosine.factor(step, 100);
        assert_eq!(factor(4), 1.0);
        assert!(factor(0) < factor(1) && factor(50) > factor(51) && factor(99) < 0.001);
    }
}
