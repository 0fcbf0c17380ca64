//! What identification takes and returns.

use std::sync::Arc;

use crate::gallery::GalleryError;
use crate::metrics::{self, Scores, ScoresError};
use crate::units::{Distance, Seed, Similarity, Threshold};
use crate::vision::{Face, Preparation};

/// How many pictures represent a person (the person's templates).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PerPerson {
    /// One picture of each person, drawn at random, as in the tutorial.
    One {
        /// Decides the draws.
        seed: Seed,
        /// Number of the draw: another number draws other pictures.
        draw: u64,
    },
    /// All pictures. The person's distance is the mean of the distances to them.
    #[default]
    All,
}

/// How probes are compared and accepted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct IdentifyOptions {
    /// One picture of each person, or all.
    pub per_person: PerPerson,
    /// A person is accepted from this similarity on.
    pub threshold: Threshold,
}

/// A person a probe was compared with, and the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The person's name.
    pub person: Arc<str>,
    /// Whether the person is enrolled in the gallery, and not of the reference set.
    pub enrolled: bool,
    /// Name of the person's picture that is nearest to the probe.
    pub picture: Arc<str>,
    /// The face in that picture.
    pub face: Face,
    /// The network's similarity at `distance`; always finite.
    pub similarity: Similarity,
    /// Distance to the person's picture, or mean of the distances to all of them; always finite.
    pub distance: Distance,
}

/// The answer for one probe: the candidates, and the threshold that decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// Every person, the most similar first.
    pub candidates: Vec<Candidate>,
    /// A person is accepted from this similarity on.
    pub threshold: Threshold,
}

impl Identification {
    /// The most similar person, accepted or not; `None` if there are no people to compare with.
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }

    /// The most similar person if the similarity reaches the threshold; `None` means *no match*.
    pub fn accepted(&self) -> Option<&Candidate> {
        self.best()
            .filter(|best| best.similarity.accepted_at(self.threshold))
    }
}

/// A threshold, given directly or by the error rate it should have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OperatingPoint {
    /// This threshold.
    At(Threshold),
    /// The threshold with this false match rate, from 0 to 1, among the validation comparisons stored with the model.
    Fmr(f64),
}

impl Default for OperatingPoint {
    /// The tutorial's threshold, 0.5.
    fn default() -> Self {
        Self::At(Threshold::default())
    }
}

impl OperatingPoint {
    /// The threshold, where `validation` are the scores stored with the model.
    ///
    /// # Errors
    /// When a false match rate is asked for and the model has no comparisons to measure it.
    pub fn threshold(self, validation: &Scores) -> Result<Threshold, RecognitionError> {
        match self {
            Self::At(threshold) => Ok(threshold),
            Self::Fmr(fmr) => {
                validation.check()?;
                Ok(metrics::threshold_at_fmr(validation, fmr))
            }
        }
    }
}

/// Why a face cannot be identified or enrolled.
#[derive(Debug, thiserror::Error)]
pub enum RecognitionError {
    /// The faces of the reference set were cut out in another way than those the model was trained on.
    #[error(
        "the faces of {dataset} were cut out as \"{found}\", but the model was trained on \"{wanted}\"; \
         such faces cannot be compared, so load the data with the model's crop, or use another model"
    )]
    Preparation {
        /// The name of the data set.
        dataset: String,
        /// The crop of its faces.
        found: String,
        /// The model's crop.
        wanted: String,
    },
    /// The model has no validation comparisons to read a threshold from.
    #[error(
        "no threshold can be read for a false match rate, because of the model's validation {0}; give --threshold"
    )]
    NoValidation(#[from] ScoresError),
    /// The gallery cannot be read or changed.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
}

/// Checks that faces of a data set can be shown to a model: both must have the same preparation.
///
/// # Errors
/// [`RecognitionError::Preparation`] if they differ.
pub(super) fn check_preparation(
    dataset: &str,
    found: &Preparation,
    wanted: &Preparation,
) -> Result<(), RecognitionError> {
    match found == wanted {
        true => Ok(()),
        false => Err(RecognitionError::Preparation {
            dataset: dataset.to_owned(),
            found: found.crop.to_string(),
            wanted: wanted.crop.to_string(),
        }),
    }
}
