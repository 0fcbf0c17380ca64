//! Draws a picture into an area: as cells and, for terminals that show pixels, as a picture over them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells;
use crate::ui::raster::Bitmap;
use crate::ui::{Canvas, Picture, Pictures, Theme};
use crate::vision::blocks;

/// Draws `picture` as large as fits, in the middle of `area`, and returns the cells it covers.
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    picture: Option<Bitmap<'_>>,
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
    if theme.pictures == Pictures::Off || place.is_empty() {
        return place;
    }
    let pixels = (theme.pictures == Pictures::Pixels).then(|| picture.raster());
    cells::draw(buf, place, picture, theme);
    if let Some(raster) = pixels {
        buf.hang(Picture {
            area: place,
            whole: (width, height),
            above: 0,
            raster,
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
    picture: Option<Bitmap<'_>>,
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
