//! State and event to effects: what happens everywhere. What a single screen or popup does is in its own file.

use std::sync::Arc;
use std::time::Duration;

use super::action::{Action, Context};
use super::data::Phase as DataPhase;
use super::event::{Effect, Event, Level, ModelInfo};
use super::key::Key;
use super::overlay::Overlay;
use super::state::{Screen, State, WALK_STEP};
use super::train::Phase;
use super::{popups, runs, screens};
use crate::data::Dataset;
use crate::train::{TrainingCommand, TrainingEvent};

/// Within this time a second Ctrl-C leaves.
const TWICE: Duration = Duration::from_secs(2);

/// Takes in what happened; the effects are to be carried out in their order.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => press(state, key),
        Event::Paste(text) => popups::paste(state, &text),
        Event::Resize(columns, rows) => {
            state.size = (columns, rows);
            screens::resized(state);
            Vec::new()
        }
        Event::Tick => tick(state),
        Event::Loaded(request, result) if request == state.data.request => loaded(state, result),
        Event::Marks(marks) => {
            state.pairs.marks = marks;
            screens::marks_changed(state);
            Vec::new()
        }
        Event::Unfinished(run) => {
            if !state.train.active() && run.name != state.dropped_offer {
                state.offer = Some(run);
            }
            Vec::new()
        }
        Event::Training(news) => hear(state, news),
        Event::ModelLoaded(info) => {
            // Whoever has begun a training meanwhile has been told something of that, and will have another network soon.
            if !state.train.active() && !state.has_unread(Level::Warning) {
                let (origin, epoch) = (&info.origin, info.epoch);
                let text = format!("answers come from the network of {origin}, epoch {epoch}");
                state.say(Level::Info, text);
            }
            state.pairs.forget_scores();
            new_model(state, info)
        }
        Event::Themes(themes) => {
            state.themes = themes;
            Vec::new()
        }
        Event::Gallery(people) => {
            state.gallery = people;
            screens::compare(state)
        }
        Event::PastRun(Ok(run)) => {
            let said = match state.train.epochs.is_empty() {
                true => format!("the validation of {}, dashed", run.name),
                false => format!("{} lies under the curves", run.name),
            };
            state.say(Level::Info, said);
            state.train.past = Some(run);
            Vec::new()
        }
        Event::PastRun(Err(why)) => notice(state, Level::Warning, why),
        Event::Notice(level, text) => notice(state, level, text),
        answer => screens::answer(state, answer),
    }
}

fn notice(state: &mut State, level: Level, text: String) -> Vec<Effect> {
    state.say(level, text);
    Vec::new()
}

fn tick(state: &mut State) -> Vec<Effect> {
    if state
        .message
        .as_ref()
        .is_some_and(|message| message.until.is_some_and(|until| until <= state.now))
    {
        state.message = None;
    }
    if state.slide.is_some_and(|slide| slide.until <= state.now) {
        state.slide = None;
    }
    if let Some(met) = state.verify.walk {
        let steps = state
            .now
            .saturating_sub(state.verify.walk_started)
            .as_millis()
            / WALK_STEP.as_millis();
        let reached = met.max(steps as usize);
        state.verify.walk = (reached < state.verify.candidates.len()).then_some(reached);
        if state.verify.walk.is_some() {
            state.verify.selected = reached;
        }
    }
    Vec::new()
}

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    // Whoever presses on is not waiting for the cursor; and a name that was refused must not draw it later.
    state.verify.renamed = None;
    if state
        .message
        .as_ref()
        .is_some_and(|message| message.level == Level::Error)
    {
        state.message = None;
    }
    let found = state.keymap.action(&state.contexts(), key);
    if state.typing() {
        let global = state.keymap.action(&[Context::Global], key);
        return match (found, global) {
            (Some(action), _) => popups::edit(state, action),
            (None, Some(action @ (Action::Interrupt | Action::Suspend | Action::Redraw))) => {
                act(state, action)
            }
            (None, _) => popups::type_key(state, key),
        };
    }
    found.map_or_else(Vec::new, |action| act(state, action))
}

/// Carries out an action.
fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Interrupt => return interrupt(state),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Redraw => return vec![Effect::Redraw],
        _ => {}
    }
    if state.too_small() {
        return if action == Action::Quit {
            quit(state)
        } else {
            Vec::new()
        };
    }
    if state.overlay.is_some() {
        return popups::act(state, action);
    }
    let effects = act_on_screen(state, action);
    state.tour.hear(action);
    effects
}

fn act_on_screen(state: &mut State, action: Action) -> Vec<Effect> {
    if let Some(screen) = Screen::shown_by(action) {
        return screens::show(state, screen);
    }
    match action {
        Action::NextScreen => screens::show(state, state.screen.turn(1)),
        Action::PreviousScreen => screens::show(state, state.screen.turn(-1)),
        Action::Help => popups::open(state, Overlay::Help { scroll: 0 }),
        Action::PickTheme => popups::open_themes(state),
        Action::EditSettings => popups::open_settings(state),
        Action::Export => vec![Effect::Export],
        Action::Quit => quit(state),
        Action::StartTraining => runs::start(state),
        Action::Tour => {
            state.tour.active = true;
            let screen = state
                .tour
                .current()
                .map_or(Screen::Data, |stop| stop.screen);
            screens::show(state, screen)
        }
        Action::ResumeRun => runs::resume(state),
        Action::DropOffer => {
            if let Some(run) = state.offer.take() {
                state.dropped_offer = run.name;
            }
            Vec::new()
        }
        Action::TourNext => tour(state, 1),
        Action::TourBack => tour(state, -1),
        Action::TourLeave => {
            state.tour.active = false;
            Vec::new()
        }
        _ => screens::act(state, action),
    }
}

fn tour(state: &mut State, step: isize) -> Vec<Effect> {
    match state.tour.go(step) {
        Some(screen) => screens::show(state, screen),
        None => Vec::new(),
    }
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.train.must_end() && !state.too_small() {
        return popups::open(state, Overlay::Quit);
    }
    vec![Effect::Quit]
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    let twice = state
        .interrupted
        .is_some_and(|before| state.now.saturating_sub(before) <= TWICE);
    state.interrupted = Some(state.now);
    if twice {
        return vec![Effect::Quit];
    }
    if state.train.must_end() {
        state.train.phase = Phase::Stopping;
        state.say(
            Level::Warning,
            "stopping after this batch and saving; Ctrl-C again within 2 s leaves",
        );
        return vec![Effect::Control(TrainingCommand::Stop)];
    }
    state.say(Level::Warning, "Ctrl-C again within 2 s leaves; so does q");
    Vec::new()
}

fn loaded(state: &mut State, result: Result<Arc<Dataset>, String>) -> Vec<Effect> {
    let dataset = match result {
        Ok(dataset) => dataset,
        Err(why) => {
            state.say(Level::Error, why.clone());
            match state.data_before.take() {
                Some(before) => {
                    state.train.settings.data.clone_from(&before.source);
                    state.data = *before;
                }
                None => state.data.phase = DataPhase::Failed(why),
            }
            return Vec::new();
        }
    };
    if state.data_before.take().is_some() {
        let text = format!("{} loaded; t starts the training", dataset.name);
        state.say(Level::Info, text);
    }
    if !dataset.refused.is_empty() && !state.has_unread(Level::Error) {
        let count = dataset.refused.len();
        state.say(
            Level::Warning,
            format!("{count} files could not be used; r on the Data screen says why"),
        );
    }
    state.data.loaded(dataset.clone());
    state.pairs.marks.clear();
    state.pairs.left_out.clear();
    state.pairs.draw(&dataset, state.verify.threshold);
    let probe = state.recall_selection(&dataset);
    screens::first_probe(state, probe)
}

fn hear(state: &mut State, news: TrainingEvent) -> Vec<Effect> {
    let mut effects = Vec::new();
    let over = match &news {
        TrainingEvent::Finished { stopped, .. } => Some(*stopped),
        _ => None,
    };
    match &news {
        TrainingEvent::Started(started) => state.data.split = Some(started.split.clone()),
        TrainingEvent::Epoch(report) => {
            let info = ModelInfo {
                epoch: report.metrics.epoch,
                origin: "this training".into(),
                scores: Some(report.scores.clone()),
            };
            effects = new_model(state, info);
        }
        TrainingEvent::Saved { epoch, path } if state.train.save_wanted => {
            state.train.save_wanted = false;
            state.say(
                Level::Info,
                format!("saved epoch {epoch} to {}", path.display()),
            );
        }
        TrainingEvent::Failed(why) => {
            state.say(Level::Error, format!("the training failed: {why}"))
        }
        TrainingEvent::Finished { epoch, stopped } => {
            let how = if *stopped { "stopped" } else { "finished" };
            state.say(Level::Info, format!("training {how} after epoch {epoch}"));
            if state.bell && !*stopped {
                effects.push(Effect::Bell);
            }
        }
        _ => {}
    }
    state.train.hear(news);
    if state.leaving && !state.train.active() {
        effects.push(match state.hand_over && over == Some(true) {
            true => Effect::HandOver,
            false => Effect::Quit,
        });
    }
    effects
}

/// A network has newer weights: everything it is asked about is asked again. A question that is still open is waited
/// for first, and asked again when its answer turns out to be of older weights: where epochs are shorter than answers
/// take, there would otherwise never be one.
fn new_model(state: &mut State, info: ModelInfo) -> Vec<Effect> {
    state.model = Some(info);
    let mut effects = Vec::new();
    if !state.pairs.waiting {
        effects.extend(screens::score_pairs(state));
    }
    if !state.verify.waiting {
        effects.extend(screens::compare(state));
    }
    effects.extend(screens::refresh(state));
    effects
}
