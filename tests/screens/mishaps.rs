//! Errors lose nothing that was there, and stay on the screen long enough to be read.

use std::sync::Arc;

use twinsight::data::{Dataset, Source};
use twinsight::internals::app::effect::{FileJob, GalleryChange, NetworkQuery, TrainingRequest};
use twinsight::internals::app::error::TaskError;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::message::Level;
use twinsight::internals::app::model::{BUILT_IN, ModelInfo, SplitNames};
use twinsight::internals::app::{Effect, State, update};
use twinsight::metrics::Scores;
use twinsight::recognition::PreparedPhoto;
use twinsight::train::events::{EpochMetrics, TrainingEvent};
use twinsight::units::{Epoch, ImageId};
use twinsight::vision::Preparation;

use super::states::{
    apply, empty, epoch_event, full, metrics, photo, press, started, text, type_text,
};

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
    // What was typed is still there, to be corrected.
    let shown = text(&state);
    assert!(shown.contains("/nope▏"), "{shown}");
    press(&mut state, "esc");
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
        preparation: Default::default(),
        scores: None,
        why: "it was chosen".into(),
    };
    update(
        &mut state,
        Event::ModelLoaded(info.clone(), SplitNames::default()),
    );
    assert!(text(&state).contains(why));
    press(&mut state, "2");
    update(&mut state, Event::ModelLoaded(info, SplitNames::default()));
    assert!(text(&state).contains("the built-in model answers"));
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
    let photo =
        PreparedPhoto::from_image("empty.png".as_ref(), &empty.into(), &Preparation::default());
    assert!(!photo.has_face());
    view.probe = Arc::new(photo).probe();
    press(&mut state, "+");
    let shown = text(&state);
    assert!(
        shown.contains("No face was found in this photo."),
        "{shown}"
    );
    assert_eq!(press(&mut state, "esc"), []);
    assert_eq!(state.overlay, None, "not enrolled");
    press(&mut state, "+ enter");
    assert!(state.typing(), "the name is asked for after that");
}

#[test]
fn a_request_that_fails_is_not_waited_for_and_can_be_made_again() {
    let mut state = full(SIZE);
    let asked = update(&mut state, Event::Key("5".parse().expect("a key")));
    let [Effect::Network(NetworkQuery::Project(number, _))] = asked[..] else {
        panic!("no points are requested: {asked:?}")
    };
    assert!(state.map.projection.waiting());
    let why = TaskError::Panicked("network");
    update(&mut state, Event::Failed(number, why.clone()));
    assert!(!state.map.projection.waiting());
    assert!(text(&state).contains("the network thread failed at a task"));
    press(&mut state, "4 5");
    assert!(state.map.projection.get().is_some(), "asked again");

    let asked = update(&mut state, Event::Key("4".parse().expect("a key")));
    assert_eq!(asked, []);
    let asked = update(&mut state, Event::Key("a".parse().expect("a key")));
    let [Effect::Network(NetworkQuery::Compare(number, ..))] = asked[..] else {
        panic!("no comparison is requested: {asked:?}")
    };
    update(&mut state, Event::Failed(number, why));
    assert!(state.verify.candidates.is_empty() && !state.verify.waiting());
    let again = update(&mut state, Event::GalleryChanged);
    assert!(matches!(again[..], [Effect::Files(FileJob::Prepare(..))]));
}

#[test]
fn a_photo_that_arrives_late_is_not_taken_for_that_of_another_picture() {
    let mut state = full(SIZE);
    press(&mut state, "1 right enter");
    let shown = |state: &State| state.data.photo.get().map(|(image, _)| *image);
    assert_eq!(shown(&state), Some(ImageId(0)));
    let asked = update(&mut state, Event::Key("right".parse().expect("a key")));
    let [Effect::Files(FileJob::ShowPhoto(number, image))] = asked[..] else {
        panic!("no photo is requested: {asked:?}")
    };
    assert_eq!(
        update(&mut state, Event::Key("left".parse().expect("a key"))),
        []
    );
    let again = update(&mut state, Event::Photo(number, image, photo(image)));
    assert_eq!(shown(&state), Some(ImageId(1)));
    assert!(
        matches!(
            again[..],
            [Effect::Files(FileJob::ShowPhoto(_, ImageId(0)))]
        ),
        "the one under the cursor is requested: {again:?}"
    );
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

#[test]
fn a_note_on_the_probe_stays_as_long_as_the_probe() {
    let mut state = full(SIZE);
    let asked = update(&mut state, Event::Key("4".parse().expect("a key")));
    assert_eq!(asked, []);
    let asked = update(&mut state, Event::Key("a".parse().expect("a key")));
    let [Effect::Network(NetworkQuery::Compare(number, ..))] = asked[..] else {
        panic!("no comparison is requested: {asked:?}")
    };
    let candidates = state.verify.candidates.clone();
    let note =
        "this photograph differs from those that the threshold was set on (orl): it is darker";
    update(
        &mut state,
        Event::Compared(number, Epoch(12), candidates, Some(note.into())),
    );
    state.message = None;
    let shown = text(&state);
    assert!(
        shown.contains("! this photograph differs") && shown.contains("darker"),
        "{shown}"
    );
    press(&mut state, "1");
    assert!(!text(&state).contains("differs"));
    press(&mut state, "4 n");
    assert!(!text(&state).contains("differs"), "{}", text(&state));
}
