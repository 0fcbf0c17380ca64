//! Who is in which photo: where faces come from, which people are held out, and which pictures are paired.

pub mod augment;
pub mod dataset;
pub mod fetch;
mod folder;
pub mod mislabelled;
mod natural;
pub mod olivetti;
mod orl;
pub mod pairs;
pub mod pictures;
mod sharpness;
pub mod source;
pub mod split;

pub use dataset::{Dataset, Person, Picture, Refusal};
pub use pairs::Pair;
pub use sharpness::Sharpness;
pub use source::{Source, SourceError};
pub use split::{Split, SplitError};
