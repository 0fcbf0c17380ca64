//! Scrolling of lists that are longer than their pane.

use crate::app::geometry;

/// The visible entries, each with its row on the screen and its index. The selected entry is in the middle where
/// possible.
pub(in crate::ui) fn visible<T>(
    entries: &[T],
    selected: usize,
    rows: u16,
) -> impl Iterator<Item = (u16, usize, &T)> {
    let rows = usize::from(rows);
    let first = geometry::first_visible(entries.len(), selected, rows);
    let seen = entries.iter().enumerate().skip(first).take(rows);
    (0..).zip(seen).map(|(y, (i, entry))| (y, i, entry))
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn the_cursor_is_seen_and_no_row_stays_empty() {
        let entries: Vec<usize> = (0..100).collect();
        for selected in 0..100 {
            let seen: Vec<_> = visible(&entries, selected, 7).collect();
            assert_eq!(seen.len(), 7);
            assert!(
                seen.iter()
                    .any(|&(_, i, &entry)| i == selected && entry == i)
            );
            assert!(
                seen.iter()
                    .enumerate()
                    .all(|(row, seen)| usize::from(seen.0) == row)
            );
        }
        assert_eq!(visible(&entries[..3], 2, 7).count(), 3);
    }
}
