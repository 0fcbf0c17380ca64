//! Every character on the screens is one that the terminal's font has.
//!
//! `fonts/dejavu_sans_mono.txt` holds the code points of DejaVu Sans Mono 2.37, by `fc-query --format '%{charset}'`, and
//! `fonts/linux_console.txt` those of code page 437, which every font of the Linux console has.

use std::ops::RangeInclusive;

use twinsight::internals::app::{Screen, State};
use twinsight::internals::config::Glyphs;
use twinsight::internals::ui::{Depth, Theme};

use super::states::{drawn, empty, failed, full, loading, press, training, type_text};

const DEJAVU: &str = include_str!("fonts/dejavu_sans_mono.txt");
const CONSOLE: &str = include_str!("fonts/linux_console.txt");
/// Braille patterns are not in DejaVu Sans Mono. Terminals that do not draw them themselves take them from DejaVu Sans, which
/// comes with it.
const BRAILLE: RangeInclusive<u32> = 0x2800..=0x28ff;

fn points(list: &str) -> Vec<RangeInclusive<u32>> {
    let number = |text: &str| u32::from_str_radix(text, 16).expect("a code point");
    let range = |line: &str| {
        let (first, last) = line.split_once('-').unwrap_or((line, line));
        number(first)..=number(last)
    };
    list.lines().map(range).collect()
}

type Made = fn((u16, u16)) -> State;

/// Every screen in every state, and every popup.
fn everything(size: (u16, u16), spelled: bool) -> Vec<(String, State)> {
    let mut all = Vec::new();
    let states: [(&str, Made); 5] = [
        ("loading", loading),
        ("empty", empty),
        ("training", training),
        ("failed", failed),
        ("full", full),
    ];
    for (name, made) in states {
        for screen in Screen::ALL {
            let mut state = made(size);
            state.keymap.spell(spelled);
            press(&mut state, &screen.digit().to_string());
            all.push((format!("{} {name}", screen.name()), state));
        }
    }
    for keys in [
        "2 ?",
        "2 ? end",
        "2 e",
        "2 e tab",
        "T",
        "1 r",
        "4 +",
        "4 down d",
        "4 o",
        "f1 enter",
        "1 l enter",
        "4 v",
        "2 c left",
        "2 z g s",
        "3 m",
        "3 ] ]",
        "4 right",
        "M",
        "3 g",
        ":",
        "3 /",
    ] {
        let mut state = full(size);
        state.keymap.spell(spelled);
        press(&mut state, keys);
        all.push((keys.to_owned(), state));
    }
    let mut paused = training(size);
    paused.keymap.spell(spelled);
    super::states::apply(&mut paused, twinsight::train::TrainingEvent::Paused);
    all.push(("paused".to_owned(), paused));
    all
}

fn check(glyphs: Glyphs, allowed: impl Fn(char) -> bool) {
    let looks = [
        ((80, 24), "mono", Depth::Mono),
        ((80, 24), "light", Depth::Ansi16),
        ((120, 40), "dark", Depth::TrueColor),
        ((200, 60), "mono", Depth::Mono),
    ];
    for (size, name, depth) in looks {
        let theme = Theme {
            glyphs,
            ..Theme::built_in(name, depth)
        };
        for (what, state) in everything(size, glyphs != Glyphs::Full) {
            let buffer = drawn(&state, &theme);
            let mut symbols = buffer.content().iter().flat_map(|c| c.symbol().chars());
            let wrong = symbols.find(|&c| !allowed(c));
            assert_eq!(wrong, None, "{what} at {size:?} in {name}: {wrong:?}");
        }
    }
}

#[test]
fn with_the_full_set_every_character_is_in_dejavu_sans_mono() {
    let font = points(DEJAVU);
    check(Glyphs::Full, |c| {
        let c = u32::from(c);
        BRAILLE.contains(&c) || font.iter().any(|range| range.contains(&c))
    });
}

#[test]
fn on_the_linux_console_every_character_is_in_its_fonts() {
    let font = points(CONSOLE);
    check(Glyphs::Linux, |c| {
        font.iter().any(|range| range.contains(&u32::from(c)))
    });
}

#[test]
fn without_utf8_every_character_is_ascii() {
    check(Glyphs::Ascii, |c| c.is_ascii());
}

#[test]
fn faces_and_curves_are_drawn_with_every_set() {
    for glyphs in [Glyphs::Full, Glyphs::Linux, Glyphs::Ascii] {
        for (name, depth) in [("dark", Depth::Indexed256), ("mono", Depth::Mono)] {
            let theme = Theme {
                glyphs,
                ..Theme::built_in(name, depth)
            };
            let mut state = full((120, 40));
            press(&mut state, "1 right");
            let buffer = drawn(&state, &theme);
            // The first thumbnail is at column 31, row 3, 12 × 6 cells.
            let cells = (3..9).flat_map(|y| (31..43).map(move |x| (x, y)));
            let mut looks: Vec<_> = cells
                .filter_map(|at| buffer.cell(at))
                .map(|cell| (cell.symbol().to_owned(), cell.fg, cell.bg))
                .collect();
            looks.sort_by_key(|look| format!("{look:?}"));
            looks.dedup();
            assert!(looks.len() >= 4, "{glyphs:?} {name}: {looks:?}");
            press(&mut state, "2");
            let curve = drawn(&state, &theme);
            let train = theme.train.fg;
            // Inside the frame of the first chart, right of its labels.
            let cells = (3..18).flat_map(|y| (9..58).map(move |x| (x, y)));
            let drawn = cells
                .filter_map(|at| curve.cell(at))
                .filter(|cell| cell.symbol() != " " && (cell.fg == train.unwrap_or(cell.fg)));
            assert!(drawn.count() > 10, "{glyphs:?} {name}");
        }
    }
}

#[test]
fn keys_without_a_symbol_are_spelled() {
    let mut state = full((80, 24));
    state.keymap.spell(true);
    let theme = Theme {
        glyphs: Glyphs::Ascii,
        ..Theme::built_in("mono", Depth::Mono)
    };
    let shown = |state: &State| twinsight::internals::ui::export::text(&drawn(state, &theme));
    press(&mut state, "4 +");
    assert!(
        shown(&state).contains("Enter accept   Esc cancel"),
        "{}",
        shown(&state)
    );
    press(&mut state, "esc");
    assert!(
        shown(&state).contains("Left/Right threshold"),
        "{}",
        shown(&state)
    );
}

#[test]
fn names_from_outside_are_fitted_too() {
    let mut state = full((80, 24));
    state.keymap.spell(true);
    press(&mut state, "1 /");
    type_text(&mut state, "José 小明");
    let theme = Theme {
        glyphs: Glyphs::Ascii,
        ..Theme::built_in("dark", Depth::Ansi16)
    };
    let shown = twinsight::internals::ui::export::text(&drawn(&state, &theme));
    assert!(shown.contains("filter: Jose ? ?"), "{shown}");
}
