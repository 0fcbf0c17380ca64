//! What the Train screen does with an action.

use crate::app::action::Action;
use crate::app::event::{Effect, Level};
use crate::app::state::State;
use crate::app::train::Phase;
use crate::train::TrainingCommand;

pub(in crate::app) fn on_train(state: &mut State, action: Action) -> Vec<Effect> {
    let train = &mut state.train;
    match action {
        Action::Pause if train.phase == Phase::Running => {
            vec![Effect::Control(TrainingCommand::Pause)]
        }
        Action::Pause if train.phase == Phase::Paused => {
            vec![Effect::Control(TrainingCommand::Resume)]
        }
        Action::Step if matches!(train.phase, Phase::Running | Phase::Paused) => {
            vec![Effect::Control(TrainingCommand::Step)]
        }
        Action::Save if train.active() => {
            train.save_wanted = true;
            state.say(Level::Info, "saving after this batch");
            vec![Effect::Control(TrainingCommand::Save)]
        }
        Action::Stop if train.active() => {
            train.phase = Phase::Stopping;
            vec![Effect::Control(TrainingCommand::Stop)]
        }
        Action::Pause | Action::Step | Action::Save | Action::Stop => {
            state.say(Level::Info, "no training is running; t starts one");
            Vec::new()
        }
        Action::PastRun if train.past.is_some() => {
            train.past = None;
            state.message = None;
            Vec::new()
        }
        Action::PastRun => {
            let this = train
                .started
                .as_ref()
                .and_then(|started| started.run.clone());
            vec![Effect::LoadPastRun(this)]
        }
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
            state.say(
                Level::Info,
                "the crosshair reads epochs; the first one is not done yet",
            );
        }
        Action::Crosshair => train.crosshair = Some(train.epochs.len() - 1),
        _ => {
            train.move_cursor(action, state.size.0);
        }
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
    vec![Effect::Copy(text)]
}
