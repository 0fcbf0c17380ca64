//! What the program starts with: presets, keys, themes, and what the user's files say.

use std::path::Path;

use super::{Look, TuiError, TuiOptions};
use crate::app::event::{Event, Level};
use crate::app::train::Settings;
use crate::app::{Keymap, State, update};
use crate::files::{self, Paths};
use crate::train::Recipe;
use crate::train::recipe::{PRESETS, Sampling};
use crate::ui::theme::BUILT_IN;
use crate::ui::{Depth, Theme};

/// The largest key or theme file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The settings of the next training, and what each preset starts from.
pub(super) fn defaults(options: &TuiOptions) -> Result<(Settings, Vec<Settings>), TuiError> {
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let of = |name: &str| -> Result<Settings, TuiError> {
        let recipe = Recipe::preset(name)?;
        let batch = match recipe.sampling {
            Sampling::Pairs { batch } => batch,
            Sampling::Identities { people, pictures, .. } => people * pictures,
        };
        Ok(Settings {
            preset: name.to_owned(),
            epochs: recipe.epochs,
            batch,
            learning_rate: recipe.learning_rate,
            seed: options.seed.unwrap_or(recipe.seed.0),
            threads,
            data: options.data.clone(),
        })
    };
    let presets = PRESETS.iter().map(|(name, _)| of(name)).collect::<Result<Vec<_>, _>>()?;
    let chosen = of(&options.preset)?;
    Ok((Settings { epochs: options.epochs.unwrap_or(chosen.epochs), ..chosen }, presets))
}

/// Keys and theme from the user's files. A mistake in one is said in the message line, and the defaults stay.
pub(super) fn look(options: &TuiOptions, depth: Depth, state: &mut State) -> Look {
    let keys = options.paths.config_dir().join("keys.ron");
    match read(&keys).map(|text| text.map(|text| Keymap::with_file(&text, &keys.display().to_string()))) {
        Ok(Some(Ok(keymap))) => state.keymap = keymap,
        Ok(Some(Err(mistake))) => state.say(Level::Error, mistake.to_string()),
        Ok(None) => {}
        Err(why) => state.say(Level::Error, why),
    }
    update(state, Event::Themes(theme_names(&options.paths)));
    let wanted = options.theme.clone().unwrap_or_else(|| if depth == Depth::Mono { "mono" } else { "dark" }.into());
    let theme = theme(&wanted, &options.paths, depth).unwrap_or_else(|why| {
        state.say(Level::Error, why);
        Theme::built_in("dark", depth)
    });
    state.theme.clone_from(&theme.name);
    let calm = options.calm.unwrap_or_else(|| std::env::var_os("SSH_CONNECTION").is_some());
    Look { theme, calm }
}

/// A theme by name: the user's own folder goes first.
pub(super) fn theme(name: &str, paths: &Paths, depth: Depth) -> Result<Theme, String> {
    let file = paths.config_dir().join("themes").join(format!("{name}.ron"));
    match read(&file)? {
        Some(text) => Theme::from_file(name, &text, &file.display().to_string(), depth).map_err(|e| e.to_string()),
        None if BUILT_IN.iter().any(|(known, _)| *known == name) => Ok(Theme::built_in(name, depth)),
        None => {
            let known = theme_names(paths).join(", ");
            Err(format!("there is no theme `{}`; there are {known}", files::clean(name)))
        }
    }
}

/// The program's themes, then the user's.
fn theme_names(paths: &Paths) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
    let own = std::fs::read_dir(paths.config_dir().join("themes")).into_iter().flatten().filter_map(Result::ok);
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
    String::from_utf8(bytes).map(Some).map_err(|_| format!("{}: it is not UTF-8 text; save it as such", path.display()))
}
