//! What the program starts with: presets, keys, themes, and what the user's files say.

use std::path::Path;

use super::terminal::Terminal;
use super::{Look, TuiError, TuiOptions, memory};
use crate::app::event::{Event, Level};
use crate::app::train::Settings;
use crate::app::{Keymap, State, update};
use crate::config::{Config, Images};
use crate::files::{self, Paths};
use crate::train::Recipe;
use crate::train::recipe::{PRESETS, Sampling};
use crate::ui::theme::BUILT_IN;
use crate::ui::{Depth, Pictures, Theme};

/// The largest key or theme file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The settings of the next training, and what each preset starts from.
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
        })
    };
    let presets = PRESETS
        .iter()
        .map(|(name, _)| of(name))
        .collect::<Result<Vec<_>, _>>()?;
    let mut chosen = of(&config.preset.to_string())?;
    chosen.epochs = config.epochs.unwrap_or(chosen.epochs);
    chosen.batch = config.batch.unwrap_or(chosen.batch);
    chosen.learning_rate = config.learning_rate.unwrap_or(chosen.learning_rate);
    Ok((chosen, presets))
}

/// How pictures are drawn; where that is not what was asked for, the message line says why.
pub(super) fn pictures(
    asked: Images,
    images: Images,
    terminal: &Terminal,
    state: &mut State,
) -> Pictures {
    let wished = !matches!(asked, Images::Auto | Images::Off | Images::Blocks);
    match images {
        Images::Off => Pictures::Off,
        _ if terminal.prints_pixels() => Pictures::Pixels,
        Images::Sixel if wished => {
            let why = "this terminal does not say how large its cells are, so pictures are blocks";
            state.say(Level::Warning, why);
            Pictures::Blocks
        }
        Images::Blocks if wished => {
            let why = "inside tmux or screen pictures are blocks: pixels would not survive it";
            state.say(Level::Warning, why);
            Pictures::Blocks
        }
        _ => Pictures::Blocks,
    }
}

/// Keys and theme from the user's files. A mistake in one is said in the message line, and the defaults stay.
pub(super) fn look(
    options: &TuiOptions,
    (depth, pictures): (Depth, Pictures),
    state: &mut State,
) -> Look {
    let keys = options.paths.config_dir().join("keys.ron");
    match read(&keys)
        .map(|text| text.map(|text| Keymap::with_file(&text, &keys.display().to_string())))
    {
        Ok(Some(Ok(keymap))) => state.keymap = keymap,
        Ok(Some(Err(mistake))) => state.say(Level::Error, mistake.to_string()),
        Ok(None) => {}
        Err(why) => state.say(Level::Error, why),
    }
    update(state, Event::Themes(theme_names(&options.paths)));
    let config = &options.config;
    let remembered = memory::recall(&options.paths).unwrap_or_else(|why| {
        state.say(Level::Warning, why);
        None
    });
    let picked = remembered
        .as_ref()
        .filter(|memory| memory.configured_theme == config.theme)
        .map(|memory| memory.theme.clone());
    let plain = depth == Depth::Mono && config.theme == "dark" && picked.is_none();
    let wanted = match plain {
        true => "mono".to_owned(),
        false => picked.unwrap_or_else(|| config.theme.clone()),
    };
    if let Some(memory) = remembered {
        state.recall(memory);
    }
    let mut theme = theme(&wanted, &options.paths, depth).unwrap_or_else(|why| {
        state.say(Level::Error, why);
        Theme::built_in("dark", depth)
    });
    theme.pictures = pictures;
    state.theme.clone_from(&theme.name);
    state.verify.threshold = config.threshold;
    state.bell = config.bell;
    let calm = config.calm || std::env::var_os("SSH_CONNECTION").is_some();
    Look { theme, calm }
}

/// A theme by name: the user's own folder goes first.
pub(super) fn theme(name: &str, paths: &Paths, depth: Depth) -> Result<Theme, String> {
    let file = paths
        .config_dir()
        .join("themes")
        .join(format!("{name}.ron"));
    match read(&file)? {
        Some(text) => Theme::from_file(name, &text, &file.display().to_string(), depth)
            .map_err(|e| e.to_string()),
        None if BUILT_IN.iter().any(|(known, _)| *known == name) => {
            Ok(Theme::built_in(name, depth))
        }
        None => {
            let known = theme_names(paths).join(", ");
            Err(format!(
                "there is no theme `{}`; there are {known}",
                files::clean(name)
            ))
        }
    }
}

/// The program's themes, then the user's.
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

/// A file's text; nothing if there is no such file.
fn read(path: &Path) -> Result<Option<String>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_limited(path, MAX_BYTES).map_err(|why| why.to_string())?;
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| format!("{}: it is not UTF-8 text; save it as such", path.display()))
}
