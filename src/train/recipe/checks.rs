//! What each field of a recipe may be, and the error where it is something else.

use super::{MOST_MEMBERS, Member, Recipe, Sampling};
use crate::backbone::BackboneError;
use crate::config::limits::{self, Bounds};
use crate::data::augment::Augment;
use crate::model::loss::LossSpec;
use crate::model::{FaceInput, InputSpec};
use crate::nn::spec::SpecError;
use crate::vision::Crop;

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// No such preset.
    #[error("there is no preset \"{name}\"; there are: {known}")]
    UnknownPreset {
        /// The name that was asked for.
        name: String,
        /// The known names.
        known: String,
    },
    /// A field is out of range.
    #[error("{field} is {value}; it must lie between {low} and {high}")]
    Range {
        /// The field's name, as in RON and on the command line.
        field: &'static str,
        /// Its value.
        value: String,
        /// The least allowed.
        low: String,
        /// The most allowed.
        high: String,
    },
    /// The loss needs people, and the batches hold pairs.
    #[error(
        "this loss compares each face with those of its person and all others, so its batches need people: sample by identities(…)"
    )]
    Sampling,
    /// A backbone takes one view of a face.
    #[error(
        "the features of a backbone are of one view of a face: a recipe with a backbone needs `augment: ()`, `mirrors: false`, \
         and neither `input` nor `test_time_augmentation`"
    )]
    BackboneVariations,
    /// A backbone takes aligned faces.
    #[error(
        "this preset takes aligned faces, and the crop is {crop}: name no other crop or detector, or choose another preset"
    )]
    Crop {
        /// The crop that was asked for.
        crop: Crop,
    },
    /// Only a recipe with a backbone can have another one.
    #[error("--backbone belongs to the preset transfer: this recipe has no backbone")]
    NoBackbone,
    /// The backbone's file cannot be used.
    #[error(transparent)]
    Backbone(#[from] BackboneError),
    /// The network's description is wrong.
    #[error("the network of the recipe: {0}")]
    Network(#[from] SpecError),
    /// It cannot be written as text.
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
        check("epochs", self.epochs, limits::EPOCHS)?;
        check("validate_every", self.validate_every, limits::EPOCHS)?;
        if let Some(batches) = self.epoch_batches {
            check("epoch_batches", batches, limits::EPOCHS)?;
        }
        self.check_members()?;
        self.check_views()?;
        check("learning_rate", self.learning_rate, limits::LEARNING_RATE)?;
        check("head_rate", self.head_rate, Bounds::new(0.0, 10_000.0))?;
        check("weight_decay", self.weight_decay, Bounds::new(0.0, 1.0))?;
        self.check_sampling()?;
        if let Some(shrinkage) = self.whitening {
            check("whitening", shrinkage, Bounds::new(0.0, 1000.0))?;
        }
        check("the margin", self.preparation.margin, limits::MARGIN)?;
        self.test_time_augmentation.validate().map_err(range)?;
        self.check_loss()?;
        self.augment
            .validate()
            .map_err(|(field, value, high)| range((field, value.to_string(), "0", high)))
    }

    fn check_members(&self) -> Result<(), RecipeError> {
        if let Some(ensemble) = &self.ensemble {
            check("every", ensemble.every, limits::EPOCHS)?;
            let members = 1 + ensemble.members.len();
            check(
                "the number of members",
                members,
                Bounds::new(1, MOST_MEMBERS),
            )?;
            for epochs in ensemble.members.iter().filter_map(|member| member.epochs) {
                check("the epochs of a member", epochs, limits::EPOCHS)?;
            }
        }
        for Member { network, input, .. } in self.members() {
            input.validate().map_err(range)?;
            // The recipe of a run whose backbone is missing can still be listed; training and opening its model are refused.
            if let Ok(input) = FaceInput::of(&self.preparation, input) {
                network.plan(input.extent())?;
            }
        }
        Ok(())
    }

    fn check_views(&self) -> Result<(), RecipeError> {
        let mirrors = matches!(self.sampling, Sampling::Identities { mirrors: true, .. });
        let grey = |member: &Member<'_>| *member.input == InputSpec::default();
        let seen = self.members().iter().all(grey);
        let varied = mirrors || self.augment != Augment::NONE || !seen;
        let views = self.test_time_augmentation.count();
        match self.preparation.backbone {
            Some(_) if varied || views > 1 => Err(RecipeError::BackboneVariations),
            _ => Ok(()),
        }
    }

    fn check_sampling(&self) -> Result<(), RecipeError> {
        match self.sampling {
            Sampling::Pairs { batch } => check("batch", batch, limits::BATCH),
            Sampling::Identities {
                people, pictures, ..
            } => {
                check("people", people, Bounds::new(2, limits::BATCH.high))?;
                check("pictures", pictures, Bounds::new(2, 64))?;
                let batch = people * pictures;
                let bounds = Bounds::new(4, limits::BATCH.high);
                check("batch (people × pictures)", batch, bounds)
            }
        }
    }

    fn check_loss(&self) -> Result<(), RecipeError> {
        let pairs = matches!(self.sampling, Sampling::Pairs { .. });
        if pairs && self.loss.needs_people() {
            return Err(RecipeError::Sampling);
        }
        match self.loss {
            LossSpec::PairCrossEntropy => Ok(()),
            LossSpec::Contrastive { margin } | LossSpec::Triplet { margin } => {
                check("margin", margin, Bounds::new(0.0, 1000.0))
            }
            LossSpec::SupervisedContrastive { temperature } => {
                check("temperature", temperature, Bounds::new(0.001, 100.0))
            }
        }
    }
}

/// The error of a field with its value, the least and the most allowed.
fn range((field, value, low, high): (&'static str, String, &str, &str)) -> RecipeError {
    RecipeError::Range {
        field,
        value,
        low: low.to_owned(),
        high: high.to_owned(),
    }
}

fn check<T: PartialOrd + std::fmt::Display>(
    field: &'static str,
    value: T,
    bounds: Bounds<T>,
) -> Result<(), RecipeError> {
    match bounds.contains(&value) {
        true => Ok(()),
        false => {
            let (low, high) = (bounds.low_in_words(), bounds.high.to_string());
            Err(range((field, value.to_string(), &low, &high)))
        }
    }
}
