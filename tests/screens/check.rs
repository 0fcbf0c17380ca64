//! What was found in the files of a data set.

use std::sync::Arc;

use twinsight::internals::app::data::{Finding, FindingGroup, Findings, Focus};
use twinsight::internals::app::effect::FileJob;
use twinsight::internals::app::event::Event;
use twinsight::internals::app::{State, update};
use twinsight::units::ImageId;

use super::states::{empty, faces, press, text};

const SIZE: (u16, u16) = (80, 24);

fn findings() -> Findings {
    let entry = |path: &str, why: &str, image: Option<usize>| Finding {
        path: path.into(),
        why: why.into(),
        image: image.map(ImageId),
    };
    let group = |kind: &str, entries: Vec<Finding>| FindingGroup {
        kind: kind.into(),
        why: entries[0].why.clone(),
        entries,
    };
    let copies = "equal files count several times for one person; keep one";
    let groups = vec![
        group(
            "refused",
            vec![entry(
                "/faces/s01/notes.heic",
                "a HEIC photo, which cannot be read here",
                None,
            )],
        ),
        group(
            "equal",
            vec![
                entry("/faces/s12/4.png", copies, Some(113)),
                entry("/faces/s12/9.png", copies, Some(118)),
            ],
        ),
    ];
    Findings::new(groups, vec![("PNG picture", 400), ("HEIC photo", 1)], true)
}

fn found() -> State {
    let mut state = empty(SIZE);
    let dataset = state.data.dataset.clone().expect("faces");
    update(&mut state, Event::Checked(dataset, Arc::new(findings())));
    state
}

#[test]
fn what_was_found_is_counted_and_marked() {
    let mut state = found();
    press(&mut state, "1");
    assert!(
        text(&state).contains("r: 1 refused · 2 equal"),
        "{}",
        text(&state)
    );
    press(&mut state, "/");
    super::states::type_text(&mut state, "s12");
    press(&mut state, "enter");
    let shown = text(&state);
    assert!(shown.contains("! 4") && shown.contains("! 9"), "{shown}");
    assert!(!shown.contains("! 5"), "{shown}");
}

#[test]
fn the_list_shows_each_picture_and_leads_to_it() {
    let mut state = found();
    press(&mut state, "1 r");
    insta::assert_snapshot!("check_refused", text(&state));
    let shown = text(&state);
    assert!(shown.contains("400 PNG pictures, 1 HEIC photo"), "{shown}");
    assert!(shown.contains("a HEIC photo, which cannot be"), "{shown}");
    assert_eq!(press(&mut state, "enter"), [], "there is no picture of it");
    press(&mut state, "down down");
    insta::assert_snapshot!("check_equal", text(&state));
    assert!(
        text(&state).contains("count several times"),
        "{}",
        text(&state)
    );
    press(&mut state, "enter");
    assert_eq!(state.overlay, None);
    assert_eq!(state.data.current_image(), Some(ImageId(118)));
    assert_eq!(state.data.focus, Focus::Pictures);
    press(&mut state, "enter");
    assert!(
        text(&state).contains("equal files count"),
        "{}",
        text(&state)
    );
}

#[test]
fn photos_are_compared_once_and_only_for_the_faces_that_are_loaded() {
    let mut state = empty(SIZE);
    assert_eq!(press(&mut state, "1 r"), [FileJob::Check.into()]);
    assert!(text(&state).contains("comparing all photos"));
    assert_eq!(press(&mut state, "esc r"), [], "it is under way");
    let other = Arc::new((*faces()).clone());
    update(&mut state, Event::Checked(other, Arc::new(findings())));
    assert!(state.data.checking, "those of other faces do not count");
    let dataset = state.data.dataset.clone().expect("faces");
    let nothing = Findings::new(Vec::new(), Vec::new(), true);
    update(&mut state, Event::Checked(dataset, Arc::new(nothing)));
    assert!(
        text(&state).contains("nothing is doubtful"),
        "{}",
        text(&state)
    );
    assert_eq!(press(&mut state, "esc r"), []);
}
