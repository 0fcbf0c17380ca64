//! What identification takes and returns.

use std::sync::Arc;

use crate::gallery::GalleryError;
use crate::metrics::ScoresError;
use crate::model::photographs::FaceTraits;
use crate::units::{Distance, Seed, Similarity, Threshold};
use crate::vision::{Crop, Face, PhotoError, Preparation};

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
    /// Which model compared the person.
    pub by: ComparedBy,
}

/// The model that compared a person with a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComparedBy {
    /// The model of the [`Recognizer`](super::Recognizer).
    #[default]
    Answering,
    /// The built-in model of version 0.1.0, because the person was enrolled with it and has no new photo. It accepts from
    /// 0.50 on, whatever the threshold of the answering model is: their similarities mean different things.
    V0_1,
}

impl Candidate {
    /// Whether the similarity reaches the threshold; `threshold` is that of the answering model.
    pub fn accepted_at(&self, threshold: Threshold) -> bool {
        match self.by {
            ComparedBy::Answering => self.similarity.accepted_at(threshold),
            ComparedBy::V0_1 => self.similarity.accepted_at(Threshold::default()),
        }
    }
}

/// The answer for one probe: the candidates, and the threshold that decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// Every person, the most similar first: those compared by the answering model, then those compared by the model of
    /// version 0.1.0. Of a gallery of more than 20,000 photos they are the hundred most similar enrolled people.
    pub candidates: Vec<Candidate>,
    /// A person is accepted from this similarity on.
    pub threshold: Threshold,
    /// What the face looks like, to be compared with those of the calibration; empty if these are not known.
    pub traits: FaceTraits,
}

impl Identification {
    /// The person who is accepted; otherwise the most similar one; `None` if there are no people to compare with.
    pub fn best(&self) -> Option<&Candidate> {
        self.accepted().or(self.candidates.first())
    }

    /// The most similar person if the similarity reaches the threshold; `None` means *no match*. A person compared by the
    /// model of version 0.1.0 is accepted only if the answering model accepts nobody, because it errs less.
    pub fn accepted(&self) -> Option<&Candidate> {
        let accepted = |candidate: &&Candidate| candidate.accepted_at(self.threshold);
        self.candidates.iter().find(accepted)
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
    /// A picture of the reference set cannot be read again, to be enrolled in colour.
    #[error("{label}: {why}")]
    Picture {
        /// The name of the picture.
        label: String,
        /// What is wrong.
        why: PhotoError,
    },
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

/// How version 0.1.0 cut faces out of photos.
pub(super) fn preparation_of_v0_1() -> Preparation {
    Preparation::of(Crop::Haar)
}
