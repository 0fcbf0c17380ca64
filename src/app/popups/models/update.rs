//! What keys and answers change in the model picker.

use super::state::ModelPicker;
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, request};
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::model::ModelChoice;
use crate::app::pending::{Pending, Request};
use crate::app::popups::Overlay;
use crate::app::state::State;

/// Opens the picker. While a training runs, its network answers.
pub(in crate::app) fn open(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        let text = "the training that runs answers; a network can be chosen when it has stopped";
        state.say(Level::Info, text);
        return Vec::new();
    }
    let number = state.ask();
    let mut choices = Pending::default();
    choices.ask(number);
    let selected = 0;
    state.overlay = Some(Overlay::Models(ModelPicker { choices, selected }));
    request(FileJob::ListModels(number))
}

/// Takes the list; the cursor is on the one that answers.
pub(in crate::app) fn listed(state: &mut State, number: Request, found: Vec<ModelChoice>) {
    let at = found.iter().position(|choice| state.answers(choice));
    if let Some(Overlay::Models(picker)) = &mut state.overlay
        && picker.choices.accept(number, found)
    {
        picker.selected = at.unwrap_or(0);
    }
}

/// Moves, and chooses.
pub(in crate::app) fn act(
    state: &mut State,
    mut picker: ModelPicker,
    action: Action,
) -> Vec<Effect> {
    let last = picker
        .choices
        .get()
        .map_or(0, |all| all.len().saturating_sub(1));
    let page = geometry::list_rows(state.room());
    picker.selected = match action {
        Action::Up => picker.selected.saturating_sub(1),
        Action::Down => picker.selected + 1,
        Action::PageUp => picker.selected.saturating_sub(page),
        Action::PageDown => picker.selected + page,
        Action::First => 0,
        Action::Last => last,
        Action::Back | Action::Quit | Action::PickModel => return Vec::new(),
        Action::Select => return choose(state, picker),
        _ => picker.selected,
    }
    .min(last);
    state.overlay = Some(Overlay::Models(picker));
    Vec::new()
}

/// Requests the network under the cursor, unless it answers already or cannot.
fn choose(state: &mut State, picker: ModelPicker) -> Vec<Effect> {
    let Some(choice) = picker.current() else {
        state.overlay = Some(Overlay::Models(picker));
        return Vec::new();
    };
    if let Some(why) = choice.unusable() {
        state.say(
            Level::Warning,
            format!("{} cannot answer: {why}", choice.name),
        );
        state.overlay = Some(Overlay::Models(picker));
        return Vec::new();
    }
    let text = format!("reading {}", choice.name);
    let asked = choice.asked.clone();
    state.say(Level::Info, text);
    request(FileJob::UseModel(asked))
}

impl State {
    /// Whether this network answers now. That of a training in these screens is its last epoch, and not the best one, which
    /// could be chosen.
    pub fn answers(&self, choice: &ModelChoice) -> bool {
        let model = self.model.as_ref();
        model.is_some_and(|model| model.origin == choice.name)
    }
}
