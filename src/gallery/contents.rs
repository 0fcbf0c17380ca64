//! The people and photos of a gallery, in memory.

use std::collections::HashMap;
use std::ops::Range;

use super::error::GalleryError;
use super::limits::{MAX_PEOPLE, MAX_PHOTOS};
use super::name::position;
use super::person::{EnrolledPerson, EnrolledPhoto};
use crate::model::Embedding;
use crate::text::folded;
use crate::vision::{Face, Preparation};

/// Computes the embeddings of some faces. It is told how many were embedded before, and of how many in all, and answers `None` to
/// stop.
pub(super) type TryEmbed<'a> = &'a dyn Fn(&[Face], Range<usize>) -> Option<Vec<Embedding>>;

/// The people of a gallery and their embeddings by one model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents {
    pub(super) preparation: Preparation,
    pub(super) people: Vec<EnrolledPerson>,
    /// The fingerprint of the model that made the embeddings.
    pub(super) model: Option<String>,
}

impl Contents {
    pub(super) fn empty(preparation: Preparation) -> Self {
        Self {
            preparation,
            people: Vec::new(),
            model: None,
        }
    }

    pub(super) fn find(&self, name: &str) -> Result<usize, GalleryError> {
        position(self.names(), name).ok_or_else(|| {
            let names: Vec<&str> = self
                .people
                .iter()
                .take(8)
                .map(|person| person.name.as_str())
                .collect();
            let more = if self.people.len() > names.len() {
                ", …"
            } else {
                ""
            };
            let known = match names.is_empty() {
                true => {
                    "nobody is enrolled yet; do so with `twinsight enroll NAME PHOTO`".to_owned()
                }
                false => format!("there are: {}{more}", names.join(", ")),
            };
            GalleryError::Unknown {
                name: name.to_owned(),
                known,
            }
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.people.iter().map(|person| person.name.as_str())
    }

    /// Checks that a name is that of an enrolled person, or differs from those of all in more than `folded` takes for equal.
    pub(super) fn check_name(&self, name: &str) -> Result<(), GalleryError> {
        let wanted = folded(name);
        let alike = self.names().find(|other| folded(other) == wanted);
        match (position(self.names(), name), alike) {
            (None, Some(known)) => Err(similar(name, known)),
            _ => Ok(()),
        }
    }

    /// Adds photos to people, who are new or known. A face that is there already is not added again. Returns how many
    /// photos of each person there are.
    ///
    /// # Errors
    /// See [`check_name`](Self::check_name); or a face of the person cannot be read.
    pub(super) fn add_all(
        &mut self,
        people: Vec<(String, Vec<EnrolledPhoto>)>,
    ) -> Result<Vec<usize>, GalleryError> {
        // With many people, looking through all names for each new one would take minutes.
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, name) in self.names().enumerate() {
            known.entry(folded(name)).or_default().push(index);
        }
        let add = |(name, photos): (String, Vec<EnrolledPhoto>)| {
            let alike = known.entry(folded(&name)).or_default();
            let names = alike.iter().map(|&index| self.people[index].name.as_str());
            let index = match (position(names, &name), alike.first()) {
                (Some(place), _) => alike[place],
                (None, Some(&other)) => {
                    return Err(similar(&name, &self.people[other].name));
                }
                (None, None) => {
                    alike.push(self.people.len());
                    let photos = Vec::new();
                    self.people.push(EnrolledPerson { name, photos });
                    self.people.len() - 1
                }
            };
            let own = &mut self.people[index].photos;
            for photo in photos {
                if !is_among(&photo, own)? {
                    own.push(photo);
                }
            }
            Ok(own.len())
        };
        people.into_iter().map(add).collect()
    }

    pub(super) fn check_size(&self) -> Result<(), GalleryError> {
        match self.people.len() > MAX_PEOPLE || self.photos().count() > MAX_PHOTOS {
            true => Err(GalleryError::Full),
            false => Ok(()),
        }
    }

    pub(super) fn photos(&self) -> impl Iterator<Item = &EnrolledPhoto> {
        self.people.iter().flat_map(|person| &person.photos)
    }

    pub(super) fn is_embedded_by(&self, model: &str) -> bool {
        self.photos().next().is_none()
            || self.model.as_deref() == Some(model)
                && self.photos().all(|photo| photo.embedding.is_some())
    }

    /// Gives every photo whose face is in memory an embedding by `model`. Calls `embed` only for photos that have none by this
    /// model.
    ///
    /// # Errors
    /// [`GalleryError::Stopped`]; then nothing changes.
    pub(super) fn embed_missing(
        &mut self,
        model: &str,
        embed: TryEmbed<'_>,
    ) -> Result<(), GalleryError> {
        let current = self.model.as_deref() == Some(model);
        let photos = self.people.iter_mut().flat_map(|person| &mut person.photos);
        let missing: Vec<&mut EnrolledPhoto> = photos
            .filter(|photo| photo.face_here().is_some())
            .filter(|photo| !current || photo.embedding.is_none())
            .collect();
        let faces = missing
            .iter()
            .filter_map(|photo| photo.face_here().cloned());
        let faces: Vec<Face> = faces.collect();
        let embeddings = embed(&faces, 0..faces.len()).ok_or(GalleryError::Stopped)?;
        for (photo, embedding) in missing.into_iter().zip(embeddings) {
            photo.embedding = Some(embedding);
        }
        self.model = Some(model.to_owned());
        Ok(())
    }
}

fn similar(name: &str, known: &str) -> GalleryError {
    GalleryError::Similar {
        name: name.to_owned(),
        known: known.to_owned(),
        place: "enrolled",
    }
}

/// Whether the face of a photo is that of one of the others.
fn is_among(photo: &EnrolledPhoto, others: &[EnrolledPhoto]) -> Result<bool, GalleryError> {
    let face = photo.face()?;
    for other in others {
        if other.face()? == face {
            return Ok(true);
        }
    }
    Ok(false)
}
