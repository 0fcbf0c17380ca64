//! What the program starts with: presets, keys, themes, and what the user's files say.

use std::path::Path;

use super::error::SettingsError;
use super::memory;
use super::options::{TuiError, TuiOptions};
use super::terminal::Terminal;
use crate::app::Keymap;
use crate::app::event::{Configured, Event};
use crate::app::memory::Memory;
use crate::app::message::Level;
use crate::app::train::Settings;
use crate::config::{Config, Glyphs, Images};
use crate::files::{self, Paths};
use crate::train::Recipe;
use crate::train::recipe::{PRESETS, Sampling};
use crate::ui::theme::BUILT_IN;
use crate::ui::{Depth, Pictures, Theme};

/// The largest key or theme file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What everything is drawn with, and how often.
pub(super) struct Look {
    /// Colours, and how pictures are drawn.
    pub(super) theme: Theme,
    /// Whether the line is slow, so that frames are rare.
    pub(super) calm: bool,
}

/// The settings of the next training, and those of each preset.
pub(super) fn defaults(config: &Config) -> Result<(Settings, Vec<Settings>), TuiError> {
    let threads = config
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let of = |name: &str| -> Result<Settings, TuiError> {
        let recipe = Recipe::preset(name)?;
        let batch = match recipe.sampling {
            Sampling::Pairs { batch } => batch,
            Sampling::Identities {
                people, pictures, ..
            } => people * pictures,
        };
        Ok(Settings {
            preset: name.to_owned(),
            epochs: recipe.epochs,
            batch,
            learning_rate: recipe.learning_rate,
            seed: config.seed.0,
            threads,
            data: config.data.to_string(),
            by_pairs: false,
        })
    };
    let presets = PRESETS
        .iter()
        .map(|(name, _)| of(name))
        .collect::<Result<Vec<_>, _>>()?;
    let mut chosen = of(config.preset().word())?;
    chosen.epochs = config.epochs.unwrap_or(chosen.epochs);
    chosen.batch = config.batch.unwrap_or(chosen.batch);
    chosen.learning_rate = config.learning_rate.unwrap_or(chosen.learning_rate);
    Ok((chosen, presets))
}

/// How pictures are drawn. If that is not what the user chose, a notice says why.
pub(super) fn pictures(
    chosen: Images,
    images: Images,
    terminal: &Terminal,
) -> (Pictures, Option<Event>) {
    let explicit = !matches!(chosen, Images::Auto | Images::Off | Images::Blocks);
    let why = match images {
        Images::Off => return (Pictures::Off, None),
        _ if terminal.prints_pixels() => return (Pictures::Pixels, None),
        Images::Sixel if explicit => {
            "this terminal does not say how large its cells are, so pictures are blocks"
        }
        Images::Blocks if explicit => {
            "inside tmux or screen pictures are blocks, because pixels would be lost there"
        }
        _ => return (Pictures::Blocks, None),
    };
    let notice = Event::Notice(Level::Warning, why.to_owned());
    (Pictures::Blocks, Some(notice))
}

/// Theme, keys and layout by the user's files, and the events that tell the state. A mistake in a file becomes a notice;
/// the default is used instead.
pub(super) fn look(
    options: &TuiOptions,
    depth: Depth,
    (pictures, glyphs): (Pictures, Glyphs),
) -> (Look, Vec<Event>) {
    let mut notices = Vec::new();
    let mut notice = |level, why: String| notices.push(Event::Notice(level, why));
    let mut keymap = keymap(&options.paths).unwrap_or_else(|why| {
        notice(Level::Error, why.to_string());
        Keymap::default()
    });
    keymap.spell(glyphs != Glyphs::Full);
    let memory = memory::recall(&options.paths).unwrap_or_else(|why| {
        notice(Level::Warning, why.to_string());
        None
    });
    let wanted = wanted_theme(&options.config, depth, memory.as_ref());
    let mut theme = theme(&wanted, &options.paths, depth).unwrap_or_else(|why| {
        notice(Level::Error, why.to_string());
        Theme::built_in("dark", depth)
    });
    (theme.pictures, theme.glyphs) = (pictures, glyphs);
    let configured = Configured {
        keymap,
        theme: theme.name.clone(),
        themes: theme_names(&options.paths),
        threshold: options.config.threshold,
        bell: options.config.bell,
        memory,
    };
    let mut events = vec![Event::Configured(Box::new(configured))];
    events.extend(notices);
    let calm = options.config.calm || std::env::var_os("SSH_CONNECTION").is_some();
    (Look { theme, calm }, events)
}

/// The name of the theme: the one that was picked, unless the configured one has changed since.
fn wanted_theme(config: &Config, depth: Depth, memory: Option<&Memory>) -> String {
    let picked = memory.filter(|memory| memory.configured_theme == config.theme);
    match picked {
        Some(memory) => memory.theme.clone(),
        None if depth == Depth::Mono && config.theme == "dark" => "mono".to_owned(),
        None => config.theme.clone(),
    }
}

fn keymap(paths: &Paths) -> Result<Keymap, SettingsError> {
    let file = paths.config_dir().join("keys.ron");
    match read(&file)? {
        Some(text) => Ok(Keymap::with_file(&text, &file.display().to_string())?),
        None => Ok(Keymap::default()),
    }
}

/// A theme by name; a user's theme is preferred to a built-in one of the same name.
pub(super) fn theme(name: &str, paths: &Paths, depth: Depth) -> Result<Theme, SettingsError> {
    let themes = paths.config_dir().join("themes");
    let file = themes.join(format!("{name}.ron"));
    match read(&file)? {
        Some(text) => Ok(Theme::from_file(
            name,
            &text,
            &file.display().to_string(),
            depth,
        )?),
        None if BUILT_IN.iter().any(|(known, _)| *known == name) => {
            Ok(Theme::built_in(name, depth))
        }
        None => Err(SettingsError::NoTheme {
            name: name.to_owned(),
            known: theme_names(paths).join(", "),
        }),
    }
}

/// The built-in themes, then the user's.
fn theme_names(paths: &Paths) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let own = std::fs::read_dir(paths.config_dir().join("themes"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let stem = |path: &Path| Some(path.file_stem()?.to_string_lossy().into_owned());
    let mut own: Vec<String> = own
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "ron"))
        .filter_map(|path| stem(&path))
        .filter(|name| !names.contains(name))
        .collect();
    own.sort();
    names.extend(own);
    names
}

/// The text of a file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<String>, SettingsError> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let text = String::from_utf8(bytes);
    text.map(Some)
        .map_err(|_| SettingsError::NotText(path.to_owned()))
}
