//! What each screen does with an action, and with the answers it asked for.

use std::path::{Path, PathBuf};

use super::action::Action;
use super::data::Focus;
use super::event::{Compare, Effect, Event, Level, Request};
use super::geometry;
use super::overlay::{FilePicker, Overlay, Prompt, Purpose};
use super::popups;
use super::state::{Screen, State};
use super::text::TextLine;
use super::train::Phase;
use super::verify::{Probe, Sort};
use crate::train::Command;
use crate::units::{ImageId, Seed};

/// Goes to a screen and asks for what it lacks.
pub(super) fn show(state: &mut State, screen: Screen) -> Vec<Effect> {
    state.screen = screen;
    refresh(state)
}

/// Asks for what the current screen shows and is out of date.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(epoch) = state.model.as_ref().map(|model| model.epoch) else { return Vec::new() };
    match state.screen {
        Screen::Map if !state.map.waiting && state.map.projection.as_ref().is_none_or(|p| p.epoch != epoch) => {
            state.map.request = state.ask();
            state.map.waiting = true;
            vec![Effect::Project(state.map.request)]
        }
        Screen::Network => look_inside(state),
        _ => Vec::new(),
    }
}

/// The terminal has another size.
pub(super) fn resized(state: &mut State) {
    state.data.keep_visible(geometry::data_grid(state.size));
    if !super::train::TrainView::charts(state.size.0).contains(&state.train.focus) {
        state.train.focus = super::train::Chart::Loss;
    }
}

/// What a screen does with an action that is not for everywhere.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match state.screen {
        Screen::Data => on_data(state, action),
        Screen::Train => on_train(state, action),
        Screen::Pairs => on_pairs(state, action),
        Screen::Verify => on_verify(state, action),
        Screen::Map => on_map(state, action),
        Screen::Network => on_network(state, action),
    }
}

fn on_data(state: &mut State, action: Action) -> Vec<Effect> {
    let data = &mut state.data;
    match action {
        Action::Filter => data.filtering = true,
        Action::ShowRefused => return popups::open(state, Overlay::Refused { selected: 0 }),
        Action::AskWho => return data.current_image().map_or_else(Vec::new, |image| ask_who(state, image)),
        Action::Copy => {
            let label = data.dataset.as_ref().zip(data.current_image()).map(|(d, i)| d.picture(i).label.clone());
            return label.map_or_else(Vec::new, |label| vec![Effect::Copy(label)]);
        }
        Action::Select if data.focus == Focus::Pictures => data.enlarged = !data.enlarged,
        Action::Back if data.enlarged => data.enlarged = false,
        Action::Back if data.focus == Focus::Pictures => data.focus = Focus::People,
        Action::Back if !data.filter.text.is_empty() => {
            data.filter.text.clear();
            data.apply_filter();
        }
        _ => {
            let (grid, list) = (geometry::data_grid(state.size), geometry::list_rows(state.size));
            data.move_cursor(action, grid, list);
        }
    }
    show_photo(state)
}

/// Asks for the photo behind the enlarged picture, if it is not there.
fn show_photo(state: &mut State) -> Vec<Effect> {
    let Some(image) = state.data.current_image().filter(|_| state.data.enlarged) else { return Vec::new() };
    if state.data.photo.as_ref().is_some_and(|(shown, _)| *shown == image) {
        return Vec::new();
    }
    state.data.request = state.ask();
    vec![Effect::ShowPhoto(state.data.request, image)]
}

fn on_train(state: &mut State, action: Action) -> Vec<Effect> {
    let train = &mut state.train;
    match action {
        Action::Pause if train.phase == Phase::Running => vec![Effect::Control(Command::Pause)],
        Action::Pause if train.phase == Phase::Paused => vec![Effect::Control(Command::Resume)],
        Action::Step if matches!(train.phase, Phase::Running | Phase::Paused) => vec![Effect::Control(Command::Step)],
        Action::Save if train.active() => {
            train.save_wanted = true;
            state.say(Level::Info, "saving after this batch");
            vec![Effect::Control(Command::Save)]
        }
        Action::Stop if train.active() => {
            train.phase = Phase::Stopping;
            vec![Effect::Control(Command::Stop)]
        }
        Action::Pause | Action::Step | Action::Save | Action::Stop => {
            state.say(Level::Info, "no training is running; t starts one");
            Vec::new()
        }
        Action::PastRun if train.past.is_some() => {
            train.past = None;
            Vec::new()
        }
        Action::PastRun => vec![Effect::LoadPastRun],
        Action::Copy => copy_epoch(state),
        _ => {
            view_train(state, action);
            Vec::new()
        }
    }
}

fn view_train(state: &mut State, action: Action) {
    let train = &mut state.train;
    match action {
        Action::Zoom => train.zoomed = !train.zoomed,
        Action::LogScale => train.log = !train.log,
        Action::Smoothing => train.smoothing = (train.smoothing + 1) % 3,
        Action::Crosshair if train.crosshair.is_some() => train.crosshair = None,
        Action::Crosshair if train.epochs.is_empty() => {
            state.say(Level::Info, "the crosshair reads epochs; the first one is not done yet");
        }
        Action::Crosshair => train.crosshair = Some(train.epochs.len() - 1),
        _ => {
            train.move_cursor(action, state.size.0);
        }
    }
}

fn copy_epoch(state: &State) -> Vec<Effect> {
    let Some(p) = state.train.read_epoch().or(state.train.epochs.last()) else { return Vec::new() };
    let text = format!(
        "epoch {}: train loss {:.4}, accuracy {:.4}; validation loss {:.4}, accuracy {:.4}, EER {:.4}, AUC {:.4}",
        p.epoch, p.train_loss, p.train_accuracy, p.val_loss, p.val_accuracy, p.val_eer, p.val_auc
    );
    vec![Effect::Copy(text)]
}

fn on_pairs(state: &mut State, action: Action) -> Vec<Effect> {
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
        Action::Copy => {
            let text = state.pairs.current().zip(state.data.dataset.as_ref()).map(|(index, dataset)| {
                let pair = state.pairs.pairs[index];
                let similarity = state.pairs.similarity(index).map_or(String::new(), |s| format!(" {:.4}", s.0));
                format!("{} {}{similarity}", dataset.picture(pair.a).label, dataset.picture(pair.b).label)
            });
            text.map_or_else(Vec::new, |text| vec![Effect::Copy(text)])
        }
        _ => Vec::new(),
    }
}

/// Asks what the newest network says of all pairs, unless that question is still open.
pub(super) fn score_pairs(state: &mut State) -> Vec<Effect> {
    if state.model.is_none() || state.pairs.pairs.is_empty() {
        return Vec::new();
    }
    state.pairs.request = state.ask();
    state.pairs.waiting = true;
    vec![Effect::ScorePairs(state.pairs.request, state.pairs.pairs.clone())]
}

/// Any picture as the first probe: the last one of the first person, whom one knows from the Data screen.
pub(super) fn first_probe(state: &mut State) -> Vec<Effect> {
    let first = state.data.dataset.as_ref().and_then(|d| d.people.first()?.images.last().copied());
    let mut effects = first.map_or_else(Vec::new, |image| probe(state, Probe::Picture(image)));
    effects.extend(score_pairs(state));
    effects
}

fn ask_who(state: &mut State, image: ImageId) -> Vec<Effect> {
    state.screen = Screen::Verify;
    probe(state, Probe::Picture(image))
}

/// Takes a new probe: prepares it, and compares it with everybody.
pub(super) fn probe(state: &mut State, probe: Probe) -> Vec<Effect> {
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
pub(super) fn compare(state: &mut State) -> Vec<Effect> {
    let (Some(probe), Some(_)) = (state.verify.probe.clone(), &state.model) else { return Vec::new() };
    state.verify.compare_request = state.ask();
    state.verify.waiting = true;
    vec![Effect::Compare(state.verify.compare_request, probe, state.verify.compare)]
}

fn on_verify(state: &mut State, action: Action) -> Vec<Effect> {
    let verify = &mut state.verify;
    match action {
        Action::ThresholdDown => verify.move_threshold(-1.0),
        Action::ThresholdUp => verify.move_threshold(1.0),
        Action::NextProbe => return step_probe(state, 1),
        Action::PreviousProbe => return step_probe(state, -1),
        Action::RandomProbe => return random_probe(state),
        Action::OpenPhoto => return open_files(state),
        Action::AllPictures => {
            let draw = state.requests;
            verify.compare = if verify.compare == Compare::All { Compare::One(draw) } else { Compare::All };
            return compare(state);
        }
        Action::SortPeople => {
            verify.sort = if verify.sort == Sort::Best { Sort::Person } else { Sort::Best };
            verify.order();
        }
        Action::ShowTiles => verify.tiles = !verify.tiles,
        Action::Select if !verify.candidates.is_empty() => {
            (verify.walk, verify.walk_started, verify.selected) = (Some(0), state.now, 0);
        }
        Action::Back => verify.walk = None,
        Action::Enrol | Action::Rename | Action::Forget => return on_gallery(state, action),
        Action::Copy => {
            let text = verify.candidates.get(verify.selected).map(|c| format!("{} {:.4}", c.person, c.similarity.0));
            return text.map_or_else(Vec::new, |text| vec![Effect::Copy(text)]);
        }
        _ => move_in_candidates(state, action),
    }
    let threshold = state.verify.threshold;
    state.pairs.list(threshold);
    Vec::new()
}

fn move_in_candidates(state: &mut State, action: Action) {
    let grid = geometry::verify_grid(state.size);
    let verify = &mut state.verify;
    let last = verify.candidates.len().saturating_sub(1);
    let row = if verify.tiles { grid.columns } else { 1 };
    let page = if verify.tiles { row * usize::from(grid.room / grid.row_height()).max(1) } else { geometry::list_rows(state.size) };
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

fn on_gallery(state: &mut State, action: Action) -> Vec<Effect> {
    let selected = state.verify.candidates.get(state.verify.selected).filter(|c| c.enrolled).map(|c| c.person.clone());
    match (action, selected) {
        (Action::Enrol, _) if state.verify.view.is_some() => {
            popups::open(state, Overlay::Prompt(Prompt { purpose: Purpose::Enrol, line: TextLine::default() }))
        }
        (Action::Rename, Some(person)) => {
            let line = TextLine::new(&person);
            popups::open(state, Overlay::Prompt(Prompt { purpose: Purpose::Rename(person), line }))
        }
        (Action::Forget, Some(person)) => {
            let question = format!("Forget {person} and the stored face?");
            popups::open(state, Overlay::Confirm { question, effect: Box::new(Effect::Forget(person)) })
        }
        (Action::Rename | Action::Forget, None) => {
            state.say(Level::Info, "only enrolled people (marked ★) can be renamed or forgotten; choose one");
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
            (count > 0).then(|| Probe::Picture(ImageId((image.0 as isize + step).rem_euclid(count as isize) as usize)))
        }
        None => None,
    };
    next.map_or_else(Vec::new, |next| probe(state, next))
}

fn random_probe(state: &mut State) -> Vec<Effect> {
    let Some(count) = state.data.dataset.as_ref().map(|d| d.images.len()).filter(|&n| n > 0) else {
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
    vec![Effect::List(request, folder.unwrap_or_else(|| PathBuf::from(".")))]
}

fn on_map(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Select => return ask_who(state, state.map.current()),
        Action::Copy => {
            let label = state.data.dataset.as_ref().and_then(|d| d.images.get(state.map.selected)).map(|p| p.label.clone());
            return label.map_or_else(Vec::new, |label| vec![Effect::Copy(label)]);
        }
        _ => {
            state.map.act(action);
        }
    }
    Vec::new()
}

fn on_network(state: &mut State, action: Action) -> Vec<Effect> {
    let count = state.pairs.pairs.len();
    let network = &mut state.network;
    match action {
        Action::NextExample | Action::Right if count > 0 => network.example = (network.example + 1) % count,
        Action::PreviousExample | Action::Left if count > 0 => network.example = (network.example + count - 1) % count,
        Action::Up => network.scroll = network.scroll.saturating_sub(1),
        Action::Down => {
            let last = network.inside.as_ref().map_or(0, |inside| inside.layers.len().saturating_sub(1));
            network.scroll = (network.scroll + 1).min(last);
        }
        _ => return Vec::new(),
    }
    look_inside(state)
}

/// Asks what happens inside for the example, if that is not known.
fn look_inside(state: &mut State) -> Vec<Effect> {
    let Some(&pair) = state.pairs.pairs.get(state.network.example) else { return Vec::new() };
    let Some(epoch) = state.model.as_ref().map(|model| model.epoch) else { return Vec::new() };
    if state.network.inside.as_ref().is_some_and(|inside| inside.pair == pair && inside.epoch == epoch) {
        return Vec::new();
    }
    state.network.request = state.ask();
    state.network.waiting = true;
    vec![Effect::LookInside(state.network.request, pair)]
}

/// Takes in an answer, unless a newer question has been asked since.
pub(super) fn answer(state: &mut State, event: Event) -> Vec<Effect> {
    let newest = |request: Request, asked: Request| request == asked;
    match event {
        Event::PairScores(request, epoch, scores) if newest(request, state.pairs.request) => {
            if scores.len() == state.pairs.pairs.len() {
                state.pairs.scored(epoch, scores, state.verify.threshold);
            }
        }
        Event::Photo(request, photo) if newest(request, state.data.request) => {
            state.data.photo = state.data.current_image().map(|image| (image, photo));
        }
        Event::Probed(request, result) if newest(request, state.verify.prepare_request) => match result {
            Ok(view) => state.verify.view = Some(view),
            Err(why) => probe_failed(state, why),
        },
        Event::Compared(request, epoch, result) if newest(request, state.verify.compare_request) => match result {
            Ok(candidates) => state.verify.compared(epoch, candidates),
            Err(why) => probe_failed(state, why),
        },
        Event::Projected(request, projection) if newest(request, state.map.request) => {
            state.map.waiting = false;
            state.map.selected = state.map.selected.min(projection.points.len().saturating_sub(1));
            state.map.projection = Some(projection);
            return refresh(state);
        }
        Event::Inside(request, inside) if newest(request, state.network.request) => {
            state.network.waiting = false;
            state.network.inside = Some(inside);
        }
        Event::Folder(..) | Event::Preview(..) => return popups::answer(state, event),
        _ => {}
    }
    Vec::new()
}

fn probe_failed(state: &mut State, why: String) {
    state.verify.waiting = false;
    state.verify.candidates.clear();
    state.verify.view = None;
    state.verify.failure = Some(why);
}
