//! The faces of a data set or a gallery as arrays: what a network takes of them, and what it gives.
//!
//! The file of [`onnx`](super::onnx) maps [`inputs`] to [`embeddings`].

use super::npy;
use crate::model::{FaceInput, Siamese};
use crate::vision::{Face, SIDE};

/// The embeddings of faces as an npy file, float32 `[N, D]`.
///
/// # Panics
/// As [`Siamese::embed`].
pub fn embeddings(model: &Siamese, faces: &[Face]) -> Vec<u8> {
    let embeddings = model.embed(faces);
    let sizes = model
        .members()
        .iter()
        .map(|member| member.network().embedding());
    let shape = [embeddings.len(), sizes.sum()];
    npy::encode(&shape, embeddings.iter().flat_map(|e| e.0.iter().copied()))
}

/// What a network takes of faces as an npy file: the grey values, float32 `[N, 1, 64, 64]`; or the features of its backbone,
/// `[N, E]`.
///
/// # Panics
/// As [`Siamese::embed`].
pub fn inputs(model: &Siamese, faces: &[Face]) -> Vec<u8> {
    match *model.members()[0].input() {
        FaceInput::Pixels(_) => {
            let shape = [faces.len(), 1, SIDE, SIDE];
            npy::encode(&shape, faces.iter().flat_map(|face| face.pixels().to_vec()))
        }
        FaceInput::Features(size) => {
            let featured = model.with_features(faces);
            let features = |face: &Face| {
                let features = face.features().expect("they were just computed");
                features.to_vec()
            };
            npy::encode(&[faces.len(), size], featured.iter().flat_map(features))
        }
    }
}

/// Whose pictures the rows of an array are, as CSV with the columns `row`, `person`, `picture`.
#[derive(Debug)]
pub struct Labels {
    writer: csv::Writer<Vec<u8>>,
    rows: usize,
}

impl Default for Labels {
    /// The header alone.
    fn default() -> Self {
        let mut labels = Self {
            writer: csv::Writer::from_writer(Vec::new()),
            rows: 0,
        };
        labels.write(["row", "person", "picture"]);
        labels
    }
}

impl Labels {
    /// The next row.
    pub fn push(&mut self, person: &str, picture: &str) {
        let row = self.rows.to_string();
        self.write([&row, person, picture]);
        self.rows += 1;
    }

    fn write(&mut self, record: [&str; 3]) {
        let written = self.writer.write_record(record);
        written.expect("memory takes rows of three columns");
    }

    /// The file.
    ///
    /// # Panics
    /// Never: memory can always be written to.
    pub fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory can be written to")
    }
}
