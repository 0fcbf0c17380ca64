//! How the face is found in a photo, under a name that is stored with each model.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the face is found in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// The face that the Haar cascade finds ([`Detector`](super::detect::Detector) with its defaults), widened by the preparation's margin. Where
    /// it finds none, the same part as [`Centre`](Self::Centre), marked as [`fallback`](super::PreparedFace::fallback).
    #[default]
    Haar,
    /// The whole picture, scaled to a square whatever its shape: for pictures that show just a face.
    Whole,
    /// The largest square in the middle: keeps the proportions, and drops what is above and below, or left and right.
    Centre,
    /// The face that [`YuNet`](super::yunet::YuNet) finds, turned and scaled so that its landmarks lie where those of all
    /// others do ([`align`](super::align)). Where it finds none, the same part as `Centre`, marked as fallback.
    Aligned,
    /// A square from the eyebrows to the chin around the face that YuNet finds, as the pictures of the Olivetti file are cut; a
    /// picture that is cut like that already is taken whole. Where it finds none, as with `Aligned`.
    Close,
}

impl Crop {
    /// All crops, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Haar,
        Self::Whole,
        Self::Centre,
        Self::Aligned,
        Self::Close,
    ];

    /// Whether a face is searched for.
    pub fn searches(self) -> bool {
        matches!(self, Self::Haar | Self::Aligned | Self::Close)
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Haar => "haar",
            Self::Whole => "whole",
            Self::Centre => "centre",
            Self::Aligned => "aligned",
            Self::Close => "close",
        })
    }
}

/// A word that is no name of a [`Crop`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no crop is called \"{0}\"; there are: {names}", names = Crop::ALL.map(|crop| crop.to_string()).join(", "))]
pub struct UnknownCrop(String);

impl FromStr for Crop {
    type Err = UnknownCrop;

    fn from_str(word: &str) -> Result<Self, UnknownCrop> {
        let named = Self::ALL.into_iter().find(|crop| crop.to_string() == word);
        named.ok_or_else(|| UnknownCrop(crate::files::clean(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_have_one_name_everywhere() {
        for crop in Crop::ALL {
            assert_eq!(crop.to_string().parse(), Ok(crop));
            assert_eq!(ron::to_string(&crop).unwrap(), crop.to_string());
        }
        let error = "haal\u{1b}".parse::<Crop>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no crop is called \"haal\u{fffd}\"; there are: haar, whole, centre, aligned, close"
        );
    }
}
