//! A photo after decoding and face search: done once, then shown, compared and enrolled as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::Dataset;
use crate::files;
use crate::gallery::EnrolledPhoto;
use crate::units::ImageId;
use crate::vision::{Photo, PhotoError, Preparation, PreparedFace};

/// Where a photo comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoSource {
    /// A file.
    File(PathBuf),
    /// A picture of the reference set. It is never compared with itself.
    Picture(ImageId),
}

/// A photo and the faces in it.
///
/// The pixels of the photo are not kept: one photo can take 50 MB, and a command reads thousands. A caller that shows the
/// photo decodes it itself and calls [`from_image`](Self::from_image).
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedPhoto {
    /// Where it comes from.
    pub source: PhotoSource,
    /// A short name to show: that of the file, or of the picture (`s07/3`).
    pub label: String,
    /// Width and height of the upright photo in pixels.
    pub size: (u32, u32),
    faces: Vec<PreparedFace>,
}

impl PreparedPhoto {
    /// Reads a photo file, finds its faces and cuts them out.
    ///
    /// # Errors
    /// When the file cannot be read or decoded.
    pub fn open(path: &Path, preparation: &Preparation) -> Result<Self, PhotoError> {
        Ok(Self::from_image(path, &Photo::open(path)?, preparation))
    }

    /// Finds and cuts out the faces of a decoded photo.
    ///
    /// # Panics
    /// On a photo without pixels.
    pub fn from_image(path: &Path, photo: &Photo, preparation: &Preparation) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            source: PhotoSource::File(path.to_owned()),
            label: files::clean(&name.to_string_lossy()),
            size: photo.dimensions(),
            faces: preparation.prepare_all(photo),
        }
    }

    /// A picture of a data set, with the face that the data set holds; nothing is read.
    ///
    /// # Panics
    /// On an index from another data set.
    pub fn of_picture(dataset: &Dataset, image: ImageId) -> Self {
        let picture = dataset.picture(image);
        Self {
            source: PhotoSource::Picture(image),
            label: picture.label.clone(),
            size: picture.size,
            faces: vec![PreparedFace {
                face: picture.face.clone(),
                area: picture.area,
                fallback: picture.fallback,
                landmarks: picture.landmarks,
                quality: picture.quality,
            }],
        }
    }

    /// The faces, the highest detection score first. There is at least one: where no face was found, it is the middle of
    /// the photo, marked as [`fallback`](PreparedFace::fallback).
    pub fn faces(&self) -> &[PreparedFace] {
        &self.faces
    }

    /// Whether a face was found, or none was searched for.
    pub fn has_face(&self) -> bool {
        !self.faces[0].fallback
    }

    /// The face with the highest detection score, as a probe.
    pub fn probe(self: Arc<Self>) -> Probe {
        Probe {
            photo: self,
            index: 0,
        }
    }

    /// All faces as probes.
    pub fn probes(self: &Arc<Self>) -> impl Iterator<Item = Probe> + use<> {
        let photo = self.clone();
        (0..self.faces.len()).map(move |index| Probe {
            photo: photo.clone(),
            index,
        })
    }
}

/// One face of a photo that is to be identified or enrolled. Cloning copies a pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    photo: Arc<PreparedPhoto>,
    index: usize,
}

impl Probe {
    /// The photo.
    pub fn photo(&self) -> &Arc<PreparedPhoto> {
        &self.photo
    }

    /// Which of the photo's [`faces`](PreparedPhoto::faces) it is, counted from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The face: what is shown, and what the network sees.
    pub fn face(&self) -> &PreparedFace {
        &self.photo.faces[self.index]
    }

    /// The picture of the reference set that it is, if it is one.
    pub fn picture(&self) -> Option<ImageId> {
        match self.photo.source {
            PhotoSource::Picture(image) => Some(image),
            PhotoSource::File(_) => None,
        }
    }

    /// The face as a photo of the gallery.
    pub fn to_enroll(&self) -> EnrolledPhoto {
        let name = match &self.photo.source {
            PhotoSource::File(path) => path.clone(),
            PhotoSource::Picture(_) => self.photo.label.replace('/', "-").into(),
        };
        EnrolledPhoto::new(&name, self.face().face.clone())
    }
}
