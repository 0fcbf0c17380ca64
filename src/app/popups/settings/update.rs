//! What keys change in the form with the settings.

use super::state::Form;
use crate::app::action::Action;
use crate::app::data::{self, DataView};
use crate::app::effect::Effect;
use crate::app::message::Level;
use crate::app::popups::Overlay;
use crate::app::state::State;
use crate::app::train::{self, Settings};
use crate::config::Config;

/// Opens the form.
pub(in crate::app) fn open(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        let text = "settings can be changed when the training has stopped (x)";
        state.say(Level::Info, text);
        return Vec::new();
    }
    let form = Form::new(state.train.presets.clone(), &state.train.settings);
    state.overlay = Some(Overlay::Settings(Box::new(form)));
    Vec::new()
}

/// Opens the form again as it was typed, because its faces cannot be loaded. Another popup stays.
pub(in crate::app) fn correct_data(state: &mut State, typed: &Settings, why: String) {
    if state.overlay.is_none() {
        let form = Form::with_wrong_data(state.train.presets.clone(), typed, why);
        state.overlay = Some(Overlay::Settings(Box::new(form)));
    }
}

/// What an editing action does in the form.
pub(in crate::app) fn act(state: &mut State, mut form: Box<Form>, action: Action) -> Vec<Effect> {
    match action {
        Action::Cancel => return Vec::new(),
        Action::Confirm => {
            if let Some(settings) = form.settings() {
                return accept(state, settings);
            }
        }
        _ => form.act(action),
    }
    state.overlay = Some(Overlay::Settings(form));
    Vec::new()
}

/// Starts a training with the new settings. If they name other faces, these are loaded first, and the training is started
/// by the user who has seen them.
fn accept(state: &mut State, settings: Settings) -> Vec<Effect> {
    let other_faces = settings.data != state.data.source;
    state.train.settings = match other_faces {
        true => usual_for_source(state, settings),
        false => settings,
    };
    if !other_faces {
        return train::update::start(state);
    }
    let other = DataView::new(&state.train.settings.data);
    let before = std::mem::replace(&mut state.data, other);
    // If the one before is still being loaded, the one before that is kept.
    if before.dataset.is_some() {
        state.data_before = Some(Box::new(before));
    }
    let preset = &state.train.settings.preset;
    let text = format!("loading these faces first; t starts the training then ({preset})");
    state.say(Level::Info, text);
    data::update::load(state)
}

/// The settings with the preset that suits their faces, if those of the faces so far were the usual ones and stayed so.
fn usual_for_source(state: &State, settings: Settings) -> Settings {
    let usual = |source: &str| -> Option<&Settings> {
        let config = Config {
            data: source.parse().ok()?,
            ..Config::default()
        };
        let preset = config.preset().word();
        let mut presets = state.train.presets.iter();
        presets.find(|known| known.preset == preset)
    };
    let untouched = |known: &Settings| {
        let decided = |s: &Settings| {
            (
                s.preset.clone(),
                s.epochs,
                s.batch,
                s.learning_rate,
                s.by_pairs,
            )
        };
        decided(known) == decided(&settings)
    };
    match (usual(&state.data.source), usual(&settings.data)) {
        (Some(before), Some(now)) if untouched(before) => Settings {
            seed: settings.seed,
            threads: settings.threads,
            data: settings.data,
            ..now.clone()
        },
        _ => settings,
    }
}
