//! Evaluation on held-out people: how well a method recognises people it was not trained on.
//!
//! [`Protocol`] divides the people of a data set into folds. For each [`FoldId`] (one fold of one assignment of people to
//! folds) a [`Method`] is trained on the other folds, validated and calibrated on the next fold, and tested on the fold itself.
//! That gives a [`FoldResult`], which can be stored, made on another machine, and merged. [`Figures`] are computed over any
//! set of results, with intervals by leaving out people. A network is one method; three baselines without metric learning
//! ([`baseline`]) are tested on the same folds for comparison. [`lfw`] is the protocol of Labeled Faces in the Wild, for a
//! network that is trained already.
//!
//! Scores are distances, because similarities close to 1 are rounded to the same number. Only the calibration error is that of
//! the similarities.
//!
//! The tested people influence nothing before the test: not the weights, the selected epoch, the threshold or the calibration.
//!
//! Rejected: one process per fold, which would read the faces and plan the kernels each time; and storing only the figures of
//! a fold, from which neither pooled figures nor intervals can be computed.
//!
//! ```
//! use twinsight::evaluate::Protocol;
//! use twinsight::units::{PersonId, Seed};
//!
//! let people: Vec<PersonId> = (0..40).map(PersonId).collect();
//! let protocol = Protocol { folds: 8, assignments: 1, seed: Seed(0) };
//! let split = protocol.split(&people, protocol.fold_id(3)?)?;
//! assert_eq!([split.train.len(), split.validation.len(), split.test.len()], [30, 5, 5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod all_pairs;
pub mod baseline;
mod figures;
pub mod fold_result;
mod folds;
pub mod lfw;
mod measure;
mod method;
pub(crate) mod svg;

pub use all_pairs::AllPairs;
pub use figures::{AlikeRates, Difference, Figures, Rates};
pub use fold_result::{FoldError, FoldResult, FoldResults};
pub use folds::{FoldId, Protocol, ProtocolError};
pub use measure::{GALLERIES, OpenSet, Space};
pub use method::{FoldStep, Method, MethodError, Watch};
