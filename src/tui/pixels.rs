//! Pictures as pixels: kitty's protocol, iTerm2's protocol, and sixels.
//!
//! Only changes are sent. A frame first removes pictures that are no longer wanted, then sends the cells, then prints the
//! new pictures, all inside one synchronized update and one write. Text erases pictures of iTerm2 and sixels, so removing
//! is needed for kitty only; the cells below a removed picture are sent because their mark (see
//! [`Canvas`](crate::ui::Canvas)) is removed too.
//!
//! The crate viuer, which `verify --show` uses, was rejected here: its printers write to standard output only, end with a
//! newline, and choose the protocol themselves. Its kitty and sixel printers ask the terminal and wait for the answer
//! without a limit on standard input, where the keys arrive. It gives a kitty picture no number, so that it cannot be
//! removed, and does not end a picture that fits into one chunk. For one picture below a command this does not matter.
//!
//! Sources: "The terminal graphics protocol" (sw.kovidgoyal.net/kitty/graphics-protocol), "Inline Images Protocol"
//! (iterm2.com/documentation-images.html), DEC STD 070, chapter 9 (sixels).

mod encode;
mod kitty;
mod palette;

use std::io::{self, Write};

use ratatui::layout::Rect;

use crate::config::Images;
use crate::ui::{Picture, Raster};

pub(super) use kitty::ERASE_ALL;

/// Pixels of a cell where the terminal does not say: those of a usual font. It affects only how much is sent, because
/// kitty and iTerm2 get the size in cells.
const USUAL_CELL: (u16, u16) = (10, 20);

/// Up to so many rows a picture is a thumbnail. A page of twenty may cost 40 KiB, like a page of blocks; a face of 64×64
/// pixels, three kilobytes as a PNG, would be too much.
const THUMBNAIL: u16 = 6;
/// The most pixels along a side of a thumbnail, and the bits of each value that are sent, in grey and in colour: 1.3 and
/// 1.5 kilobytes.
const THUMBNAIL_GREY: (usize, u8) = (48, 0b1111_1100);
const THUMBNAIL_COLOUR: (usize, u8) = (32, 0b1111_1000);

/// The protocol for pictures, and which pictures are on the terminal.
pub(super) struct Pixels {
    protocol: Protocol,
    /// Width and height of a cell in pixels.
    cell: Option<(u16, u16)>,
    shown: Vec<Picture>,
}

enum Protocol {
    /// None: pictures are drawn as cells.
    Cells,
    Kitty(kitty::Kitty),
    Iterm,
    Sixel,
}

impl Pixels {
    /// For the result of [`Images::resolve`], on a terminal with cells of this size in pixels, if that is known.
    pub(super) fn new(images: Images, cell: Option<(u16, u16)>) -> Self {
        let protocol = match images {
            Images::Kitty => Protocol::Kitty(kitty::Kitty::default()),
            Images::Iterm => Protocol::Iterm,
            // A sixel is a pixel: without the size of a cell it is unknown how many cells a picture covers.
            Images::Sixel if cell.is_some() => Protocol::Sixel,
            _ => Protocol::Cells,
        };
        Self {
            protocol,
            cell,
            shown: Vec::new(),
        }
    }

    /// Whether pictures are printed at all.
    pub(super) fn any(&self) -> bool {
        !matches!(self.protocol, Protocol::Cells)
    }

    /// Whether exactly these are on the terminal.
    pub(super) fn show(&self, wanted: &[Picture]) -> bool {
        !self.any() || self.shown == wanted
    }

    /// The terminal was cleared, and the cells may have another size.
    pub(super) fn cleared(
        &mut self,
        cell: Option<(u16, u16)>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        self.cell = cell.or(self.cell);
        self.shown.clear();
        match &mut self.protocol {
            Protocol::Kitty(kitty) => kitty.forget(out),
            _ => Ok(()),
        }
    }

    /// Before the cells are sent: removes the pictures that are no longer wanted.
    pub(super) fn take_away(&mut self, wanted: &[Picture], out: &mut impl Write) -> io::Result<()> {
        if let Protocol::Kitty(kitty) = &mut self.protocol {
            let gone = self.shown.iter().filter(|shown| !wanted.contains(shown));
            for picture in gone {
                kitty.take_away(picture.area, out)?;
            }
        }
        self.shown.retain(|shown| wanted.contains(shown));
        Ok(())
    }

    /// After the cells were sent: prints the pictures that are not there yet.
    pub(super) fn print(&mut self, wanted: Vec<Picture>, out: &mut impl Write) -> io::Result<()> {
        if !self.any() {
            return Ok(());
        }
        let cell = self.cell.unwrap_or(USUAL_CELL);
        for picture in wanted.iter().filter(|p| !self.shown.contains(p)) {
            match &mut self.protocol {
                Protocol::Cells => {}
                Protocol::Kitty(kitty) => kitty.print(picture.area, small(picture, cell), out)?,
                Protocol::Iterm => at(picture.area, out, |out| {
                    encode::iterm(&small(picture, cell), picture.area, out)
                })?,
                Protocol::Sixel => at(picture.area, out, |out| {
                    encode::sixel(&exact(picture, cell), out)
                })?,
            }
        }
        self.shown = wanted;
        Ok(())
    }
}

/// Prints at the corner of `area`, and leaves the cursor where it was.
fn at<W: Write>(
    area: Rect,
    out: &mut W,
    print: impl FnOnce(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    write!(out, "\x1b7\x1b[{};{}H", area.y + 1, area.x + 1)?;
    print(out)?;
    write!(out, "\x1b8")
}

/// The visible part of a picture, with at most as many pixels as its cells have: the terminal enlarges it.
fn small(picture: &Picture, cell: (u16, u16)) -> Raster {
    let (width, height) = (picture.raster.width, picture.raster.height);
    let thumbnail = (picture.whole.1 <= THUMBNAIL).then(|| match picture.raster.is_grey() {
        true => THUMBNAIL_GREY,
        false => THUMBNAIL_COLOUR,
    });
    let mut most = pixels(picture.whole, cell);
    if let Some((longest, _)) = thumbnail {
        let side = |n: usize| n * longest / most.0.max(most.1).max(longest);
        most = (side(most.0).max(1), side(most.1).max(1));
    }
    let mut whole = match width > most.0 || height > most.1 {
        true => picture.raster.scaled(most.0, most.1),
        false => picture.raster.clone(),
    };
    if let Some((_, mask)) = thumbnail {
        let pixels = whole.pixels.iter_mut();
        pixels.for_each(|pixel| *pixel = pixel.map(|value| value & mask));
    }
    cut(whole, picture)
}

/// The visible part of a picture, with exactly the pixels of its cells.
fn exact(picture: &Picture, cell: (u16, u16)) -> Raster {
    let (width, height) = pixels(picture.whole, cell);
    cut(picture.raster.scaled(width, height), picture)
}

fn pixels((columns, rows): (u16, u16), cell: (u16, u16)) -> (usize, usize) {
    (
        usize::from(columns) * usize::from(cell.0),
        usize::from(rows) * usize::from(cell.1),
    )
}

fn cut(whole: Raster, picture: &Picture) -> Raster {
    let rows = usize::from(picture.whole.1).max(1);
    let line = |row: u16| usize::from(row) * whole.height / rows;
    let (first, last) = (
        line(picture.above),
        line(picture.above + picture.area.height),
    );
    Raster {
        width: whole.width,
        height: last - first,
        pixels: whole.pixels[first * whole.width..last * whole.width].to_vec(),
    }
}

#[cfg(test)]
mod tests;
