//! The Siamese network: a tower used twice, a distance, a sigmoid.
//!
//! While it is trained it is a [`Learner`]; what is looked at, verified with and saved is a [`Siamese`], an immutable
//! snapshot that threads share. The two are separate types so that nothing on a screen can ever see half a step.

mod augmentation;
pub mod checkpoint;
mod embedding;
mod learner;
pub mod loss;
mod pretrained;
mod siamese;
mod tower;
mod whitening;

pub use augmentation::TestTimeAugmentation;
pub use embedding::{EmbeddedImages, Embedding};
pub use learner::{Learner, Rates, StepReport, TrainBatch};
pub use loss::Comparison;
pub use pretrained::pretrained;
pub use siamese::{FACE, Head, Siamese};
pub use tower::Tower;
pub use whitening::Whitening;
