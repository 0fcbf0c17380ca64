//! What goes wrong on the way takes nothing away, and is said for as long as it takes to read it.

use std::sync::Arc;

use twinsight::app::effect::{GalleryChange, NetworkQuery, TrainingRequest};
use twinsight::app::error::TaskError;
use twinsight::app::event::Event;
use twinsight::app::message::Level;
use twinsight::app::model::{BUILT_IN, ModelInfo, SplitNames};
use twinsight::app::{Effect, update};
use twinsight::data::{Dataset, Source};
use twinsight::metrics::Scores;
use twinsight::recognition::PreparedPhoto;
use twinsight::train::events::{EpochMetrics, TrainingEvent};
use twinsight::units::Epoch;
use twinsight::vision::Preparation;

use super::states::{apply, empty, epoch_event, full, metrics, press, started, text, type_text};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn faces_that_cannot_be_had_take_none_away() {
    let mut state = empty(SIZE);
    press(&mut state, "e backtab ctrl-u");
    type_text(&mut state, "/nope");
    press(&mut state, "enter");
    let request = state.data.load.request().expect("the faces are requested");
    let nope = Dataset::open(&Source::Folder("/nope".into()), &Default::default());
    let failed = TaskError::from(nope.expect_err("there is no such folder"));
    update(&mut state, Event::Failed(request, failed));
    let why = "cannot list /nope: there is no such file";
    assert!(text(&state).contains(why), "{}", text(&state));
    assert!(state.data.dataset.is_some());
    assert_eq!(
        (&*state.data.source, &*state.train.settings.data),
        ("orl", "orl")
    );
    assert!(matches!(
        &press(&mut state, "t")[..],
        [Effect::Training(TrainingRequest::Start(_))]
    ));
}

#[test]
fn a_mistake_stays_on_the_line_when_a_network_comes() {
    let mut state = empty(SIZE);
    let why = "keys.ron:1:8: a mistake";
    update(&mut state, Event::Notice(Level::Error, why.into()));
    let info = ModelInfo {
        epoch: Epoch(3),
        origin: BUILT_IN.into(),
        scores: None,
    };
    update(
        &mut state,
        Event::ModelLoaded(info.clone(), SplitNames::default()),
    );
    assert!(text(&state).contains(why));
    press(&mut state, "2");
    update(&mut state, Event::ModelLoaded(info, SplitNames::default()));
    assert!(text(&state).contains("answers come from the built-in model"));
}

#[test]
fn the_cursor_follows_whoever_is_renamed() {
    let mut state = full(SIZE);
    press(&mut state, "4 b");
    state.verify.selected = 1;
    let mut candidates = state.verify.candidates.clone();
    candidates[1].enrolled = true;
    let before = candidates[1].person.to_string();
    state.verify.candidates.clone_from(&candidates);
    press(&mut state, "R ctrl-u");
    type_text(&mut state, "zz");
    let rename = GalleryChange::Rename {
        from: before,
        to: "zz".into(),
    };
    assert_eq!(
        press(&mut state, "enter"),
        [NetworkQuery::Change(rename).into()]
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
    let view = state.verify.view.get_mut().expect("a probe");
    let empty = image::GrayImage::from_pixel(92, 112, image::Luma([128]));
    let photo = PreparedPhoto::from_image("empty.png".as_ref(), &empty, &Preparation::default());
    assert!(!photo.has_face());
    view.probe = Arc::new(photo).probe();
    press(&mut state, "+");
    assert!(text(&state).contains("no face was found: a name enrolls the middle"));
}

#[test]
fn where_nobody_is_held_out_no_figure_is_shown() {
    let mut state = empty(SIZE);
    press(&mut state, "t");
    apply(&mut state, TrainingEvent::Started(started()));
    let metrics = EpochMetrics {
        validation: None,
        ..metrics(1)
    };
    let scores = Arc::new(Scores::default());
    apply(&mut state, epoch_event(metrics, true, scores));
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
