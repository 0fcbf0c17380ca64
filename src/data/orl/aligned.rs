//! What YuNet and SFace make of the built-in faces, computed beforehand.
//!
//! Searching 400 pictures takes seconds and their features eight more, so the binary contains both: the table
//! `data/orl_landmarks.csv` of all detections, and `data/models/orl_sface.bin` with the
//! features, each the mean of the embeddings of a face and of its mirror image:
//!
//! | bytes | content |
//! |---|---|
//! | 16 | `twinsight-sface2` |
//! | 32 | SHA-256 of the backbone, as in [`BackboneHash`] |
//! | 400 × 128 × 4 | the features of s1/1, s1/2, …, s40/10, 32-bit floats, little endian |

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::vision::BackboneHash;
use crate::vision::yunet::{Detection, Orientation};

const LANDMARKS_CSV: &[u8] = include_bytes!("../../../data/orl_landmarks.csv");
const FEATURES: &[u8] = include_bytes!("../../../data/models/orl_sface.bin");
const MAGIC: &[u8; 16] = b"twinsight-sface2";
/// Bytes before the first number of [`FEATURES`].
const HEADER: usize = MAGIC.len() + 32;
/// Numbers for each picture.
const DIMENSIONS: usize = 128;

/// One line of the table: a detection in a picture; persons and pictures are counted from 1, all lengths are in pixels.
#[derive(Serialize, Deserialize)]
struct Row {
    person: usize,
    picture: usize,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
    right_eye_x: f32,
    right_eye_y: f32,
    left_eye_x: f32,
    left_eye_y: f32,
    nose_x: f32,
    nose_y: f32,
    mouth_right_x: f32,
    mouth_right_y: f32,
    mouth_left_x: f32,
    mouth_left_y: f32,
    score: f32,
    orientation: Orientation,
}

impl Row {
    fn detection(&self) -> Detection {
        Detection {
            x: self.x,
            y: self.y,
            width: self.width,
            height: self.height,
            landmarks: [
                [self.right_eye_x, self.right_eye_y],
                [self.left_eye_x, self.left_eye_y],
                [self.nose_x, self.nose_y],
                [self.mouth_right_x, self.mouth_right_y],
                [self.mouth_left_x, self.mouth_left_y],
            ],
            score: self.score,
            orientation: self.orientation,
        }
    }
}

/// All detections of picture `number` of person `person`, both counted from 0; the strongest first.
pub(super) fn detections(person: usize, number: usize) -> &'static [Detection] {
    /// For each person and number its detections.
    type Table = Vec<((usize, usize), Vec<Detection>)>;
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let mut table = Table::new();
        for row in csv::Reader::from_reader(LANDMARKS_CSV).deserialize() {
            let row: Row = row.expect("a test reads the embedded table");
            let picture = (row.person - 1, row.picture - 1);
            match table.last_mut().filter(|(last, _)| *last == picture) {
                Some((_, found)) => found.push(row.detection()),
                None => table.push((picture, vec![row.detection()])),
            }
        }
        table
    });
    let at = TABLE.binary_search_by_key(&(person, number), |(picture, _)| *picture);
    at.map_or(&[], |at| &TABLE[at].1)
}

/// The embedding of that picture by the backbone with this hash, if it is the one that was asked beforehand; `index` counts
/// the pictures.
pub(super) fn features(backbone: BackboneHash, index: usize) -> Option<Vec<f32>> {
    if FEATURES[MAGIC.len()..HEADER] != backbone.0 {
        return None;
    }
    let bytes = &FEATURES[HEADER..];
    let own = &bytes[index * DIMENSIONS * 4..(index + 1) * DIMENSIONS * 4];
    let numbers = own.as_chunks::<4>().0;
    Some(
        numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect(),
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The table of these detections.
    pub(in super::super) fn table(found: &[((usize, usize), Detection)]) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for ((person, number), found) in found {
            let [right_eye, left_eye, nose, mouth_right, mouth_left] = found.landmarks;
            let row = Row {
                person: person + 1,
                picture: number + 1,
                x: found.x,
                y: found.y,
                width: found.width,
                height: found.height,
                right_eye_x: right_eye[0],
                right_eye_y: right_eye[1],
                left_eye_x: left_eye[0],
                left_eye_y: left_eye[1],
                nose_x: nose[0],
                nose_y: nose[1],
                mouth_right_x: mouth_right[0],
                mouth_right_y: mouth_right[1],
                mouth_left_x: mouth_left[0],
                mouth_left_y: mouth_left[1],
                score: found.score,
                orientation: found.orientation,
            };
            writer.serialize(row).unwrap();
        }
        writer.into_inner().unwrap()
    }

    /// The file of these features.
    pub(in super::super) fn file(backbone: BackboneHash, features: &[Vec<f32>]) -> Vec<u8> {
        let numbers = features
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes());
        MAGIC
            .iter()
            .copied()
            .chain(backbone.0)
            .chain(numbers)
            .collect()
    }

    #[test]
    fn the_features_in_the_program_are_complete() {
        assert_eq!(&FEATURES[..MAGIC.len()], MAGIC);
        assert_eq!(FEATURES.len(), HEADER + 400 * DIMENSIONS * 4);
    }
}
