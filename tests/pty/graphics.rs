//! Pictures as pixels: what a terminal with kitty's protocol, iTerm2's protocol or sixels shows.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::harness::{BLOCKS, Session, Setup};

/// A rectangle of cells, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cells {
    column: usize,
    row: usize,
    columns: usize,
    rows: usize,
}

impl Cells {
    fn meets(&self, other: &Self) -> bool {
        self.column < other.column + other.columns
            && other.column < self.column + self.columns
            && self.row < other.row + other.rows
            && other.row < self.row + self.rows
    }
}

/// The sequences about pictures in a stream of bytes, with the last cursor position.
#[derive(Debug)]
enum Said {
    Kitty(BTreeMap<String, String>, (usize, usize)),
    Iterm(String, (usize, usize)),
    Sixel(String, (usize, usize)),
}

/// Parses a stream by ECMA-48: control sequences, and strings that end with ST or, for some, with BEL.
fn read(bytes: &[u8]) -> Vec<Said> {
    let (mut said, mut cursor, mut at) = (Vec::new(), (0, 0), 0);
    while at + 1 < bytes.len() {
        if bytes[at] != 0x1b {
            at += 1;
            continue;
        }
        let (kind, body) = (bytes[at + 1], at + 2);
        match kind {
            b'[' => {
                let length = bytes[body..].iter().position(|b| (0x40..=0x7e).contains(b));
                let Some(length) = length else { break };
                if bytes[body + length] == b'H' {
                    let text = String::from_utf8_lossy(&bytes[body..body + length]);
                    let mut numbers = text.split(';').map(|n| n.parse().unwrap_or(1));
                    let (row, column) = (numbers.next(), numbers.next());
                    cursor = (column.unwrap_or(1) - 1, row.unwrap_or(1) - 1);
                }
                at = body + length + 1;
            }
            b'P' | b']' | b'_' => {
                let end = (body..bytes.len())
                    .find(|&i| bytes[i] == 7 || bytes[i..].starts_with(b"\x1b\\"));
                let Some(end) = end else { break };
                let text = String::from_utf8_lossy(&bytes[body..end]).into_owned();
                match (kind, text.strip_prefix('G')) {
                    (b'_', Some(command)) => said.push(Said::Kitty(keys(command), cursor)),
                    (b']', _) if text.starts_with("1337;File=") => {
                        said.push(Said::Iterm(text, cursor))
                    }
                    (b'P', _) if text.contains('q') => said.push(Said::Sixel(text, cursor)),
                    _ => {}
                }
                at = end;
            }
            _ => at = body,
        }
    }
    said
}

fn keys(command: &str) -> BTreeMap<String, String> {
    let (keys, data) = command.split_once(';').unwrap_or((command, ""));
    let pair = |key: &str| {
        let (name, value) = key.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let mut keys: BTreeMap<_, _> = keys.split(',').filter_map(pair).collect();
    keys.insert("data".into(), data.into());
    keys
}

/// What kitty keeps and shows.
#[derive(Default)]
struct Kitty {
    /// Pictures by number, each as base64 of a PNG; the last may be incomplete.
    pictures: BTreeMap<String, String>,
    coming: Option<String>,
    /// Picture, placement and area.
    shown: BTreeMap<(String, String), Cells>,
    sent: usize,
}

impl Kitty {
    fn of(session: &Session) -> Self {
        let mut kitty = Self::default();
        for said in read(&session.raw) {
            let Said::Kitty(keys, cursor) = said else {
                panic!("only kitty's protocol was asked for")
            };
            kitty.take(&keys, cursor);
        }
        kitty
    }

    fn take(&mut self, keys: &BTreeMap<String, String>, (column, row): (usize, usize)) {
        let get = |name: &str| keys.get(name).map_or("", String::as_str);
        assert_eq!(get("q"), "2", "an answer would arrive as keys");
        let (picture, placement) = (get("i").to_owned(), get("p").to_owned());
        match (get("a"), get("d")) {
            ("t", _) | ("", _) => {
                let number = self.coming.take().unwrap_or_else(|| {
                    self.sent += 1;
                    assert_eq!(get("f"), "100");
                    self.pictures.insert(picture.clone(), String::new());
                    picture
                });
                assert!(get("data").len() <= 4096, "a chunk is too long");
                let text = self.pictures.get_mut(&number).expect("it was begun");
                text.push_str(get("data"));
                self.coming = (get("m") == "1").then_some(number);
            }
            ("p", _) => {
                let number = |name: &str| get(name).parse().expect("a number");
                let (columns, rows) = (number("c"), number("r"));
                assert_eq!(get("C"), "1", "the cursor must not move");
                assert!(self.pictures.contains_key(&picture), "placed before sent");
                let place = Cells {
                    column,
                    row,
                    columns,
                    rows,
                };
                self.shown.insert((picture, placement), place);
            }
            ("d", "i") => {
                let gone = self.shown.remove(&(picture, placement));
                assert!(gone.is_some(), "what is taken away was there");
            }
            ("d", "I") => drop(self.pictures.remove(&picture)),
            ("d", "A") => {
                self.shown.clear();
                self.pictures.clear();
            }
            other => panic!("{other:?} is not expected"),
        }
    }

    /// Asserts that each picture shown is a complete PNG, overlaps no other, and is not in the last row.
    fn check(&self, rows: usize) {
        assert!(self.coming.is_none(), "a picture is not ended");
        let places: Vec<&Cells> = self.shown.values().collect();
        for (i, place) in places.iter().enumerate() {
            assert!(
                place.row + place.rows < rows,
                "{place:?} is on the last row"
            );
            assert!(places[i + 1..].iter().all(|other| !place.meets(other)));
        }
        for (picture, _) in self.shown.keys() {
            let png = STANDARD.decode(&self.pictures[picture]).expect("base64");
            let decoded = image::load_from_memory(&png).expect("a PNG").to_luma8();
            assert!(decoded.width() <= 64 && decoded.height() <= 64);
        }
    }
}

/// Whether a complete frame has arrived: a synchronized update has ended.
fn whole(session: &Session) -> bool {
    session.raw.ends_with(b"\x1b[?2026l")
}

fn start(environment: &[(&str, &str)], cell: (u16, u16)) -> Session {
    let mut session = Session::with(Setup {
        environment,
        cell,
        ..Setup::default()
    });
    session.see("400 pictures").see("s02");
    session
}

/// The area of the popup with this title.
fn popup(session: &Session, title: &str) -> Cells {
    let text = session.text();
    let rows: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let title: Vec<char> = format!("┏ {title} ").chars().collect();
    let find = |line: &Vec<char>| line.windows(title.len()).position(|part| part == title);
    let (top, left) = rows
        .iter()
        .enumerate()
        .find_map(|(y, line)| Some((y, find(line)?)))
        .expect("the popup is there");
    let right = left
        + rows[top][left..]
            .iter()
            .position(|&c| c == '┓')
            .expect("a corner");
    let bottom = (top..rows.len())
        .find(|&y| rows[y].get(left) == Some(&'┗'))
        .expect("a corner");
    Cells {
        column: left,
        row: top,
        columns: right - left + 1,
        rows: bottom - top + 1,
    }
}

/// Whether a cell shows a piece of a picture as a half block, or as a coloured blank.
fn is_block(session: &Session, column: usize, row: usize) -> bool {
    let cell = session
        .screen()
        .cell(row as u16, column as u16)
        .expect("on the screen");
    matches!(cell.bgcolor(), vt100::Color::Rgb(r, g, b) if r == g && g == b)
}

#[test]
fn kitty_shows_hides_and_keeps_pictures() {
    let mut session = start(&[("TERM", "xterm-kitty")], (0, 0));
    session.wait_until("a page of faces", |s| {
        whole(s) && Kitty::of(s).shown.len() >= 12
    });
    let page = Kitty::of(&session);
    page.check(24);
    for place in page.shown.values() {
        assert!(
            place.column >= 25 && place.row >= 3,
            "{place:?} is in the pane"
        );
        assert!(
            !is_block(&session, place.column, place.row),
            "no cells below"
        );
    }
    session
        .press("T")
        .see("high_contrast")
        .wait_until("fewer faces", |s| {
            whole(s) && Kitty::of(s).shown.len() < page.shown.len()
        });
    let over = popup(&session, "theme");
    let below = Kitty::of(&session);
    below.check(24);
    assert!(below.shown.values().all(|place| !place.meets(&over)));
    let covered = page.shown.values().filter(|place| place.meets(&over));
    for place in covered {
        let beside = (place.column..place.column + place.columns)
            .flat_map(|x| (place.row..place.row + place.rows).map(move |y| (x, y)))
            .filter(|&(x, y)| {
                !over.meets(&Cells {
                    column: x,
                    row: y,
                    columns: 1,
                    rows: 1,
                })
            });
        for (x, y) in beside {
            assert!(is_block(&session, x, y), "{x}, {y} is neither");
        }
    }
    session.press("\x1b").wait_until("all faces again", |s| {
        Kitty::of(s).shown.len() == page.shown.len()
    });
    assert_eq!(Kitty::of(&session).sent, page.sent, "nothing is sent twice");
    session
        .press("?")
        .see("keys.ron")
        .wait_until("no face", |s| whole(s) && Kitty::of(s).shown.is_empty());
    session
        .press("\x1b")
        .wait_for("no help", |text| !text.contains("keys.ron"))
        .press("2")
        .see("Nothing is being trained");
    assert!(Kitty::of(&session).shown.is_empty(), "another screen");
}

#[test]
fn kitty_follows_a_resize_a_suspension_and_the_end() {
    let mut session = start(&[("TERM", "xterm-kitty")], (0, 0));
    session.wait_until("a page of faces", |s| {
        whole(s) && Kitty::of(s).shown.len() >= 12
    });
    session
        .resize(100, 30)
        .wait_until("faces at another size", |s| {
            let kitty = Kitty::of(s);
            whole(s)
                && kitty.shown.len() >= 12
                && kitty.shown.values().any(|place| place.columns == 12)
        });
    let page = Kitty::of(&session);
    page.check(30);
    assert!(page.shown.values().all(|place| place.columns == 12));
    session.press("\x1a").wait_until_stopped();
    assert!(
        Kitty::of(&session).shown.is_empty(),
        "nothing over the shell"
    );
    session.signal("CONT").wait_until("the same page", |s| {
        Kitty::of(s).shown.len() == page.shown.len()
    });
    Kitty::of(&session).check(30);
    session.press("q");
    assert!(session.end().success());
    assert!(Kitty::of(&session).shown.is_empty(), "nothing stays");
    session.assert_restored();
}

#[test]
fn iterm_gets_whole_pngs_in_their_cells() {
    let environment = [("TERM_PROGRAM", "iTerm.app")];
    let mut session = start(&environment, (0, 0));
    let count = |s: &Session| read(&s.raw).len();
    session.wait_until("a page of faces", |s| whole(s) && count(s) >= 12);
    for said in read(&session.raw) {
        let Said::Iterm(text, (column, row)) = said else {
            panic!("only iTerm2's protocol is expected")
        };
        let (keys, data) = text["1337;File=".len()..].split_once(':').expect("data");
        let value = |name: &str| {
            let found = keys.split(';').find_map(|key| key.strip_prefix(name));
            found
                .and_then(|n| n.parse::<usize>().ok())
                .expect("a number")
        };
        let png = STANDARD.decode(data).expect("base64");
        assert_eq!(value("size="), png.len());
        image::load_from_memory(&png).expect("a PNG");
        assert!(column >= 25 && row + value("height=") < 24 && column + value("width=") < 80);
    }
    let before = count(&session);
    session.press("?").see("keys.ron");
    assert_eq!(count(&session), before, "nothing is printed over a popup");
    session
        .press("\x1b")
        .wait_until("the faces again", |s| count(s) >= 2 * before);
}

#[test]
fn sixels_have_the_very_size_of_their_cells() {
    let mut session = start(&[("TERM", "foot")], (9, 18));
    session.wait_until("a page of faces", |s| whole(s) && read(&s.raw).len() >= 12);
    for said in read(&session.raw) {
        let Said::Sixel(text, (column, row)) = said else {
            panic!("only sixels are expected")
        };
        let raster = text.split_once('"').expect("a size").1;
        let raster = &raster[..raster.find('#').expect("colours")];
        let numbers: Vec<usize> = raster.split(';').map(|n| n.parse().unwrap()).collect();
        let [1, 1, width, height] = numbers[..] else {
            panic!("{raster} is no raster")
        };
        assert_eq!((width % 9, height % 18), (0, 0), "whole cells");
        assert!(column >= 25 && column + width / 9 < 80 && row + height / 18 < 24);
    }
}

/// Environment and arguments of a start.
type Start = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

#[test]
fn where_pixels_would_go_wrong_there_are_blocks() {
    let cases: [Start; 4] = [
        (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x,1,0")], &[]),
        (&[("TERM", "xterm-kitty")], &["--images", "blocks"]),
        // A terminal with sixels that does not report the size of its cells.
        (&[("TERM", "foot")], &[]),
        (&[], &[]),
    ];
    for (environment, arguments) in cases {
        let mut session = Session::with(Setup {
            environment,
            arguments,
            ..Setup::default()
        });
        session
            .see("400 pictures")
            .wait_until("blocks", |s| s.text().contains(BLOCKS));
        assert!(read(&session.raw).is_empty(), "{environment:?}");
        session.press("q");
        assert!(session.end().success());
    }
}

#[test]
fn off_means_no_picture_of_any_kind() {
    let mut session = Session::with(Setup {
        environment: &[("TERM", "xterm-kitty")],
        arguments: &["--images", "off"],
        ..Setup::default()
    });
    session
        .see("400 pictures")
        .see("s02")
        .press("2")
        .see("Nothing is being trained");
    assert!(read(&session.raw).is_empty());
    assert!(!session.text().contains(BLOCKS));
}
