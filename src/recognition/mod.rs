//! Who is this? From the embedding of a probe to a similarity for each person, and a verdict.
//!
//! A probe is compared with [`Templates`]: embeddings of the known people's pictures, either one random picture of each
//! person, as in the tutorial, or all of them ([`PerPerson`]). The person with the highest similarity is the answer if
//! that reaches the threshold, and otherwise the probe is *unknown*.
//!
//! Nothing here prepares photos or asks a network: whoever calls brings embeddings, made afresh or remembered.

mod choice;
mod templates;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::metrics::{self, Scores, ScoresError};
use crate::units::{Distance, Similarity, Threshold};
use crate::vision::Preparation;

pub use choice::{Choice, PerPerson, choose};
pub use templates::Templates;

/// What is said of one known person.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Score {
    /// Who it is.
    pub person: Arc<str>,
    /// The person's picture that is nearest to the probe.
    pub picture: Arc<str>,
    /// The network's similarity at `distance`; always finite.
    pub similarity: Similarity,
    /// Distance to the person's picture, or the mean of the distances to all of them; always finite.
    pub distance: Distance,
}

/// The answer for one probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Everybody, most similar first.
    pub scores: Vec<Score>,
    /// From which similarity on a person is accepted.
    pub threshold: Threshold,
}

impl Verdict {
    /// The most similar person, accepted or not; `None` if nobody is known.
    pub fn best(&self) -> Option<&Score> {
        self.scores.first()
    }

    /// The person it is, or `None` for *unknown*.
    pub fn accepted(&self) -> Option<&Score> {
        self.best()
            .filter(|best| best.similarity.accepted_at(self.threshold))
    }
}

/// From which similarity on a person is accepted, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Acceptance {
    /// At this similarity.
    At(Threshold),
    /// Where the validation comparisons stored with the model have this false match rate, from 0 to 1.
    Fmr(f64),
}

impl Default for Acceptance {
    /// The tutorial's threshold.
    fn default() -> Self {
        Self::At(Threshold::default())
    }
}

/// Why a verification is impossible.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// The faces were cut out in another way than the network has learnt.
    #[error(
        "the faces of {what} were cut out as \"{found}\", but the model was trained on \"{wanted}\"; \
         distances between the two mean nothing, so prepare them alike"
    )]
    Preparation {
        /// Which faces.
        what: String,
        /// Their crop.
        found: String,
        /// The model's.
        wanted: String,
    },
    /// The model brings no validation comparisons to read a threshold from.
    #[error(
        "no threshold can be read for a false match rate, because of the model's validation {0}; give --threshold"
    )]
    NoValidation(#[from] ScoresError),
}

impl Acceptance {
    /// The threshold, with the `validation` scores that are stored with the model.
    ///
    /// # Errors
    /// When a false match rate is asked for and the model has no comparisons to measure one.
    pub fn threshold(self, validation: &Scores) -> Result<Threshold, VerifyError> {
        match self {
            Self::At(threshold) => Ok(threshold),
            Self::Fmr(fmr) => {
                validation.check()?;
                Ok(metrics::threshold_at_fmr(validation, fmr))
            }
        }
    }
}

/// Whether faces prepared as `found` may be shown to a model trained on those prepared as `wanted`.
///
/// # Errors
/// [`VerifyError::Preparation`] when they may not.
pub fn check_preparation(
    what: &str,
    found: &Preparation,
    wanted: &Preparation,
) -> Result<(), VerifyError> {
    match found == wanted {
        true => Ok(()),
        false => Err(VerifyError::Preparation {
            what: what.to_owned(),
            found: found.crop.to_string(),
            wanted: wanted.crop.to_string(),
        }),
    }
}
