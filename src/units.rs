//! Small types for numbers that must not be mixed up.
//!
//! A person's index, a picture's index and an epoch are all small integers; a distance, a similarity and a threshold
//! are all small floats. With types of their own the compiler finds a mix-up. They compute nothing but what follows from
//! their meaning.
//!
//! ```
//! use rand::RngExt;
//! use twinsight::units::{Purpose, Seed, Similarity, Threshold};
//!
//! assert!(Similarity(0.5).accepted_at(Threshold(0.5)), "equality accepts");
//!
//! let draw = |epoch| Seed(1).stream(Purpose::Pairs, epoch).random_range(0..1_000_000);
//! assert_eq!(draw(3), draw(3), "a stream can be repeated");
//! assert_ne!(draw(3), draw(4));
//! ```

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Index of a person in one [`Dataset`](crate::data::Dataset), counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub usize);

/// Index of a picture in one [`Dataset`](crate::data::Dataset), counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImageId(pub usize);

/// One pass over the training pairs, counted from 1; 0 is the state before training.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// Euclidean distance between two embeddings; 0 for identical ones, no upper bound.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distance(pub f32);

/// The network's estimate of the probability that two pictures show one person, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Similarity(pub f32);

impl Similarity {
    /// Whether a comparison is accepted at `threshold`. Equality accepts (ISO/IEC 19795 leaves the convention open).
    pub fn accepted_at(self, threshold: Threshold) -> bool {
        self.0 >= threshold.0
    }
}

/// The smallest similarity at which two pictures are accepted as showing one person.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Threshold(pub f32);

impl Default for Threshold {
    /// The tutorial's threshold, 0.5.
    fn default() -> Self {
        Self(0.5)
    }
}

/// The number that decides everything random in a run.
///
/// Each purpose has its own [`stream`](Self::stream) of random numbers. So a run can be resumed at any epoch, and one more
/// draw for one purpose changes nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

/// What a stream of random numbers is used for. The discriminants are part of the file format: never renumber them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// First weights of a network.
    Weights = 1,
    /// Which people are held out for validation and testing.
    Split = 2,
    /// Which pictures are paired.
    Pairs = 3,
    /// The order of batches.
    Shuffle = 4,
    /// Which units dropout sets to zero.
    Dropout = 5,
    /// How pictures are shifted, rotated, flipped and brightened.
    Augment = 6,
    /// Which picture represents a person in a comparison.
    Gallery = 7,
    // 8 was used by version 0.1.0.
    /// First weights of the second and further members of an ensemble.
    Tower = 9,
    /// Which pictures have a place on a map that cannot hold all of them.
    Map = 10,
    /// Which values a random search tries.
    Sweep = 11,
    /// Which part of a large data set is validated on.
    Bounded = 12,
}

impl Seed {
    /// The stream for `purpose` at step `index` (an epoch, a fold, a batch; 0 if there is only one).
    pub fn stream(self, purpose: Purpose, index: u64) -> ChaCha8Rng {
        let mut seed = [0_u8; 32];
        seed[0..8].copy_from_slice(&self.0.to_le_bytes());
        seed[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
        seed[16..24].copy_from_slice(&index.to_le_bytes());
        ChaCha8Rng::from_seed(seed)
    }
}

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_repeat_and_differ_by_purpose_and_index() {
        let first = |seed: u64, purpose, index| Seed(seed).stream(purpose, index).next_u64();
        assert_eq!(first(1, Purpose::Pairs, 3), first(1, Purpose::Pairs, 3));
        assert_ne!(first(1, Purpose::Pairs, 3), first(1, Purpose::Pairs, 4));
        assert_ne!(first(1, Purpose::Pairs, 3), first(1, Purpose::Shuffle, 3));
        assert_ne!(first(1, Purpose::Pairs, 3), first(2, Purpose::Pairs, 3));
    }
}
