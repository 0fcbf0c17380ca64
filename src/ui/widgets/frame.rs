//! Frames and lines of text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use crate::ui::Theme;

/// Draws the frame of a pane with a title at the top and returns the area inside.
pub(in crate::ui) fn pane(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    focused: bool,
    title: Line<'_>,
) -> Rect {
    framed(buf, area, theme, focused, title, Line::default())
}

/// The same with a second title in the lower border; a focused pane has a thick border.
pub(in crate::ui) fn framed(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    focused: bool,
    title: Line<'_>,
    below: Line<'_>,
) -> Rect {
    let kind = if focused {
        BorderType::Thick
    } else {
        BorderType::Rounded
    };
    let mut block = Block::bordered()
        .border_type(kind)
        .border_style(theme.frame(focused));
    // A title has a corner and a blank on each side.
    let room = usize::from(area.width.saturating_sub(4));
    if title.width() > 0 {
        block = block.title_top(padded(fitted(title, room)));
    }
    if below.width() > 0 {
        block = block.title_bottom(padded(fitted(below, room)));
    }
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// A line in at most `room` columns: whole words, without the signs between two parts at its end.
fn fitted(mut line: Line<'_>, room: usize) -> Line<'_> {
    while line.width() > room {
        let Some(mut last) = line.spans.pop() else {
            break;
        };
        let before = line.width();
        let text = last.content.trim_end();
        match text.rfind(char::is_whitespace) {
            Some(end) => {
                let kept = text[..end].trim_end_matches([' ', '·', '─', '╌', '◆']);
                last.content = kept.to_owned().into();
                line.spans.push(last);
            }
            // A single word, such as a long name, and nothing before it.
            None if before == 0 => {
                last.content = shorten(text, room).into();
                line.spans.push(last);
            }
            None => {}
        }
    }
    line
}

fn padded(line: Line<'_>) -> Line<'_> {
    let style = line.style;
    let mut spans = vec![Span::raw(" ")];
    spans.extend(line.spans.into_iter().map(|span| Span {
        style: style.patch(span.style),
        ..span
    }));
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// Draws a popup of at most `width` × `height` in the middle of `area` and returns the area inside.
pub(in crate::ui) fn popup(
    buf: &mut Buffer,
    area: Rect,
    theme: &Theme,
    (width, height): (u16, u16),
    title: &str,
    below: &str,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    let place = Rect {
        x,
        y,
        width,
        height,
    };
    Clear.render(place, buf);
    buf.set_style(place, theme.background);
    let title = Line::styled(title.to_owned(), theme.title);
    let inner = framed(
        buf,
        place,
        theme,
        true,
        title,
        Line::styled(below.to_owned(), theme.muted),
    );
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Writes text at column `x` and row `y` of `area` and returns the number of columns used. Text that is too long ends
/// in `…`.
pub(in crate::ui) fn put(
    buf: &mut Buffer,
    area: Rect,
    x: u16,
    y: u16,
    text: &str,
    style: Style,
) -> u16 {
    if x >= area.width || y >= area.height {
        return 0;
    }
    let room = usize::from(area.width - x);
    let shown = shorten(text, room);
    let (end, _) = buf.set_stringn(area.x + x, area.y + y, shown, room, style);
    end - area.x - x
}

/// Writes a line with several styles; see [`put`].
pub(in crate::ui) fn put_line(buf: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line<'_>) {
    let mut at = x;
    for span in &line.spans {
        at += put(
            buf,
            area,
            at,
            y,
            &span.content,
            line.style.patch(span.style),
        );
    }
}

/// `text` in at most `room` columns, with `…` where it was cut: never inside an emoji or between a letter and its marks.
pub(in crate::ui) fn shorten(text: &str, room: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;
    if text.width() <= room {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut width = 0;
    for cluster in text.graphemes(true) {
        width += cluster.width();
        if width + 1 > room {
            break;
        }
        shown.push_str(cluster);
    }
    if room > 0 {
        shown.push('…');
    }
    shown
}

/// `text` in lines of at most `width` columns, broken at spaces.
pub(in crate::ui) fn wrap(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The part of `area` from `x`, `y` on, at most `width` × `height`.
pub(in crate::ui) fn part(area: Rect, x: u16, y: u16, width: u16, height: u16) -> Rect {
    let (x, y) = (x.min(area.width), y.min(area.height));
    Rect {
        x: area.x + x,
        y: area.y + y,
        width: width.min(area.width - x),
        height: height.min(area.height - y),
    }
}

/// Draws a pane that has nothing to show yet, with the reason.
pub(in crate::ui) fn empty(buf: &mut Buffer, area: Rect, theme: &Theme, title: &str, why: &str) {
    let title = Line::styled(title, theme.title);
    let inner = framed(buf, area, theme, true, title, Line::default());
    centred(buf, inner, &[(why.to_owned(), theme.muted)]);
}

/// Writes lines in the middle of an area, wrapped to its width.
pub(in crate::ui) fn centred(buf: &mut Buffer, area: Rect, lines: &[(String, Style)]) {
    use unicode_width::UnicodeWidthStr;
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    let wrapped: Vec<(String, Style)> = lines
        .iter()
        .flat_map(|(text, style)| wrap_or_empty(text, room).into_iter().map(|l| (l, *style)))
        .collect();
    let top = area.height.saturating_sub(wrapped.len() as u16) / 2;
    for (y, (text, style)) in wrapped.iter().enumerate() {
        let x = area.width.saturating_sub(text.width() as u16) / 2;
        put(buf, area, x, top + y as u16, text, *style);
    }
}

fn wrap_or_empty(text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width);
    if lines.is_empty() {
        vec![String::new()]
    } else {
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_cut_between_words() {
        let line = || {
            Line::from(vec![
                Span::raw("validation EER"),
                Span::raw(" 8.1 % · best"),
            ])
        };
        let shown = |room| -> String {
            let line = fitted(line(), room);
            line.spans.iter().map(|span| &*span.content).collect()
        };
        assert_eq!(shown(40), "validation EER 8.1 % · best");
        assert_eq!(shown(26), "validation EER 8.1 %");
        assert_eq!(shown(17), "validation EER");
        assert_eq!(shown(5), "vali…");
    }

    #[test]
    fn names_are_cut_between_characters_as_people_see_them() {
        assert_eq!(shorten("Anna", 4), "Anna");
        assert_eq!(shorten("Annalena", 4), "Ann…");
        assert_eq!(shorten("小明小明", 5), "小明…");
        assert_eq!(shorten("a👩🏽\u{200d}💻bc", 4), "a👩🏽\u{200d}💻…");
        assert_eq!(shorten("a👩🏽\u{200d}💻bc", 3), "a…");
        assert_eq!(shorten("Jose\u{301} Luis", 5), "Jose\u{301}…");
        assert_eq!(shorten("x", 0), "");
    }
}
