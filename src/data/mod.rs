//! Data sets of faces: reading them, splitting people, and pairing pictures.
//!
//! A [`Source`] names where the pictures come from, [`Dataset::open`] reads and prepares them, [`Split`] holds people out,
//! and [`pairs`] draws pairs of pictures. Everything random depends on a [`Seed`](crate::units::Seed) only.
//!
//! ```
//! use twinsight::data::{Dataset, Source, Split, pairs};
//! use twinsight::units::Seed;
//! use twinsight::vision::{Crop, Preparation};
//!
//! let faces = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole))?;
//! assert_eq!((faces.people.len(), faces.images.len()), (40, 400));
//!
//! let split = Split::by_person(&faces, Seed(7), 5, 5)?;
//! assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (30, 5, 5));
//!
//! // For each of the 300 training pictures one pair of the same person and one of two people.
//! let pairs = pairs::tutorial(&faces, &split.train, Seed(7), 0);
//! assert_eq!(pairs.iter().filter(|pair| pair.same).count(), 300);
//! assert!(pairs.iter().all(|pair| pair.same == (faces.person_of(pair.a) == faces.person_of(pair.b))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod augment;
pub(crate) mod cache;
pub mod check;
pub(crate) mod dataset;
mod error;
pub mod fetch;
mod folder;
mod found;
mod keeping;
mod layout;
pub mod mislabelled;
mod natural;
pub mod olivetti;
mod orl;
pub mod pairs;
pub(crate) mod pictures;
mod prepare;
mod preview;
mod reading;
mod sharpness;
pub(crate) mod source;
pub mod split;
mod store;

pub use cache::{CacheUsage, ContentHash, FaceCache};
pub use dataset::{Dataset, Person, Picture};
pub use error::{MatError, SourceError};
pub use found::Refusal;
pub use pairs::Pair;
pub use preview::{Preview, PreviewFace};
pub use reading::{FACES_IN_MEMORY, Loading};
pub use sharpness::Sharpness;
pub use source::Source;
pub use split::{Split, SplitError};
pub use store::LostFace;
