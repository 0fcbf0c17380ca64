//! Small types for what must not be swapped.
//!
//! A person's index, a picture's index and an epoch are all small integers; a distance, a similarity and a threshold
//! are all small floats. The compiler tells them apart here so that no reader has to. They hold no behaviour beyond
//! their meaning; everything that computes lives where it belongs.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Index of a person within one [`Dataset`](crate::data::Dataset), in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub usize);

/// Index of a picture within one [`Dataset`](crate::data::Dataset), in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ImageId(pub usize);

/// One pass over the training material, counted from 1; 0 is the untrained state.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

/// Euclidean distance between two embeddings; 0 for identical ones, no upper bound.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distance(pub f32);

/// How probable the network holds it that two pictures show one person, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Similarity(pub f32);

impl Similarity {
    /// Whether a comparison at `threshold` is accepted. Equality accepts (ISO/IEC 19795 leaves the convention open).
    pub fn accepted_at(self, threshold: Threshold) -> bool {
        self.0 >= threshold.0
    }
}

/// The similarity from which on two pictures are taken to show one person.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Threshold(pub f32);

impl Default for Threshold {
    /// The tutorial's threshold.
    fn default() -> Self {
        Self(0.5)
    }
}

/// The one number from which everything random in a run follows.
///
/// Nobody shares a generator: each purpose asks for its own [`stream`](Self::stream), so that a run can be resumed at
/// any epoch, and drawing one number more for one purpose changes nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

/// What a stream of random numbers is for. The discriminants are part of the file format: never renumber them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// First weights of a network.
    Weights = 1,
    /// Which people are held out.
    Split = 2,
    /// Which pictures are paired.
    Pairs = 3,
    /// In which order batches come.
    Shuffle = 4,
    /// Which units dropout silences.
    Dropout = 5,
    /// How pictures are shifted, turned, flipped and lit.
    Augment = 6,
    /// Which picture stands for a person in a test.
    Gallery = 7,
    /// Which people a resampling draws.
    Bootstrap = 8,
    /// What a network's second, third, ... tower start from.
    Tower = 9,
}

impl Seed {
    /// The stream for `purpose` at step `index` (an epoch, a fold, a batch; 0 where there is just one).
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
