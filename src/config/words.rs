//! Settings that are one of a few words.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::files::clean;

/// Why a word is no value of a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is not known here; there are: {known}")]
pub struct UnknownWord {
    word: String,
    known: String,
}

/// Defines a setting with a few named values: an enum that is written and read by its words.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$note])* $variant),+
        }

        impl $name {
            /// All values, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let found = Self::ALL.iter().copied().find(|value| value.word() == word);
                found.ok_or_else(|| UnknownWord {
                    word: clean(word),
                    known: [$($word),+].join(", "),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

words! {
    /// A network with its recipe.
    Preset {
        /// Small: an epoch takes seconds.
        Compact = "compact",
        /// Exactly as in the tutorial.
        Tutorial = "tutorial",
        /// A head on a frozen backbone: knows faces from the start.
        Transfer = "transfer",
    }
}

words! {
    /// What finds faces.
    Detector {
        /// A small network that finds eyes, nose and mouth too.
        Yunet = "yunet",
        /// A Haar cascade.
        Haar = "haar",
    }
}

words! {
    /// How pictures are drawn.
    Images {
        /// The best that the terminal can show.
        Auto = "auto",
        /// As coloured half blocks, which every terminal can show.
        Blocks = "blocks",
        /// With the kitty graphics protocol.
        Kitty = "kitty",
        /// With the protocol of iTerm2.
        Iterm = "iterm",
        /// As sixels.
        Sixel = "sixel",
        /// Not at all.
        Off = "off",
    }
}

words! {
    /// Which characters are drawn.
    Glyphs {
        /// Those that the terminal has, by locale and `TERM`.
        Auto = "auto",
        /// Lines, blocks and Braille patterns.
        Full = "full",
        /// Those that every font of the Linux console has.
        Linux = "linux",
        /// Letters, digits and signs of ASCII.
        Ascii = "ascii",
    }
}

words! {
    /// How many colours are drawn.
    Color {
        /// As many as the terminal has.
        Auto = "auto",
        /// 24 bits.
        Truecolor = "truecolor",
        /// The 256 of xterm.
        Indexed = "256",
        /// The 16 of the terminal's own theme.
        Ansi = "16",
        /// None.
        None = "none",
    }
}
