//! The Siamese network: one tower used twice, a distance, a sigmoid.
//!
//! While it is trained it is a [`Learner`]; what is looked at, verified with and saved is a [`Siamese`], an immutable
//! snapshot that threads share. The two are separate types so that nothing on a screen can ever see half a step.

pub mod checkpoint;
mod learner;
pub mod loss;
mod pretrained;
mod siamese;
mod views;
mod whitening;

pub use learner::{Comparison, Learner, Rates, StepReport, TrainBatch};
pub use pretrained::pretrained;
pub use siamese::{Embedding, FACE, Head, Readout, Siamese};
pub use views::Views;
pub use whitening::Whitening;
