//! What tells one backbone from another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{hex, unhex};

/// What tells one backbone from another: SHA-256 of its files.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BackboneHash(pub [u8; 32]);

impl fmt::Display for BackboneHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for BackboneHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", &hex(&self.0)[..12])
    }
}

impl Serialize for BackboneHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for BackboneHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = unhex(&text).and_then(|bytes| bytes.try_into().ok());
        let wrong = || serde::de::Error::custom("a backbone's hash has 64 hexadecimal digits");
        digits.map(Self).ok_or_else(wrong)
    }
}
