//! A grey picture in cells, as good as the terminal can.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::photo::Photo;
use crate::ui::depth::GREYS16;
use crate::ui::{Canvas, Depth, Picture, Pictures, Theme};
use crate::vision::blocks::{self, Grey, Levels};
use crate::vision::{self, Face, SIDE};

/// How much a picture in four greys is sharpened; chosen by eye on the ORL faces.
const SHARPEN_GREYS: f32 = 1.0;
/// Up to so many rows a picture is a thumbnail, whose few pixels are sharpened.
const THUMBNAIL: u16 = 6;
/// Up to so many rows a cell holds four pixels; larger pictures have enough of them, and are smoother in half blocks.
const QUARTERS: u16 = 16;

/// The picture of a face.
pub(in crate::ui) fn grey(face: &Face) -> Option<Grey<'_>> {
    Grey::new(SIDE, SIDE, face.pixels())
}

/// The picture of a photo.
pub(in crate::ui) fn photo(photo: &Photo) -> Option<Grey<'_>> {
    Grey::new(photo.width, photo.height, &photo.pixels)
}

/// Draws `picture` as large as fits into `area`, in its middle; where it came to stand.
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    picture: Option<Grey<'_>>,
    theme: &Theme,
) -> Rect {
    let area = area.intersection(buf.area);
    let Some(picture) = picture else {
        return Rect {
            width: 0,
            height: 0,
            ..area
        };
    };
    let (width, height) = blocks::fit(picture.width(), picture.height(), area.width, area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    match theme.depth {
        _ if theme.pictures == Pictures::Off => return place,
        Depth::Mono => draw_dots(buf, place, picture, theme),
        _ if theme.name == "mono" => draw_dots(buf, place, picture, theme),
        depth if height <= QUARTERS => draw_quadrants(buf, place, picture, depth),
        depth => draw_blocks(buf, place, picture, depth),
    }
    if theme.pictures == Pictures::Pixels {
        buf.hang(Picture {
            area: place,
            whole: (width, height),
            above: 0,
            grey: blocks::scale(picture, picture.width(), picture.height()),
        });
    }
    place
}

/// Draws a picture of `width` × `height` cells at column `x` and line `y` of `area`, and only what of it lies in there:
/// the first and the last row of a grid that scrolls by lines.
pub(in crate::ui) fn draw_clipped(
    buf: &mut Canvas<'_>,
    area: Rect,
    (x, y): (u16, i64),
    (width, height): (u16, u16),
    picture: Option<Grey<'_>>,
    theme: &Theme,
) {
    let size = Rect {
        x: 0,
        y: 0,
        width,
        height,
    };
    let mut whole = Buffer::empty(size);
    whole.set_style(size, theme.background);
    let mut canvas = Canvas::new(&mut whole);
    draw(&mut canvas, size, picture, theme);
    let hung = canvas.newest().map(|picture| picture.clone());
    for row in 0..height {
        let Ok(line) = u16::try_from(y + i64::from(row)) else {
            continue;
        };
        for column in (0..width).take_while(|column| x + column < area.width && line < area.height)
        {
            if let (Some(to), Some(from)) = (
                buf.cell_mut((area.x + x + column, area.y + line)),
                whole.cell((column, row)),
            ) {
                to.clone_from(from);
            }
        }
    }
    if let Some(picture) = hung {
        hang_clipped(buf, area, (x, y), picture);
    }
}

/// Hangs what lies in `area` of a picture that was drawn on a canvas of its own, whose corner is at `x`, `y`.
fn hang_clipped(buf: &mut Canvas<'_>, area: Rect, (x, y): (u16, i64), picture: Picture) {
    let top = y + i64::from(picture.area.y);
    let bottom = (top + i64::from(picture.area.height)).min(i64::from(area.height));
    let first = top.max(0);
    let x = x + picture.area.x;
    if first >= bottom || x + picture.area.width > area.width {
        return;
    }
    buf.hang(Picture {
        area: Rect {
            x: area.x + x,
            y: area.y + first as u16,
            width: picture.area.width,
            height: (bottom - first) as u16,
        },
        above: (first - top) as u16,
        ..picture
    });
}

fn draw_dots(buf: &mut Buffer, area: Rect, picture: Grey<'_>, theme: &Theme) {
    let dots = blocks::dots(picture, area.width, area.height, theme.light);
    for (i, bits) in dots.into_iter().enumerate() {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        if let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) {
            let pattern = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
            cell.set_char(pattern)
                .set_style(Style::new().patch(theme.text));
        }
    }
}

/// Four pixels a cell.
fn draw_quadrants(buf: &mut Buffer, area: Rect, picture: Grey<'_>, depth: Depth) {
    let (width, height) = (2 * usize::from(area.width), 2 * usize::from(area.height));
    let mut levels = blocks::scale(picture, width, height);
    if area.height <= THUMBNAIL {
        blocks::crispen(&mut levels);
    }
    if depth == Depth::Ansi16 {
        blocks::sharpen(&mut levels, SHARPEN_GREYS);
        blocks::dither(&mut levels, &GREYS16);
    } else {
        coarsen(&mut levels);
    }
    for (i, pixels) in blocks::quadrants(&levels).into_iter().enumerate() {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) else {
            continue;
        };
        let (front, back) = (depth.grey(pixels.front), depth.grey(pixels.back));
        cell.set_style(Style::reset()).set_bg(back);
        match front == back {
            true => cell.set_symbol(" "),
            false => cell.set_char(pixels.symbol).set_fg(front),
        };
    }
}

fn draw_blocks(buf: &mut Buffer, area: Rect, picture: Grey<'_>, depth: Depth) {
    let mut levels = blocks::scale(
        picture,
        usize::from(area.width),
        2 * usize::from(area.height),
    );
    if depth == Depth::Ansi16 {
        blocks::sharpen(&mut levels, SHARPEN_GREYS);
        blocks::dither(&mut levels, &GREYS16);
    } else {
        coarsen(&mut levels);
    }
    for (i, pixels) in blocks::pair_rows(&levels).into_iter().enumerate() {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) else {
            continue;
        };
        let (top, bottom) = (depth.grey(pixels.top), depth.grey(pixels.bottom));
        // One colour needs no half block; the cell then costs half the bytes on the wire.
        if top == bottom {
            cell.set_symbol(" ")
                .set_style(Style::reset())
                .set_bg(bottom);
        } else {
            cell.set_symbol("▀")
                .set_style(Style::reset())
                .set_fg(top)
                .set_bg(bottom);
        }
    }
}

/// 64 greys instead of 256: nobody sees the difference, and neighbours that agree cost nothing on the wire.
fn coarsen(levels: &mut Levels) {
    for level in &mut levels.pixels {
        *level = (*level & 0xfc) | (*level >> 6);
    }
}

/// Draws the outline of `part` of a photo of `original` size over its picture at `place`.
pub(in crate::ui) fn outline(
    buf: &mut Canvas<'_>,
    place: Rect,
    part: vision::Rect,
    original: (u32, u32),
    style: Style,
) {
    if place.width < 2 || place.height < 2 || original.0 == 0 || original.1 == 0 {
        return;
    }
    let across = |x: u32| {
        place.x + (u64::from(x) * u64::from(place.width - 1) / u64::from(original.0)) as u16
    };
    let down = |y: u32| {
        place.y + (u64::from(y) * u64::from(place.height - 1) / u64::from(original.1)) as u16
    };
    let (left, right) = (across(part.x), across(part.x + part.width));
    let (top, bottom) = (down(part.y), down(part.y + part.height));
    let mut mark = |x: u16, y: u16, symbol: &str| {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    };
    for (x, y, symbol) in [
        (left, top, "┏"),
        (right, top, "┓"),
        (left, bottom, "┗"),
        (right, bottom, "┛"),
    ] {
        mark(x, y, symbol);
    }
    if let Some(picture) = buf.newest().filter(|picture| picture.area == place) {
        paint_outline(&mut picture.grey, part, original);
    }
}

/// The same in pixels: a light line around a dark one, to be seen on any ground.
fn paint_outline(levels: &mut Levels, part: vision::Rect, original: (u32, u32)) {
    let scaled = |n: u32, of: u32, to: usize| (u64::from(n) * to as u64 / u64::from(of)) as usize;
    let (left, right) = (
        scaled(part.x, original.0, levels.width),
        scaled(part.x + part.width, original.0, levels.width),
    );
    let (top, bottom) = (
        scaled(part.y, original.1, levels.height),
        scaled(part.y + part.height, original.1, levels.height),
    );
    for (inset, level) in [(0, 255), (1, 0)] {
        let (left, top) = (left + inset, top + inset);
        let (right, bottom) = (
            right.saturating_sub(1 + inset),
            bottom.saturating_sub(1 + inset),
        );
        let mut dot = |x: usize, y: usize| {
            if x < levels.width && y < levels.height {
                levels.pixels[y * levels.width + x] = level;
            }
        };
        (left..=right).for_each(|x| [top, bottom].into_iter().for_each(|y| dot(x, y)));
        (top..=bottom).for_each(|y| [left, right].into_iter().for_each(|x| dot(x, y)));
    }
}
