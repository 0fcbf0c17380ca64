//! The map: two views, names of people, and clicks.

use std::collections::BTreeMap;
use std::sync::Arc;

use twinsight::internals::app::effect::NetworkQuery;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::map::{Axes, MapKind, Projection};
use twinsight::internals::app::mouse::{Mouse, MouseKind};
use twinsight::internals::app::{Effect, Key, State, update};
use twinsight::internals::config::Glyphs;
use twinsight::internals::ui::{Depth, Theme, export};
use twinsight::units::Epoch;

use super::states::{drawn, full, press, text};

/// The Map screen.
fn map(size: (u16, u16)) -> State {
    let mut state = full(size);
    press(&mut state, "5");
    state
}

#[test]
fn a_key_switches_to_the_view_of_neighbours_and_back() {
    for size in [(80, 24), (120, 40)] {
        let mut state = map(size);
        assert!(
            text(&state).contains("PCA, 59 % of variance"),
            "{}",
            text(&state)
        );
        let asked = update(&mut state, Event::Key(Key::char('v')));
        let [Effect::Network(NetworkQuery::Project(number, MapKind::Neighbourhoods))] = asked[..]
        else {
            panic!("no places are requested: {asked:?}")
        };
        let shown = text(&state);
        assert!(
            shown.contains("PCA") && shown.contains("placing the pictures …"),
            "until it is there: {shown}"
        );
        let Some(before) = state.map.projection.get() else {
            panic!("no map")
        };
        let placed = Projection {
            axes: Axes::Neighbourhoods {
                perplexity: 30.0,
                placed: 400,
            },
            ..(**before).clone()
        };
        assert_eq!(
            update(&mut state, Event::Projected(number, Arc::new(placed))),
            []
        );
        insta::assert_snapshot!(
            format!("map_neighbours_{}x{}", size.0, size.1),
            text(&state)
        );
        let shown = text(&state);
        for said in [
            "t-SNE, perplexity 30",
            "400 pictures",
            "distances between groups mean nothing",
            "v components",
        ] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        press(&mut state, "v");
        assert!(text(&state).contains("PCA, 59 % of variance"));
    }
}

#[test]
fn a_newer_network_is_placed_in_the_view_that_is_shown() {
    let mut state = map((120, 40));
    press(&mut state, "v");
    state.model.as_mut().expect("a network").epoch = Epoch(13);
    let asked = press(&mut state, "4 5");
    let wanted = |effect: &Effect| {
        matches!(
            effect,
            Effect::Network(NetworkQuery::Project(_, MapKind::Neighbourhoods))
        )
    };
    assert!(asked.iter().any(wanted), "{asked:?}");
}

#[test]
fn of_too_many_pictures_a_sample_is_shown_and_the_title_says_so() {
    let mut state = map((120, 40));
    let number = twinsight::internals::app::pending::Request(state.requests + 1);
    state.map.projection.ask(number);
    state.map.kind = MapKind::Neighbourhoods;
    let place = |i: usize| match i % 4 {
        0 => ((i as f32).sin(), (i as f32).cos()),
        _ => (f32::NAN, f32::NAN),
    };
    let sample = Projection {
        epoch: state.model.as_ref().expect("a network").epoch,
        points: (0..400).map(place).collect(),
        axes: Axes::Neighbourhoods {
            perplexity: 30.0,
            placed: 100,
        },
        neighbours: Vec::new(),
    };
    update(&mut state, Event::Projected(number, Arc::new(sample)));
    assert!(
        text(&state).contains("100 of 400 pictures"),
        "{}",
        text(&state)
    );
    // From a picture without a place the arrows lead to one that has a place.
    state.map.selected = 3;
    press(&mut state, "right");
    assert_eq!(state.map.selected % 4, 0);
}

/// How often each name of a person is on the map, and where marks are.
fn names_on(shown: &str, state: &State) -> BTreeMap<String, usize> {
    let field: Vec<String> = shown
        .lines()
        .skip(2)
        .map(|line| line.chars().take(usize::from(state.size.0) - 37).collect())
        .collect();
    let field = field.join("\n");
    let count = |name: &String| (name.clone(), field.matches(name.as_str()).count());
    state.map.names.iter().map(count).collect()
}

#[test]
fn people_are_named_and_not_told_apart_by_colour() {
    let state = map((120, 40));
    let mono = Theme::built_in("mono", Depth::Mono);
    let shown = export::text(&drawn(&state, &mono));
    let names = names_on(&shown, &state);
    let named = names.values().filter(|count| **count > 0).count();
    assert!(named >= 36, "{named} of 40 people: {shown}");
    let distinct: std::collections::BTreeSet<_> = state.map.names.iter().collect();
    assert_eq!(distinct.len(), 40);
    assert!(shown.contains("• trained ○ held out"), "{shown}");
    assert!(
        shown.matches('○').count() > 40 && shown.matches('•').count() > 100,
        "{shown}"
    );
}

#[test]
fn the_marks_differ_in_every_set_of_characters() {
    let state = map((120, 40));
    for (glyphs, trained, held_out) in [(Glyphs::Linux, '•', '○'), (Glyphs::Ascii, '*', 'o')] {
        let theme = Theme {
            glyphs,
            ..Theme::built_in("dark", Depth::Ansi16)
        };
        let shown = export::text(&drawn(&state, &theme));
        let legend = format!("{trained} trained {held_out} held out");
        assert!(shown.contains(&legend), "{legend}: {shown}");
    }
}

#[test]
fn the_selected_person_is_named_and_the_others_fade() {
    let mut state = map((80, 24));
    press(&mut state, "o");
    let theme = Theme::built_in("dark", Depth::TrueColor);
    let shown = export::text(&drawn(&state, &theme));
    let field: Vec<String> = shown
        .lines()
        .skip(2)
        .map(|l| l.chars().take(52).collect())
        .collect();
    let field = field.join("\n");
    assert!(field.contains("s01") && !field.contains("s20"), "{field}");
}

#[test]
fn a_click_chooses_the_nearest_picture() {
    for size in [(80, 24), (120, 40)] {
        let mut state = map(size);
        let buffer = drawn(&state, &Theme::built_in("dark", Depth::TrueColor));
        let field = size.0 - if size.0 < 100 { 26 } else { 36 };
        let marks: Vec<(u16, u16)> = (2..size.1 - 3)
            .flat_map(|y| (1..field - 1).map(move |x| (x, y)))
            .filter(|&at| ["•", "○"].contains(&buffer[at].symbol()))
            .collect();
        for &(column, row) in marks.iter().step_by(17) {
            let mouse = Mouse {
                column,
                row,
                kind: MouseKind::Press,
            };
            update(&mut state, Event::Mouse(mouse));
            let now = drawn(&state, &Theme::built_in("dark", Depth::TrueColor));
            let selected = Theme::built_in("dark", Depth::TrueColor).selection;
            let cell = &now[(column, row)];
            assert_eq!(Some(cell.bg), selected.bg, "{column},{row} of {size:?}");
        }
        // Beside the map nothing is chosen.
        let before = state.map.selected;
        let beside = Mouse {
            column: size.0 - 3,
            row: 10,
            kind: MouseKind::Press,
        };
        update(&mut state, Event::Mouse(beside));
        assert_eq!(state.map.selected, before);
    }
}
