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

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::Source;
use crate::files::{self, FileError, FileReason, Paths, clean, shown};
use crate::units::{Seed, Threshold};
use crate::vision::Crop;

/// The largest RON file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there but cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text is not what it should be.
    #[error("{file}:{line}:{column}: {why}")]
    Syntax {
        /// The file as it is called.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A value that makes no sense.
    #[error("{place}: {field} is {value}; allowed is {allowed}")]
    Value {
        /// The file, or the command line.
        place: String,
        /// The setting.
        field: &'static str,
        /// What it was given.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
}

/// Reads RON of any kind; `file` is only used to name it in errors. A value for an optional field needs no `Some(…)`.
///
/// # Errors
/// [`ConfigError::Syntax`] with line and column; an unknown field or word comes with the list of those that are known.
pub fn parse_ron<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, ConfigError> {
    let options =
        ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| {
        let (start, why) = (error.span.start, explain(&error.code));
        ConfigError::Syntax {
            file: clean(file),
            line: start.line,
            column: start.col,
            why,
        }
    })
}

/// The same from a file of at most a mebibyte.
///
/// # Errors
/// [`ConfigError::File`] when it cannot be read, and those of [`parse_ron`].
pub fn read_ron<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let file = shown(path).to_string();
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse_ron(text, &file),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            let column = 1 + before
                .iter()
                .rev()
                .take_while(|&&byte| byte != b'\n')
                .count();
            Err(ConfigError::Syntax {
                file,
                line,
                column,
                why: "it is not UTF-8 text; save it as such".into(),
            })
        }
    }
}

fn explain(error: &ron::Error) -> String {
    match error {
        ron::Error::NoSuchStructField {
            expected, found, ..
        } => {
            format!(
                "there is no setting \"{}\"; there are: {}",
                clean(found),
                expected.join(", ")
            )
        }
        ron::Error::NoSuchEnumVariant {
            expected, found, ..
        } => {
            format!(
                "\"{}\" is not known here; there are: {}",
                clean(found),
                expected.join(", ")
            )
        }
        ron::Error::DuplicateStructField { field, .. } => {
            format!("\"{field}\" is set twice; remove one")
        }
        other => clean(&other.to_string()),
    }
}

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

/// Defines [`Config`] and [`Overrides`] together, so that no setting can be forgotten in one of them. First come those
/// that always have a value, then those that may have none, because a preset or a data set decides. Each says how it is
/// read, what is allowed, and how to tell.
macro_rules! settings {
    (
        $($(#[$note:meta])* $field:ident: $type:ty = $default:expr, by $read:literal, if $ok:expr, $allowed:literal;)+
        ; optional:
        $($(#[$maybe_note:meta])* $maybe:ident: $maybe_type:ty, if $maybe_ok:expr, $maybe_allowed:literal;)+
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
            $($(#[$maybe_note])* #[serde(deserialize_with = "value")] pub $maybe: Option<$maybe_type>,)+
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
    /// How a face is cut out of a photo.
    crop: Crop = Crop::Whole, by "word", if |_| true, "one of the crops";
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
    ; optional:
    /// How often the training goes through its material; otherwise as the preset says.
    epochs: u32, if |n| (1..=100_000).contains(n), "a whole number from 1 to 100000";
    /// Pairs in a batch; otherwise as the preset says.
    batch: usize, if |n| (1..=4_096).contains(n), "a whole number from 1 to 4096";
    /// How far a step of the optimiser goes; otherwise as the preset says.
    learning_rate: f32, if |rate| *rate > 0.0 && *rate <= 1.0, "a number above 0, at most 1";
    /// How many threads compute; otherwise as many as there are cores.
    threads: usize, if |n| (1..=1_024).contains(n), "a whole number from 1 to 1024";
    /// How many people are held out for validation; otherwise about an eighth.
    validation: usize, if |n| *n != 1, "0, or a whole number from 2";
    /// How many people are held out for testing; otherwise about an eighth.
    test: usize, if |n| *n != 1, "0, or a whole number from 2";
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

/// A value as RON writes it.
fn value<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A word, with or without quotes: `centre`, `"centre"`, `256`.
fn word<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let raw = Box::<ron::value::RawValue>::deserialize(deserializer)?;
    let raw = raw.trim();
    // A string is unquoted by RON, so that its escapes count.
    let text = ron::from_str::<String>(raw.get_ron()).unwrap_or_else(|_| raw.get_ron().into());
    text.parse().map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(text: &str) -> Result<Overrides, String> {
        parse_ron(text, "config.ron").map_err(|error| error.to_string())
    }

    fn config(text: &str) -> Result<Config, String> {
        Config::default()
            .with(overrides(text)?, "config.ron")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_overrides_only_what_it_names() {
        assert_eq!(config("()"), Ok(Config::default()));
        let expected = Config {
            crop: Crop::Centre,
            epochs: Some(7),
            ..Config::default()
        };
        assert_eq!(config("(crop: centre, epochs: 7) // mine"), Ok(expected));
    }

    #[test]
    fn words_may_be_quoted() {
        let bare = config("(crop: centre, preset: tutorial, images: sixel, color: 256, data: orl)")
            .unwrap();
        let quoted =
            r#"(crop: "centre", preset: "tutorial", images: "sixel", color: "256", data: "orl")"#;
        assert_eq!(config(quoted).as_ref(), Ok(&bare));
        assert_eq!((bare.crop, bare.color), (Crop::Centre, Color::Indexed));
        assert_eq!(
            config(r#"(data: "a\u{62}c")"#).unwrap().data,
            Source::Folder("abc".into())
        );
    }

    #[test]
    fn every_setting_can_be_set() {
        let text = r#"(data: "x.mat", crop: whole, preset: compact, seed: 3, threshold: 0.25, theme: "light",
            images: off, color: none, calm: true, epochs: 1, batch: 2, learning_rate: 0.5, threads: 4, validation: 0,
            test: 5)"#;
        let expected = Config {
            data: Source::Olivetti("x.mat".into()),
            crop: Crop::Whole,
            preset: Preset::Compact,
            seed: Seed(3),
            threshold: Threshold(0.25),
            theme: "light".into(),
            images: Images::Off,
            color: Color::None,
            calm: true,
            epochs: Some(1),
            batch: Some(2),
            learning_rate: Some(0.5),
            threads: Some(4),
            validation: Some(0),
            test: Some(5),
        };
        assert_eq!(config(text), Ok(expected));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let known = "data, crop, preset, seed, threshold, theme, images, color, calm, epochs, batch, learning_rate, \
                     threads, validation, test";
        let cases = [
            ("(\n  epoch: 3,\n)", format!("config.ron:2:3: there is no setting \"epoch\"; there are: {known}")),
            ("(crop: haal)", "config.ron:1:12: no crop is called \"haal\"; there are: whole, centre".into()),
            ("(color: blue)", "config.ron:1:13: \"blue\" is not known here; there are: auto, truecolor, 256, 16, none".into()),
            ("(seed: 1, seed: 2)", "config.ron:1:11: \"seed\" is set twice; remove one".into()),
            ("(epochs: 0)", "config.ron: epochs is 0; allowed is a whole number from 1 to 100000".into()),
            ("(learning_rate: 2)", "config.ron: learning_rate is 2.0; allowed is a number above 0, at most 1".into()),
            ("(learning_rate: NaN)", "config.ron: learning_rate is NaN; allowed is a number above 0, at most 1".into()),
            ("(threshold: -0.5)", "config.ron: threshold is -0.5; allowed is a number from 0 to 1".into()),
            ("(validation: 1)", "config.ron: validation is 1; allowed is 0, or a whole number from 2".into()),
            ("(theme: \"../x\")", "config.ron: theme is \"../x\"; allowed is a name of letters, digits, - and _".into()),
        ];
        for (text, expected) in cases {
            assert_eq!(config(text), Err(expected), "{text}");
        }
        for text in [
            "(epochs: -1)",
            "(epochs: many)",
            "(epochs: 99999999999)",
            "(epochs: 3",
            "",
            "\u{0}",
            "epochs: 3",
        ] {
            let error = config(text).unwrap_err();
            assert!(error.starts_with("config.ron:1:"), "{text:?}: {error}");
        }
    }
}
