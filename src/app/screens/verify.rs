//! What the Verify screen does with an action.

use super::pairs::score_pairs;
use crate::app::action::Action;
use crate::app::event::{Compare, Effect, Level};
use crate::app::geometry;
use crate::app::overlay::{FilePicker, Overlay, Prompt, Purpose};
use crate::app::popups;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::app::verify::{Probe, Sort};
use crate::units::ImageId;
use std::path::{Path, PathBuf};

/// The probe of the last time or, without one, the last picture of the first person, whom one knows from the Data
/// screen.
pub(in crate::app) fn first_probe(state: &mut State, before: Option<Probe>) -> Vec<Effect> {
    let first = || {
        let dataset = state.data.dataset.as_ref()?;
        dataset.people.first()?.images.last().copied()
    };
    let first = before.or_else(|| first().map(Probe::Picture));
    let mut effects = first.map_or_else(Vec::new, |first| probe(state, first));
    effects.extend(score_pairs(state));
    effects
}

/// Takes a new probe: prepares it, and compares it with everybody.
pub(in crate::app) fn probe(state: &mut State, probe: Probe) -> Vec<Effect> {
    let request = state.ask();
    let verify = &mut state.verify;
    verify.prepare_request = request;
    verify.failure = None;
    verify.walk = None;
    verify.selected = 0;
    verify.probe = Some(probe.clone());
    let mut effects = vec![Effect::Prepare(request, probe)];
    effects.extend(compare(state));
    effects
}

/// Asks the newest network who the probe is.
pub(in crate::app) fn compare(state: &mut State) -> Vec<Effect> {
    let (Some(probe), Some(_)) = (state.verify.probe.clone(), &state.model) else {
        return Vec::new();
    };
    state.verify.compare_request = state.ask();
    state.verify.waiting = true;
    vec![Effect::Compare(
        state.verify.compare_request,
        probe,
        state.verify.compare,
    )]
}

pub(in crate::app) fn on_verify(state: &mut State, action: Action) -> Vec<Effect> {
    let verify = &mut state.verify;
    match action {
        Action::ThresholdDown => return state.move_threshold(-1.0),
        Action::ThresholdUp => return state.move_threshold(1.0),
        Action::NextProbe => return step_probe(state, 1),
        Action::PreviousProbe => return step_probe(state, -1),
        Action::RandomProbe => return random_probe(state),
        Action::OpenPhoto => return open_files(state),
        Action::AllPictures => {
            let draw = state.requests;
            verify.compare = if verify.compare == Compare::All {
                Compare::One(draw)
            } else {
                Compare::All
            };
            return compare(state);
        }
        Action::SortPeople => {
            verify.sort = if verify.sort == Sort::Best {
                Sort::Person
            } else {
                Sort::Best
            };
            verify.order();
        }
        Action::ShowTiles => verify.tiles = !verify.tiles,
        Action::Select if !verify.candidates.is_empty() => {
            (verify.walk, verify.walk_started, verify.selected) = (Some(0), state.now, 0);
        }
        Action::Back => verify.walk = None,
        Action::Enrol | Action::Rename | Action::Forget => return on_gallery(state, action),
        Action::Copy => {
            let text = verify
                .candidates
                .get(verify.selected)
                .map(|c| format!("{} {:.4}", c.person, c.similarity.0));
            return text.map_or_else(Vec::new, |text| vec![Effect::Copy(text)]);
        }
        _ => move_in_candidates(state, action),
    }
    Vec::new()
}

fn move_in_candidates(state: &mut State, action: Action) {
    let grid = geometry::verify_grid(state.size);
    let verify = &mut state.verify;
    let last = verify.candidates.len().saturating_sub(1);
    let row = if verify.tiles { grid.columns } else { 1 };
    let page = if verify.tiles {
        row * usize::from(grid.room / grid.row_height()).max(1)
    } else {
        geometry::list_rows(state.size)
    };
    verify.selected = match action {
        Action::Up => verify.selected.saturating_sub(row),
        Action::Down => (verify.selected + row).min(last),
        Action::PageUp => verify.selected.saturating_sub(page),
        Action::PageDown => (verify.selected + page).min(last),
        Action::First => 0,
        Action::Last => last,
        _ => return,
    };
}

pub(in crate::app) fn on_gallery(state: &mut State, action: Action) -> Vec<Effect> {
    let selected = state
        .verify
        .candidates
        .get(state.verify.selected)
        .filter(|c| c.enrolled)
        .map(|c| c.person.clone());
    match (action, selected) {
        (Action::Enrol, _) if state.verify.view.is_some() => {
            if state.verify.view.as_ref().is_some_and(|view| view.fallback) {
                state.say(
                    Level::Warning,
                    "no face was found: a name enrols the middle of this photo, Esc does not",
                );
            }
            popups::open(
                state,
                Overlay::Prompt(Prompt {
                    purpose: Purpose::Enrol,
                    line: TextLine::default(),
                }),
            )
        }
        (Action::Rename, Some(person)) => {
            let line = TextLine::new(&person);
            popups::open(
                state,
                Overlay::Prompt(Prompt {
                    purpose: Purpose::Rename(person),
                    line,
                }),
            )
        }
        (Action::Forget, Some(person)) => {
            let question = format!("Forget {person} and the stored face?");
            popups::open(
                state,
                Overlay::Confirm {
                    question,
                    effect: Box::new(Effect::Forget(person)),
                },
            )
        }
        (Action::Rename | Action::Forget, None) => {
            state.say(
                Level::Info,
                "only enrolled people (marked ★) can be renamed or forgotten; choose one",
            );
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn step_probe(state: &mut State, step: isize) -> Vec<Effect> {
    let next = match &state.verify.probe {
        Some(Probe::File(path)) => state.verify.sibling(path, step).map(Probe::File),
        Some(Probe::Picture(image)) => {
            let count = state.data.dataset.as_ref().map_or(0, |d| d.images.len());
            (count > 0).then(|| {
                Probe::Picture(ImageId(
                    (image.0 as isize + step).rem_euclid(count as isize) as usize,
                ))
            })
        }
        None => None,
    };
    next.map_or_else(Vec::new, |next| probe(state, next))
}

fn random_probe(state: &mut State) -> Vec<Effect> {
    let Some(count) = state
        .data
        .dataset
        .as_ref()
        .map(|d| d.images.len())
        .filter(|&n| n > 0)
    else {
        return Vec::new();
    };
    // Scrambled from the number of the question (Knuth's multiplicative hash), so that a test can foretell it.
    let drawn = (state.requests.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    probe(state, Probe::Picture(ImageId(drawn as usize % count)))
}

fn open_files(state: &mut State) -> Vec<Effect> {
    let folder = match &state.verify.probe {
        Some(Probe::File(path)) => path.parent().map(Path::to_path_buf),
        _ => None,
    };
    let request = state.ask();
    state.overlay = Some(Overlay::Files(Box::new(FilePicker::new(request))));
    vec![Effect::List(
        request,
        folder.unwrap_or_else(|| PathBuf::from(".")),
    )]
}
