//! A photo after decoding and face search: done once, then shown, compared and enrolled as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::identification::{RecognitionError, preparation_of_v0_1};
use crate::data::Dataset;
use crate::files;
use crate::gallery::EnrolledPhoto;
use crate::units::ImageId;
use crate::vision::quality::Verdict;
use crate::vision::{Crop, Photo, PhotoError, Preparation, PreparedFace, Rect};

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
    /// For each of `faces` the same face as version 0.1.0 cut it out; empty if nobody asked for it.
    haar_faces: Vec<Option<PreparedFace>>,
}

/// Two boxes are of one face if their intersection is at least this part of their union. The cascade's boxes are square
/// and those of YuNet higher than wide; of one face they overlap by 0.5 and more.
const SAME_FACE: f32 = 0.3;

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
            haar_faces: Vec::new(),
        }
    }

    /// Also cuts the faces out as version 0.1.0 did, so that they can be compared with people whom it enrolled. Does nothing
    /// if they are cut out like that already.
    #[must_use]
    pub fn with_haar_faces(self, photo: &Photo) -> Self {
        if self.faces.iter().all(|face| face.landmarks.is_none()) {
            return self;
        }
        let mut found = preparation_of_v0_1().prepare_all(photo);
        found.retain(|face| !face.fallback);
        let same = |face: &PreparedFace| {
            let overlap = |other: &PreparedFace| overlap(face.area, other.area);
            let best = found
                .iter()
                .max_by(|a, b| overlap(a).total_cmp(&overlap(b)))?;
            (overlap(best) >= SAME_FACE).then(|| best.clone())
        };
        let haar_faces = self.faces.iter().map(same).collect();
        Self { haar_faces, ..self }
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
            haar_faces: Vec::new(),
        }
    }

    /// The faces, the main one first. There is at least one: where no face was found, it is the middle of the photo, marked
    /// as [`fallback`](PreparedFace::fallback).
    pub fn faces(&self) -> &[PreparedFace] {
        &self.faces
    }

    /// Whether a face was found, or none was searched for.
    pub fn has_face(&self) -> bool {
        !self.faces[0].fallback
    }

    /// The main face, the first of [`faces`](Self::faces), as a probe.
    pub fn probe(self: Arc<Self>) -> Probe {
        Probe {
            photo: self,
            index: 0,
        }
    }

    /// One of the [`faces`](Self::faces), counted from 0, as a probe; `None` if there are not as many.
    pub fn probe_of(self: &Arc<Self>, index: usize) -> Option<Probe> {
        let photo = self.clone();
        (index < self.faces.len()).then_some(Probe { photo, index })
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

    /// The same face as version 0.1.0 cut it out, if it was asked for and the cascade finds it.
    pub(super) fn haar_face(&self) -> Option<&PreparedFace> {
        self.photo.haar_faces.get(self.index)?.as_ref()
    }

    /// What may be done with the face. A face of which nothing was measured is good.
    pub fn verdict(&self) -> Verdict {
        let quality = self.face().quality;
        quality.map_or(Verdict::Good, |quality| quality.verdict())
    }

    /// Why the face may be recognised wrongly, each as a sentence without its full stop; the most important first.
    pub fn doubts(&self) -> Vec<String> {
        let (Some(quality), Verdict::Doubtful(doubts) | Verdict::Unusable(doubts)) =
            (self.face().quality, self.verdict())
        else {
            return Vec::new();
        };
        doubts
            .into_iter()
            .map(|doubt| quality.explain(doubt))
            .collect()
    }

    /// The face as a photo of the gallery. A picture of the reference set, whose colours are not kept in memory, is read again.
    ///
    /// # Errors
    /// When such a picture cannot be read any more.
    pub fn to_enroll(&self, dataset: &Dataset) -> Result<EnrolledPhoto, RecognitionError> {
        let name = match &self.photo.source {
            PhotoSource::File(path) => path.clone(),
            PhotoSource::Picture(_) => self.photo.label.replace('/', "-").into(),
        };
        let aligned = dataset.preparation.crop == Crop::Aligned;
        let face = match self.picture() {
            Some(image) if aligned && self.face().face.colour().is_none() => {
                let label = self.photo.label.clone();
                let failed = |why| RecognitionError::Picture { label, why };
                dataset
                    .preparation
                    .prepare(&dataset.photo(image).map_err(failed)?)
                    .face
            }
            _ => self.face().face.clone(),
        };
        Ok(EnrolledPhoto::new(&name, face))
    }
}

/// The area of the intersection of two boxes over that of their union.
fn overlap(a: Rect, b: Rect) -> f32 {
    let side = |a: u32, a_size: u32, b: u32, b_size: u32| {
        (a + a_size).min(b + b_size).saturating_sub(a.max(b)) as f32
    };
    let both = side(a.x, a.width, b.x, b.width) * side(a.y, a.height, b.y, b.height);
    let area = |rect: Rect| rect.width as f32 * rect.height as f32;
    both / (area(a) + area(b) - both).max(1.0)
}
