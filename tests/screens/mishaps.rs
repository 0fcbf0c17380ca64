//! What goes wrong on the way takes nothing away, and is said for as long as it takes to read it.

use std::sync::Arc;

use twinsight::app::event::{Event, Level, ModelInfo};
use twinsight::app::{Effect, update};
use twinsight::metrics::Scores;
use twinsight::train::events::{EpochMetrics, TrainingEvent};
use twinsight::units::Epoch;

use super::states::{empty, epoch_event, full, hear, metrics, press, started, text, type_text};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn faces_that_cannot_be_had_take_none_away() {
    let mut state = empty(SIZE);
    press(&mut state, "e backtab ctrl-u");
    type_text(&mut state, "/nope");
    press(&mut state, "enter");
    let request = state.data.request;
    let why = "cannot list /nope: there is no such file";
    update(&mut state, Event::Loaded(request, Err(why.into())));
    assert!(text(&state).contains(why));
    assert!(state.data.dataset.is_some());
    assert_eq!(
        (&*state.data.source, &*state.train.settings.data),
        ("orl", "orl")
    );
    assert!(matches!(&press(&mut state, "t")[..], [Effect::Start(_)]));
}

#[test]
fn a_mistake_stays_on_the_line_when_a_network_comes() {
    let mut state = empty(SIZE);
    let why = "keys.ron:1:8: a mistake";
    update(&mut state, Event::Notice(Level::Error, why.into()));
    let info = ModelInfo {
        epoch: Epoch(3),
        origin: "the program".into(),
        scores: None,
    };
    update(&mut state, Event::ModelLoaded(info.clone()));
    assert!(text(&state).contains(why));
    press(&mut state, "2");
    update(&mut state, Event::ModelLoaded(info));
    assert!(text(&state).contains("answers come from the network of the program"));
}

#[test]
fn the_cursor_follows_whoever_is_renamed() {
    let mut state = full(SIZE);
    press(&mut state, "4 b");
    state.verify.selected = 1;
    let mut candidates = state.verify.candidates.clone();
    candidates[1].enrolled = true;
    let before = candidates[1].person.clone();
    state.verify.candidates.clone_from(&candidates);
    press(&mut state, "R ctrl-u");
    type_text(&mut state, "zz");
    assert_eq!(
        press(&mut state, "enter"),
        [Effect::Rename(before, "zz".into())]
    );
    candidates[1].person = "zz".into();
    state.verify.compared(Epoch(12), candidates);
    let selected = &state.verify.candidates[state.verify.selected];
    assert_eq!((&*selected.person, state.verify.selected > 1), ("zz", true));
}

#[test]
fn a_probe_without_a_face_is_not_enrolled_unawares() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    state.verify.view.as_mut().expect("a probe").fallback = true;
    press(&mut state, "+");
    assert!(text(&state).contains("no face was found: a name enrols the middle"));
}

#[test]
fn where_nobody_is_held_out_no_figure_is_shown() {
    let mut state = empty(SIZE);
    press(&mut state, "t");
    hear(&mut state, TrainingEvent::Started(started()));
    let metrics = EpochMetrics {
        validation: None,
        ..metrics(1)
    };
    let scores = Arc::new(Scores::default());
    hear(&mut state, epoch_event(metrics, true, scores));
    press(&mut state, "2");
    let shown = text(&state);
    assert!(
        shown.contains("no people held out for validation"),
        "{shown}"
    );
    assert!(!shown.contains("50.0 %"), "{shown}");
    press(&mut state, "4");
    let shown = text(&state);
    assert!(
        shown.contains("no people held out: FMR and FNMR not measured"),
        "{shown}"
    );
}
