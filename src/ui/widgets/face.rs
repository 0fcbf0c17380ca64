//! Draws a grey picture into cells, in the best way that the terminal supports.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::photo::Photo;
use crate::ui::depth::GREYS16;
use crate::ui::{Canvas, Depth, Picture, Pictures, Theme};
use crate::vision::blocks::{self, Grey, Levels};
use crate::vision::{self, Face, SIDE};

/// Amount of sharpening for a picture in four greys; chosen by eye on the ORL faces.
const SHARPEN_GREYS: f32 = 1.0;
/// The most rows of a thumbnail; thumbnails are sharpened.
const THUMBNAIL: u16 = 6;
/// The most rows of a picture drawn with four pixels in a cell. Larger pictures look smoother in half blocks.
const QUARTERS: u16 = 16;

/// A face as a grey picture.
pub(in crate::ui) fn grey(face: &Face) -> Option<Grey<'_>> {
    Grey::new(SIDE, SIDE, face.pixels())
}

/// A photo as a grey picture.
pub(in crate::ui) fn photo(photo: &Photo) -> Option<Grey<'_>> {
    Grey::new(photo.width, photo.height, &photo.pixels)
}

/// Draws `picture` as large as fits, in the middle of `area`, and returns the cells it covers.
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

/// Draws a picture of `width` × `height` cells at column `x` and line `y` of `area`, clipped to `area`. A grid that
/// scrolls line by line needs this for its first and last row.
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

/// Adds the visible part of a picture that was drawn on its own canvas, whose corner is at `x`, `y` of `area`.
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

/// Draws with four pixels in a cell.
fn draw_quadrants(buf: &mut Buffer, area: Rect, picture: Grey<'_>, depth: Depth) {
    let mut levels = blocks::scale(
        picture,
        2 * usize::from(area.width),
        2 * usize::from(area.height),
    );
    if area.height <= THUMBNAIL {
        blocks::crispen(&mut levels);
    }
    reduce(&mut levels, depth);
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
    reduce(&mut levels, depth);
    for (i, pixels) in blocks::pair_rows(&levels).into_iter().enumerate() {
        let (x, y) = (i as u16 % area.width, i as u16 / area.width);
        let Some(cell) = buf.cell_mut((area.x + x, area.y + y)) else {
            continue;
        };
        let (top, bottom) = (depth.grey(pixels.top), depth.grey(pixels.bottom));
        // A cell of one colour is a blank, which takes half the bytes.
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

/// Reduces the grey levels: to the four of a terminal with 16 colours, else to 64. The difference between 64 and 256
/// greys is not visible, and equal neighbours need fewer bytes.
fn reduce(levels: &mut Levels, depth: Depth) {
    if depth == Depth::Ansi16 {
        blocks::sharpen(levels, SHARPEN_GREYS);
        blocks::dither(levels, &GREYS16);
        return;
    }
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

/// The same outline in pixels: a light line around a dark one, visible on any background.
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
