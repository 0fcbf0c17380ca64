//! Pictures as cells: half blocks, quarter blocks, or dots.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::config::Glyphs;
use crate::ui::depth::GREYS16;
use crate::ui::raster::{Bitmap, Raster};
use crate::ui::{Depth, Theme};
use crate::vision::blocks;

/// Amount of sharpening for a picture in four greys; chosen by eye on the ORL faces.
const SHARPEN_GREYS: f32 = 1.0;
/// The most rows of a thumbnail; thumbnails are sharpened.
const THUMBNAIL: u16 = 6;
/// The most rows of a picture drawn with four pixels in a cell. Larger pictures look smoother in half blocks.
const QUARTERS: u16 = 16;
/// Characters from dark to light, on a dark ground.
const SHADES: &[char] = &[' ', '░', '▒', '▓', '█'];
/// The same in ASCII.
const ASCII_SHADES: &[char] = &[' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// Bits of each value that are shown: of a grey, and of a colour, whose neighbours are equal less often.
const GREY_BITS: u32 = 6;
const COLOUR_BITS: u32 = 5;

/// Fills `area` with a picture, stretched to it, in the best way that the terminal supports: in colour with 256 colours or
/// more, in grey with 16, as dots without any.
pub(super) fn draw(buf: &mut Buffer, area: Rect, picture: Bitmap<'_>, theme: &Theme) {
    let mono = theme.depth == Depth::Mono || theme.name == "mono";
    match (mono, theme.glyphs) {
        (true, Glyphs::Linux) => draw_shades(buf, area, &picture, SHADES, theme),
        (true, Glyphs::Ascii) => draw_shades(buf, area, &picture, ASCII_SHADES, theme),
        (true, _) => draw_dots(buf, area, &picture.into_grey(), theme),
        (false, glyphs) => {
            let depth = theme.depth;
            let picture = match depth {
                Depth::Ansi16 => picture.into_grey(),
                _ => picture,
            };
            match glyphs {
                Glyphs::Ascii => draw_blanks(buf, area, &picture, depth),
                Glyphs::Auto | Glyphs::Full if area.height <= QUARTERS => {
                    draw_quadrants(buf, area, &picture, depth)
                }
                _ => draw_blocks(buf, area, &picture, depth),
            }
        }
    }
}

fn draw_dots(buf: &mut Buffer, area: Rect, picture: &Bitmap<'_>, theme: &Theme) {
    let Some(grey) = picture.first_channel() else {
        return;
    };
    let dots = blocks::dots(grey, area.width, area.height, theme.light);
    for (i, bits) in dots.into_iter().enumerate() {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        if let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) {
            let pattern = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
            cell.set_char(pattern)
                .set_style(Style::new().patch(theme.text));
        }
    }
}

/// Draws with one character in a cell that is as light as the picture there; `shades` are in order, the dark one first.
fn draw_shades(buf: &mut Buffer, area: Rect, picture: &Bitmap<'_>, shades: &[char], theme: &Theme) {
    let mut raster = picture.scaled(usize::from(area.width), usize::from(area.height));
    raster.relight(|levels| blocks::sharpen(levels, SHARPEN_GREYS));
    for (cell, level) in area.positions().zip(raster.luma().pixels) {
        let level = if theme.light { 255 - level } else { level };
        let shade = usize::from(level) * shades.len() / 256;
        if let Some(cell) = buf.cell_mut(cell) {
            cell.set_char(shades[shade])
                .set_style(Style::new().patch(theme.text));
        }
    }
}

/// Draws with one pixel in a cell: a blank in its colour.
fn draw_blanks(buf: &mut Buffer, area: Rect, picture: &Bitmap<'_>, depth: Depth) {
    let mut raster = picture.scaled(usize::from(area.width), usize::from(area.height));
    reduce(&mut raster, depth);
    for (cell, pixel) in area.positions().zip(raster.pixels) {
        if let Some(cell) = buf.cell_mut(cell) {
            cell.set_style(Style::reset())
                .set_bg(color(depth, pixel))
                .set_symbol(" ");
        }
    }
}

/// Draws with four pixels in a cell.
fn draw_quadrants(buf: &mut Buffer, area: Rect, picture: &Bitmap<'_>, depth: Depth) {
    let (width, height) = (2 * usize::from(area.width), 2 * usize::from(area.height));
    let mut raster = picture.scaled(width, height);
    if area.height <= THUMBNAIL {
        raster.relight(blocks::crispen);
    }
    reduce(&mut raster, depth);
    for (i, pixels) in blocks::quadrants(&raster.pixels, width)
        .into_iter()
        .enumerate()
    {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) else {
            continue;
        };
        let (front, back) = (color(depth, pixels.front), color(depth, pixels.back));
        cell.set_style(Style::reset()).set_bg(back);
        match front == back {
            true => cell.set_symbol(" "),
            false => cell.set_char(pixels.symbol).set_fg(front),
        };
    }
}

/// Draws with two pixels in a cell, one above the other.
fn draw_blocks(buf: &mut Buffer, area: Rect, picture: &Bitmap<'_>, depth: Depth) {
    let width = usize::from(area.width);
    let mut raster = picture.scaled(width, 2 * usize::from(area.height));
    reduce(&mut raster, depth);
    for (y, rows) in raster.pixels.chunks_exact(2 * width).enumerate() {
        let (upper, lower) = rows.split_at(width);
        for (x, (&top, &bottom)) in upper.iter().zip(lower).enumerate() {
            let Some(cell) = buf.cell_mut((area.x + x as u16, area.y + y as u16)) else {
                continue;
            };
            let (top, bottom) = (color(depth, top), color(depth, bottom));
            cell.set_style(Style::reset()).set_bg(bottom);
            // A cell of one colour is a blank, which takes half the bytes.
            match top == bottom {
                true => cell.set_symbol(" "),
                false => cell.set_symbol("▀").set_fg(top),
            };
        }
    }
}

/// The nearest colour that the terminal can show.
fn color(depth: Depth, [red, green, blue]: [u8; 3]) -> Color {
    match red == green && green == blue {
        true => depth.grey(red),
        false => depth.color(Color::Rgb(red, green, blue)),
    }
}

/// Reduces the greys to the four of a terminal with 16 colours, and otherwise greys and colours to fewer bits.
fn reduce(raster: &mut Raster, depth: Depth) {
    match depth {
        Depth::Ansi16 => raster.relight(|levels| {
            blocks::sharpen(levels, SHARPEN_GREYS);
            blocks::dither(levels, &GREYS16);
        }),
        _ if raster.is_grey() => raster.reduce(GREY_BITS),
        _ => raster.reduce(COLOUR_BITS),
    }
}
