//! Faces marked on their photo: a box around each, its number, and the landmarks of the chosen one.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::raster::Raster;
use crate::ui::{Canvas, Theme};
use crate::vision;
use crate::vision::yunet::Landmarks;

/// A face to mark on a photo.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct FaceMark {
    /// The box, in pixels of the photo.
    pub(in crate::ui) area: vision::Rect,
    /// Eyes, nose and corners of the mouth, in pixels of the photo.
    pub(in crate::ui) landmarks: Option<Landmarks>,
    /// Its number, where there are several.
    pub(in crate::ui) number: Option<usize>,
    /// Whether it is the face that is used.
    pub(in crate::ui) chosen: bool,
}

impl FaceMark {
    /// The only face of a photo.
    pub(in crate::ui) fn only(area: vision::Rect, landmarks: Option<Landmarks>) -> Self {
        Self {
            area,
            landmarks,
            number: None,
            chosen: true,
        }
    }
}

/// Marks faces on the picture, at `place`, of a photo of `original` size in pixels. A box around the whole photo is left
/// out.
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    place: Rect,
    original: (u32, u32),
    faces: &[FaceMark],
    theme: &Theme,
) {
    if place.width < 2 || place.height < 2 || original.0 == 0 || original.1 == 0 {
        return;
    }
    // The chosen face last, over the others.
    let order = faces.iter().filter(|face| !face.chosen);
    let order = order.chain(faces.iter().filter(|face| face.chosen));
    for face in order.clone() {
        draw_in_cells(buf, place, original, face, theme);
    }
    if let Some(picture) = buf.newest().filter(|picture| picture.area == place) {
        order.for_each(|face| paint(&mut picture.raster, original, face));
    }
}

/// From pixels of the photo to one of `cells` cells.
fn scaled(at: f32, of: u32, cells: u16) -> u16 {
    let cell = at / of as f32 * f32::from(cells);
    (cell.max(0.0) as u16).min(cells - 1)
}

fn draw_in_cells(
    buf: &mut Canvas<'_>,
    place: Rect,
    original: (u32, u32),
    face: &FaceMark,
    theme: &Theme,
) {
    let across = |x: f32| place.x + scaled(x, original.0, place.width);
    let down = |y: f32| place.y + scaled(y, original.1, place.height);
    let style = if face.chosen {
        theme.threshold
    } else {
        theme.muted
    };
    let mut put = |x: u16, y: u16, symbol: &str, style: Style| {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    };
    for [x, y] in face.landmarks.iter().flatten().filter(|_| face.chosen) {
        put(across(*x), down(*y), "•", style);
    }
    let vision::Rect {
        x,
        y,
        width,
        height,
    } = face.area;
    if (width, height) != original {
        let (left, right) = (across(x as f32), across((x + width) as f32));
        let (top, bottom) = (down(y as f32), down((y + height) as f32));
        let corners = if face.chosen {
            ["┏", "┓", "┗", "┛"]
        } else {
            ["┌", "┐", "└", "┘"]
        };
        let places = [(left, top), (right, top), (left, bottom), (right, bottom)];
        for ((x, y), corner) in places.into_iter().zip(corners) {
            put(x, y, corner, style);
        }
        if let Some(number) = face.number {
            let inside = (left + 1).min(right);
            put(inside, top, &number.to_string(), style);
        }
    }
}

/// White and black for the chosen face, visible on any background; grey for the others.
const CHOSEN: [[u8; 3]; 2] = [[255; 3], [0; 3]];
const OTHER: [u8; 3] = [150; 3];

/// The same marks in pixels.
fn paint(raster: &mut Raster, original: (u32, u32), face: &FaceMark) {
    let (width, height) = (raster.width, raster.height);
    let across = |x: f32| (x.max(0.0) / original.0 as f32 * width as f32) as usize;
    let down = |y: f32| (y.max(0.0) / original.1 as f32 * height as f32) as usize;
    let area = face.area;
    let left = across(area.x as f32);
    let right = across((area.x + area.width) as f32).saturating_sub(1);
    let top = down(area.y as f32);
    let bottom = down((area.y + area.height) as f32).saturating_sub(1);
    let lines = match face.chosen {
        true => &CHOSEN[..],
        false => &[OTHER][..],
    };
    if (area.width, area.height) != original {
        for (inset, &colour) in lines.iter().enumerate() {
            frame(raster, (left, top, right, bottom), inset, colour);
        }
        if let Some(number) = face.number {
            digit(raster, (left + 4, top + 4), number, lines[0]);
        }
    }
    for [x, y] in face.landmarks.iter().flatten().filter(|_| face.chosen) {
        dot(raster, across(*x), down(*y));
    }
}

/// The outline of a rectangle, drawn `inset` pixels inside it.
fn frame(
    raster: &mut Raster,
    (left, top, right, bottom): (usize, usize, usize, usize),
    inset: usize,
    colour: [u8; 3],
) {
    let (left, top) = (left + inset, top + inset);
    let (right, bottom) = (right.saturating_sub(inset), bottom.saturating_sub(inset));
    for x in left..=right {
        raster.set(x, top, colour);
        raster.set(x, bottom, colour);
    }
    for y in top..=bottom {
        raster.set(left, y, colour);
        raster.set(right, y, colour);
    }
}

/// A light point of 3 × 3 pixels with a dark rim.
fn dot(raster: &mut Raster, x: usize, y: usize) {
    for (dx, dy) in (0..5).flat_map(|dy| (0..5).map(move |dx| (dx, dy))) {
        let rim = dx == 0 || dx == 4 || dy == 0 || dy == 4;
        let colour = CHOSEN[usize::from(rim)];
        if let (Some(x), Some(y)) = ((x + dx).checked_sub(2), (y + dy).checked_sub(2)) {
            raster.set(x, y, colour);
        }
    }
}

/// The digits 0 to 9 in 3 × 5 pixels: rows from the top, the left pixel in the highest of three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];
/// Pixels of the picture for one of a digit.
const MAGNIFIED: usize = 2;

/// The last digit of a number, on a dark ground.
fn digit(raster: &mut Raster, (left, top): (usize, usize), number: usize, colour: [u8; 3]) {
    let rows = DIGITS[number % 10];
    for (y, x) in (0..7 * MAGNIFIED).flat_map(|y| (0..5 * MAGNIFIED).map(move |x| (y, x))) {
        let (row, column) = (y / MAGNIFIED, x / MAGNIFIED);
        let inside = (1..6).contains(&row) && (1..4).contains(&column);
        let lit = inside && rows[row - 1] >> (3 - column) & 1 == 1;
        raster.set(left + x, top + y, if lit { colour } else { [0; 3] });
    }
}
