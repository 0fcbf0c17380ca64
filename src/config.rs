//! What the user may choose: built-in defaults, then the user's file, then the flags of the command line.
//!
//! The file is RON, `config.ron` in the folder for configuration. It names only what it changes:
//!
//! ```ron
//! (
//!     data: "/home/anna/faces",   // orl, a folder with one sub-folder for each person, or a .mat file
//!     crop: centre,
//!     epochs: 40,
//! )
//! ```
//!
//! File and flags are the same type, [`Overrides`], and go through the same checks, so that a value is wrong for the
//! same reason wherever it comes from. The file is read, never written: it is the user's, comments included. TOML was
//! rejected because models, keys and themes are RON already, and one notation is enough to learn.
//!
//! This module stands below `vision` and `data`, not above them, because two of its settings are theirs: [`Crop`] and
//! [`Source`] live where their meaning is, and are not repeated here.

mod images;
mod text;
mod words;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::Source;
use crate::files::{FileError, FileReason, Paths, clean, shown};
use crate::units::{Seed, Threshold};
use crate::vision::Crop;

pub use images::multiplexed;
pub use text::{ConfigError, parse_ron, read_ron};
pub use words::{Color, Images, Preset};

use text::{value, word};

/// Defines [`Config`] and [`Overrides`] together, so that no setting can be forgotten in one of them. First come those
/// that always have a value, then those that may have none, because a preset or a data set decides. Each says how it is
/// read, what is allowed, and how to tell.
macro_rules! settings {
    (
        $($(#[$note:meta])* $field:ident: $type:ty = $default:expr, by $read:literal, if $ok:expr, $allowed:literal;)+
        ; optional:
        $($(#[$maybe_note:meta])* $maybe:ident: $maybe_type:ty, by $maybe_read:literal, if $maybe_ok:expr, $maybe_allowed:literal;)+
    ) => {
        /// What holds for this run of the program.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Config {
            $($(#[$note])* pub $field: $type,)+
            $($(#[$maybe_note])* pub $maybe: Option<$maybe_type>,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($field: $default,)+ $($maybe: None,)+ }
            }
        }

        /// Some of the settings: those that a file or the command line names.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Overrides {
            $($(#[$note])* #[serde(deserialize_with = $read)] pub $field: Option<$type>,)+
            $($(#[$maybe_note])* #[serde(deserialize_with = $maybe_read)] pub $maybe: Option<$maybe_type>,)+
        }

        impl Config {
            /// These settings, with those replaced that `overrides` names. `place` says in errors where they come from.
            ///
            /// # Errors
            /// [`ConfigError::Value`] for the first value that is not allowed.
            pub fn with(mut self, overrides: Overrides, place: &str) -> Result<Self, ConfigError> {
                $(if let Some(value) = overrides.$field {
                    let ok: fn(&$type) -> bool = $ok;
                    self.$field = allowed(value, ok, stringify!($field), $allowed, place)?;
                })+
                $(if let Some(value) = overrides.$maybe {
                    let ok: fn(&$maybe_type) -> bool = $maybe_ok;
                    self.$maybe = Some(allowed(value, ok, stringify!($maybe), $maybe_allowed, place)?);
                })+
                Ok(self)
            }
        }
    };
}

settings! {
    /// Where the faces come from.
    data: Source = Source::Orl, by "word", if |_| true, "orl, a folder or a .mat file";
    /// Which network is trained.
    preset: Preset = Preset::Compact, by "word", if |_| true, "one of the presets";
    /// The number from which everything random follows.
    seed: Seed = Seed(0), by "value", if |_| true, "a whole number from 0";
    /// The similarity from which on two pictures are taken to show one person.
    threshold: Threshold = Threshold::default(), by "value", if |t| (0.0..=1.0).contains(&t.0), "a number from 0 to 1";
    /// The theme, by the name of its file.
    theme: String = "dark".into(), by "value", if |name| is_name(name), "a name of letters, digits, - and _";
    /// How pictures are drawn.
    images: Images = Images::Auto, by "word", if |_| true, "one of the protocols";
    /// How many colours are used.
    color: Color = Color::Auto, by "word", if |_| true, "one of the depths";
    /// Whether nothing on the screen may move or blink that need not.
    calm: bool = false, by "value", if |_| true, "true or false";
    /// Whether the terminal's bell rings when a training has come to its end.
    bell: bool = true, by "value", if |_| true, "true or false";
    ; optional:
    /// How a face is cut out of a photo; otherwise as fits the data set.
    crop: Crop, by "word", if |_| true, "one of the crops";
    /// How often the training goes through its material; otherwise as the preset says.
    epochs: u32, by "value", if |n| (1..=100_000).contains(n), "a whole number from 1 to 100000";
    /// Pairs in a batch; otherwise as the preset says.
    batch: usize, by "value", if |n| (1..=4_096).contains(n), "a whole number from 1 to 4096";
    /// How far a step of the optimiser goes; otherwise as the preset says.
    learning_rate: f32, by "value", if |rate| *rate > 0.0 && *rate <= 1.0, "a number above 0, at most 1";
    /// How many threads compute; otherwise as many as there are cores.
    threads: usize, by "value", if |n| (1..=1_024).contains(n), "a whole number from 1 to 1024";
    /// How many people are held out for validation; otherwise about an eighth.
    validation: usize, by "value", if |n| *n != 1, "0, or a whole number from 2";
    /// How many people are held out for testing; otherwise about an eighth.
    test: usize, by "value", if |n| *n != 1, "0, or a whole number from 2";
}

impl Config {
    /// The user's configuration file.
    pub fn file(paths: &Paths) -> PathBuf {
        paths.config_dir().join("config.ron")
    }

    /// Built-in defaults, then the user's file if there is one, then `flags`.
    ///
    /// # Errors
    /// Any [`ConfigError`]; a missing file is none.
    pub fn load(paths: &Paths, flags: Overrides) -> Result<Self, ConfigError> {
        let file = Self::file(paths);
        let from_file = match read_ron(&file) {
            Err(ConfigError::File(FileError {
                reason: FileReason::NotFound,
                ..
            })) => Overrides::default(),
            other => other?,
        };
        Self::default()
            .with(from_file, &shown(&file).to_string())?
            .with(flags, "on the command line")
    }
}

fn allowed<T: Serialize>(
    value: T,
    ok: fn(&T) -> bool,
    field: &'static str,
    allowed: &'static str,
    place: &str,
) -> Result<T, ConfigError> {
    if ok(&value) {
        return Ok(value);
    }
    let shown = ron::to_string(&value).unwrap_or_else(|error| error.to_string());
    Err(ConfigError::Value {
        place: place.into(),
        field,
        value: clean(&shown),
        allowed,
    })
}

/// The name of a file in a folder of ours: never a path.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests;
