//! What faces are called in the cache.

use sha2::{Digest, Sha256};

use crate::text::hex;
use crate::vision::Preparation;

/// Raised when the same photo gives another face: detector, alignment, crop or scaling have changed.
const PREPARATION_VERSION: u32 = 3;

/// SHA-256 of the content of a picture's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// What a preparation is called in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) struct PreparationKey(pub(super) [u8; 32]);

impl PreparationKey {
    pub(in crate::data) fn of(preparation: &Preparation) -> Self {
        let text = ron::to_string(preparation).expect("a preparation can be written");
        let mut hash = Sha256::new();
        hash.update(PREPARATION_VERSION.to_le_bytes());
        hash.update(text);
        Self(hash.finalize().into())
    }

    /// The end of the names of the files that depend on it.
    pub(super) fn ending(self) -> String {
        format!("-{}", hex(&self.0[..8]))
    }
}

/// SHA-256 of a preparation and of the names of people and the contents of their pictures, in order: what decides the faces of
/// a data set.
pub(in crate::data) struct ContentDigest(Sha256);

impl ContentDigest {
    pub(in crate::data) fn new(key: PreparationKey) -> Self {
        Self(Sha256::new_with_prefix(key.0))
    }

    /// The next person begins.
    pub(in crate::data) fn person(&mut self, name: &str) {
        self.0.update(b"=");
        self.0.update((name.len() as u64).to_le_bytes());
        self.0.update(name);
    }

    /// A picture of the last person.
    pub(in crate::data) fn picture(&mut self, content: ContentHash) {
        self.0.update(b"+");
        self.0.update(content.0);
    }

    pub(in crate::data) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
