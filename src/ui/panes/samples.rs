//! Sample pairs as in the article: those of one person above, those of two people below.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::geometry::{self, Grid};
use crate::app::state::State;
use crate::data::{Dataset, Pair};
use crate::ui::raster::Bitmap;
use crate::ui::widgets::face;
use crate::ui::widgets::frame::{framed, part, put, put_line};
use crate::ui::{Canvas, Theme};

/// ```text
/// ┏ sample pairs 1–6 of 400 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
/// ┃ same person (label 1)                                                 ┃
/// ┃ ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄   ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄   ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄             ┃
/// ┃ s01/1    s01/7      s01/2    s01/4      s01/3    s01/9                ┃
/// ┃ ✓ 0.93              ✓ 0.88              ✗ 0.31                        ┃
/// ┃ different people (label 0)                                            ┃
/// ┃ ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄   ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄   ▄▄▄▄▄▄▄▄ ▄▄▄▄▄▄▄▄             ┃
/// ┃ s01/1    s22/3      s01/2    s09/1      s01/3    s37/5                ┃
/// ┃ ✓ 0.08              ✓ 0.11              ✓ 0.02                        ┃
/// ┗ seed 42 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
/// ```
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    let pairs = &state.pairs;
    let grid = geometry::pairs_grid(state.room());
    let page = grid.page();
    let of = |same: bool| -> Vec<usize> {
        let all = 0..pairs.pairs.len();
        spread(
            &all.filter(|&i| pairs.pairs[i].same == same)
                .collect::<Vec<_>>(),
        )
    };
    let halves = [of(true), of(false)];
    let count = halves[0].len().max(halves[1].len());
    let first = pairs.sample.min(count.saturating_sub(1)) / page * page;
    let last = (first + page).min(count);
    let mut title = vec![Span::styled(
        format!("sample pairs {}–{last} of {count}", first + 1),
        theme.title,
    )];
    if let Some(epoch) = pairs.epoch() {
        let name = format!(" · {}", state.epoch_name(epoch));
        title.push(Span::styled(name, theme.accent));
    }
    let below = Line::styled(format!("seed {}", pairs.seed), theme.muted);
    let inner = framed(buf, area, theme, true, Line::from(title), below);
    let Some(dataset) = &state.data.dataset else {
        return;
    };
    let half = inner.height / 2;
    for (i, indices) in halves.iter().enumerate() {
        let y = i as u16 * half;
        let (name, label) = match i {
            0 => ("same person", 1),
            _ => ("different people", 0),
        };
        let heading = Line::from(vec![
            Span::styled(name, theme.pair(i == 0)),
            Span::styled(format!(" (label {label})"), theme.muted),
        ]);
        put_line(buf, inner, 1, y, &heading);
        let shown = indices.iter().skip(first).take(page);
        for (n, &index) in shown.enumerate() {
            let place = place(inner, y + 1, grid, n);
            draw_pair(
                buf,
                place,
                (state, dataset),
                (index, pairs.pairs[index]),
                theme,
            );
        }
    }
}

/// Pairs are listed person after person; in this order a page shows many people. Steps of about 0.618 of the list, the golden
/// ratio, which have no divisor in common with it, leave the largest gaps and meet every pair once.
fn spread(listed: &[usize]) -> Vec<usize> {
    let count = listed.len();
    let gcd = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let step = (count * 618 / 1000..).find(|&step| gcd(step, count) == 1);
    let step = step.unwrap_or(1);
    (0..count).map(|n| listed[n * step % count]).collect()
}

/// The area of the pair `n` of a page: two faces and a caption.
fn place(inner: Rect, y: u16, grid: Grid, n: usize) -> Rect {
    let (column, row) = (n % grid.columns, n / grid.columns);
    part(
        inner,
        1 + column as u16 * (grid.width + 1),
        y + row as u16 * grid.row_height(),
        grid.width,
        grid.row_height(),
    )
}

fn draw_pair(
    buf: &mut Canvas<'_>,
    area: Rect,
    (state, dataset): (&State, &Dataset),
    (index, pair): (usize, Pair),
    theme: &Theme,
) {
    // A blank between the two faces, and two to the next pair.
    let width = (area.width - 2) / 2;
    let rows = area.height - 2;
    for (i, image) in [pair.a, pair.b].into_iter().enumerate() {
        let x = i as u16 * (width + 1);
        let place = part(area, x, 0, width, rows);
        face::draw(buf, place, Bitmap::face(dataset.face(image)), theme);
        let caption = part(area, x, rows, width, 1);
        put(
            buf,
            caption,
            0,
            0,
            &dataset.picture(image).label,
            theme.muted,
        );
    }
    let threshold = state.verify.threshold;
    let known = state
        .pairs
        .similarity(index)
        .zip(state.pairs.right(index, threshold));
    if let Some((similarity, right)) = known {
        let mark = if right { "✓" } else { "✗" };
        let style = if right { theme.accept } else { theme.error };
        let text = format!("{mark} {:.2}", similarity.0);
        put(buf, area, 0, rows + 1, &text, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreading_meets_every_pair_once() {
        for count in [0, 1, 2, 10, 400, 997] {
            let listed: Vec<usize> = (0..count).map(|i| 2 * i).collect();
            let mut spread = spread(&listed);
            if count == 400 {
                assert_eq!(spread[..4], [0, 494, 188, 682], "of different people");
            }
            spread.sort_unstable();
            assert_eq!(spread, listed);
        }
    }
}
