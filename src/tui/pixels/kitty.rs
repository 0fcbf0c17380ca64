//! Kitty's protocol: the terminal keeps pictures by number.
//!
//! A picture is sent once and then placed as often as needed: scrolling through faces already seen costs a few dozen
//! bytes for each. To bound the memory on both sides, the least recently used picture is deleted.

use std::collections::VecDeque;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::layout::Rect;

use super::encode;
use crate::ui::Raster;

/// Deletes all pictures when the program leaves. `q=2`: no answer, which would arrive as keys.
pub(in crate::tui) const ERASE_ALL: &[u8] = b"\x1b_Ga=d,d=A,q=2\x1b\\";

/// Pictures that the terminal keeps: several pages of thumbnails on a large screen.
const KEPT: usize = 256;
/// Base64 characters in one chunk, by the protocol.
const CHUNK: usize = 4096;

/// What the terminal keeps and shows.
#[derive(Default)]
pub(super) struct Kitty {
    /// The least recently used first.
    kept: VecDeque<(Raster, u32)>,
    /// Area, number of the picture, number of the placement.
    placed: Vec<(Rect, u32, u32)>,
    numbers: u32,
}

impl Kitty {
    /// Forgets everything: the placements are gone, and after a suspension perhaps the pictures.
    pub(super) fn forget(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.kept.clear();
        self.placed.clear();
        match self.numbers {
            0 => Ok(()),
            _ => out.write_all(ERASE_ALL),
        }
    }

    /// Removes the picture at `area`.
    pub(super) fn take_away(&mut self, area: Rect, out: &mut impl Write) -> io::Result<()> {
        let Some(at) = self.placed.iter().position(|(place, ..)| *place == area) else {
            return Ok(());
        };
        let (_, picture, placement) = self.placed.swap_remove(at);
        write!(out, "\x1b_Ga=d,d=i,i={picture},p={placement},q=2\x1b\\")
    }

    /// Places a picture so that it fills `area`; `C=1` does not move the cursor, so that nothing scrolls.
    pub(super) fn print(
        &mut self,
        area: Rect,
        picture: Raster,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let number = self.keep(picture, out)?;
        let placement = self.number();
        self.placed.push((area, number, placement));
        write!(
            out,
            "\x1b7\x1b[{};{}H\x1b_Ga=p,i={number},p={placement},c={},r={},C=1,q=2\x1b\\\x1b8",
            area.y + 1,
            area.x + 1,
            area.width,
            area.height
        )
    }

    /// The number of a picture; the picture is sent if the terminal does not keep it.
    fn keep(&mut self, picture: Raster, out: &mut impl Write) -> io::Result<u32> {
        if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == picture)
            && let Some(found) = self.kept.remove(at)
        {
            let number = found.1;
            self.kept.push_back(found);
            return Ok(number);
        }
        self.make_room(out)?;
        let number = self.number();
        send(number, &encode::png(&picture)?, out)?;
        self.kept.push_back((picture, number));
        Ok(number)
    }

    fn make_room(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.kept.len() < KEPT {
            return Ok(());
        }
        let used = |number: u32| self.placed.iter().any(|(_, placed, _)| *placed == number);
        if let Some(at) = self.kept.iter().position(|(_, number)| !used(*number))
            && let Some((_, number)) = self.kept.remove(at)
        {
            write!(out, "\x1b_Ga=d,d=I,i={number},q=2\x1b\\")?;
        }
        Ok(())
    }

    fn number(&mut self) -> u32 {
        self.numbers = self.numbers.wrapping_add(1).max(1);
        self.numbers
    }
}

fn send(number: u32, png: &[u8], out: &mut impl Write) -> io::Result<()> {
    let text = STANDARD.encode(png);
    let mut rest = text.as_str();
    let mut keys = format!("a=t,f=100,i={number},q=2,");
    loop {
        let (chunk, tail) = rest.split_at(rest.len().min(CHUNK));
        let more = u8::from(!tail.is_empty());
        write!(out, "\x1b_G{keys}m={more};{chunk}\x1b\\")?;
        if tail.is_empty() {
            return Ok(());
        }
        rest = tail;
        keys = "q=2,".to_owned();
    }
}
