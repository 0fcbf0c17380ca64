//! Every screen in every state, as text.

use super::states::{empty, failed, full, loading, press, text, training, type_text};
use twinsight::internals::app::{Screen, State};

type Made = fn((u16, u16)) -> State;

const STATES: [(&str, Made); 5] = [
    ("loading", loading),
    ("empty", empty),
    ("training", training),
    ("failed", failed),
    ("full", full),
];

/// Shows each screen by its key, so that it requests what it shows.
fn snap(size: (u16, u16), states: &[(&str, Made)]) {
    for (name, made) in states {
        for screen in Screen::ALL {
            let mut state = made(size);
            press(&mut state, &screen.digit().to_string());
            let title = format!(
                "{}_{name}_{}x{}",
                screen.name().to_lowercase(),
                size.0,
                size.1
            );
            insta::assert_snapshot!(title, text(&state));
        }
    }
}

#[test]
fn screens_at_80x24() {
    snap((80, 24), &STATES);
}

#[test]
fn screens_at_120x40() {
    snap((120, 40), &STATES);
}

#[test]
fn screens_at_200x60() {
    snap((200, 60), &STATES);
}

#[test]
fn too_small() {
    for size in [(79, 24), (80, 23), (30, 4), (10, 2), (1, 1)] {
        let state = full(size);
        insta::assert_snapshot!(format!("too_small_{}x{}", size.0, size.1), text(&state));
    }
}

fn after(keys: &str) -> State {
    let mut state = full((80, 24));
    press(&mut state, keys);
    state
}

#[test]
fn popups() {
    insta::assert_snapshot!("help", text(&after("2 ?")));
    insta::assert_snapshot!("help_scrolled", text(&after("2 ? end")));
    insta::assert_snapshot!("settings", text(&after("2 e tab")));
    insta::assert_snapshot!("themes", text(&after("T")));
    insta::assert_snapshot!("refused", text(&after("1 r")));
    insta::assert_snapshot!("enroll", text(&after("4 +")));
    insta::assert_snapshot!("forget", text(&after("4 down d")));
    insta::assert_snapshot!("tour", text(&after("f1 enter")));
    let mut quitting = training((80, 24));
    press(&mut quitting, "q");
    insta::assert_snapshot!("quit", text(&quitting));
}

#[test]
fn single_things() {
    insta::assert_snapshot!("picture_large", text(&after("1 l enter")));
    insta::assert_snapshot!("verify_rows", text(&after("4 v")));
    insta::assert_snapshot!("crosshair", text(&after("2 c left left")));
    insta::assert_snapshot!("zoomed_log", text(&after("2 z g s")));
    insta::assert_snapshot!("pairs_wrong_earlier", text(&after("3 f f f left left")));
    let mut filtered = after("1 /");
    type_text(&mut filtered, "s1");
    insta::assert_snapshot!("filter", text(&filtered));
}
