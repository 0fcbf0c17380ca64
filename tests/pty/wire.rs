//! What crosses the wire.

use std::time::Duration;

use super::harness::Session;

/// A page of thumbnails costs at most this in true colour.
const PAGE: usize = 40 << 10;
/// Bytes a second while training, on average, at 80×24.
const TRAINING: usize = 8 << 10;
/// The same with `--calm`.
const CALM: usize = 2 << 10;

#[test]
fn nothing_is_sent_when_nothing_changes() {
    let mut session = Session::start(80, 24, &[]);
    session.see("400 pictures").see("10");
    // What answers come late, such as the first probe's, change nothing on this screen.
    session.listen(Duration::from_secs(2));
    assert_eq!(session.listen(Duration::from_secs(2)), 0);
}

#[test]
fn a_page_of_thumbnails_is_small_and_smaller_in_256_colours() {
    let page = |arguments: &[&str]| {
        let mut session = Session::start(80, 24, arguments);
        session.see("400 pictures").see("10 pictures");
        session.take_bytes();
        session.press("\x1b[6~").see("s20");
        session.listen(Duration::from_millis(500));
        session.take_bytes()
    };
    let (full, indexed) = (page(&[]), page(&["--color", "256"]));
    println!("a page of thumbnails: {full} bytes in true colour, {indexed} in 256");
    assert!(full <= PAGE && indexed < full, "{full} and {indexed} bytes");
}

#[test]
fn training_sends_little_and_calm_training_less() {
    let second = |arguments: &[&str]| {
        let mut session = Session::start(80, 24, arguments);
        session.see("400 pictures").press("t").see("batch ");
        session.take_bytes();
        session.listen(Duration::from_secs(10)) / 10
    };
    let (lively, calm) = (second(&[]), second(&["--calm"]));
    println!("while training: {lively} bytes a second, {calm} with --calm");
    assert!(
        lively <= TRAINING && calm <= CALM,
        "{lively} and {calm} bytes a second"
    );
}
