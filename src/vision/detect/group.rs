//! Merges overlapping windows into one box for each face.
//!
//! A face passes at several neighbouring positions and scales, a false hit usually only once. So similar windows are put
//! into classes, small classes are dropped, and each other class becomes its mean. Rules, constants and rounding are those
//! of OpenCV's `groupRectangles` with `eps` 0.2.

use super::FaceBox;

/// The largest distance between the edges of similar windows, as a share of the smaller window's side.
const SIMILAR: f64 = 0.2;

/// The mean boxes of all classes with more than `min_neighbors` windows, in no particular order. A box covered by
/// another is left out.
///
/// With `min_neighbors` 0 every window is returned as it is.
pub(crate) fn group(windows: &[FaceBox], min_neighbors: u32) -> Vec<FaceBox> {
    if min_neighbors == 0 {
        return windows.to_vec();
    }
    let means: Vec<FaceBox> = classes(windows)
        .iter()
        .filter(|class| class.len() as u32 > min_neighbors)
        .map(|class| mean(class))
        .collect();
    let covered = |at: usize| {
        means
            .iter()
            .enumerate()
            .any(|(other, outer)| other != at && covers(outer, &means[at]))
    };
    (0..means.len())
        .filter(|&at| !covered(at))
        .map(|at| means[at])
        .collect()
}

/// The classes of windows that are similar, directly or through other windows.
fn classes(windows: &[FaceBox]) -> Vec<Vec<FaceBox>> {
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.sort_by_key(|&at| windows[at].x);
    let mut parent: Vec<usize> = (0..windows.len()).collect();
    for (place, &at) in order.iter().enumerate() {
        // Similar windows are not further apart than this, so later ones need no comparison.
        let reach = SIMILAR * f64::from(windows[at].width + windows[at].height) * 0.5;
        for &other in &order[place + 1..] {
            if f64::from(windows[other].x - windows[at].x) > reach {
                break;
            }
            if similar(&windows[at], &windows[other]) {
                let (a, b) = (root(&mut parent, at), root(&mut parent, other));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut classes = vec![Vec::new(); windows.len()];
    for (at, window) in windows.iter().enumerate() {
        classes[root(&mut parent, at)].push(*window);
    }
    classes.retain(|class| !class.is_empty());
    classes
}

/// The representative of the class of `at` (union-find with path halving).
fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

fn similar(a: &FaceBox, b: &FaceBox) -> bool {
    let delta = SIMILAR * f64::from(a.width.min(b.width) + a.height.min(b.height)) * 0.5;
    let near = |a: i32, b: i32| f64::from((a - b).abs()) <= delta;
    near(a.x, b.x)
        && near(a.y, b.y)
        && near(a.x + a.width, b.x + b.width)
        && near(a.y + a.height, b.y + b.height)
}

/// The mean of each coordinate, computed in f32 and rounded half to even.
fn mean(class: &[FaceBox]) -> FaceBox {
    let share = 1.0 / class.len() as f32;
    let of = |side: fn(&FaceBox) -> i32| {
        let sum: i32 = class.iter().map(side).fold(0, i32::wrapping_add);
        (sum as f32 * share).round_ties_even() as i32
    };
    FaceBox {
        x: of(|b| b.x),
        y: of(|b| b.y),
        width: of(|b| b.width),
        height: of(|b| b.height),
        neighbors: class.len() as u32,
    }
}

/// Whether `inner` is inside `outer`, widened by a fifth on each side, and has clearly fewer windows.
fn covers(outer: &FaceBox, inner: &FaceBox) -> bool {
    let margin = |side: i32| (f64::from(side) * SIMILAR).round_ties_even() as i32;
    let (dx, dy) = (margin(outer.width), margin(outer.height));
    inner.x >= outer.x - dx
        && inner.y >= outer.y - dy
        && inner.x + inner.width <= outer.x + outer.width + dx
        && inner.y + inner.height <= outer.y + outer.height + dy
        && (outer.neighbors > inner.neighbors.max(3) || inner.neighbors < 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(x: i32, y: i32, side: i32) -> FaceBox {
        FaceBox {
            x,
            y,
            width: side,
            height: side,
            neighbors: 1,
        }
    }

    #[test]
    fn similar_windows_become_their_mean() {
        let windows = [
            window(10, 10, 40),
            window(12, 10, 40),
            window(11, 13, 42),
            window(200, 10, 40),
        ];
        let found = group(&windows, 2);
        assert_eq!(
            found,
            [FaceBox {
                x: 11,
                y: 11,
                width: 41,
                height: 41,
                neighbors: 3
            }]
        );
    }

    #[test]
    fn similarity_is_handed_on() {
        let chain: Vec<_> = (0..6).map(|i| window(8 * i, 0, 40)).collect();
        assert_eq!(
            group(&chain, 5),
            [FaceBox {
                x: 20,
                y: 0,
                width: 40,
                height: 40,
                neighbors: 6
            }]
        );
    }

    #[test]
    fn without_neighbours_asked_for_every_window_stays() {
        assert_eq!(group(&[window(1, 2, 30), window(1, 2, 30)], 0).len(), 2);
    }

    #[test]
    fn a_weak_box_inside_a_strong_one_goes() {
        let strong = std::iter::repeat_n(window(0, 0, 100), 5);
        let weak = std::iter::repeat_n(window(30, 30, 40), 2);
        let windows: Vec<_> = strong.chain(weak).collect();
        assert_eq!(
            group(&windows, 1),
            [FaceBox {
                x: 0,
                y: 0,
                width: 100,
                height: 100,
                neighbors: 5
            }]
        );
    }
}
