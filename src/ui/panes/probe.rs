//! The probe of the Verify screen: from the photo to what the network receives, and the answer.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::state::State;
use crate::app::verify::{ProbeView, VerifyView};
use crate::ui::raster::Bitmap;
use crate::ui::widgets::frame::{centred, part, put, put_line, wrap};
use crate::ui::widgets::marks::{self, FaceMark};
use crate::ui::widgets::{face, pane};
use crate::ui::{Canvas, Theme};
use crate::vision::blocks;

/// From this size on, the photo has the whole width, and all steps are shown as pictures.
const ROOMY: (u16, u16) = (30, 26);
/// Columns and rows of the photo where there is less room; words are beside it.
const SMALL_PHOTO: (u16, u16) = (13, 6);

/// ```text
/// ┌ probe anna.jpg ──────────────────┐
/// │       photo, with a box around   │
/// │   ┌2─┐  ┏1━━━━┓  each face and   │
/// │   └──┘  ┃ • • ┃  the landmarks   │
/// │         ┗━━━━━┛  of the chosen   │
/// │ 640×480 ▸ face 1 of 2            │
/// │ ▸ 176×210 +300+62                │
/// │ ▄▄▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄▄▄ │
/// │ █ colour █▸█  grey  █▸█  grey  █ │
/// │ aligned    grey       64×64      │
/// │ input: 112×112 in colour         │
/// │                                  │
/// │ ✓ anna  0.94                     │
/// │ the only match                   │
/// └──────────────────────────────────┘
/// ```
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let verify = &state.verify;
    let label = verify.view.get().map_or(String::new(), |view| {
        format!(" {}", view.probe.photo().label)
    });
    let title = Line::from(vec![
        Span::styled("probe", theme.title),
        Span::styled(label, theme.accent),
    ]);
    let inner = pane(buf, area, theme, false, title);
    let Some(view) = verify.view.get() else {
        let (text, style) = match &verify.failure {
            Some(why) => (why.as_str(), theme.error),
            None if verify.view.waiting() => ("reading the photo …", theme.muted),
            None => ("no probe yet", theme.muted),
        };
        return centred(buf, inner, &[(text.to_owned(), style)]);
    };
    let steps = Steps::of(view, state);
    let used = match inner.width >= ROOMY.0 && inner.height >= ROOMY.1 {
        true => draw_roomy(buf, inner, &steps, theme),
        false => draw_small(buf, inner, &steps, theme),
    };
    let answer = part(inner, 1, used + 1, inner.width - 2, 2);
    draw_answer(buf, answer, verify, theme);
    let rest = part(inner, 1, used + 3, inner.width - 2, inner.height);
    draw_doubts(buf, rest, view, theme);
}

/// What is shown of the way from the photo to the network.
struct Steps<'a> {
    view: &'a ProbeView,
    /// How the face is cut out.
    crop: String,
    /// Whether a backbone receives the aligned face in colour, and not the network the grey one.
    backbone: bool,
}

impl<'a> Steps<'a> {
    fn of(view: &'a ProbeView, state: &State) -> Self {
        let dataset = state.data.dataset.as_ref();
        let preparation = dataset.map(|dataset| dataset.preparation);
        Self {
            view,
            crop: preparation.map_or(String::new(), |p| p.crop.to_string()),
            backbone: preparation.is_some_and(|p| p.backbone.is_some()),
        }
    }

    /// `face 1 of 2`, or how the only face was cut out.
    fn found(&self) -> String {
        let (probe, count) = (&self.view.probe, self.view.faces().len());
        match probe.face().fallback {
            true => "no face".to_owned(),
            false if count > 1 => format!("face {} of {count}", probe.index() + 1),
            false if probe.face().landmarks.is_some() => "aligned".to_owned(),
            false => self.crop.clone(),
        }
    }

    fn size(&self) -> String {
        let (width, height) = self.view.photo.original;
        format!("{width}×{height}")
    }

    /// Size and, where there is room, place of the face in the photo.
    fn place(&self, with_corner: bool) -> Option<String> {
        let area = self.view.probe.face().area;
        let size = format!("{}×{}", area.width, area.height);
        let whole = (area.width, area.height) == self.view.photo.original;
        match with_corner {
            _ if whole => None,
            true => Some(format!("▸ {size} +{}+{}", area.x, area.y)),
            false => Some(format!("▸ {size}")),
        }
    }

    /// What is cut out: `aligned` to the landmarks, or the box.
    fn cut_name(&self) -> &'static str {
        match self.view.probe.face().landmarks.is_some() {
            true => "aligned",
            false => "cut out",
        }
    }

    fn input(&self) -> &'static str {
        match self.backbone {
            true => "input: 112×112 in colour",
            false => "input: 64×64 grey",
        }
    }

    fn marks(&self) -> Vec<FaceMark> {
        let faces = self.view.faces();
        let several = faces.len() > 1;
        let mark = |(i, face): (usize, &crate::vision::PreparedFace)| FaceMark {
            area: face.area,
            landmarks: face.landmarks,
            number: several.then_some(i + 1),
            chosen: i == self.view.probe.index(),
        };
        faces.iter().enumerate().map(mark).collect()
    }

    /// The doubts in a word each, as steps: `▸ small`.
    fn doubts(&self) -> Vec<String> {
        let found = self.view.probe.face();
        let doubts = self.view.doubts().into_iter();
        // That there is no face is said already.
        let doubts = doubts.filter(|_| !found.fallback);
        doubts.map(|(word, _)| format!("▸ {word}")).collect()
    }
}

/// Draws the photo over the whole width, and below it the three pictures that follow; returns the number of rows used.
fn draw_roomy(buf: &mut Canvas<'_>, inner: Rect, steps: &Steps<'_>, theme: &Theme) -> u16 {
    let view = steps.view;
    let width = (inner.width - 2) / 3;
    let height = width / 2;
    // Below the photo: two lines, the pictures with two lines, an empty line, the answer and room for a doubt.
    let rows = inner.height.saturating_sub(height + 10);
    let place = draw_photo(buf, part(inner, 0, 0, inner.width, rows), steps, theme);
    let mut y = place.bottom() - inner.y;
    let found = found_style(steps, theme);
    let first = Line::from(vec![
        Span::styled(format!("{} ▸ ", steps.size()), theme.muted),
        Span::styled(steps.found(), found),
    ]);
    put_line(buf, inner, 1, y, &first);
    let mut second = vec![Span::styled(
        steps.place(true).unwrap_or_default(),
        theme.muted,
    )];
    let doubts = steps.doubts().into_iter();
    second.extend(doubts.map(|doubt| Span::styled(format!(" {doubt}"), theme.warning)));
    put_line(buf, inner, 1, y + 1, &Line::from(second));
    y += 2;
    let cut = view.cut().and_then(Bitmap::rgb);
    let pictures = [
        (cut.clone(), steps.cut_name()),
        (cut.map(Bitmap::into_grey), "grey"),
        (Bitmap::grey_face(&view.probe.face().face), "64×64"),
    ];
    for (i, (picture, name)) in pictures.into_iter().enumerate() {
        let x = i as u16 * (width + 1);
        draw_step(
            buf,
            part(inner, x, y, width, height + 1),
            picture,
            name,
            theme,
        );
        if i > 0 {
            put(buf, inner, x - 1, y + height / 2, "▸", theme.muted);
        }
    }
    y += height + 1;
    put(buf, inner, 1, y, steps.input(), theme.muted);
    y + 1
}

/// Draws a small photo with words beside it, and below it what is cut out and the grey face; returns the number of rows
/// used.
fn draw_small(buf: &mut Canvas<'_>, inner: Rect, steps: &Steps<'_>, theme: &Theme) -> u16 {
    let view = steps.view;
    let (columns, rows) = SMALL_PHOTO;
    let place = draw_photo(buf, part(inner, 0, 0, columns, rows), steps, theme);
    let mut words = vec![
        (steps.size(), theme.muted),
        (
            format!("▸ {}", steps.found().replace(" of ", "/")),
            found_style(steps, theme),
        ),
    ];
    let doubts = steps.doubts().into_iter().map(|text| (text, theme.warning));
    words.extend(doubts);
    words.extend(steps.place(false).map(|text| (text, theme.muted)));
    let beside = part(inner, columns + 1, 0, inner.width, rows);
    for (y, (text, style)) in (0..).zip(&words) {
        put(buf, beside, 0, y, text, *style);
    }
    let rows = place.height.max(words.len() as u16).min(rows);
    let width = (inner.width - 1) / 2;
    let height = width / 2;
    let cut = view.cut().and_then(Bitmap::rgb);
    let left = part(inner, 0, rows, width, height + 1);
    draw_step(buf, left, cut, steps.cut_name(), theme);
    put(buf, inner, width, rows + height / 2, "▸", theme.muted);
    let right = part(inner, width + 1, rows, width, height + 1);
    let grey = Bitmap::grey_face(&view.probe.face().face);
    draw_step(buf, right, grey, "64×64 grey", theme);
    rows + height + 1
}

fn found_style(steps: &Steps<'_>, theme: &Theme) -> Style {
    match steps.view.probe.face().fallback {
        true => theme.warning,
        false if steps.view.faces().len() > 1 => theme.threshold,
        false => theme.muted,
    }
}

/// Draws the photo with all its faces marked; returns the cells it covers.
fn draw_photo(buf: &mut Canvas<'_>, area: Rect, steps: &Steps<'_>, theme: &Theme) -> Rect {
    let photo = &steps.view.photo;
    // At the top, and not in the middle of the area.
    let (_, rows) = blocks::fit(photo.width, photo.height, area.width, area.height);
    let area = Rect {
        height: rows,
        ..area
    };
    let place = face::draw(buf, area, Bitmap::photo(photo), theme);
    marks::draw(buf, place, photo.original, &steps.marks(), theme);
    place
}

/// Draws a picture, and its name in the last row.
fn draw_step(
    buf: &mut Canvas<'_>,
    area: Rect,
    picture: Option<Bitmap<'_>>,
    name: &str,
    theme: &Theme,
) {
    let above = part(area, 0, 0, area.width, area.height - 1);
    face::draw(buf, above, picture, theme);
    let x = area.width.saturating_sub(Span::raw(name).width() as u16) / 2;
    put(buf, area, x, area.height - 1, name, theme.muted);
}

fn draw_answer(buf: &mut Canvas<'_>, area: Rect, verify: &VerifyView, theme: &Theme) {
    let Some(best) = verify.best() else {
        if verify.waiting() {
            put(buf, area, 0, 0, "comparing …", theme.muted);
        }
        return;
    };
    let accepted = best.accepted_at(verify.threshold);
    let (mark, text) = if accepted {
        ("✓", best.person.to_string())
    } else {
        ("✗", "no match".to_owned())
    };
    let line = Line::from(vec![
        Span::styled(format!("{mark} {text}"), theme.verdict(accepted)),
        Span::styled(format!("  {:.2}", best.similarity.0), theme.text),
    ]);
    put_line(buf, area, 0, 0, &line);
    let second = match (accepted, verify.accepted()) {
        (true, 1) => "the only match".to_owned(),
        (true, n) => format!("best of {n} matches"),
        (false, _) => format!("nearest: {}", best.person),
    };
    put(buf, area, 0, 1, &second, theme.muted);
}

/// The doubts in sentences, as many as fit.
fn draw_doubts(buf: &mut Canvas<'_>, area: Rect, view: &ProbeView, theme: &Theme) {
    let doubts = view.doubts().into_iter();
    let lines = doubts.flat_map(|(_, text)| wrap(&text, usize::from(area.width)));
    for (y, line) in (0..area.height).zip(lines) {
        put(buf, area, 0, y, &line, theme.warning);
    }
}
