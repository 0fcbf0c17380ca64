//! Ten thousand pictures in folders.

use std::path::Path;
use std::time::Instant;

use super::harness::{Session, Setup};
use super::wire::{shares, times};

const PEOPLE: usize = 200;
const EACH: usize = 50;
const SIDE: usize = 24;

/// Two hundred people with fifty pictures each: an oval on a background, in greys that depend on their numbers.
fn make(folder: &Path) {
    for person in 0..PEOPLE {
        let own = folder.join(format!("p{person:03}"));
        std::fs::create_dir(&own).expect("a folder");
        for picture in 0..EACH {
            let mut bytes = format!("P5 {SIDE} {SIDE} 255\n").into_bytes();
            bytes.extend((0..SIDE * SIDE).map(|i| oval(person, picture, i % SIDE, i / SIDE)));
            std::fs::write(own.join(format!("{picture:02}.pgm")), bytes).expect("a file");
        }
    }
}

fn oval(person: usize, picture: usize, x: usize, y: usize) -> u8 {
    let (dx, dy) = (x as f32 - 11.5 - (picture % 5) as f32, y as f32 - 11.5);
    let (wide, high) = (5.0 + (person % 6) as f32, 6.0 + (person / 6 % 6) as f32);
    let inside = (dx / wide).powi(2) + (dy / high).powi(2) < 1.0;
    let grey = if inside {
        150 + person % 90
    } else {
        20 + picture
    };
    (grey + (x * 7 + y * 13 + person) % 9) as u8
}

/// The time from key to screen while photographs are read, searched and aligned on all cores: other screens, and the list and
/// the faces made so far. `MADE` is a folder of people that takes at least a minute, such as `tests/data/many.rs` makes:
/// `MADE=… cargo test --release --test pty keys_while_photographs -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: needs the machine for itself, and a large folder"]
fn keys_while_photographs_are_read() {
    let path = std::env::var("MADE").expect("MADE: a folder of people");
    let begun = Instant::now();
    let mut session = Session::with(Setup {
        arguments: &["--data", &path],
        config: "(crop: aligned)",
        ..Setup::default()
    });
    session.see("1 Data");
    println!("first screen after {:.2?}", begun.elapsed());
    session.see("○ faces ");
    println!("people listed after {:.2?}", begun.elapsed());
    // One key after each news of the progress, which is in the first line: five a second, as a hand types.
    let line = |screen: &vt100::Screen, at| screen.contents().lines().nth(at).map(str::to_owned);
    let mut key = |keys: &str, answer: &dyn Fn(&vt100::Screen) -> bool| {
        let before = line(session.screen(), 0);
        session.wait_until("progress", |s| line(s.screen(), 0) != before);
        let begun = Instant::now();
        session.press(keys);
        session.wait_until("an answer", |s| answer(s.screen()));
        (
            begun.elapsed().as_secs_f64() * 1e3,
            line(session.screen(), 1),
        )
    };
    let shows = |text: &'static str| move |screen: &vt100::Screen| screen.contents().contains(text);
    let screens = (0..100).map(|turn| match turn % 2 {
        0 => key("2", &shows("Nothing is being trained")).0,
        _ => key("1", &shows("┏ people (")).0,
    });
    let screens = shares(screens.collect());
    println!("other screens, while photographs are read: {screens}");
    // The title, in the second line, names the picture.
    let (_, mut title) = key("l", &shows("▲"));
    let mut faces = Vec::new();
    for turn in 0..100 {
        let down = if turn % 40 < 20 { "j" } else { "k" };
        let (took, next) = key(down, &|screen| line(screen, 1) != title);
        title = next;
        faces.push(took);
    }
    println!(
        "down the faces, while photographs are read: {}",
        shares(faces)
    );
}

#[test]
fn the_grid_of_ten_thousand_pictures_answers_each_key() {
    let faces = tempfile::tempdir().expect("a folder");
    make(faces.path());
    let path = faces.path().display().to_string();
    let begun = Instant::now();
    let mut session = Session::with(Setup {
        arguments: &["--data", &path],
        config: "(crop: whole)",
        ..Setup::default()
    });
    // The screens appear and answer before the pictures are loaded.
    session
        .see("people (")
        .press("2")
        .see("Nothing is being trained");
    println!("first screen after {:?}", begun.elapsed());
    session
        .press("1")
        .see("people (200)")
        .see("10,000 pictures")
        .see("○ untrained");
    println!("ten thousand faces after {:?}", begun.elapsed());
    session.press("l").see("▲");
    println!("down the grid: {}", times(&mut session, "j", "k"));
    println!(
        "pages of the grid: {}",
        times(&mut session, "\x1b[6~", "\x1b[5~")
    );
    session
        .press("\x1b[F")
        .see("p199/49")
        .press("\x1b[H")
        .see("p000/00");
}
