//! From YuNet's outputs to boxes and landmarks.
//!
//! For each stride s the picture is a grid of cells of s × s pixels. Of the cell in row r and column c the network says:
//! - how likely a face is there, twice: *cls* and *obj*; the score is √(cls · obj),
//! - the box, (dx, dy, dw, dh): centre ((c + dx) · s, (r + dy) · s), width exp(dw) · s, height exp(dh) · s,
//! - five landmarks, (kx, ky): ((c + kx) · s, (r + ky) · s).
//!
//! These are the formulas of OpenCV 4.14's `FaceDetectorYNImpl::postProcess`.

use super::{Detection, Orientation};

/// Pixels of a cell.
pub(super) const STRIDES: [usize; 3] = [8, 16, 32];

/// The outputs by kind and stride; each has one row for each cell, with 1, 1, 4 and 10 values.
pub(super) const OUTPUTS: [&str; 12] = [
    "cls_8", "cls_16", "cls_32", "obj_8", "obj_16", "obj_32", "bbox_8", "bbox_16", "bbox_32",
    "kps_8", "kps_16", "kps_32",
];

/// The outputs for one stride.
pub(super) struct Heads<'a> {
    pub(super) class: &'a [f32],
    pub(super) object: &'a [f32],
    pub(super) boxes: &'a [f32],
    pub(super) points: &'a [f32],
}

/// Adds the cells that score at least `min_score`.
pub(super) fn decode(
    heads: &Heads<'_>,
    stride: usize,
    columns: usize,
    min_score: f32,
    found: &mut Vec<Detection>,
) {
    let likely = heads.class.iter().zip(heads.object);
    let regressed = heads
        .boxes
        .as_chunks::<4>()
        .0
        .iter()
        .zip(heads.points.as_chunks::<10>().0);
    for (cell, ((class, object), (ltwh, points))) in likely.zip(regressed).enumerate() {
        let score = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
        if score < min_score || score.is_nan() {
            continue;
        }
        let size = stride as f32;
        let (column, row) = ((cell % columns) as f32, (cell / columns) as f32);
        let place = |dx: f32, dy: f32| [(column + dx) * size, (row + dy) * size];
        let [dx, dy, dw, dh] = *ltwh;
        let centre = place(dx, dy);
        let (width, height) = (dw.exp() * size, dh.exp() * size);
        let mut landmarks = [[0.0; 2]; 5];
        for (landmark, point) in landmarks.iter_mut().zip(points.as_chunks::<2>().0) {
            *landmark = place(point[0], point[1]);
        }
        found.push(Detection {
            x: centre[0] - width / 2.0,
            y: centre[1] - height / 2.0,
            width,
            height,
            landmarks,
            score,
            orientation: Orientation::Upright,
        });
    }
}

/// Greedy non-maximum suppression: the strongest box stays, those that overlap it by more than `most` go, and so on.
pub(super) fn suppress(mut found: Vec<Detection>, most: f32) -> Vec<Detection> {
    // A stable order, so that equal scores give the same answer everywhere.
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for face in found {
        if kept.iter().all(|other| face.overlap(other) <= most) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_becomes_a_box_with_landmarks() {
        // Two columns and one row of stride 8; only the second cell has a face.
        let heads = Heads {
            class: &[0.1, 0.81],
            object: &[1.0, 1.2],
            boxes: &[0.0, 0.0, 0.0, 0.0, 0.5, 0.25, 0.0, 2.0_f32.ln()],
            points: &[0.0; 20],
        };
        let mut found = Vec::new();
        decode(&heads, 8, 2, 0.6, &mut found);
        let [face] = found[..] else {
            panic!("{found:?}")
        };
        assert!((face.score - 0.9).abs() < 1e-6);
        let box_ = [face.x, face.y, face.width, face.height];
        for (value, wanted) in box_.into_iter().zip([8.0, -6.0, 8.0, 16.0]) {
            assert!((value - wanted).abs() < 1e-5, "{box_:?}");
        }
        assert_eq!(face.landmarks, [[8.0, 0.0]; 5]);
    }

    #[test]
    fn the_strongest_of_overlapping_boxes_stays() {
        let at = |x: f32, score: f32| Detection {
            x,
            y: 0.0,
            width: 10.0,
            height: 10.0,
            landmarks: [[0.0; 2]; 5],
            score,
            orientation: Orientation::Upright,
        };
        let kept = suppress(vec![at(1.0, 0.7), at(0.0, 0.9), at(8.0, 0.8)], 0.3);
        assert_eq!(kept.iter().map(|d| d.x).collect::<Vec<_>>(), [0.0, 8.0]);
    }
}
