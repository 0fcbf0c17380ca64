//! The tour.

use twinsight::internals::app::event::Event;
use twinsight::internals::app::{Screen, State, update};
use twinsight::train::TrainingEvent;
use twinsight::units::Epoch;

use super::states::{apply, empty, full, press, started, text};

const SIZE: (u16, u16) = (80, 24);

#[test]
fn it_is_offered_on_the_first_screen_until_it_was_seen() {
    let mut state = empty(SIZE);
    let shown = text(&state);
    assert!(shown.contains("F1 starts a tour in 10 stops"), "{shown}");
    assert!(shown.contains("F1 tour"), "{shown}");
    press(&mut state, "2");
    assert!(!text(&state).contains("F1"));
    press(&mut state, "f1");
    for _ in 0..10 {
        press(&mut state, "enter");
    }
    assert!(!state.tour.active && state.tour.ended);
    press(&mut state, "1");
    assert!(!text(&state).contains("F1"), "{}", text(&state));
}

#[test]
fn it_leads_over_all_screens_and_is_resumed() {
    let mut state = full(SIZE);
    press(&mut state, "f1");
    let mut seen = vec![state.screen];
    for _ in 1..10 {
        press(&mut state, "enter");
        seen.push(state.screen);
    }
    assert!(
        Screen::ALL.iter().all(|screen| seen.contains(screen)),
        "{seen:?}"
    );
    assert!(
        text(&state).contains("The end of the tour"),
        "{}",
        text(&state)
    );
    press(&mut state, "backspace backspace esc 1");
    assert!(!state.tour.active);
    press(&mut state, "f1");
    assert_eq!((state.screen, state.tour.stop), (Screen::Verify, 7));
    press(&mut state, "enter enter enter");
    assert_eq!(
        (state.tour.active, state.tour.stop),
        (false, 0),
        "it begins anew"
    );
}

/// The lines of the panes above the text of the tour.
fn panes(state: &State) -> Vec<String> {
    let shown = text(state);
    let above = shown.lines().take_while(|line| !line.starts_with("━━ "));
    above.map(str::to_owned).collect()
}

#[test]
fn its_text_is_below_what_it_speaks_of() {
    for size in [SIZE, (120, 40)] {
        let mut state = full(size);
        press(&mut state, "f1");
        for _ in 0..10 {
            let above = panes(&state);
            assert!(above.len() < usize::from(size.1) - 6, "{}", text(&state));
            // The frames of the panes are closed above it.
            let last = above.last().expect("panes");
            let closed = ["╯", "┛"].iter().any(|corner| last.contains(corner));
            let batch = state.screen == Screen::Train;
            assert!(closed || batch, "{}", text(&state));
            press(&mut state, "enter");
        }
    }
    let mut state = full(SIZE);
    press(&mut state, "f1 enter");
    insta::assert_snapshot!("tour_network", text(&state));
}

#[test]
fn a_stop_is_done_when_its_thing_was_done() {
    let mut state = empty(SIZE);
    press(&mut state, "f1");
    assert!(!state.tour.done);
    press(&mut state, "up");
    assert!(!state.tour.done, "there is nobody above the first person");
    press(&mut state, "down");
    assert!(
        state.tour.done && text(&state).contains("✓ ↓"),
        "{}",
        text(&state)
    );
    press(&mut state, "enter enter enter enter");
    assert!(!state.tour.done);
    // There is no epoch to read yet: the key does nothing, and that is no success.
    press(&mut state, "c");
    assert!(!state.tour.done, "{}", text(&state));
    assert!(
        text(&state).contains("(once there are epochs)"),
        "{}",
        text(&state)
    );
    press(&mut state, "backspace t");
    assert!(!state.tour.done, "it is requested, and has not started");
    apply(&mut state, TrainingEvent::Started(started()));
    assert!(state.tour.done, "{}", text(&state));
    let mut state = full(SIZE);
    press(
        &mut state,
        "f1 enter enter enter enter enter enter enter enter",
    );
    press(&mut state, "+");
    assert!(!state.tour.done, "a name is still missing");
    press(&mut state, "esc");
    let mut candidates = state.verify.candidates.clone();
    candidates[5].enrolled = true;
    state.verify.compared(Epoch(12), candidates);
    update(&mut state, Event::Resize(80, 24));
    assert!(state.tour.done);
}
