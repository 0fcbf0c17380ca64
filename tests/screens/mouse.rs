//! Clicks and the wheel.

use twinsight::internals::app::data::Focus;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::mouse::{Mouse, MouseKind};
use twinsight::internals::app::{Screen, State, update};

use super::states::{full, press, text};

/// Clicks in the middle of the first occurrence of a text below the header.
fn click(state: &mut State, wanted: &str) {
    click_from(state, 1, wanted);
}

/// The same from this row on.
fn click_from(state: &mut State, first: usize, wanted: &str) {
    let shown = text(state);
    let mut rows = shown.lines().enumerate().skip(first);
    let place = rows.find_map(|(row, line)| {
        let at = line.find(wanted)?;
        Some((line[..at].chars().count() + wanted.chars().count() / 2, row))
    });
    let (column, row) = place.unwrap_or_else(|| panic!("no {wanted}: {shown}"));
    let mouse = Mouse {
        column: column as u16,
        row: row as u16,
        kind: MouseKind::Press,
    };
    update(state, Event::Mouse(mouse));
}

#[test]
fn a_click_chooses_a_screen_an_entry_and_a_picture() {
    for size in [(80, 24), (120, 40)] {
        let mut state = full(size);
        for &screen in Screen::ALL {
            click_from(
                &mut state,
                0,
                &format!("{} {}", screen.digit(), screen.name()),
            );
            assert_eq!(state.screen, screen);
        }
        press(&mut state, "1");
        click(&mut state, "s05");
        assert_eq!((state.data.person, state.data.focus), (4, Focus::People));
        let label = |state: &State| {
            let image = state.data.current_image().expect("a picture");
            state
                .data
                .dataset
                .as_ref()
                .expect("faces")
                .picture(image)
                .label
                .clone()
        };
        // The caption of the third thumbnail of the first person who is in sight; a blank follows it on both sides.
        click(&mut state, " 3 ");
        assert!(label(&state).ends_with("/3"), "{}", label(&state));
        assert_eq!(state.data.focus, Focus::Pictures);
        press(&mut state, "3");
        let third = state.pairs.shown[2];
        let mouse = Mouse {
            column: 5,
            row: 4,
            kind: MouseKind::Press,
        };
        update(&mut state, Event::Mouse(mouse));
        assert_eq!(state.pairs.current(), Some(third));
        press(&mut state, "4");
        click(&mut state, "s07");
        assert_eq!(
            &*state.verify.candidates[state.verify.selected].person,
            "s07"
        );
        press(&mut state, "v");
        click(&mut state, "s09 ");
        assert_eq!(
            &*state.verify.candidates[state.verify.selected].person,
            "s09"
        );
    }
}

#[test]
fn a_click_on_a_chart_reads_the_epoch_there() {
    let mut state = full((120, 40));
    press(&mut state, "2");
    click(&mut state, "◆");
    assert_eq!(
        state.train.read_epoch().map(|p| p.epoch.0),
        Some(11),
        "the kept epoch"
    );
    assert!(text(&state).contains("epoch 11"));
}

#[test]
fn the_wheel_moves_as_the_arrows_do() {
    let mut state = full((80, 24));
    press(&mut state, "1");
    let turn = |state: &mut State, kind| {
        let mouse = Mouse {
            column: 3,
            row: 9,
            kind,
        };
        update(state, Event::Mouse(mouse));
    };
    turn(&mut state, MouseKind::WheelDown);
    turn(&mut state, MouseKind::WheelDown);
    turn(&mut state, MouseKind::WheelUp);
    assert_eq!(state.data.person, 1);
}
