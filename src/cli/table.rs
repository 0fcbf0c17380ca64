//! Tables for people: aligned columns, and as many of them as the terminal is wide.

use std::io::{self, IsTerminal};

use anstyle::{Effects, Style};
use unicode_width::UnicodeWidthStr;

use crate::text::fitting_columns;

/// How the titles look on a terminal.
const TITLE: Style = Style::new().effects(Effects::BOLD);
/// Between two columns.
const GAP: usize = 2;

/// One column of a table.
pub(super) struct Column {
    pub(super) title: String,
    /// Whether its texts end at the right edge.
    pub(super) right: bool,
    /// Columns with the highest number are left out first where the terminal is too narrow; those with 0 never.
    pub(super) dispensable: u8,
}

impl Column {
    /// A column that is always there, aligned to the left.
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            right: false,
            dispensable: 0,
        }
    }

    /// The same, aligned to the right.
    pub(super) fn right(self) -> Self {
        Self {
            right: true,
            ..self
        }
    }

    /// The same, left out on a narrow terminal, the highest number first.
    pub(super) fn dispensable(self, dispensable: u8) -> Self {
        Self {
            dispensable,
            ..self
        }
    }
}

/// The columns of the terminal that standard output is; `None` if it is none, so that a pipe or a file gets everything.
pub(super) fn terminal_width() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    let size = is_terminal.then(crossterm::terminal::size)?.ok()?;
    Some(usize::from(size.0)).filter(|width| *width > 0)
}

/// Titles and rows as lines; the titles are styled for [`styled`](super::output::styled).
pub(super) fn lines(columns: &[Column], rows: &[Vec<String>], width: Option<usize>) -> Vec<String> {
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let texts = rows.iter().map(|row| row[at].width());
            texts.max().unwrap_or(0).max(column.title.width())
        })
        .collect();
    let room = width.unwrap_or(usize::MAX);
    let shown = fitting_columns(&widths, |at| columns[at].dispensable, GAP, room);
    let line = |texts: &dyn Fn(usize) -> String| {
        let cell = |&at: &usize| {
            let text = texts(at);
            let space = " ".repeat(widths[at] - text.width());
            match columns[at].right {
                true => format!("{space}{text}"),
                false => format!("{text}{space}"),
            }
        };
        let cells: Vec<String> = shown.iter().map(cell).collect();
        cells.join(&" ".repeat(GAP)).trim_end().to_owned()
    };
    let titles = line(&|at| columns[at].title.clone());
    let mut lines = vec![format!("{TITLE}{titles}{TITLE:#}")];
    lines.extend(rows.iter().map(|row| line(&|at| row[at].clone())));
    lines
}

/// At most so many columns of a text, with an ellipsis where something is cut off.
pub(super) fn cut(text: &str, most: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;

    if text.width() <= most {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.graphemes(true) {
        if cut.width() + letter.width() >= most {
            break;
        }
        cut.push_str(letter);
    }
    cut + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>) -> Vec<String> {
        let columns = [
            Column::new("RUN"),
            Column::new("EER").right(),
            Column::new("SIZE").right().dispensable(2),
            Column::new("NOTE").dispensable(1),
        ];
        let row = |texts: [&str; 4]| texts.map(str::to_owned).to_vec();
        let rows = [
            row(["1", "4.2 %", "3 MB", ""]),
            row(["小明", "10.0 %", "12 MB", "good"]),
        ];
        let lines = lines(&columns, &rows, width).into_iter();
        lines
            .map(|line| anstream::adapter::strip_str(&line).to_string())
            .collect()
    }

    #[test]
    fn columns_are_aligned_by_what_they_take_on_a_terminal() {
        let expected = [
            "RUN      EER   SIZE  NOTE",
            "1      4.2 %   3 MB",
            "小明  10.0 %  12 MB  good",
        ];
        assert_eq!(table(None), expected);
        assert_eq!(table(Some(25)), expected);
    }

    #[test]
    fn a_narrow_terminal_leaves_columns_out() {
        assert_eq!(table(Some(24))[0], "RUN      EER  NOTE");
        assert_eq!(table(Some(12))[0], "RUN      EER");
        // What must be there is there, however narrow it is.
        assert_eq!(table(Some(3))[0], "RUN      EER");
    }

    #[test]
    fn a_cut_says_so() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("小明小", 4), "小…");
    }
}
