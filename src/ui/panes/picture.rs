//! One picture enlarged, on the Data screen: its photo, the face that the network receives, and its properties.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::data::{DataView, Part};
use crate::app::photo::Photo;
use crate::app::state::State;
use crate::data::{Dataset, Picture};
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{framed, part, put};
use crate::ui::widgets::marks::{self, FaceMark};
use crate::ui::{Canvas, Theme};

/// The label of a picture and the part of the split that its person belongs to: `s07/3 train`.
pub(in crate::ui) fn label(picture: &Picture, state: &State, theme: &Theme) -> Line<'static> {
    let part = state
        .data
        .part(picture.person)
        .map_or(String::new(), |part| format!(" {}", part.name()));
    Line::from(vec![
        Span::styled(picture.label.clone(), theme.title),
        Span::styled(part, theme.muted),
    ])
}

/// Draws the photo with the outline of the crop, the face that the network receives, and the properties.
pub(in crate::ui) fn draw(
    buf: &mut Canvas<'_>,
    area: Rect,
    data: &DataView,
    dataset: &Dataset,
    theme: &Theme,
) {
    let Some(image) = data.current_image() else {
        return;
    };
    let picture = dataset.picture(image);
    let title = Line::styled(picture.label.clone(), theme.title);
    let faults = Line::styled(data.findings.of(image).join(" · "), theme.warning);
    let inner = framed(buf, area, theme, true, title, faults);
    let side = (inner.width / 3).clamp(22, 44);
    let photo_area = part(
        inner,
        0,
        0,
        inner.width.saturating_sub(side + 2),
        inner.height,
    );
    match data.photo.get().filter(|(of, _)| *of == image) {
        Some((_, photo)) => draw_photo(buf, photo_area, photo, picture, theme),
        None => {
            face::draw(buf, photo_area, Bitmap::face(&picture.face), theme);
        }
    }
    let facts_area = part(
        inner,
        inner.width.saturating_sub(side),
        0,
        side,
        inner.height,
    );
    let seen = face::draw(
        buf,
        part(facts_area, 0, 0, side, side / 2),
        Bitmap::face(&picture.face),
        theme,
    );
    let below = part(facts_area, 0, seen.height + 1, side, facts_area.height);
    draw_facts(buf, below, data, dataset, picture, theme);
}

fn draw_photo(buf: &mut Canvas<'_>, area: Rect, photo: &Photo, picture: &Picture, theme: &Theme) {
    let place = face::draw(buf, area, Bitmap::photo(photo), theme);
    let mark = FaceMark::only(picture.area, picture.landmarks);
    marks::draw(buf, place, photo.original, &[mark], theme);
}

fn draw_facts(
    buf: &mut Canvas<'_>,
    area: Rect,
    data: &DataView,
    dataset: &Dataset,
    picture: &Picture,
    theme: &Theme,
) {
    let pixels = picture.face.pixels();
    let mean = pixels.iter().sum::<f32>() / pixels.len() as f32;
    let deviation =
        (pixels.iter().map(|p| (p - mean).powi(2)).sum::<f32>() / pixels.len() as f32).sqrt();
    let (width, height) = picture.size;
    let cut = picture.area;
    let crop = dataset.preparation.crop.to_string();
    let metadata = [
        ("person", dataset.person(picture.person).name.clone()),
        (
            "part",
            data.part(picture.person)
                .map_or("not split", Part::name)
                .to_owned(),
        ),
        ("photo", format!("{width}×{height}")),
        (
            "crop",
            if picture.fallback {
                format!("{crop} (no face)")
            } else {
                crop
            },
        ),
        (
            "area",
            if cut.width == width && cut.height == height {
                "whole photo".to_owned()
            } else {
                format!("{}×{} +{}+{}", cut.width, cut.height, cut.x, cut.y)
            },
        ),
        ("input", "64×64 grey".to_owned()),
        ("mean", format!("{mean:.2}")),
        ("contrast", format!("{deviation:.2}")),
    ];
    for (y, (name, value)) in metadata.into_iter().enumerate() {
        put(buf, area, 0, y as u16, name, theme.muted);
        put(buf, area, 9, y as u16, &value, theme.text);
    }
}
