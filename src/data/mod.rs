//! Who is in which photo: where faces come from, which people are held out, and which pictures are paired.

pub mod augment;
pub mod dataset;
mod error;
pub mod fetch;
mod folder;
mod found;
pub mod mislabelled;
mod natural;
pub mod olivetti;
mod orl;
pub mod pairs;
mod sharpness;
pub mod source;
pub mod split;

pub use dataset::{Dataset, Person, Picture};
pub use error::{MatError, SourceError};
pub use found::Refusal;
pub use pairs::Pair;
pub use sharpness::Sharpness;
pub use source::Source;
pub use split::{Split, SplitError};
