//! What keys and answers change on the Pairs screen.

use std::sync::Arc;

use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, NetworkQuery, TerminalRequest, request};
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::state::State;
use crate::app::verify;
use crate::data::mislabelled::{self, Mark};
use crate::units::{Epoch, Seed};

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let threshold = state.verify.threshold;
    let page = geometry::list_rows(state.room());
    let samples = geometry::pairs_grid(state.room()).page();
    if state.pairs.grid && state.pairs.turn_page(action, samples) {
        return Vec::new();
    }
    if action == Action::Back && state.pairs.grid {
        state.pairs.grid = false;
        return Vec::new();
    }
    if state.pairs.act(action, page, threshold) {
        return Vec::new();
    }
    match action {
        Action::SamplePairs => {
            state.pairs.grid = !state.pairs.grid;
            Vec::new()
        }
        Action::NewPairs => {
            state.pairs.seed = Seed(state.pairs.seed.0.wrapping_add(1));
            if let Some(dataset) = &state.data.dataset {
                state.pairs.draw(dataset, threshold);
            }
            score(state)
        }
        Action::LowerThreshold => verify::update::move_threshold(state, -1.0),
        Action::RaiseThreshold => verify::update::move_threshold(state, 1.0),
        Action::MarkMislabelled | Action::UndoMark => mark(state, action),
        Action::Copy => copy(state),
        _ => Vec::new(),
    }
}

pub(in crate::app) fn refresh(_: &mut State) -> Vec<Effect> {
    Vec::new()
}

fn copy(state: &State) -> Vec<Effect> {
    let (Some(index), Some(dataset)) = (state.pairs.current(), &state.data.dataset) else {
        return Vec::new();
    };
    let pair = state.pairs.pairs[index];
    let similarity = state.pairs.similarity(index);
    let similarity = similarity.map_or(String::new(), |s| format!(" {:.4}", s.0));
    let label = |image| &dataset.picture(image).label;
    let text = format!("{} {}{similarity}", label(pair.a), label(pair.b));
    request(TerminalRequest::Copy(text))
}

/// Marks the pair under the cursor as mislabelled, or removes a mark; the marks are then written.
fn mark(state: &mut State, action: Action) -> Vec<Effect> {
    let changed = match action {
        Action::UndoMark => state.pairs.marks.pop().is_some(),
        _ => state.pairs.toggle_mark(),
    };
    if !changed {
        state.say(Level::Info, "no pair is marked as mislabelled");
        return Vec::new();
    }
    apply_marks(state);
    let undo = state.keymap.first_shown(Action::UndoMark);
    let undo = undo.unwrap_or_default();
    let text = match state.pairs.left_out.len() {
        0 => "the next training uses every picture".to_owned(),
        1 => format!("the next training leaves 1 picture out · {undo} removes the mark"),
        n => format!("the next training leaves {n} pictures out · {undo} removes the newest mark"),
    };
    state.say(Level::Info, text);
    request(FileJob::KeepMarks(state.pairs.marks.clone()))
}

/// Takes the marks that were read with the data set. Marks that are there stay: they are those of the same pictures, whose
/// faces were only prepared again.
pub(in crate::app) fn marks_read(state: &mut State, marks: Vec<Mark>) {
    if state.pairs.marks.is_empty() {
        state.pairs.marks = marks;
    }
    apply_marks(state);
}

/// Leaves out the pictures that the marks name, and lists the pairs again.
fn apply_marks(state: &mut State) {
    if let Some(dataset) = &state.data.dataset {
        state.pairs.left_out = mislabelled::leave_out(dataset, &state.pairs.marks).left_out;
    }
    state.pairs.list(state.verify.threshold);
}

/// Requests the similarities of all pairs from the newest network.
pub(in crate::app) fn score(state: &mut State) -> Vec<Effect> {
    if state.model.is_none() || state.pairs.pairs.is_empty() {
        return Vec::new();
    }
    let number = state.ask();
    state.pairs.scores.ask(number);
    request(NetworkQuery::ScorePairs(number, state.pairs.pairs.clone()))
}

/// Takes the similarities; if there is a newer network by now, requests them again.
pub(in crate::app) fn scored(
    state: &mut State,
    number: Request,
    epoch: Epoch,
    scores: Arc<Vec<f32>>,
) -> Vec<Effect> {
    if !state.pairs.scores.settle(number) || scores.len() != state.pairs.pairs.len() {
        return Vec::new();
    }
    state.pairs.scored(epoch, scores, state.verify.threshold);
    match state.is_outdated(epoch) {
        true => score(state),
        false => Vec::new(),
    }
}
