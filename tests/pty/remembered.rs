//! What is remembered from one start to the next.

use std::sync::Arc;

use super::harness::{Session, Setup};

fn again(session: &Session) -> Session {
    Session::with(Setup {
        home: Some(Arc::clone(&session.home)),
        ..Setup::default()
    })
}

#[test]
fn screen_theme_and_selection_come_back_and_the_run_goes_on() {
    let mut first = Session::start(80, 24, &[]);
    first
        .see("400 pictures")
        .press("jjj")
        .see("s04 ·")
        .press("t");
    first.see("batch ").see("◆").press("3").see("different");
    first.press("T").see("light").press("j\r").press("f");
    first.see("same person").signal("HUP");
    first.end();
    let mut second = again(&first);
    second
        .see("same person")
        .see("stopped at epoch")
        .see("resume");
    second.press("r").see("▶ ").press("1").see("s04 ·");
    second.press("q").see("A training is running").press("\r");
    assert!(second.end().success());
    second.assert_restored();
    assert_eq!(
        second.run_files("recipe.ron").len(),
        1,
        "it is the same run"
    );
}

#[test]
fn an_offer_that_is_dropped_is_not_made_again() {
    let mut first = Session::start(80, 24, &[]);
    first.see("400 pictures").press("t").see("batch ").see("◆");
    first.press("\x03").see("stopped").press("\x03\x03");
    first.end();
    let mut second = again(&first);
    second.see("stopped at epoch").press("\x1b");
    second.wait_for("no offer", |text| !text.contains("stopped at epoch"));
    second.press("q");
    assert!(second.end().success());
    let mut third = again(&second);
    third.see("◆ built-in model").press("1").see("people (40)");
    assert!(!third.text().contains("stopped at epoch"));
}

#[test]
fn a_broken_memory_is_said_and_passed_over() {
    let session = Session::start(80, 24, &[]);
    let state = session.home.path().join("state");
    std::fs::create_dir_all(&state).expect("a folder");
    std::fs::write(state.join("screen.ron"), "(screen: Kitchen)").expect("a file");
    let mut second = again(&session);
    second
        .see("what was remembered is not used")
        .see("people (40)");
}

#[test]
fn a_pair_marked_as_mislabelled_is_remembered_and_left_out() {
    let mut first = Session::start(120, 40, &[]);
    // The list is sorted again when the similarities arrive; only then the cursor stays on its pair.
    first.see("400 pictures").press("3").see("similarity 0.");
    first
        .press("m")
        .see("leaves 2 pictures out")
        .see("⊘ left out");
    first.press("1").see("⊘ 2").press("q");
    assert!(first.end().success());
    let mut second = Session::with(Setup {
        size: (120, 40),
        home: Some(Arc::clone(&first.home)),
        ..Setup::default()
    });
    second
        .see("⊘ 2")
        .press("t")
        .see("training without 2 pictures");
    // Only the marked pair is listed: its place among all changes with each epoch.
    second.see("batch ").press("3ffff").see("⊘ left out");
    second.press("u");
    second.see("uses every picture");
}
