//! What is marked, highlighted, offered and remembered.

use std::path::PathBuf;
use std::time::Duration;

use ratatui::style::Modifier;
use twinsight::internals::app::effect::{FileJob, TrainingRequest};
use twinsight::internals::app::event::{Configured, Event};
use twinsight::internals::app::keymap::Keymap;
use twinsight::internals::app::memory::Memory;
use twinsight::internals::app::pairs::Filter;
use twinsight::internals::app::train::Unfinished;
use twinsight::internals::app::{Context, Screen, State, update};
use twinsight::internals::ui::{Depth, Picture, Pictures, Theme};
use twinsight::units::{Epoch, ImageId};

use super::states::{
    apply, batch, drawn, empty, full, hang, load_faces, loading, press, settings, started, text,
};

use twinsight::train::TrainingEvent;

const SIZE: (u16, u16) = (120, 40);

#[test]
fn a_pair_is_marked_kept_listed_and_taken_back() {
    let mut state = full(SIZE);
    press(&mut state, "3 j j");
    let pair = state.pairs.pairs[state.pairs.current().expect("a pair")];
    let kept = press(&mut state, "m");
    assert_eq!(kept, [FileJob::KeepMarks(vec![(pair.a, pair.b)]).into()]);
    assert_eq!(state.pairs.left_out.len(), 2);
    assert!(text(&state).contains("⊘ left out") && text(&state).contains("2 left out"));
    press(&mut state, "f f f f");
    assert_eq!(
        (state.pairs.filter, state.pairs.shown.len()),
        (Filter::Marked, 1)
    );
    assert_eq!(
        press(&mut state, "u"),
        [FileJob::KeepMarks(Vec::new()).into()]
    );
    assert!(state.pairs.left_out.is_empty() && state.pairs.shown.is_empty());
    assert_eq!(press(&mut state, "u"), [], "there is nothing to take back");
    press(&mut state, "f");
    press(&mut state, "m");
    assert_eq!(
        press(&mut state, "m"),
        [FileJob::KeepMarks(Vec::new()).into()]
    );
}

#[test]
fn marks_from_earlier_show_on_pairs_and_data() {
    let mut state = full(SIZE);
    update(&mut state, Event::Marks(vec![(ImageId(1), ImageId(399))]));
    press(&mut state, "1");
    let shown = text(&state);
    assert!(
        shown.contains("⊘ 2") && shown.contains("400 pictures, ⊘ 2"),
        "{shown}"
    );
}

#[test]
fn the_threshold_lights_what_it_turns_for_a_while() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    let reversed = |state: &State| {
        let theme = Theme::built_in("dark", Depth::TrueColor);
        let buffer = drawn(state, &theme);
        let cells = buffer.content().iter();
        cells
            .filter(|c| c.modifier.contains(Modifier::REVERSED))
            .count()
    };
    assert_eq!(reversed(&state), 0);
    press(
        &mut state,
        "right right right right right right right right",
    );
    let turned = |state: &State| {
        let people = state.verify.candidates.iter();
        people
            .filter(|c| state.flipped(c.similarity).is_some())
            .count()
    };
    let (people, shown) = (turned(&state), text(&state));
    assert!(people > 0 && shown.contains('↓'), "{shown}");
    assert_eq!(reversed(&state), people * "✗ 0.50↓".chars().count());
    assert!(
        shown.contains(&format!("0.50 → 0.58 flips {people} of 40 decisions")),
        "{shown}"
    );
    press(&mut state, "3");
    let wrong = (0..800).filter(|&i| {
        let similarity = state.pairs.similarity(i).expect("scored");
        state.flipped(similarity).is_some()
    });
    assert!(wrong.count() > 0);
    press(&mut state, "[ [ [ [ [ [ [ [");
    assert_eq!(state.verify.threshold.0, 0.5);
    assert!(!text(&state).contains('↑'), "all are back");
    assert_eq!(state.wake_at(), Some(Duration::from_secs(2)));
    press(&mut state, "]");
    update(&mut state, Event::Tick(Duration::from_secs(3)));
    assert!(state.moved.is_none() && reversed(&state) == 0);
}

#[test]
fn a_pair_is_watched_as_it_crosses_the_threshold() {
    let mut state = full(SIZE);
    press(&mut state, "3 f");
    let index = state.pairs.current().expect("a pair");
    let way: Vec<bool> = state
        .pairs
        .history(index)
        .iter()
        .map(|&(_, s)| s as f32 >= state.verify.threshold.0)
        .collect();
    let crossings = state.pairs.crossings(index, state.verify.threshold);
    let wanted = (1..way.len()).filter(|&i| way[i] != way[i - 1]).count();
    assert_eq!(crossings.len(), wanted);
    let other = (0..800).find(|&i| !state.pairs.crossings(i, state.verify.threshold).is_empty());
    let other = other.expect("some pair crosses");
    state.pairs.selected = state
        .pairs
        .shown
        .iter()
        .position(|&i| i == other)
        .unwrap_or(0);
    if state.pairs.current() == Some(other) {
        assert!(text(&state).contains("since epoch"));
    }
}

/// Tells the state what was remembered.
fn recall(state: &mut State, memory: Memory) {
    let configured = Configured {
        keymap: Keymap::default(),
        theme: "dark".into(),
        themes: state.themes.clone(),
        threshold: None,
        bell: true,
        memory: Some(memory),
    };
    update(state, Event::Configured(Box::new(configured)));
}

fn unfinished() -> Unfinished {
    Unfinished {
        path: PathBuf::from("/runs/0007-compact"),
        name: "0007-compact".into(),
        epoch: Epoch(12),
        epochs: 30,
    }
}

#[test]
fn a_run_that_stopped_is_offered_and_goes_on_where_one_was() {
    let mut state = empty((80, 24));
    press(&mut state, "4");
    update(&mut state, Event::Unfinished(unfinished()));
    let shown = text(&state);
    let offer = "run 0007-compact stopped at epoch 12 of 30: r resumes it, Esc does not";
    assert!(shown.contains(offer), "{shown}");
    assert!(shown.contains("r resume  Esc not now"), "{shown}");
    assert_eq!(state.contexts()[0], Context::Offer);
    let effects = press(&mut state, "r");
    assert_eq!(
        effects,
        [TrainingRequest::Resume("/runs/0007-compact".into()).into()]
    );
    assert_eq!((state.screen, state.train.active()), (Screen::Verify, true));
    let history = (1..=12).map(super::states::metrics).collect();
    apply(
        &mut state,
        TrainingEvent::Started(twinsight::train::events::Started {
            history,
            ..started()
        }),
    );
    apply(&mut state, TrainingEvent::Batch(batch(13, 1)));
    assert!(text(&state).contains("▶ 13/40"), "{}", text(&state));
    assert_eq!(state.contexts()[0], Context::Screen(Screen::Verify));
}

#[test]
fn an_offer_is_dropped_for_good_or_by_another_training() {
    let mut state = empty((80, 24));
    update(&mut state, Event::Unfinished(unfinished()));
    assert_eq!(press(&mut state, "esc"), []);
    assert_eq!(state.offer, None);
    update(&mut state, Event::Unfinished(unfinished()));
    assert_eq!(state.offer, None, "not again");
    let mut state = empty((80, 24));
    update(&mut state, Event::Unfinished(unfinished()));
    press(&mut state, "t");
    assert_eq!(state.offer, None);
}

#[test]
fn screen_layout_and_selection_are_remembered() {
    let mut state = full(SIZE);
    press(&mut state, "1 j j j l l 2 g s 3 o j j j 5 v 4 v b n");
    let memory = state.memory("dark");
    assert_ne!(memory.map, Memory::default().map);
    let written = ron::to_string(&memory).expect("text");
    let memory: Memory = ron::from_str(&written).expect("the same");
    let mut next = State::new(settings(), vec![settings()], SIZE);
    recall(&mut next, memory.clone());
    let effects = update(&mut next, Event::Begin);
    assert_eq!((next.screen, effects.len()), (Screen::Verify, 1));
    load_faces(&mut next);
    assert_eq!(next.data.current_image(), state.data.current_image());
    assert_eq!(next.verify.probe, state.verify.probe);
    assert_eq!(next.memory("dark"), memory);
}

#[test]
fn other_faces_have_another_selection() {
    let mut state = full(SIZE);
    press(&mut state, "1 j j j");
    let mut memory = state.memory("dark");
    memory.selection.data = "elsewhere".into();
    let mut next = loading(SIZE);
    recall(&mut next, memory);
    load_faces(&mut next);
    assert_eq!(next.data.person, 0);
}

#[test]
fn with_pixels_every_screen_hangs_its_pictures_and_a_popup_takes_them_down() {
    let theme = Theme {
        pictures: Pictures::Pixels,
        ..Theme::built_in("dark", Depth::TrueColor)
    };
    for size in [(80, 24), (120, 40), (200, 60)] {
        for (key, least) in [("1", 9), ("2", 0), ("3", 2), ("4", 5), ("5", 2), ("6", 8)] {
            let mut state = full(size);
            press(&mut state, key);
            let hung: Vec<Picture> = hang(&state, &theme);
            assert!(hung.len() >= least, "{size:?}, {key}: {}", hung.len());
            assert!(
                hung.iter()
                    .all(|p| p.area.bottom() < size.1 && p.area.right() <= size.0)
            );
            press(&mut state, "?");
            let over: Vec<Picture> = hang(&state, &theme);
            assert!(over.iter().all(|p| hung.contains(p)), "{size:?}, {key}");
            assert!(size.0 > 80 || over.is_empty(), "{key}: the help covers all");
        }
    }
}

#[test]
fn a_blurred_probe_is_said_to_be_one_at_every_size() {
    for size in [(80, 24), SIZE, (200, 60)] {
        let mut state = full(size);
        press(&mut state, "4");
        assert!(!text(&state).contains("blurred"));
        state.verify.view.get_mut().expect("a probe").blurred = vec![true];
        assert!(text(&state).contains("▸ blurred"), "{size:?}");
    }
}
