//! Photos in colour, several faces in a photo, and faces that are prepared again for another network.

use std::sync::Arc;

use ratatui::style::Color;
use twinsight::internals::app::effect::{FileJob, NetworkQuery, TrainingRequest};
use twinsight::internals::app::error::TaskError;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::model::{BUILT_IN, ModelInfo, SplitNames};
use twinsight::internals::app::popups::{Overlay, Purpose};
use twinsight::internals::app::train::Phase;
use twinsight::internals::app::{Effect, State, update};
use twinsight::internals::ui::{Depth, Pictures, Theme};
use twinsight::metrics::Scores;
use twinsight::recognition::{ComparedBy, PreparedPhoto};
use twinsight::train::TrainingEvent;
use twinsight::units::{Epoch, ImageId, Similarity, Threshold};
use twinsight::vision::quality::FaceQuality;
use twinsight::vision::{BackboneHash, Preparation};

use super::states::{
    apply, drawn, empty, epoch_event, faces, full, hang, load_faces, loading, metrics, press,
    started, text, two_faces,
};

const SIZE: (u16, u16) = (120, 40);

/// The Verify screen with a photo of two faces.
fn with_two_faces(size: (u16, u16)) -> State {
    let mut state = full(size);
    press(&mut state, "4");
    **state.verify.view.get_mut().expect("a probe") = two_faces();
    state
}

/// A network on a backbone.
fn on_backbone() -> Preparation {
    Preparation::for_backbone(BackboneHash([7; 32]))
}

fn built_in(preparation: Preparation, scores: Scores) -> Event {
    let info = ModelInfo {
        epoch: Epoch(0),
        origin: BUILT_IN.into(),
        preparation,
        scores: Some(Arc::new(scores)),
        why: "it was chosen".into(),
    };
    Event::ModelLoaded(info, SplitNames::default())
}

#[test]
fn the_steps_from_photo_to_network_are_shown_at_every_size() {
    for size in [(80, 24), SIZE, (200, 60)] {
        let state = with_two_faces(size);
        let title = format!("verify_two_faces_{}x{}", size.0, size.1);
        insta::assert_snapshot!(title, text(&state));
    }
}

#[test]
fn a_key_goes_to_the_next_face_and_compares_it() {
    let mut state = with_two_faces(SIZE);
    let shown = text(&state);
    assert!(shown.contains("face 1 of 2"), "{shown}");
    assert!(
        shown.contains("f face"),
        "the footer offers the key: {shown}"
    );
    let effects = update(&mut state, Event::Key("f".parse().expect("a key")));
    let [Effect::Network(NetworkQuery::Compare(number, probe, _))] = &effects[..] else {
        panic!("no comparison: {effects:?}")
    };
    assert_eq!(probe.index(), 1);
    let shown = text(&state);
    assert!(
        shown.contains("face 2 of 2") && shown.contains("comparing …"),
        "{shown}"
    );
    assert!(
        !shown.contains("0.94"),
        "no answer about the other face: {shown}"
    );
    let candidates = state.verify.candidates.clone();
    update(
        &mut state,
        Event::Compared(*number, Epoch(12), candidates, None),
    );
    assert!(text(&state).contains("✓ s01  0.94"));
    // Its doubt is said, and it can be enrolled.
    let doubt = &state.verify.view.get().expect("a probe").doubts()[0];
    assert_eq!(doubt.0, "small");
    press(&mut state, "+");
    let Some(Overlay::Prompt(prompt)) = &state.overlay else {
        panic!("no name is asked for")
    };
    assert!(matches!(&prompt.purpose, Purpose::Enroll(probe) if probe.index() == 1));
    assert!(
        text(&state).contains("! the face is small"),
        "{}",
        text(&state)
    );
    press(&mut state, "esc f");
    assert!(text(&state).contains("face 1 of 2"), "around the end");
}

#[test]
fn a_photo_with_one_face_offers_no_other() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    assert!(!text(&state).contains("f face"));
    assert_eq!(press(&mut state, "f"), []);
    assert!(text(&state).contains("this photo has one face"));
}

#[test]
fn an_unusable_face_is_not_enrolled() {
    let mut state = with_two_faces(SIZE);
    let view = state.verify.view.get_mut().expect("a probe");
    let measured = view.probe.face().quality.expect("measured");
    let mut dataset = (*faces()).clone();
    dataset.images[0].quality = Some(FaceQuality {
        size: 9.0,
        ..measured
    });
    view.probe = Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(0))).probe();
    press(&mut state, "+");
    assert_eq!(state.overlay, None);
    let shown = text(&state);
    assert!(
        shown.contains("✗ not enrolled: the face is small (9 pixels"),
        "{shown}"
    );
}

/// Colours on the screen that are no grey.
fn colours(state: &State, depth: Depth) -> usize {
    let theme = Theme::built_in("dark", depth);
    let buffer = drawn(state, &theme);
    let shades = buffer
        .content()
        .iter()
        .filter(|cell| "▀▘▝▖▗▐▚ ".contains(cell.symbol()));
    let coloured = |color: Color| match color {
        Color::Rgb(r, g, b) => r.abs_diff(g).max(g.abs_diff(b)) > 24,
        // The cube of 6 × 6 × 6 colours has its greys on the diagonal.
        Color::Indexed(i @ 16..=231) => (i - 16) % 43 != 0,
        _ => false,
    };
    shades.filter(|cell| coloured(cell.bg)).count()
}

#[test]
fn a_photo_is_in_colour_where_there_are_colours_and_in_grey_elsewhere() {
    let (mut grey, coloured) = (full(SIZE), with_two_faces(SIZE));
    press(&mut grey, "4");
    for (depth, in_colour) in [
        (Depth::TrueColor, true),
        (Depth::Indexed256, true),
        (Depth::Ansi16, false),
        (Depth::Mono, false),
    ] {
        let more = colours(&coloured, depth).saturating_sub(colours(&grey, depth));
        assert_eq!(more > 100, in_colour, "{depth:?}: {more} cells");
    }
    let theme = Theme {
        pictures: Pictures::Pixels,
        ..Theme::built_in("dark", Depth::TrueColor)
    };
    let hung = hang(&coloured, &theme);
    let in_colour = hung.iter().filter(|picture| !picture.raster.is_grey());
    assert_eq!(in_colour.count(), 2, "the photo, and the aligned face");
}

#[test]
fn faces_are_prepared_again_for_a_training_and_everything_selected_stays() {
    let mut state = full(SIZE);
    press(&mut state, "1 j j j l l 3 o j j j 4 n");
    let mark = (ImageId(1), ImageId(399));
    update(&mut state, Event::Marks(vec![mark]));
    let (image, pair) = (state.data.current_image(), state.pairs.current());
    let probe = state.verify.probe.clone();
    let started_with = press(&mut state, "t");
    let [Effect::Training(start @ TrainingRequest::Start(_))] = &started_with[..] else {
        panic!("no training: {started_with:?}")
    };
    let effects = update(&mut state, Event::OtherFaces(on_backbone(), start.clone()));
    let [Effect::Files(FileJob::Load(number, source, Some(preparation)))] = &effects[..] else {
        panic!("the faces are not read: {effects:?}")
    };
    assert_eq!((&**source, *preparation), ("orl", on_backbone()));
    assert_eq!(state.model, None, "no network takes these faces");
    assert!(state.verify.candidates.is_empty() && state.pairs.scored.is_empty());
    let effects = update(&mut state, Event::Loaded(*number, faces()));
    assert!(
        effects.contains(&Effect::Training(start.clone())),
        "{effects:?}"
    );
    let prepared = |effect: &Effect| matches!(effect, Effect::Files(FileJob::Prepare(..)));
    assert!(effects.iter().any(prepared), "{effects:?}");
    let asked = |effect: &Effect| matches!(effect, Effect::Network(_));
    assert!(
        !effects.iter().any(asked),
        "there is no network yet: {effects:?}"
    );
    assert_eq!(
        (state.data.current_image(), state.pairs.current()),
        (image, pair)
    );
    assert_eq!(state.verify.probe, probe);
    // Marks are stored with the faces, and there are none of these.
    update(&mut state, Event::Marks(Vec::new()));
    assert_eq!(state.pairs.marks, [mark]);
    apply(&mut state, TrainingEvent::Started(started()));
    apply(&mut state, epoch_event(metrics(1), true, Arc::default()));
    assert!(state.model.is_some() && state.reload.is_none());
}

/// A training that waits for its faces, after another network answered.
fn waiting_for_faces() -> (State, twinsight::internals::app::pending::Request) {
    let mut state = full(SIZE);
    press(&mut state, "t");
    let start = TrainingRequest::Start(state.train.settings.clone());
    let effects = update(&mut state, Event::OtherFaces(on_backbone(), start));
    let [Effect::Files(FileJob::Load(number, ..))] = effects[..] else {
        panic!("the faces are not read: {effects:?}")
    };
    (state, number)
}

#[test]
fn a_training_that_fails_without_an_epoch_gives_the_faces_and_the_network_back() {
    let (mut state, number) = waiting_for_faces();
    update(&mut state, Event::Loaded(number, faces()));
    let failed = TrainingEvent::Failed("too few people".into());
    let effects = update(&mut state, Event::Training(failed));
    let [Effect::Files(FileJob::Load(number, _, Some(preparation)))] = effects[..] else {
        panic!("the faces before are not read: {effects:?}")
    };
    assert_eq!(preparation, faces().preparation);
    let effects = update(&mut state, Event::Loaded(number, faces()));
    let scored = |effect: &Effect| matches!(effect, Effect::Network(NetworkQuery::ScorePairs(..)));
    assert!(
        effects.iter().any(scored),
        "the network answers again: {effects:?}"
    );
    assert!(state.model.is_some() && state.reload.is_none());
    assert!(matches!(state.train.phase, Phase::Failed(_)));
}

#[test]
fn faces_that_cannot_be_prepared_again_leave_those_before() {
    let (mut state, number) = waiting_for_faces();
    update(
        &mut state,
        Event::Failed(number, TaskError::Panicked("files")),
    );
    assert!(state.model.is_some() && state.data.dataset.is_some());
    assert_eq!(
        state.data.phase,
        twinsight::internals::app::data::Phase::Ready
    );
    assert!(matches!(state.train.phase, Phase::Failed(_)));
}

#[test]
fn a_training_that_waits_for_its_faces_can_be_stopped_and_left() {
    let (mut state, _) = waiting_for_faces();
    let effects = press(&mut state, "2 x");
    assert!(
        matches!(effects[..], [Effect::Files(FileJob::Load(..))]),
        "{effects:?}"
    );
    assert!(!state.train.active());
    let (mut state, _) = waiting_for_faces();
    let effects = press(&mut state, "q enter");
    let quit = twinsight::internals::app::effect::TerminalRequest::Quit.into();
    assert_eq!(effects, [quit]);
}

#[test]
fn a_fresh_start_leaves_the_preparation_to_the_network_that_answers() {
    let mut state = loading(SIZE);
    let effects = twinsight::internals::app::update(&mut state, Event::Begin);
    assert!(matches!(
        &effects[..],
        [Effect::Files(FileJob::Load(_, _, None))]
    ));
    load_faces(&mut state);
    update(&mut state, built_in(faces().preparation, Scores::default()));
    // Other faces are read as the network in use takes them.
    let effects = twinsight::internals::app::update(&mut state, Event::Begin);
    let preparation = faces().preparation;
    assert!(
        matches!(effects[..], [Effect::Files(FileJob::Load(_, _, Some(p)))] if p == preparation)
    );
}

#[test]
fn a_network_on_a_backbone_brings_its_threshold_and_a_choice_of_the_user_stays() {
    let scores = || Scores {
        mated: vec![0.99; 100],
        non_mated: (0..20_000).map(|i| 0.9 * i as f32 / 20_000.0).collect(),
    };
    let load = |state: &mut State, preparation| {
        let mut prepared = (*faces()).clone();
        prepared.preparation = preparation;
        let asked = state.data.load.request().expect("the faces are requested");
        update(state, Event::Loaded(asked, Arc::new(prepared)));
    };
    let mut state = loading(SIZE);
    load(&mut state, on_backbone());
    update(&mut state, built_in(on_backbone(), scores()));
    let usual = state.verify.threshold.0;
    assert!((0.89..0.91).contains(&usual), "{usual}");
    let shown = text(&state);
    assert!(
        shown.contains("built-in model answers; threshold 0.8997 (≤ 1 % of strangers"),
        "{shown}"
    );
    update(&mut state, built_in(faces().preparation, scores()));
    load(&mut state, faces().preparation);
    assert_eq!(
        state.verify.threshold,
        Threshold::default(),
        "that of the tutorial"
    );
    press(&mut state, "4 right");
    let chosen = state.verify.threshold;
    update(&mut state, built_in(on_backbone(), scores()));
    load(&mut state, on_backbone());
    assert_eq!(state.verify.threshold, chosen);
}

#[test]
fn people_enrolled_by_0_1_0_are_marked_and_never_before_the_others() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    let mut candidates = state.verify.candidates.clone();
    let anna = candidates.iter_mut().find(|c| c.enrolled).expect("anna");
    (anna.by, anna.similarity) = (ComparedBy::V0_1, Similarity(0.97));
    state.verify.compared(Epoch(12), candidates);
    assert_eq!(state.verify.best().map(|best| &*best.person), Some("s01"));
    assert_eq!(
        state.verify.candidates.last().map(|last| &*last.person),
        Some("anna")
    );
    press(&mut state, "end");
    let shown = text(&state);
    assert!(
        shown.contains("☆anna") && shown.contains("☆ enrolled by 0.1.0"),
        "{shown}"
    );
}

#[test]
fn epoch_0_is_drawn_and_named() {
    let mut state = empty(SIZE);
    press(&mut state, "t");
    apply(&mut state, TrainingEvent::Started(started()));
    for epoch in 0..=3 {
        apply(
            &mut state,
            epoch_event(metrics(epoch), epoch == 0, Arc::default()),
        );
    }
    press(&mut state, "2");
    let shown = text(&state);
    assert!(shown.contains("○ backbone 40.0 %"), "{shown}");
    assert!(
        shown.contains("◆ kept: epoch 0, 40.0 %") && shown.contains("▶ epoch 4/40"),
        "{shown}"
    );
    press(&mut state, "c home");
    assert!(
        text(&state).contains("epoch 0 (backbone)"),
        "{}",
        text(&state)
    );
    press(&mut state, "3");
    assert_eq!(state.pairs.scored.len(), 4);
    press(&mut state, "left left left");
    assert!(
        text(&state).contains("epoch 0 (backbone)"),
        "{}",
        text(&state)
    );
}

#[test]
fn a_backbone_is_one_block_with_its_input_and_its_share() {
    let mut state = full(SIZE);
    press(&mut state, "6");
    let shown = state.network.activations.get().expect("activations");
    let mut inside = (**shown).clone();
    inside.layers[0].frozen = Some([112, 112, 3]);
    inside.layers[0].name = "SFace".into();
    inside.layers[0].output = [1, 1, 128];
    inside.layers[0].parameters = 9_667_072;
    inside.layers[0].multiply_adds = 574_138_880;
    inside.layers[0].left.clear();
    inside.layers.drain(1..3);
    let number = twinsight::internals::app::pending::Request(state.requests + 1);
    state.network.activations.ask(number);
    update(&mut state, Event::Activations(number, Arc::new(inside)));
    insta::assert_snapshot!("network_backbone", text(&state));
}
