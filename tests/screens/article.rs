//! What the article shows, in the screens.

use twinsight::internals::app::effect::TrainingRequest;
use twinsight::internals::app::{Effect, State};

use super::states::{empty, full, press, text};

#[test]
fn the_training_of_the_article_is_one_choice_of_the_form() {
    let mut state = empty((80, 24));
    // The presets, then the article.
    press(&mut state, "e left");
    let shown = text(&state);
    assert!(shown.contains("◀ as in the article ▶"), "{shown}");
    let started = press(&mut state, "enter");
    let [Effect::Training(TrainingRequest::Start(settings))] = &started[..] else {
        panic!("no training is requested: {started:?}")
    };
    assert_eq!(
        (&*settings.preset, settings.epochs, settings.by_pairs),
        ("tutorial", 100, true)
    );
    let mut state = empty((80, 24));
    press(&mut state, "e");
    for _ in 0..6 {
        press(&mut state, "tab");
    }
    press(&mut state, "right");
    assert!(text(&state).contains("◀ pairs ▶"), "{}", text(&state));
}

/// The columns and rows at which a text stands.
fn places(state: &State, wanted: &str) -> Vec<(usize, usize)> {
    let shown = text(state);
    let mut found = Vec::new();
    for (y, line) in shown.lines().enumerate() {
        let starts = line.match_indices(wanted);
        found.extend(starts.map(|(at, _)| (line[..at].chars().count(), y)));
    }
    found
}

#[test]
fn sample_pairs_are_a_grid_with_the_same_people_above() {
    for (size, each) in [((80, 24), 3), ((120, 40), 8)] {
        let mut state = full(size);
        press(&mut state, "3 g");
        insta::assert_snapshot!(format!("samples_{}x{}", size.0, size.1), text(&state));
        let same = places(&state, "same person (label 1)")[0].1;
        let different = places(&state, "different people (label 0)")[0].1;
        assert!(same < different);
        let first = format!("sample pairs 1–{each} of 400");
        assert!(text(&state).contains(&first), "{first}: {}", text(&state));
        press(&mut state, "space");
        let next = format!("sample pairs {}–{} of 400", each + 1, 2 * each);
        assert!(text(&state).contains(&next), "{next}: {}", text(&state));
        press(&mut state, "end");
        assert!(text(&state).contains("–400 of 400"), "{}", text(&state));
        press(&mut state, "g");
        assert!(!state.pairs.grid && text(&state).contains("1 of 800"));
    }
}

#[test]
fn everyone_is_on_one_screen_with_a_score_at_120_by_40() {
    let mut state = full((120, 40));
    press(&mut state, "4");
    let shown = text(&state);
    let scores = shown.matches("✓ 0.").count() + shown.matches("✗ 0.").count();
    // And that of the answer beside the photo.
    assert_eq!(scores, state.verify.candidates.len(), "{shown}");
    for candidate in &state.verify.candidates {
        assert!(shown.contains(&*candidate.person), "{}", candidate.person);
    }
}

#[test]
fn the_way_from_distance_to_verdict_is_drawn_where_there_is_room() {
    for (size, steps) in [((120, 40), true), ((80, 24), false)] {
        let mut state = full(size);
        press(&mut state, "6");
        let shown = text(&state);
        assert_eq!(shown.contains("√Σ(l−r)² = 0.310"), steps, "{shown}");
        assert_eq!(shown.contains("sigmoid(w·d + b) = 0.940"), steps, "{shown}");
        let verdict = if steps {
            "0.940 ≥ 0.50"
        } else {
            "similarity 0.94"
        };
        assert!(shown.contains(verdict), "{shown}");
    }
}
