//! The Siamese network: one tower used twice, a distance, a sigmoid.
//!
//! A [`Learner`] is trained. A [`Siamese`] is an immutable snapshot for embedding, verifying and saving, which threads share. They
//! are two types so that no reader sees a half-finished step. A network takes channels of the grey values of a face
//! ([`InputSpec`]), or the features that a frozen backbone makes of its colours ([`FaceInput`]).
//!
//! ```
//! use twinsight::data::{Dataset, Source};
//! use twinsight::model::pretrained;
//! use twinsight::units::ImageId;
//!
//! let model = pretrained().model;
//! let dataset = Dataset::open(&Source::Orl, model.preparation())?;
//! // The first two pictures show one person, the third another.
//! let faces = [0, 1, 20].map(|id| dataset.face(ImageId(id)).clone());
//! let embeddings = model.embed(&faces);
//! let similarity = |a: usize, b: usize| model.similarity(embeddings[a].distance(&embeddings[b]));
//! assert!(similarity(0, 1) > similarity(0, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod augmentation;
mod channels;
pub mod checkpoint;
mod embedding;
mod input;
mod learner;
pub mod loss;
pub mod photographs;
mod pretrained;
mod siamese;
mod tower;
mod whitening;

pub use augmentation::TestTimeAugmentation;
pub use channels::{Channel, InputSpec};
pub(crate) use channels::{PICTURE_FLOOR, WINDOW_FLOOR, WINDOW_RADIUS};
pub use embedding::{EmbeddedImages, Embedding};
pub use input::{FaceInput, FrozenBackbone};
pub use learner::{Learner, Rates, StepReport, TrainBatch};
pub use loss::Comparison;
pub use photographs::CalibrationPhotos;
pub use pretrained::{pretrained, pretrained_v0_1};
pub use siamese::{Head, Siamese};
pub use tower::Tower;
pub use whitening::Whitening;
