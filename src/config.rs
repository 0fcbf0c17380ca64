//! The user's settings: built-in defaults, then the user's file, then the flags of the command line.
//!
//! The file is `config.ron` in the configuration folder, in RON. It names only the settings it changes:
//!
//! ```ron
//! (
//!     data: "/home/anna/faces",   // orl, a folder with one sub-folder for each person, or a .mat file
//!     crop: centre,
//!     epochs: 40,
//! )
//! ```
//!
//! Instead of a crop, `detector: yunet` or `detector: haar` can be named: they stand for the crops `aligned` and `haar`, and
//! for what `twinsight detect` searches with. If both are named, the crop counts.
//!
//! File and flags have the same type, [`Overrides`], and the same checks. The file is read and never written, because it is
//! the user's, comments included. TOML was rejected: models, keys and themes are RON already.
//!
//! This module comes after `vision` and `data` in the order of layers, because two of its settings have their types there:
//! [`Crop`] and [`Source`].

mod glyphs;
mod images;
pub mod limits;
mod text;
mod words;

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::Source;
use crate::files::{FileError, FileReason, Paths, clean, shown};
use crate::units::{Seed, Threshold};
use crate::vision::align::CLOSE_MARGIN;
use crate::vision::{Crop, Preparation};

pub use glyphs::{is_utf8, locale};
pub use images::multiplexed;
pub use text::{ConfigError, parse_ron, read_ron};
pub use words::{Color, Detector, Glyphs, Images, Preset};

use text::{value, word};

/// Defines [`Config`] and [`Overrides`] together, so that no setting is missing in one of them. First come the settings that
/// always have a value, then those that may have none, because a preset or a data set decides. Each entry says how it is
/// read, the check, and what is allowed in words.
macro_rules! settings {
    (
        $($(#[$note:meta])* $field:ident: $type:ty = $default:expr, by $read:literal, if $ok:expr, $allowed:expr;)+
        ; optional:
        $($(#[$maybe_note:meta])* $maybe:ident: $maybe_type:ty, by $maybe_read:literal, if $maybe_ok:expr, $maybe_allowed:expr;)+
    ) => {
        /// The settings of this run of the program.
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

        /// The settings that a file or the command line names.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Overrides {
            $($(#[$note])* #[serde(deserialize_with = $read)] pub $field: Option<$type>,)+
            $($(#[$maybe_note])* #[serde(deserialize_with = $maybe_read)] pub $maybe: Option<$maybe_type>,)+
        }

        /// The names of all settings.
        #[cfg(test)]
        const NAMES: &[&str] = &[$(stringify!($field),)+ $(stringify!($maybe),)+];

        impl Config {
            /// Replaces the settings that `overrides` names. `place` says in errors where they come from.
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
    /// The data set.
    data: Source = Source::Orl, by "word", if |_| true, "orl, a folder or a .mat file";
    /// Determines everything random.
    seed: Seed = limits::DEFAULT_SEED, by "value", if |_| true, "a whole number from 0";
    /// The theme, by the name of its file.
    theme: String = "dark".into(), by "value", if |name| is_name(name), "a name of letters, digits, - and _";
    /// How pictures are drawn.
    images: Images = Images::Auto, by "word", if |_| true, "one of the protocols";
    /// How many colours are drawn.
    color: Color = Color::Auto, by "word", if |_| true, "one of the depths";
    /// Which characters are drawn.
    glyphs: Glyphs = Glyphs::Auto, by "word", if |_| true, "one of the sets";
    /// Whether to avoid everything that moves or blinks on the screen.
    calm: bool = false, by "value", if |_| true, "true or false";
    /// Whether clicks and the wheel are used. Motions then cross the line, and text is selected with Shift.
    mouse: bool = false, by "value", if |_| true, "true or false";
    /// Whether the terminal's bell rings at the end of a training.
    bell: bool = true, by "value", if |_| true, "true or false";
    ; optional:
    /// From this similarity on, two pictures are taken to show one person; otherwise as suits the model.
    threshold: Threshold, by "value", if |t| (0.0..=1.0).contains(&t.0), "a number from 0 to 1";
    /// The network to train, with its recipe; otherwise as suits the data set.
    preset: Preset, by "word", if |_| true, "one of the presets";
    /// How faces are cut out of photos; otherwise as suits the data set.
    crop: Crop, by "word", if |_| true, "one of the crops";
    /// What finds faces, where no crop is named: `yunet` stands for the crop `aligned`, `haar` for `haar`.
    detector: Detector, by "word", if |_| true, "one of the detectors";
    /// How much is cut out around a face that is searched for; otherwise as suits the data set.
    margin: f32, by "value", if |margin| limits::MARGIN.contains(margin), format!("a number {}", limits::MARGIN);
    /// Passes over the training pictures; otherwise as the preset says.
    epochs: u32, by "value", if |n| limits::EPOCHS.contains(n), whole(limits::EPOCHS);
    /// Pairs, or pictures, per batch; otherwise as the preset says.
    batch: usize, by "value", if |n| limits::BATCH.contains(n), whole(limits::BATCH);
    /// Adam's learning rate; otherwise as the preset says.
    learning_rate: f32, by "value", if |rate| limits::LEARNING_RATE.contains(rate), format!("a number {}", limits::LEARNING_RATE);
    /// Threads that compute; otherwise as many as there are cores.
    threads: usize, by "value", if |n| limits::THREADS.contains(n), whole(limits::THREADS);
    /// Number of people held out for validation; otherwise about an eighth.
    validation: usize, by "value", if |n| limits::may_hold_out(*n), "0, or a whole number from 2";
    /// Number of people held out for testing; otherwise about an eighth.
    test: usize, by "value", if |n| limits::may_hold_out(*n), "0, or a whole number from 2";
}

/// A file of settings to begin with: the defaults, and all that can be set besides in comments.
pub const EXAMPLE: &str = include_str!("config/example.ron");

impl Config {
    /// The network to train: for a folder of the user's own faces a head on a backbone, for faces that are cut out in another
    /// way than a backbone needs, and for the built-in faces, a network from first weights.
    pub fn preset(&self) -> Preset {
        let usual = match (&self.data, self.asked_crop()) {
            (Source::Folder(_), None | Some(Crop::Aligned)) => Preset::Transfer,
            _ => Preset::Compact,
        };
        self.preset.unwrap_or(usual)
    }

    /// How faces are cut out of photos where no trained model says it: for the tutorial's network as suits the data set, for
    /// others aligned, with a smaller margin where the pictures of the data set are cut close to the face already.
    pub fn preparation(&self) -> Preparation {
        let of_data = self.data.usual_crop();
        let crop = self.asked_crop().unwrap_or(match self.preset() {
            Preset::Tutorial => of_data,
            Preset::Compact | Preset::Transfer => Crop::Aligned,
        });
        let usual = Preparation::of(crop);
        let margin = match (self.preset(), crop, of_data) {
            (Preset::Compact | Preset::Tutorial, Crop::Aligned, Crop::Close) => CLOSE_MARGIN,
            _ => usual.margin,
        };
        let margin = self.margin.unwrap_or(margin);
        Preparation { margin, ..usual }
    }

    /// The crop that the user named, or that of the detector that they named.
    pub fn asked_crop(&self) -> Option<Crop> {
        let searched = self.detector.map(|detector| match detector {
            Detector::Yunet => Crop::Aligned,
            Detector::Haar => Crop::Haar,
        });
        self.crop.or(searched)
    }

    /// The user's configuration file.
    pub fn file(paths: &Paths) -> PathBuf {
        paths.config_dir().join("config.ron")
    }

    /// Built-in defaults, then the user's file if there is one, then `flags`.
    ///
    /// # Errors
    /// Any [`ConfigError`]; a missing file is not an error.
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
    allowed: impl ToString,
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
        allowed: allowed.to_string(),
    })
}

fn whole<T: fmt::Display>(bounds: limits::Bounds<T>) -> String {
    format!("a whole number {bounds}")
}

/// Whether this names a file in one of the program's folders, and is no path.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests;
