//! What keys and news of the training change.

use super::state::{Chart, PastRun, Phase, TrainView};
use crate::app::action::Action;
use crate::app::data::{self, Phase as DataPhase};
use crate::app::effect::{Effect, FileJob, TerminalRequest, TrainingRequest, request};
use crate::app::message::Level;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::train::TrainingCommand;
use crate::train::TrainingEvent;

pub(in crate::app) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let train = &mut state.train;
    match action {
        Action::Pause if train.phase == Phase::Running => control(TrainingCommand::Pause),
        Action::Pause if train.phase == Phase::Paused => control(TrainingCommand::Resume),
        Action::Step if matches!(train.phase, Phase::Running | Phase::Paused) => {
            control(TrainingCommand::Step)
        }
        Action::Save if train.active() => {
            train.save_wanted = true;
            state.say(Level::Info, "saving after this batch");
            control(TrainingCommand::Save)
        }
        Action::Stop if train.active() => stop(state),
        Action::Pause | Action::Step | Action::Save | Action::Stop => {
            state.say(Level::Info, "no training is running; t starts one");
            Vec::new()
        }
        Action::PastRun if !train.overlaid.is_empty() => {
            train.overlaid.clear();
            state.message = None;
            Vec::new()
        }
        Action::PastRun => {
            let started = train.started.as_ref();
            let this = started.and_then(|started| started.run.clone());
            request(FileJob::LoadPastRun(this))
        }
        Action::Copy => copy_epoch(state),
        _ => {
            change_view(state, action);
            Vec::new()
        }
    }
}

pub(in crate::app) fn refresh(_: &mut State) -> Vec<Effect> {
    Vec::new()
}

fn control(command: TrainingCommand) -> Vec<Effect> {
    request(TrainingRequest::Control(command))
}

/// Stops the training after this batch; it is saved.
pub(in crate::app) fn stop(state: &mut State) -> Vec<Effect> {
    if state
        .reload
        .as_ref()
        .is_some_and(|reload| reload.then.is_some())
    {
        // It waits for its faces: there is nothing to save.
        state.train.phase = Phase::Finished { stopped: true };
        return match state.leaving {
            true => request(TerminalRequest::Quit),
            false => data::update::restore(state),
        };
    }
    state.train.phase = Phase::Stopping;
    control(TrainingCommand::Stop)
}

/// Starts a training with the settings of the form, unless one runs or there is no data.
pub(in crate::app) fn start(state: &mut State) -> Vec<Effect> {
    if state.train.active() {
        state.screen = Screen::Train;
        let text = "a training is running: space pauses it, x stops it";
        state.say(Level::Info, text);
        return Vec::new();
    }
    if state.data.phase != DataPhase::Ready {
        let text = "there are no faces yet; training can start when they are loaded";
        state.say(Level::Warning, text);
        return Vec::new();
    }
    forget_network(state);
    state.screen = Screen::Train;
    request(TrainingRequest::Start(state.train.settings.clone()))
}

/// Resumes the run that is offered. The screen stays as it was when the program was last left.
pub(in crate::app) fn resume(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.offer.take() else {
        return Vec::new();
    };
    forget_network(state);
    let text = format!("resuming {} after epoch {}", run.name, run.epoch);
    state.say(Level::Info, text);
    request(TrainingRequest::Resume(run.path))
}

/// Does not resume the run that is offered, and does not offer it again.
pub(in crate::app) fn drop_offer(state: &mut State) {
    if let Some(run) = state.offer.take() {
        state.dropped_offer = run.name;
    }
}

/// Shows the training of another process.
pub(in crate::app) fn attach(state: &mut State) {
    state.train.begin();
    state.train.attached = true;
    state.screen = Screen::Train;
    let text = "attached to a training in the background; it continues when you leave";
    state.say(Level::Info, text);
}

fn forget_network(state: &mut State) {
    state.offer = None;
    state.train.begin();
    state.pairs.forget_scores();
    state.map.projection.clear();
    state.network.activations.clear();
}

/// Draws an earlier run in the charts.
pub(in crate::app) fn past_run(state: &mut State, run: PastRun) {
    let key = |action| state.keymap.first_shown(action).unwrap_or_default();
    let text = format!(
        "{} is drawn in the charts; {} removes it, {} lists all runs",
        run.name,
        key(Action::PastRun),
        key(Action::ShowRuns)
    );
    state.say(Level::Info, text);
    state.train.overlaid = vec![run];
}

/// Takes news of the training, apart from the newer network that an epoch brings.
pub(in crate::app) fn news(state: &mut State, news: TrainingEvent) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut stopped_early = false;
    if matches!(
        news,
        TrainingEvent::Failed(_) | TrainingEvent::Finished { .. }
    ) {
        effects.extend(data::update::restore(state));
    }
    match &news {
        TrainingEvent::Started(started) => state.data.training_on(started.split.clone()),
        TrainingEvent::Saved { epoch, path } if state.train.save_wanted => {
            state.train.save_wanted = false;
            let text = format!("saved epoch {epoch} to {}", path.display());
            state.say(Level::Info, text);
        }
        TrainingEvent::Failed(why) => {
            state.say(Level::Error, format!("the training failed: {why}"))
        }
        TrainingEvent::Finished { epoch, stopped } => {
            stopped_early = *stopped;
            let how = if *stopped { "stopped" } else { "finished" };
            state.say(Level::Info, format!("training {how} after epoch {epoch}"));
            if state.bell && !*stopped {
                effects.push(TerminalRequest::Bell.into());
            }
            if !*stopped {
                effects.extend(test(state));
            }
        }
        _ => {}
    }
    state.train.apply(news);
    if state.leaving && !state.train.active() {
        effects.push(match state.hand_over && stopped_early {
            true => TrainingRequest::HandOver.into(),
            false => TerminalRequest::Quit.into(),
        });
    }
    effects
}

/// Requests the result on the people held out to the end, if there are any.
fn test(state: &mut State) -> Vec<Effect> {
    let started = state.train.started.as_ref();
    let held_out = started.and_then(|s| Some((s.run.clone()?, s.split.test.clone())));
    let Some((run, people)) = held_out.filter(|(_, people)| people.len() > 1) else {
        return Vec::new();
    };
    let number = state.ask();
    state.train.tested.ask(number);
    request(FileJob::Test(number, run, people))
}

/// The terminal has another size.
pub(in crate::app) fn resized(state: &mut State) {
    if !TrainView::charts(state.size.0).contains(&state.train.focus) {
        state.train.focus = Chart::Loss;
    }
}

fn change_view(state: &mut State, action: Action) {
    let train = &mut state.train;
    match action {
        Action::Zoom => train.zoomed = !train.zoomed,
        Action::LogScale => train.log = !train.log,
        Action::Smoothing => train.smoothing = (train.smoothing + 1) % 3,
        Action::Crosshair if train.crosshair.is_some() => train.crosshair = None,
        Action::Crosshair if train.epochs.is_empty() => {
            let text = "the crosshair reads epochs; the first one is not done yet";
            state.say(Level::Info, text);
        }
        Action::Crosshair => train.crosshair = Some(train.epochs.len() - 1),
        _ => train.move_cursor(action, state.size.0),
    }
}

fn copy_epoch(state: &State) -> Vec<Effect> {
    let Some(p) = state.train.read_epoch().or(state.train.epochs.last()) else {
        return Vec::new();
    };
    let validation = p.validation.map_or(String::new(), |v| {
        format!(
            "; validation loss {:.4}, accuracy {:.4}, EER {:.4}, AUC {:.4}",
            v.loss, v.accuracy, v.eer, v.auc
        )
    });
    let text = format!(
        "epoch {}: train loss {:.4}, accuracy {:.4}{validation}",
        p.epoch, p.train_loss, p.train_accuracy
    );
    request(TerminalRequest::Copy(text))
}
