//! The comparison one by one.

use std::time::Duration;

use twinsight::internals::app::event::Event;
use twinsight::internals::app::{State, update};

use super::states::{full, press, text};

const SIZE: (u16, u16) = (120, 40);

/// Ticks whenever the state asks for one, until the comparison is over; returns when each person was done.
fn run(state: &mut State) -> Vec<Duration> {
    let mut done = Vec::new();
    while let Some(walk) = state.verify.walk {
        let at = state.wake_at().expect("it wants to go on");
        assert!(at > state.now, "it never stands still: {at:?}");
        update(state, Event::Tick(at));
        let reached = state.verify.walk.map(|walk| walk.reached);
        if reached != Some(walk.reached) {
            done.push(at);
        }
    }
    done
}

#[test]
fn each_person_takes_one_step_and_all_take_the_time_that_was_said() {
    for (keys, step) in [("w", 200), ("w .", 100), ("w , ,", 800), ("w . . . .", 50)] {
        let mut state = full(SIZE);
        press(&mut state, "4");
        update(&mut state, Event::Tick(Duration::from_secs(7)));
        press(&mut state, keys);
        let people = state.verify.candidates.len() as u32;
        let said = format!(
            "{people} people, {step} ms each, {:.1} s",
            0.001 * f64::from(people * step)
        );
        assert!(text(&state).contains(&said), "{said}: {}", text(&state));
        let step = Duration::from_millis(u64::from(step));
        let done = run(&mut state);
        let expected: Vec<_> = (1..=people)
            .map(|n| Duration::from_secs(7) + n * step)
            .collect();
        assert_eq!(done, expected);
    }
}

#[test]
fn scores_appear_as_they_are_reached_and_stay() {
    let mut state = full(SIZE);
    press(&mut state, "4");
    let marks = |state: &State| {
        // Those of the tiles; the answer beside the photo has one too.
        let shown = text(state);
        shown.matches("✓ 0.").count() + shown.matches("✗ 0.").count()
    };
    let before = marks(&state);
    press(&mut state, "w");
    assert_eq!(marks(&state), 0);
    let step = state.verify.walk_step();
    for reached in 1..=5 {
        update(&mut state, Event::Tick(reached * step));
        assert_eq!(marks(&state), reached as usize, "{}", text(&state));
    }
    assert!(text(&state).contains("one by one: 5"));
    let names: Vec<_> = state
        .verify
        .candidates
        .iter()
        .map(|c| c.person.clone())
        .collect();
    assert!(names.is_sorted(), "it does not tell the end before it");
    run(&mut state);
    assert_eq!(marks(&state), before);
    let best = &state.verify.candidates[0];
    assert_eq!(
        (&*best.person, state.verify.selected),
        ("s01", 0),
        "best first again"
    );
}

#[test]
fn a_key_stops_it_and_the_footer_names_it() {
    let mut state = full((80, 24));
    press(&mut state, "4");
    assert!(text(&state).contains("w one by one"), "{}", text(&state));
    press(&mut state, "w");
    let shown = text(&state);
    assert!(
        shown.contains("w stop") && shown.contains(",. speed"),
        "{shown}"
    );
    press(&mut state, "w");
    assert_eq!(state.verify.walk, None);
    press(&mut state, "enter esc");
    assert_eq!(state.verify.walk, None);
    // On another screen nothing has to be drawn for it.
    press(&mut state, "w 1");
    state.message = None;
    assert_eq!(state.wake_at(), None);
}

#[test]
fn what_it_says_is_said_on_its_own_screen_only() {
    let mut state = full(SIZE);
    press(&mut state, "4 w");
    assert!(text(&state).contains("one by one with 40 people"));
    press(&mut state, "5");
    assert!(
        !text(&state).contains("one by one with"),
        "{}",
        text(&state)
    );
    press(&mut state, "4 .");
    assert!(text(&state).contains("100 ms each"));
}
