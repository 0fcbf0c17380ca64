//! The people and photos of a gallery, in memory.

use super::error::GalleryError;
use super::limits::{MAX_PEOPLE, MAX_PHOTOS};
use super::name::position;
use super::person::{EnrolledPerson, EnrolledPhoto};
use crate::model::Embedding;
use crate::text::folded;
use crate::vision::{Face, Preparation};

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
        let similar = self.names().find(|other| folded(other) == wanted);
        match (position(self.names(), name), similar) {
            (None, Some(known)) => Err(GalleryError::Similar {
                name: name.to_owned(),
                known: known.to_owned(),
                place: "enrolled",
            }),
            _ => Ok(()),
        }
    }

    /// Adds photos to a person, who is new or known. A face that is there already is not added again. Returns how many
    /// photos of the person there are.
    ///
    /// # Errors
    /// See [`check_name`](Self::check_name).
    pub(super) fn add(
        &mut self,
        name: String,
        photos: Vec<EnrolledPhoto>,
    ) -> Result<usize, GalleryError> {
        self.check_name(&name)?;
        let known = position(self.names(), &name);
        let index = known.unwrap_or_else(|| {
            let photos = Vec::new();
            self.people.push(EnrolledPerson { name, photos });
            self.people.len() - 1
        });
        let own = &mut self.people[index].photos;
        for photo in photos {
            if own.iter().all(|known| known.face != photo.face) {
                own.push(photo);
            }
        }
        Ok(own.len())
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

    /// Gives every photo an embedding by `model`. Calls `embed` only for photos that have none by this model.
    pub(super) fn embed_missing(
        &mut self,
        model: &str,
        embed: impl FnOnce(&[Face]) -> Vec<Embedding>,
    ) {
        let current = self.model.as_deref() == Some(model);
        let photos = self.people.iter_mut().flat_map(|person| &mut person.photos);
        let missing: Vec<&mut EnrolledPhoto> = photos
            .filter(|photo| !current || photo.embedding.is_none())
            .collect();
        let faces: Vec<Face> = missing.iter().map(|photo| photo.face.clone()).collect();
        for (photo, embedding) in missing.into_iter().zip(embed(&faces)) {
            photo.embedding = Some(embedding);
        }
        self.model = Some(model.to_owned());
    }
}
