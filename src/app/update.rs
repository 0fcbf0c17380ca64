//! State and event to effects: what all screens have in common. What only one screen or popup does is in its folder.

use std::sync::Arc;
use std::time::Duration;

use super::action::{Action, Context};
use super::effect::{Effect, TerminalRequest, request};
use super::error::TaskError;
use super::event::{Configured, Event};
use super::key::Key;
use super::message::{Level, Message};
use super::model::{BUILT_IN, ModelInfo, SplitNames};
use super::mouse::{Mouse, MouseKind};
use super::pending::Request;
use super::popups::{self, Overlay, Palette};
use super::screen::Screen;
use super::state::State;
use super::{data, geometry, map, pairs, train, verify};
use crate::data::Dataset;
use crate::train::TrainingEvent;

/// Within this time a second Ctrl-C leaves.
const TWICE: Duration = Duration::from_secs(2);

/// Changes the state by what happened. The effects are to be carried out in their order.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = apply(state, event);
    if let Some(command) = state.command.take() {
        effects.extend(perform(state, command));
    }
    state.observe_tour();
    effects
}

/// Carries out a command that was chosen by name, on its screen.
fn perform(state: &mut State, command: Action) -> Vec<Effect> {
    let mut effects = match command.context() {
        Context::Screen(screen) if screen != state.screen => show(state, screen),
        _ => Vec::new(),
    };
    effects.extend(act(state, command));
    effects
}

fn apply(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Configured(configured) => configure(state, *configured),
        Event::Begin => return data::update::load(state),
        Event::Attached => train::update::attach(state),
        Event::Key(key) => return press(state, key),
        Event::Mouse(mouse) => return used_mouse(state, mouse),
        Event::Paste(text) if state.find.is_some() => state.find_typed(|line| line.paste(&text)),
        Event::Paste(text) => return popups::update::paste(state, &text),
        Event::Resize(columns, rows) => {
            state.size = (columns, rows);
            state.data.keep_visible(geometry::data_grid(state.room()));
            train::update::resized(state);
        }
        Event::Tick(now) => return tick(state, now),
        Event::Training(news) => return training(state, news),
        Event::Recipe(recipe) => state.train.recipe = Some(recipe),
        Event::Tested(number, result) => drop(state.train.tested.accept(number, result)),
        Event::OtherFaces(preparation, training) => {
            return data::update::prepare_again(state, preparation, training);
        }
        Event::Reading(number, progress) => state.data.reading(number, progress),
        Event::Listed(number, preview) => state.data.listed(number, preview),
        Event::Loaded(number, dataset) => {
            popups::update::forget_intervals(state);
            return data::update::loaded(state, number, dataset);
        }
        Event::Checked(dataset, findings) => state.data.checked(&dataset, findings),
        Event::Marks(marks) => pairs::update::marks_read(state, marks),
        Event::Unfinished(run) => {
            if !state.train.active() && run.name != state.dropped_offer {
                state.offer = Some(run);
            }
        }
        Event::ModelLoaded(info, split) => return model_loaded(state, info, &split),
        Event::Models(number, found) => popups::update::models_listed(state, number, found),
        Event::Runs(number, found) => return popups::update::runs_listed(state, number, found),
        Event::RunIntervals(number, found) => {
            return popups::update::runs_measured(state, number, found);
        }
        Event::RunCurves(number, runs) => popups::update::runs_drawn(state, number, runs),
        Event::RunChanged { from, to, said } => {
            return popups::update::run_changed(state, &from, to, said);
        }
        Event::Photo(number, image, photo) => {
            state.data.photo.accept(number, (image, photo));
            return data::update::show_photo(state);
        }
        Event::Probed(number, view) => return verify::update::probed(state, number, view),
        Event::Folder(number, listing) => return popups::update::listed(state, number, listing),
        Event::Completed(number, text) => return popups::update::completed(state, number, text),
        Event::Preview(number, photo) => popups::update::previewed(state, number, photo),
        Event::PastRun(run) => train::update::past_run(state, run),
        Event::PairScores(number, epoch, scores) => {
            return pairs::update::scored(state, number, epoch, scores);
        }
        Event::Compared(number, epoch, candidates, note) => {
            return verify::update::compared(state, number, epoch, (candidates, note));
        }
        Event::Projected(number, projection) => {
            map::update::projected(state, number, projection);
            return refresh(state);
        }
        Event::Activations(number, activations) => {
            state.network.activations.accept(number, activations);
            return refresh(state);
        }
        Event::Failed(number, why) => return failed(state, number, &why),
        Event::GalleryChanged => return verify::update::compare(state),
        Event::Notice(level, text) => state.say(level, text),
    }
    Vec::new()
}

fn configure(state: &mut State, configured: Configured) {
    state.keymap = configured.keymap;
    state.theme = configured.theme;
    state.themes = configured.themes;
    state.verify.threshold_chosen = configured.threshold.is_some();
    state.verify.threshold = configured.threshold.unwrap_or_default();
    state.bell = configured.bell;
    if let Some(memory) = configured.memory {
        state.recall(memory);
    }
}

fn tick(state: &mut State, now: Duration) -> Vec<Effect> {
    state.now = now;
    let over = |until: Duration| until <= now;
    if let Some(message) = &state.message
        && message.until.is_some_and(over)
    {
        state.message = None;
    }
    if state.moved.is_some_and(|moved| over(moved.until)) {
        state.moved = None;
    }
    verify::update::tick(state);
    popups::update::runs_tick(state)
}

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    // The cursor does not follow a renamed person once another key was pressed.
    state.verify.renamed = None;
    if let Some(message) = &state.message
        && message.level == Level::Error
    {
        state.message = None;
    }
    let found = state.keymap.action(&state.contexts(), key);
    if state.find.is_some() {
        match (found, key.typed()) {
            (Some(action), _) => state.find_edit(action),
            (None, Some(_)) => state.find_typed(|line| {
                line.type_key(key);
            }),
            (None, None) => {}
        }
        return Vec::new();
    }
    if state.typing() {
        let global = state.keymap.action(&[Context::Global], key);
        return match (found, global) {
            (Some(action), _) => popups::update::edit(state, action),
            (None, Some(action @ (Action::Interrupt | Action::Suspend | Action::Redraw))) => {
                act(state, action)
            }
            (None, _) => popups::update::type_key(state, key),
        };
    }
    found.map_or_else(Vec::new, |action| act(state, action))
}

/// The wheel moves like the arrow keys. A click chooses what is under it: a screen, an entry, a picture, an epoch.
fn used_mouse(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    let action = match mouse.kind {
        MouseKind::WheelUp => Action::Up,
        MouseKind::WheelDown => Action::Down,
        MouseKind::Press if matches!(state.overlay, Some(Overlay::Runs)) && !state.too_small() => {
            state.choose_run_at(mouse);
            return Vec::new();
        }
        MouseKind::Press if state.overlay.is_some() || state.too_small() => return Vec::new(),
        MouseKind::Press => {
            if let Some(screen) = mouse.screen(state.size.0) {
                return show(state, screen);
            }
            state.choose_at(mouse);
            return data::update::show_photo(state);
        }
    };
    match state.typing() {
        true => Vec::new(),
        false => act(state, action),
    }
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Interrupt => return interrupt(state),
        Action::Suspend => return request(TerminalRequest::Suspend),
        Action::Redraw => return request(TerminalRequest::Redraw),
        Action::Quit if state.too_small() => return quit(state),
        _ if state.too_small() => return Vec::new(),
        _ => {}
    }
    match action {
        Action::Find => state.begin_to_find(),
        Action::Help if !matches!(state.overlay, Some(Overlay::Help(_))) => {
            popups::update::open_help(state);
        }
        Action::Palette => state.overlay = Some(Overlay::Palette(Palette::default())),
        _ if state.overlay.is_some() => return popups::update::act(state, action),
        _ => return act_on_screen(state, action),
    }
    Vec::new()
}

fn act_on_screen(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(screen) = action.screen() {
        return show(state, screen);
    }
    match action {
        Action::NextScreen => return show(state, state.screen.turn(1)),
        Action::PreviousScreen => return show(state, state.screen.turn(-1)),
        Action::PickModel => return popups::update::open_models(state),
        Action::ShowRuns => return popups::update::open_runs(state),
        Action::PickTheme => return popups::update::open_themes(state),
        Action::EditSettings => return popups::update::open_settings(state),
        Action::Export => return request(TerminalRequest::Export),
        Action::Quit => return quit(state),
        Action::StartTraining => return train::update::start(state),
        Action::Tour => {
            state.tour.active = true;
            state.tour_to(0);
            return to_stop(state);
        }
        Action::ResumeRun => return train::update::resume(state),
        Action::DropOffer => train::update::drop_offer(state),
        Action::TourNext => {
            state.tour_to(1);
            return to_stop(state);
        }
        Action::TourBack => {
            state.tour_to(-1);
            return to_stop(state);
        }
        Action::TourLeave => state.tour.active = false,
        _ => return on_screen(state, action),
    }
    Vec::new()
}

/// Goes to the screen of the tour's stop; nowhere if the tour is over.
fn to_stop(state: &mut State) -> Vec<Effect> {
    let effects = match state.tour.current() {
        Some(stop) => show(state, stop.screen),
        None => Vec::new(),
    };
    // The panes have less room, or more.
    state.data.keep_visible(geometry::data_grid(state.room()));
    effects
}

/// Goes to a screen and requests what it lacks.
fn show(state: &mut State, screen: Screen) -> Vec<Effect> {
    state.screen = screen;
    let elsewhere = |message: &Message| message.only_on.is_some_and(|only| only != screen);
    if state.message.as_ref().is_some_and(elsewhere) {
        state.message = None;
    }
    refresh(state)
}

macro_rules! dispatch {
    ($($module:ident $variant:ident $name:literal $show:ident $doc:literal;)*) => {
        /// What a key does that only the current screen knows.
        fn on_screen(state: &mut State, action: Action) -> Vec<Effect> {
            match state.screen {
                $(Screen::$variant => super::$module::update::act(state, action),)*
            }
        }

        /// Requests what the current screen shows and is out of date.
        fn refresh(state: &mut State) -> Vec<Effect> {
            match state.screen {
                $(Screen::$variant => super::$module::update::refresh(state),)*
            }
        }
    };
}

screens!(dispatch);

fn quit(state: &mut State) -> Vec<Effect> {
    if state.train.must_end() && !state.too_small() {
        state.overlay = Some(Overlay::Quit);
        return Vec::new();
    }
    request(TerminalRequest::Quit)
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    let before = state.interrupted.replace(state.now);
    if before.is_some_and(|before| state.now.saturating_sub(before) <= TWICE) {
        return request(TerminalRequest::Quit);
    }
    if state.train.must_end() {
        let text = "stopping after this batch and saving; Ctrl-C again within 2 s leaves";
        state.say(Level::Warning, text);
        return train::update::stop(state);
    }
    let text = "Ctrl-C again within 2 s leaves; so does q";
    state.say(Level::Warning, text);
    Vec::new()
}

fn training(state: &mut State, news: TrainingEvent) -> Vec<Effect> {
    let faces = state.data.dataset.as_ref();
    let preparation = faces.map_or_else(Default::default, |faces| faces.preparation);
    let newer = match &news {
        TrainingEvent::Epoch(report) => Some(ModelInfo {
            epoch: report.metrics.epoch,
            origin: "this training".into(),
            preparation,
            scores: Some(report.scores.clone()),
            why: "the training in these screens answers, whatever was trained before".into(),
        }),
        _ => None,
    };
    let mut effects = Vec::new();
    if let Some(info) = newer {
        state.reload = None;
        effects = new_model(state, info);
    }
    effects.extend(train::update::news(state, news));
    effects
}

fn model_loaded(state: &mut State, info: ModelInfo, split: &SplitNames) -> Vec<Effect> {
    // During a training the message line says something else, and there will be another network soon.
    let name = match &*info.origin {
        BUILT_IN => format!("the {BUILT_IN} answers"),
        run => format!("{run} answers, epoch {}", info.epoch),
    };
    state.data.take_split(split);
    // What another network answered is dropped, also if its epoch has the same number.
    state.pairs.forget_scores();
    state.map.projection.clear();
    state.network.activations.clear();
    state.verify.comparison.clear();
    state.verify.answered = false;
    let fits = |faces: &Arc<Dataset>| faces.preparation == info.preparation;
    let effects = match state.data.dataset.as_ref().is_none_or(fits) {
        true => new_model(state, info),
        false => data::update::prepare_for(state, info),
    };
    if !state.train.active() && !state.has_unread(Level::Warning) {
        let threshold = verify::update::explain_threshold(state);
        state.say(Level::Info, format!("{name}{threshold}"));
    }
    effects
}

/// There is a newer network: everything it was asked is asked again. A request without an answer yet is not repeated
/// before its answer is there, because epochs can be shorter than an answer takes, and then there would never be one.
fn new_model(state: &mut State, info: ModelInfo) -> Vec<Effect> {
    state.model = Some(info);
    verify::update::use_usual_threshold(state);
    let mut effects = Vec::new();
    if !state.pairs.scores.waiting() {
        effects.extend(pairs::update::score(state));
    }
    if !state.verify.waiting() {
        effects.extend(verify::update::compare(state));
    }
    effects.extend(refresh(state));
    effects
}

/// A request failed: whichever part of the state waits for it stops waiting. An older request is dropped.
fn failed(state: &mut State, number: Request, why: &TaskError) -> Vec<Effect> {
    if state.data.load.settle(number) {
        return data::update::load_failed(state, why);
    } else if state.verify.view.settle(number) || state.verify.comparison.settle(number) {
        verify::update::failed(state, why);
    } else if state.data.photo.settle(number)
        || state.pairs.scores.settle(number)
        || state.map.projection.settle(number)
        || state.network.activations.settle(number)
        || state.train.tested.settle(number)
    {
        state.say(why.level(), why.to_string());
    } else {
        popups::update::failed(state, number, why);
    }
    Vec::new()
}
