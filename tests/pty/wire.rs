//! How many bytes are sent to the terminal.

use std::time::{Duration, Instant};

use super::harness::{BLOCKS, Session, Setup};

/// The most bytes for a page of thumbnails in true colour.
const PAGE: usize = 40 << 10;
/// The most bytes a second while training, on average, at 80×24.
const TRAINING: usize = 2560;
/// The same with `--calm`.
const CALM: usize = 2 << 10;

#[test]
fn nothing_is_sent_when_nothing_changes() {
    let mut session = Session::start(80, 24, &[]);
    session.see("400 pictures").see("10");
    // Late answers, such as that for the first probe, change nothing on this screen.
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
fn a_page_of_thumbnails_in_pixels_is_no_larger_and_the_way_back_is_nearly_free() {
    let mut session = Session::with(Setup {
        environment: &[("TERM", "xterm-kitty")],
        ..Setup::default()
    });
    session.see("400 pictures").see("10 pictures");
    let page = |session: &mut Session, key: &str, person: &str| {
        session.take_bytes();
        session.press(key).see(person);
        session.listen(Duration::from_millis(500));
        session.take_bytes()
    };
    session.listen(Duration::from_millis(500));
    let there = page(&mut session, "\x1b[6~", "s20");
    let back = page(&mut session, "\x1b[5~", "s02");
    println!("a page of thumbnails in pixels: {there} bytes, {back} back again");
    assert!(
        there <= PAGE && back <= PAGE / 8,
        "{there} and {back} bytes"
    );
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

/// Not asserted, because a busy machine is slow without a mistake of the program.
#[test]
fn the_first_screen_with_faces_is_timed() {
    let begun = Instant::now();
    let mut session = Session::start(80, 24, &[]);
    session.wait_until("faces", |s| s.text().matches(BLOCKS).count() > 200);
    println!("first screen with faces after {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut session = Session::with(Setup {
        environment: &[("TERM", "xterm-kitty")],
        ..Setup::default()
    });
    session.wait_until("faces", |s| {
        s.raw.windows(4).filter(|w| w == b"a=p,").count() >= 12
    });
    println!(
        "first screen with faces in pixels after {:?}",
        begun.elapsed()
    );
}

/// The time from key to screen while the tutorial's network trains on all cores. Run it alone:
/// `cargo test --release --test pty key_to_screen -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: needs the machine for itself"]
fn key_to_screen_while_training() {
    for preset in ["compact", "tutorial"] {
        let config = format!("(epochs: 1000, preset: {preset})");
        let mut session = Session::with(Setup {
            config: &config,
            ..Setup::default()
        });
        session.see("400 pictures").press("t").see("batch ");
        session.press("1").see("people (40)");
        println!("{preset}, down a list: {}", times(&mut session, "j", "k"));
        // In the order as drawn: training changes the other orders, which would move the cursor.
        session
            .press("3")
            .see("1 of 800")
            .press("oo")
            .see("as drawn");
        println!(
            "{preset}, down the pairs: {}",
            times(&mut session, "j", "k")
        );
    }
}

/// How long 200 keys take, down and up again: the time until the terminal has the frame for each.
pub(crate) fn times(session: &mut Session, down: &str, up: &str) -> String {
    let times: Vec<f64> = (0..200)
        .map(|i| {
            let before = session.screen().contents_formatted();
            let begun = Instant::now();
            session.press(if i % 40 < 20 { down } else { up });
            session.wait_until("an answer", |s| s.screen().contents_formatted() != before);
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    shares(times)
}

/// The median of some times in milliseconds, what 99 % of them do not exceed, and the longest.
pub(crate) fn shares(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}
