//! The faces of a data set or a gallery as arrays: what a network takes of them, and what it gives.
//!
//! The file of [`onnx`](super::onnx) maps [inputs](Values::Inputs) to [embeddings](Values::Embeddings).

use std::io;
use std::path::{Path, PathBuf};

use super::npy;
use crate::files::{FileError, FileReason, StagedFile};
use crate::model::{FaceInput, Siamese};
use crate::vision::{Face, SIDE};

/// What is written of each picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// float32 `[N, D]`.
    Embeddings,
    /// The grey values, float32 `[N, 1, 64, 64]`; or the features of the network's backbone, `[N, E]`.
    Inputs,
}

impl Values {
    /// The shape of the array of `count` faces.
    pub fn shape(self, model: &Siamese, count: usize) -> Vec<usize> {
        let sizes = model.members().iter();
        match (self, model.members()[0].input()) {
            (Self::Embeddings, _) => {
                let size = sizes.map(|member| member.network().embedding()).sum();
                vec![count, size]
            }
            (Self::Inputs, FaceInput::Pixels(_)) => vec![count, 1, SIDE, SIDE],
            (Self::Inputs, &FaceInput::Features(size)) => vec![count, size],
        }
    }
}

/// What a network takes of faces, a row for each.
///
/// # Panics
/// As [`Siamese::with_features`].
pub fn inputs(model: &Siamese, faces: &[Face]) -> Vec<Vec<f32>> {
    match model.members()[0].input() {
        FaceInput::Pixels(_) => faces.iter().map(|face| face.pixels().to_vec()).collect(),
        FaceInput::Features(_) => {
            let row = |face: &Face| {
                let features = face.features().expect("they were just computed");
                features.to_vec()
            };
            model.with_features(faces).iter().map(row).collect()
        }
    }
}

/// An npy file, and a CSV file beside it that says whose picture each row is, with the columns `row`, `person`, `picture`. Both
/// are written row after row, so that neither need fit the memory, and appear when they are [kept](Self::keep).
#[derive(Debug)]
pub struct ArrayFiles {
    array: npy::Writer<StagedFile>,
    array_path: PathBuf,
    labels: csv::Writer<StagedFile>,
    labels_path: PathBuf,
    rows: usize,
}

impl ArrayFiles {
    /// Begins both files, for an array of this shape.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn create(array: &Path, labels: &Path, shape: &[usize]) -> Result<Self, FileError> {
        let begun = npy::Writer::new(StagedFile::create(array)?, shape);
        let mut files = Self {
            array: begun.map_err(|error| FileReason::from(error).when("write", array))?,
            array_path: array.to_path_buf(),
            labels: csv::Writer::from_writer(StagedFile::create(labels)?),
            labels_path: labels.to_path_buf(),
            rows: 0,
        };
        files.label(["row", "person", "picture"])?;
        Ok(files)
    }

    /// Writes the next row, and whose picture it is of.
    ///
    /// # Errors
    /// When one of the files cannot be written.
    ///
    /// # Panics
    /// If there are more rows, or longer ones, than the shape has.
    pub fn push(&mut self, person: &str, picture: &str, values: &[f32]) -> Result<(), FileError> {
        let row = self.rows.to_string();
        self.label([&row, person, picture])?;
        self.rows += 1;
        let written = self.array.write(values);
        written.map_err(|error| FileReason::from(error).when("write", &self.array_path))
    }

    fn label(&mut self, record: [&str; 3]) -> Result<(), FileError> {
        let written = self.labels.write_record(record);
        written.map_err(|error| {
            FileReason::from(io::Error::from(error)).when("write", &self.labels_path)
        })
    }

    /// Gives both files their names.
    ///
    /// # Errors
    /// When one of them cannot be written.
    ///
    /// # Panics
    /// If there are fewer rows than the shape has.
    pub fn keep(self) -> Result<(), FileError> {
        let labels = self.labels.into_inner();
        let labels = labels.map_err(|error| {
            FileReason::from(error.into_error()).when("write", &self.labels_path)
        })?;
        self.array.finish().keep()?;
        labels.keep()
    }
}
