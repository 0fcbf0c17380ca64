//! News of the training, and their effects.

use std::sync::Arc;

use twinsight::internals::app::effect::{FileJob, NetworkQuery, TerminalRequest, TrainingRequest};
use twinsight::internals::app::event::Event;
use twinsight::internals::app::train::{PastRun, Phase};
use twinsight::internals::app::{Effect, update};
use twinsight::metrics::Scores;
use twinsight::train::events::Started;
use twinsight::train::{TrainingCommand, TrainingEvent};
use twinsight::units::Epoch;

use super::states::{apply, batch, empty, epoch_event, metrics, press, started, text, training};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn keys_control_the_training_that_runs() {
    let mut state = training(SIZE);
    press(&mut state, "2");
    assert_eq!(
        press(&mut state, "space"),
        [TrainingRequest::Control(TrainingCommand::Pause).into()]
    );
    apply(&mut state, TrainingEvent::Paused);
    assert!(text(&state).contains("paused"));
    assert_eq!(
        press(&mut state, "."),
        [TrainingRequest::Control(TrainingCommand::Step).into()]
    );
    assert_eq!(
        press(&mut state, "space"),
        [TrainingRequest::Control(TrainingCommand::Resume).into()]
    );
    apply(&mut state, TrainingEvent::Resumed);
    assert_eq!(
        press(&mut state, "w"),
        [TrainingRequest::Control(TrainingCommand::Save).into()]
    );
    assert_eq!(
        press(&mut state, "x"),
        [TrainingRequest::Control(TrainingCommand::Stop).into()]
    );
    assert_eq!(state.train.phase, Phase::Stopping);
    apply(&mut state, TrainingEvent::Paused);
    assert_eq!(
        state.train.phase,
        Phase::Stopping,
        "late news do not undo it"
    );
    apply(
        &mut state,
        TrainingEvent::Finished {
            epoch: Epoch(12),
            stopped: true,
        },
    );
    assert_eq!(press(&mut state, "space"), []);
}

#[test]
fn each_epoch_asks_for_pairs_and_people_again() {
    let mut state = training(SIZE);
    let news = epoch_event(metrics(13), false, Arc::new(Scores::default()));
    let effects = apply(&mut state, news);
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Network(NetworkQuery::ScorePairs(..))))
    );
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Network(NetworkQuery::Compare(..))))
    );
    assert_eq!(state.model.as_ref().map(|m| m.epoch), Some(Epoch(13)));
    assert_eq!(state.pairs.scored.len(), 13);
}

#[test]
fn answers_that_take_longer_than_an_epoch_are_taken_and_asked_again() {
    let mut state = training(SIZE);
    let mut asked = Vec::new();
    for epoch in 13..=15 {
        let progress = epoch_event(metrics(epoch), false, Arc::new(Scores::default()));
        asked.extend(update(&mut state, Event::Training(progress)));
    }
    let [
        Effect::Network(NetworkQuery::ScorePairs(request, pairs)),
        Effect::Network(NetworkQuery::Compare(..)),
    ] = &asked[..]
    else {
        panic!("each question is asked once: {}", asked.len())
    };
    let late = Event::PairScores(*request, Epoch(13), Arc::new(vec![0.5; pairs.len()]));
    assert!(matches!(
        update(&mut state, late)[..],
        [Effect::Network(NetworkQuery::ScorePairs(..))]
    ));
    assert_eq!(state.pairs.epoch(), Some(Epoch(13)));
}

#[test]
fn leaving_waits_until_the_training_has_saved() {
    let mut state = training(SIZE);
    assert_eq!(
        press(&mut state, "q enter"),
        [TrainingRequest::Control(TrainingCommand::Stop).into()]
    );
    let effects = apply(
        &mut state,
        TrainingEvent::Finished {
            epoch: Epoch(12),
            stopped: true,
        },
    );
    assert!(effects.contains(&TerminalRequest::Quit.into()));
}

#[test]
fn what_is_not_a_number_breaks_no_chart() {
    for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut state = empty(SIZE);
        press(&mut state, "t");
        apply(&mut state, TrainingEvent::Started(started()));
        apply(
            &mut state,
            TrainingEvent::Batch(twinsight::train::events::BatchReport {
                loss: broken,
                ..batch(1, 1)
            }),
        );
        let mut point = metrics(1);
        let validation = point.validation.as_mut().expect("validated");
        (point.train_loss, validation.loss, validation.eer) = (broken, broken, f64::NAN);
        apply(
            &mut state,
            epoch_event(point, false, Arc::new(Scores::default())),
        );
        for keys in ["2", "z", "g", "c"] {
            press(&mut state, keys);
            let screen = text(&state);
            assert!(
                screen.contains("loss is NaN") || screen.contains("loss  is NaN"),
                "{screen}"
            );
        }
    }
}

#[test]
fn many_batches_are_thinned_out() {
    let mut state = empty(SIZE);
    press(&mut state, "t");
    apply(&mut state, TrainingEvent::Started(started()));
    for epoch in 1..=4000 {
        for n in 1..=5 {
            apply(&mut state, TrainingEvent::Batch(batch(epoch, n)));
        }
    }
    assert!(state.train.batches.len() <= 4096 && state.train.batches.len() > 2000);
    let last = state
        .train
        .batches
        .last()
        .map(|(at, _)| *at)
        .expect("batches");
    assert!((last - 4000.0).abs() < 3.0, "{last}");
}

#[test]
fn a_resumed_run_brings_its_epochs() {
    let mut state = empty(SIZE);
    press(&mut state, "t");
    let history = (1..=7).map(metrics).collect();
    apply(
        &mut state,
        TrainingEvent::Started(twinsight::train::events::Started {
            history,
            best: Some(4),
            ..started()
        }),
    );
    assert_eq!((state.train.epochs.len(), state.train.best), (7, Some(4)));
}

#[test]
fn a_failure_is_said_on_every_screen() {
    let mut state = training(SIZE);
    apply(
        &mut state,
        TrainingEvent::Failed("the training thread failed: no memory".into()),
    );
    for screen in ["1", "2", "3", "4", "5", "6"] {
        press(&mut state, screen);
        assert!(text(&state).contains("✗ training failed"));
    }
}

#[test]
fn yesterdays_curves_can_be_looked_at_without_training() {
    let mut state = empty(SIZE);
    press(&mut state, "2");
    assert!(text(&state).contains("Nothing is being trained."));
    assert_eq!(press(&mut state, "o"), [FileJob::LoadPastRun(None).into()]);
    let past = PastRun {
        name: "0001-compact".into(),
        epochs: (1..=20).map(metrics).collect(),
    };
    update(&mut state, Event::PastRun(past));
    let shown = text(&state);
    assert!(shown.contains("0001-compact is drawn in the charts; o removes it, R lists all runs"));
    assert!(shown.contains("accuracy") && !shown.contains("Nothing is being trained."));
    let braille = |c: char| ('\u{2801}'..='\u{28ff}').contains(&c);
    assert!(shown.chars().filter(|&c| braille(c)).count() > 20);
    press(&mut state, "o");
    assert!(text(&state).contains("Nothing is being trained."));
}

#[test]
fn a_bell_rings_at_the_end_if_it_is_wished() {
    let rings = |bell, stopped| {
        let mut state = training(SIZE);
        state.bell = bell;
        let epoch = Epoch(12);
        apply(&mut state, TrainingEvent::Finished { epoch, stopped })
            .contains(&TerminalRequest::Bell.into())
    };
    assert!(rings(true, false));
    assert!(!rings(false, false));
    assert!(!rings(true, true), "who stopped it knows");
}

#[test]
fn an_error_on_pairs_of_people_trained_on_is_not_called_one_on_unseen_people() {
    let title = |split: &dyn Fn(&mut Started)| {
        let mut state = training((120, 40));
        let mut started = started();
        split(&mut started);
        state.train.started = Some(started);
        press(&mut state, "2");
        text(&state)
    };
    let by_people = title(&|_| {});
    assert!(
        by_people.contains("validation EER (unseen people)"),
        "{by_people}"
    );
    let by_pairs = title(&|started| started.split.validation.clear());
    assert!(
        by_pairs.contains("validation EER (people trained on)"),
        "{by_pairs}"
    );
}
