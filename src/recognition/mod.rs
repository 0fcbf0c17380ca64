//! Recognition: who is in this photo?
//!
//! ```text
//! photo ─ decode ─ find faces ─ crop ─→ PreparedPhoto ─→ Probe ─ embed ─┐
//!                                                                       ├─ compare ─→ Identification
//! reference set, gallery ─ choose pictures of each person ─ embed ──────┘
//! ```
//!
//! [`Recognizer`] does all of it, for the command line, the screens and the library. A photo is decoded and searched for
//! faces once ([`PreparedPhoto`]); the same prepared face ([`Probe`]) is shown, compared and enrolled. A probe is compared
//! with templates: embeddings of the known people's pictures, either one random picture of each person, as in the
//! tutorial, or all of them ([`PerPerson`]). The most similar person is accepted if the similarity reaches the threshold;
//! otherwise there is no match.
//!
//! [`answering_model`] decides which model is used when the user names none, and [`Acceptance`] from which similarity on
//! it accepts. People whom only version 0.1.0 enrolled are compared by the model of that version ([`ComparedBy`]).
//!
//! ```
//! use std::sync::Arc;
//!
//! use twinsight::data::{Dataset, Source};
//! use twinsight::model::pretrained;
//! use twinsight::recognition::{IdentifyOptions, PerPerson, PreparedPhoto, Recognizer};
//! use twinsight::units::{ImageId, Seed};
//!
//! let model = pretrained().model;
//! let people = Arc::new(Dataset::open(&Source::Orl, model.preparation())?);
//! let gallery = tempfile::tempdir()?;
//! let mut recognizer = Recognizer::open(model, people.clone(), gallery.path())?;
//!
//! // A photo file would come from `recognizer.prepare(path)?`.
//! let photo = Arc::new(PreparedPhoto::of_picture(&people, ImageId(12)));
//! let options = IdentifyOptions {
//!     per_person: PerPerson::One { seed: Seed(1), draw: 0 },
//!     ..IdentifyOptions::default()
//! };
//! let answers = recognizer.identify(&[photo.probe()], &options)?;
//! let best = answers[0].accepted().expect("a match");
//! assert_eq!(&*best.person, "s02");
//! assert_ne!(&*best.picture, "s02/3", "the picture is not compared with itself");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acceptance;
mod answering;
mod calibrate;
mod frozen;
mod identification;
mod old_people;
mod photo;
mod recognizer;
mod selection;
mod templates;
#[cfg(test)]
mod tests;
mod unlike;

pub(crate) use acceptance::shown_threshold;
pub use acceptance::{Acceptance, ChosenThreshold, STRANGERS_NAMED};
pub use answering::{
    AnsweringModel, BEST_RUN, BUILT_IN_RUN, BetterModel, ENOUGH_HELD_OUT, ModelOrigin,
    answering_model, answering_origin, named_run,
};
pub use calibrate::{
    CalibratedOn, OwnCalibration, OwnCalibrationError, calibrate, calibration_path,
};
pub use frozen::frozen_backbone;
pub use identification::{
    Candidate, ComparedBy, Identification, IdentifyOptions, PerPerson, RecognitionError,
};
pub use photo::{PhotoSource, PreparedPhoto, Probe};
pub use recognizer::Recognizer;
pub use unlike::Unlike;
