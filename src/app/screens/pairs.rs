//! What the Pairs, Map and Network screens do with an action.

use super::data::ask_who;
use crate::app::action::Action;
use crate::app::event::{Effect, Level};
use crate::app::geometry;
use crate::app::state::State;
use crate::data::mislabelled;
use crate::units::Seed;

pub(in crate::app) fn on_pairs(state: &mut State, action: Action) -> Vec<Effect> {
    let threshold = state.verify.threshold;
    let page = geometry::list_rows(state.size);
    if state.pairs.act(action, page, threshold) {
        return Vec::new();
    }
    match action {
        Action::NewPairs => {
            state.pairs.seed = Seed(state.pairs.seed.0.wrapping_add(1));
            if let Some(dataset) = state.data.dataset.clone() {
                state.pairs.draw(&dataset, threshold);
            }
            score_pairs(state)
        }
        Action::LowerThreshold => state.move_threshold(-1.0),
        Action::RaiseThreshold => state.move_threshold(1.0),
        Action::MarkMislabelled | Action::UndoMark => mark(state, action),
        Action::Copy => {
            let text =
                state
                    .pairs
                    .current()
                    .zip(state.data.dataset.as_ref())
                    .map(|(index, dataset)| {
                        let pair = state.pairs.pairs[index];
                        let similarity = state
                            .pairs
                            .similarity(index)
                            .map_or(String::new(), |s| format!(" {:.4}", s.0));
                        format!(
                            "{} {}{similarity}",
                            dataset.picture(pair.a).label,
                            dataset.picture(pair.b).label
                        )
                    });
            text.map_or_else(Vec::new, |text| vec![Effect::Copy(text)])
        }
        _ => Vec::new(),
    }
}

/// Marks the pair under the cursor as mislabelled, or takes a mark back; has the marks kept.
fn mark(state: &mut State, action: Action) -> Vec<Effect> {
    let changed = match action {
        Action::UndoMark => state.pairs.marks.pop().is_some(),
        _ => state.pairs.toggle_mark(),
    };
    if !changed {
        state.say(Level::Info, "no pair is marked as mislabelled");
        return Vec::new();
    }
    marks_changed(state);
    let undo = state
        .keymap
        .first_shown(Action::UndoMark)
        .unwrap_or_default();
    let said = match state.pairs.left_out.len() {
        0 => "the next training uses every picture".to_owned(),
        1 => format!("the next training leaves 1 picture out · {undo} takes it back"),
        n => {
            format!("the next training leaves {n} pictures out · {undo} takes the newest mark back")
        }
    };
    state.say(Level::Info, said);
    vec![Effect::KeepMarks(state.pairs.marks.clone())]
}

/// Which pictures the marks leave out, and which pairs are listed, follows from the marks.
pub(in crate::app) fn marks_changed(state: &mut State) {
    if let Some(dataset) = &state.data.dataset {
        state.pairs.left_out = mislabelled::leave_out(dataset, &state.pairs.marks).left_out;
    }
    state.pairs.list(state.verify.threshold);
}

/// Asks what the newest network says of all pairs.
pub(in crate::app) fn score_pairs(state: &mut State) -> Vec<Effect> {
    if state.model.is_none() || state.pairs.pairs.is_empty() {
        return Vec::new();
    }
    state.pairs.request = state.ask();
    state.pairs.waiting = true;
    vec![Effect::ScorePairs(
        state.pairs.request,
        state.pairs.pairs.clone(),
    )]
}

pub(in crate::app) fn on_map(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Select => return ask_who(state, state.map.current()),
        Action::Copy => {
            let label = state
                .data
                .dataset
                .as_ref()
                .and_then(|d| d.images.get(state.map.selected))
                .map(|p| p.label.clone());
            return label.map_or_else(Vec::new, |label| vec![Effect::Copy(label)]);
        }
        _ => {
            state.map.act(action);
        }
    }
    Vec::new()
}

pub(in crate::app) fn on_network(state: &mut State, action: Action) -> Vec<Effect> {
    let count = state.pairs.pairs.len();
    let network = &mut state.network;
    match action {
        Action::NextExample | Action::Right if count > 0 => {
            network.example = (network.example + 1) % count
        }
        Action::PreviousExample | Action::Left if count > 0 => {
            network.example = (network.example + count - 1) % count
        }
        Action::Up => network.scroll = network.scroll.saturating_sub(1),
        Action::Down => {
            let last = network
                .inside
                .as_ref()
                .map_or(0, |inside| inside.layers.len().saturating_sub(1));
            network.scroll = (network.scroll + 1).min(last);
        }
        _ => return Vec::new(),
    }
    look_inside(state)
}

/// Asks what happens inside for the example, if that is not known.
pub(in crate::app) fn look_inside(state: &mut State) -> Vec<Effect> {
    let Some(&pair) = state.pairs.pairs.get(state.network.example) else {
        return Vec::new();
    };
    let Some(epoch) = state.model.as_ref().map(|model| model.epoch) else {
        return Vec::new();
    };
    if state
        .network
        .inside
        .as_ref()
        .is_some_and(|inside| inside.pair == pair && inside.epoch == epoch)
    {
        return Vec::new();
    }
    state.network.request = state.ask();
    state.network.waiting = true;
    vec![Effect::LookInside(state.network.request, pair)]
}
