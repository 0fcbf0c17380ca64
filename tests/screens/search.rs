//! Finding commands by their words, entries of lists, and completing paths.

use std::path::PathBuf;

use twinsight::internals::app::effect::FileJob;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::popups::{Listing, Overlay};
use twinsight::internals::app::train::Phase;
use twinsight::internals::app::{Action, Effect, Screen, State, update};

use super::states::{empty, full, photo, press, text, type_text};

const SIZE: (u16, u16) = (80, 24);

fn palette(state: &mut State, typed: &str) {
    press(state, ":");
    type_text(state, typed);
}

#[test]
fn a_command_is_found_by_its_words_and_carried_out_on_its_screen() {
    let mut state = full(SIZE);
    press(&mut state, "1");
    palette(&mut state, "grid sample");
    insta::assert_snapshot!("palette", text(&state));
    press(&mut state, "enter");
    assert_eq!(
        (state.screen, state.overlay.is_none()),
        (Screen::Pairs, true)
    );
    assert!(state.pairs.grid);
    press(&mut state, "ctrl-p");
    type_text(&mut state, "colours");
    press(&mut state, "enter");
    assert!(matches!(state.overlay, Some(Overlay::Themes { .. })));
}

#[test]
fn the_palette_lists_those_of_this_screen_first_and_says_where_the_others_are() {
    let mut state = full((120, 40));
    press(&mut state, "4");
    palette(&mut state, "threshold");
    let Some(Overlay::Palette(open)) = &state.overlay else {
        panic!("no palette")
    };
    let found = open.matching(state.screen);
    assert_eq!(found[..2], [Action::ThresholdDown, Action::ThresholdUp]);
    assert!(found.contains(&Action::LowerThreshold));
    assert!(text(&state).contains("3 Pairs"));
    press(&mut state, "down enter");
    assert_eq!(state.verify.threshold.0, 0.51);
    palette(&mut state, "no such thing at all");
    assert!(text(&state).contains("no command has these words"));
    assert_eq!(press(&mut state, "enter"), []);
}

#[test]
fn a_command_of_the_palette_obeys_the_same_rules_as_its_key() {
    let mut state = full(SIZE);
    state.train.phase = Phase::Idle;
    palette(&mut state, "start training");
    assert!(matches!(
        press(&mut state, "enter")[..],
        [Effect::Training(_)]
    ));
}

#[test]
fn an_entry_of_a_list_is_found_by_typing() {
    let mut state = full((120, 40));
    press(&mut state, "3");
    let at = |state: &State| {
        let pair = state.pairs.pairs[state.pairs.current().expect("a pair")];
        let faces = state.data.dataset.clone().expect("faces");
        [pair.a, pair.b].map(|image| faces.picture(image).label.clone())
    };
    press(&mut state, "/");
    type_text(&mut state, "s17/4");
    assert!(at(&state).contains(&"s17/4".to_owned()), "{:?}", at(&state));
    let first = state.pairs.selected;
    assert!(text(&state).contains("find: s17/4"));
    press(&mut state, "down");
    assert!(state.pairs.selected > first && at(&state).contains(&"s17/4".to_owned()));
    press(&mut state, "up");
    assert_eq!(state.pairs.selected, first);
    press(&mut state, "enter");
    assert_eq!((state.find.is_none(), state.pairs.selected), (true, first));
    // Escape returns to where it began.
    press(&mut state, "home /");
    type_text(&mut state, "s40");
    assert_ne!(state.pairs.selected, 0);
    press(&mut state, "esc");
    assert_eq!(state.pairs.selected, 0);
    press(&mut state, "4 /");
    type_text(&mut state, "S21");
    let candidate = &state.verify.candidates[state.verify.selected];
    assert_eq!(&*candidate.person, "s21");
    press(&mut state, "enter 5 /");
    type_text(&mut state, "s09/3");
    assert_eq!(state.map.selected, 82);
}

/// A file picker in a folder with some entries.
fn picker() -> State {
    let mut state = empty(SIZE);
    let asked = press(&mut state, "4 o");
    let [Effect::Files(FileJob::List(number, _))] = asked[..] else {
        panic!("no folder is requested: {asked:?}")
    };
    let entry = |name: &str, folder| (name.to_owned(), folder);
    let listing = Listing {
        path: "/home/anna".into(),
        entries: vec![
            entry("..", true),
            entry("pictures", true),
            entry("beach-1.jpg", false),
            entry("beach-2.jpg", false),
        ],
        file: None,
    };
    update(&mut state, Event::Folder(number, listing));
    state
}

fn typed(state: &State) -> (&str, Option<PathBuf>) {
    let Some(Overlay::Files(picker)) = &state.overlay else {
        panic!("no picker")
    };
    let at = picker.current().map(|(path, _)| path);
    (&picker.line.text, at)
}

#[test]
fn tab_completes_names_and_paths() {
    let mut state = picker();
    type_text(&mut state, "be");
    press(&mut state, "tab");
    assert_eq!(typed(&state).0, "beach-");
    type_text(&mut state, "2");
    press(&mut state, "tab");
    assert_eq!(
        typed(&state),
        ("beach-2.jpg", Some("/home/anna/beach-2.jpg".into()))
    );
    press(&mut state, "ctrl-u");
    type_text(&mut state, "~/pho");
    let asked = press(&mut state, "tab");
    let [Effect::Files(FileJob::Complete(number, text))] = &asked[..] else {
        panic!("no completion is requested: {asked:?}")
    };
    assert_eq!(text, "~/pho");
    update(&mut state, Event::Completed(*number, "~/photos/".into()));
    assert_eq!(typed(&state).0, "~/photos/");
}

#[test]
fn a_path_that_cannot_be_opened_stays_and_no_other_picture_is_shown_beside_it() {
    let mut state = picker();
    press(&mut state, "down down");
    let asked = press(&mut state, "down");
    let [Effect::Files(FileJob::Preview(number, _))] = asked[..] else {
        panic!("no preview is requested: {asked:?}")
    };
    let shown = photo(twinsight::units::ImageId(0));
    update(&mut state, Event::Preview(number, shown));
    assert!(text(&state).contains("92×112"));
    update(&mut state, Event::Paste("/nope/x.jpg".into()));
    assert!(!text(&state).contains("92×112"), "{}", text(&state));
    assert_eq!(typed(&state), ("/nope/x.jpg", None));
    let asked = press(&mut state, "enter");
    let [Effect::Files(FileJob::List(number, _))] = asked[..] else {
        panic!("no folder is requested: {asked:?}")
    };
    let why = twinsight::internals::app::error::TaskError::Panicked("files");
    update(&mut state, Event::Failed(number, why));
    assert_eq!(typed(&state).0, "/nope/x.jpg");
    assert!(text(&state).contains("the files thread failed"));
}

#[test]
fn a_key_is_found_in_the_help_by_typing() {
    let mut state = full(SIZE);
    press(&mut state, "4 ? /");
    type_text(&mut state, "threshold");
    let shown = text(&state);
    assert!(shown.contains("filter: threshold▏"), "{shown}");
    assert!(
        shown.contains("4 Verify") && shown.contains("lower the threshold"),
        "{shown}"
    );
    assert!(!shown.contains("leave; F1 resumes") && !shown.contains("draw everything again"));
    press(&mut state, "enter down up");
    assert!(text(&state).contains("lower the threshold"));
    press(&mut state, "esc");
    assert!(
        text(&state).contains("everywhere"),
        "all are there again: {}",
        text(&state)
    );
    press(&mut state, "/");
    type_text(&mut state, "no such words");
    assert!(text(&state).contains("no key has these words"));
    press(&mut state, "esc esc");
    assert_eq!(state.overlay, None);
}

#[test]
fn the_help_over_a_popup_returns_to_it() {
    let mut state = full(SIZE);
    press(&mut state, "T ?");
    assert!(text(&state).contains("keys.ron changes them"));
    press(&mut state, "?");
    assert!(matches!(state.overlay, Some(Overlay::Themes { .. })));
    press(&mut state, "esc 2 R ?");
    assert!(
        text(&state).contains("move the run into the trash"),
        "{}",
        text(&state)
    );
    press(&mut state, "esc");
    assert_eq!(state.overlay, Some(Overlay::Runs));
}
