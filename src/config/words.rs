//! The settings that are one of a few words.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::files::clean;

/// A setting with a few named values: an enum that is written and read by its words, and knows them all.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$note])* $variant),+
        }

        impl $name {
            /// All of them, in the order in which they are offered.
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
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|value| value.word() == word);
                found.ok_or_else(|| format!("\"{}\" is not known here; there are: {}", clean(word), [$($word),+].join(", ")))
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
    /// A network with everything that belongs to its training.
    Preset {
        /// Small: an epoch takes seconds.
        Compact = "compact",
        /// The tutorial's, exactly.
        Tutorial = "tutorial",
    }
}

words! {
    /// How pictures are drawn.
    Images {
        /// As well as the terminal can.
        Auto = "auto",
        /// As coloured half blocks, which every terminal can.
        Blocks = "blocks",
        /// By the kitty graphics protocol.
        Kitty = "kitty",
        /// By the protocol of iTerm2.
        Iterm = "iterm",
        /// As sixels.
        Sixel = "sixel",
        /// Not at all.
        Off = "off",
    }
}

words! {
    /// How many colours there are.
    Color {
        /// As many as the terminal has.
        Auto = "auto",
        /// 24 bits.
        Truecolor = "truecolor",
        /// The 256 of xterm.
        Indexed = "256",
        /// The 16 that the terminal's own theme defines.
        Ansi = "16",
        /// None.
        None = "none",
    }
}
