//! An enrolled person.

use std::path::Path;

use super::error::GalleryError;
use super::large::{FaceInFile, FacePlace};
use super::limits::MAX_FILE_NAME;
use crate::files;
use crate::model::Embedding;
use crate::vision::Face;
use crate::vision::align::COLOUR_SIDE;

/// A person in a gallery, with at least one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolledPerson {
    /// The name. No two people of a gallery share one.
    pub name: String,
    /// In the order in which they were added.
    pub photos: Vec<EnrolledPhoto>,
}

/// One photo of an enrolled person.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolledPhoto {
    /// The name of the file that the face came from, without its folder and without control characters.
    pub file: String,
    /// What networks see.
    pub(super) face: StoredFace,
    /// The embedding by the gallery's model, if it was computed already.
    pub(super) embedding: Option<Embedding>,
}

impl EnrolledPhoto {
    /// A face that was cut out of the photo at `path`. Only the name of the file is kept.
    pub fn new(path: &Path, face: Face) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let file = files::clean(&name.to_string_lossy())
            .chars()
            .take(MAX_FILE_NAME)
            .collect();
        Self {
            file,
            face: StoredFace::Here(stored(face)),
            embedding: None,
        }
    }

    /// What networks see: grey values, and the colours of an aligned face, so that a model on another backbone can embed it
    /// too. A large gallery reads it from its file.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn face(&self) -> Result<Face, GalleryError> {
        match &self.face {
            StoredFace::Here(face) => Ok(face.clone()),
            StoredFace::InFile(face) => face.read(),
        }
    }

    /// The face in memory, if it is there.
    pub(super) fn face_here(&self) -> Option<&Face> {
        match &self.face {
            StoredFace::Here(face) => Some(face),
            StoredFace::InFile(_) => None,
        }
    }

    /// Where the face lies in the file of a large gallery.
    pub(super) fn place(&self) -> Option<FacePlace> {
        match &self.face {
            StoredFace::Here(_) => None,
            StoredFace::InFile(face) => Some(face.place),
        }
    }
}

/// A face in memory or in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StoredFace {
    Here(Face),
    InFile(FaceInFile),
}

/// The parts of a face that a gallery keeps: all but the features of a backbone, which are made again from the colours.
fn stored(face: Face) -> Face {
    let grey = Face::from_pixels(face.pixels());
    match face.colour() {
        Some(colour) if colour.dimensions() == (COLOUR_SIDE, COLOUR_SIDE) => {
            grey.with_colour(colour.clone())
        }
        _ => grey,
    }
}
