//! What keys and answers change on the Verify screen.

use std::path::{Path, PathBuf};

use super::state::{Compare, ProbeView, Sort};
use super::walk::STEPS;
use crate::app::action::Action;
use crate::app::effect::{Effect, FileJob, GalleryChange, NetworkQuery, TerminalRequest, request};
use crate::app::error::TaskError;
use crate::app::geometry;
use crate::app::message::Level;
use crate::app::pending::Request;
use crate::app::popups::{FilePicker, Overlay, Prompt, Purpose};
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::app::threshold::ThresholdMove;
use crate::metrics::Scores;
use crate::recognition::{
    Acceptance, Candidate, ChosenThreshold, ComparedBy, PhotoSource, shown_threshold,
};
use crate::units::{Epoch, ImageId, Threshold};

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let verify = &mut state.verify;
    match action {
        Action::ThresholdDown => return move_threshold(state, -1.0),
        Action::ThresholdUp => return move_threshold(state, 1.0),
        Action::NextProbe => return step_probe(state, 1),
        Action::PreviousProbe => return step_probe(state, -1),
        Action::NextFace => return next_face(state),
        Action::RandomProbe => return random_probe(state),
        Action::OpenPhoto => return open_files(state),
        Action::AllPictures => {
            verify.compare = match verify.compare {
                Compare::All => Compare::One(state.requests),
                Compare::One(_) => Compare::All,
            };
            return compare(state);
        }
        Action::SortPeople => {
            verify.sort = match verify.sort {
                Sort::Best => Sort::Person,
                Sort::Person => Sort::Best,
            };
            verify.order();
        }
        Action::ShowTiles => verify.tiles = !verify.tiles,
        Action::Walk | Action::Select => walk(state),
        Action::SlowerWalk => change_speed(state, false),
        Action::FasterWalk => change_speed(state, true),
        Action::Back => verify.end_walk(),
        Action::Enroll => ask_name(state),
        Action::Rename | Action::Forget => change_person(state, action),
        Action::Copy => {
            let candidate = verify.candidates.get(verify.selected);
            return candidate.map_or_else(Vec::new, |c| {
                let text = format!("{} {:.4}", c.person, c.similarity.0);
                request(TerminalRequest::Copy(text))
            });
        }
        _ => move_cursor(state, action),
    }
    Vec::new()
}

pub(in crate::app) fn refresh(_: &mut State) -> Vec<Effect> {
    Vec::new()
}

/// Shows who is in a picture of the data set.
pub(in crate::app) fn identify(state: &mut State, image: ImageId) -> Vec<Effect> {
    state.screen = Screen::Verify;
    take(state, PhotoSource::Picture(image))
}

/// Takes the probe of the last time or, without one, the last picture of the first person.
pub(in crate::app) fn first_probe(state: &mut State, before: Option<PhotoSource>) -> Vec<Effect> {
    let first = || {
        let dataset = state.data.dataset.as_ref()?;
        dataset.people.first()?.images.last().copied()
    };
    let probe = before.or_else(|| first().map(PhotoSource::Picture));
    probe.map_or_else(Vec::new, |probe| take(state, probe))
}

/// Takes a new probe and requests its face; it is compared when the face is there.
pub(in crate::app) fn take(state: &mut State, source: PhotoSource) -> Vec<Effect> {
    let verify = &mut state.verify;
    verify.comparison.clear();
    (verify.failure, verify.note) = (None, None);
    verify.walk = None;
    verify.selected = 0;
    verify.probe = Some(source.clone());
    prepare(state, source)
}

fn prepare(state: &mut State, source: PhotoSource) -> Vec<Effect> {
    let number = state.ask();
    state.verify.view.ask(number);
    request(FileJob::Prepare(number, source))
}

/// Takes the probe's face, and compares it.
pub(in crate::app) fn probed(
    state: &mut State,
    number: Request,
    view: Box<ProbeView>,
) -> Vec<Effect> {
    if !state.verify.view.accept(number, view) {
        return Vec::new();
    }
    (state.verify.failure, state.verify.answered) = (None, false);
    compare(state)
}

/// Takes the next face of the photo as the probe, and compares it. Nothing is read.
fn next_face(state: &mut State) -> Vec<Effect> {
    let verify = &mut state.verify;
    if verify.view.waiting() {
        return Vec::new();
    }
    if !verify.next_face() {
        state.say(Level::Info, "this photo has one face");
        return Vec::new();
    }
    verify.answered = false;
    compare(state)
}

/// Compares the face of the probe with everyone, by the newest network. A face that is still being prepared is compared
/// when it is there.
pub(in crate::app) fn compare(state: &mut State) -> Vec<Effect> {
    let verify = &state.verify;
    if state.model.is_none() || verify.view.waiting() {
        return Vec::new();
    }
    let Some(view) = verify.view.get() else {
        // The last attempt failed: the cause may be gone by now.
        let failed = verify.probe.clone();
        return failed.map_or_else(Vec::new, |source| prepare(state, source));
    };
    let (probe, compare) = (view.probe.clone(), verify.compare);
    let number = state.ask();
    state.verify.comparison.ask(number);
    request(NetworkQuery::Compare(number, probe, compare))
}

/// Takes the result of a comparison; if there is a newer network by now, compares again.
pub(in crate::app) fn compared(
    state: &mut State,
    number: Request,
    epoch: Epoch,
    (candidates, note): (Vec<Candidate>, Option<String>),
) -> Vec<Effect> {
    if !state.verify.comparison.settle(number) {
        return Vec::new();
    }
    state.verify.compared(epoch, candidates);
    state.verify.note = note;
    if state.verify.threshold_people != people(state) {
        use_usual_threshold(state);
    }
    match state.is_outdated(epoch) {
        true => compare(state),
        false => Vec::new(),
    }
}

/// How many people the network compares a probe with.
fn people(state: &State) -> usize {
    let candidates = state.verify.candidates.iter();
    let compared = candidates.filter(|candidate| candidate.by == ComparedBy::Answering);
    let known = state.data.dataset.as_ref();
    match compared.count() {
        0 => known.map_or(0, |dataset| dataset.people.len()),
        count => count,
    }
}

fn usual_threshold(state: &State) -> Option<ChosenThreshold> {
    let model = state.model.as_ref()?;
    let none = Scores::default();
    let scores = model.scores.as_deref().unwrap_or(&none);
    let acceptance = Acceptance::usual(&model.preparation);
    acceptance.choose(scores, people(state)).ok()
}

/// Takes the usual threshold of the network for this number of people, unless the user chose one.
pub(in crate::app) fn use_usual_threshold(state: &mut State) {
    state.verify.threshold_people = people(state);
    if state.verify.threshold_chosen {
        return;
    }
    let usual = usual_threshold(state).map_or_else(Threshold::default, |usual| usual.threshold);
    if state.verify.threshold != usual {
        state.verify.threshold = usual;
        state.pairs.list(usual);
    }
}

/// What the threshold means, if it is chosen for a rate of strangers: `; threshold 0.93 (≤ 1 % of strangers named)`.
pub(in crate::app) fn explain_threshold(state: &State) -> String {
    let usual = usual_threshold(state).filter(|_| !state.verify.threshold_chosen);
    match usual.map(|usual| (usual.acceptance, usual.shown())) {
        Some((Acceptance::Strangers { rate }, threshold)) => {
            let percent = rate * 100.0;
            format!("; threshold {threshold} (≤ {percent} % of strangers named)")
        }
        _ => String::new(),
    }
}

/// The probe cannot be prepared or compared.
pub(in crate::app) fn failed(state: &mut State, why: &TaskError) {
    let verify = &mut state.verify;
    verify.view.clear();
    verify.comparison.clear();
    verify.candidates.clear();
    verify.failure = Some(why.to_string());
}

/// Moves the comparison one by one on, if it runs.
pub(in crate::app) fn tick(state: &mut State) {
    state.verify.advance_walk(state.now);
}

/// Starts the comparison one by one, or ends it.
fn walk(state: &mut State) {
    let verify = &mut state.verify;
    match (
        verify.walk,
        verify.candidates.is_empty() || !verify.answered,
    ) {
        (Some(_), _) => verify.end_walk(),
        (None, true) => {}
        (None, false) => {
            verify.start_walk(state.now);
            say_speed(state);
        }
    }
}

fn change_speed(state: &mut State, faster: bool) {
    let verify = &mut state.verify;
    verify.walk_speed = match faster {
        true => (verify.walk_speed + 1).min(STEPS.len() - 1),
        false => verify.walk_speed.saturating_sub(1),
    };
    say_speed(state);
}

/// Says how long the comparison one by one takes.
fn say_speed(state: &mut State) {
    let verify = &state.verify;
    let step = verify.walk_step();
    let people = verify.candidates.len();
    let seconds = (step * people as u32).as_secs_f32();
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let text = format!(
        "one by one with {people} people, {} ms each, {seconds:.1} s in all · {} slower · {} faster",
        step.as_millis(),
        key(Action::SlowerWalk),
        key(Action::FasterWalk)
    );
    state.say_here(Level::Info, text);
}

/// Moves the threshold by `steps`, and says how many decisions that flips; they are highlighted for a while.
pub(in crate::app) fn move_threshold(state: &mut State, steps: f32) -> Vec<Effect> {
    let before = state.verify.threshold;
    state.verify.move_threshold(steps);
    state.verify.threshold_chosen = true;
    let moved = ThresholdMove::step(state.moved, before, state.now);
    state.moved = Some(moved);
    state.pairs.list(state.verify.threshold);
    let people = state.verify.candidates.iter().map(|c| c.similarity);
    let people = people.filter(|&s| state.flipped(s).is_some()).count();
    let pairs = (0..state.pairs.pairs.len()).filter_map(|i| state.pairs.similarity(i));
    let pairs = pairs.filter(|&s| state.flipped(s).is_some()).count();
    let text = format!(
        "threshold {} → {} flips {people} of {} decisions on people and {pairs} of {} on pairs",
        shown_threshold(moved.from),
        shown_threshold(state.verify.threshold),
        state.verify.candidates.len(),
        state.pairs.pairs.len()
    );
    state.say(Level::Info, text);
    Vec::new()
}

fn move_cursor(state: &mut State, action: Action) {
    let room = state.room();
    let grid = geometry::verify_grid(room, state.verify.candidates.len());
    let verify = &mut state.verify;
    let last = verify.candidates.len().saturating_sub(1);
    let row = if verify.tiles { grid.columns } else { 1 };
    let page = if verify.tiles {
        row * usize::from(grid.room / grid.row_height()).max(1)
    } else {
        geometry::list_rows(room)
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

/// Asks for the name under which the probe is enrolled, by the rule of the command line: an unusable face is refused, the
/// middle of a photo without a face is enrolled only on request, and what is doubtful is said.
fn ask_name(state: &mut State) {
    let Some(view) = state.verify.view.get() else {
        return;
    };
    if let Some(why) = view.unusable() {
        let text = format!("not enrolled: {why}; use another photo");
        return state.say(Level::Error, text);
    }
    let probe = view.probe.clone();
    if probe.face().fallback {
        state.overlay = Some(Overlay::EnrollMiddle(probe));
        return;
    }
    if let Some((_, doubt)) = view.doubts().into_iter().next() {
        let text = format!("{doubt}; a clearer photo is recognised more surely");
        state.say(Level::Warning, text);
    }
    state.overlay = Some(Overlay::enroll(probe));
}

/// Asks for a new name of the person under the cursor, or whether to forget that person.
fn change_person(state: &mut State, action: Action) {
    let selected = state.verify.candidates.get(state.verify.selected);
    let Some(person) = selected
        .filter(|c| c.enrolled)
        .map(|c| c.person.to_string())
    else {
        state.say(
            Level::Info,
            "only enrolled people (marked ★) can be renamed or forgotten; choose one",
        );
        return;
    };
    state.overlay = Some(match action {
        Action::Forget => Overlay::Confirm {
            question: format!("Forget {person} and the stored face?"),
            effect: Box::new(NetworkQuery::Change(GalleryChange::Forget(person)).into()),
        },
        _ => Overlay::Prompt(Prompt {
            line: TextLine::new(&person),
            purpose: Purpose::Rename(person),
        }),
    });
}

fn step_probe(state: &mut State, step: isize) -> Vec<Effect> {
    let next = match &state.verify.probe {
        Some(PhotoSource::File(path)) => state.verify.sibling(path, step).map(PhotoSource::File),
        Some(PhotoSource::Picture(image)) => {
            let count = state.data.dataset.as_ref().map_or(0, |d| d.images.len());
            let at = |count: usize| (image.0 as isize + step).rem_euclid(count as isize) as usize;
            (count > 0).then(|| PhotoSource::Picture(ImageId(at(count))))
        }
        None => None,
    };
    next.map_or_else(Vec::new, |next| take(state, next))
}

fn random_probe(state: &mut State) -> Vec<Effect> {
    let count = state.data.dataset.as_ref().map_or(0, |d| d.images.len());
    if count == 0 {
        return Vec::new();
    }
    // Knuth's multiplicative hash of the request's number, so that a test can predict it.
    let drawn = (state.requests.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    take(state, PhotoSource::Picture(ImageId(drawn as usize % count)))
}

fn open_files(state: &mut State) -> Vec<Effect> {
    let folder = match &state.verify.probe {
        Some(PhotoSource::File(path)) => path.parent().map(Path::to_path_buf),
        _ => None,
    };
    let number = state.ask();
    state.overlay = Some(Overlay::Files(Box::new(FilePicker::new(number))));
    let folder = folder.unwrap_or_else(|| PathBuf::from("."));
    request(FileJob::List(number, folder))
}
