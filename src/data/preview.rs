//! What is known of a folder while its photos are read.

use std::ops::Range;
use std::sync::OnceLock;

use crate::units::PersonId;
use crate::vision::Face;

/// The people of a folder while its photos are read: their names and files at once, and each face as soon as it is made. The
/// reader fills it in while others look. Its indices are its own: people without a usable picture are not in the data set.
#[derive(Debug)]
pub struct Preview {
    people: Vec<Person>,
    pictures: Vec<Picture>,
}

#[derive(Debug)]
struct Person {
    name: String,
    pictures: Range<usize>,
}

#[derive(Debug)]
struct Picture {
    /// The name of its file.
    name: String,
    /// Not set before it is read; `None` if it cannot be used.
    face: OnceLock<Option<Face>>,
}

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PreviewFace<'a> {
    /// Its photo is not read yet.
    Unread,
    /// It cannot be used.
    Refused,
    /// The face that was cut out.
    Made(&'a Face),
}

impl Preview {
    /// The names of people and of their files, nothing of which is read.
    pub(super) fn new(people: impl Iterator<Item = (String, Vec<String>)>) -> Self {
        let mut pictures = Vec::new();
        let people = people.map(|(name, files)| {
            let first = pictures.len();
            let picture = |name| Picture {
                name,
                face: OnceLock::new(),
            };
            pictures.extend(files.into_iter().map(picture));
            Person {
                name,
                pictures: first..pictures.len(),
            }
        });
        Self {
            people: people.collect(),
            pictures,
        }
    }

    /// Takes what became of a picture, counted over all people.
    pub(super) fn fill_in(&self, picture: usize, face: Option<&Face>) {
        // It is set once, by the thread that reads it.
        let _ = self.pictures[picture].face.set(face.cloned());
    }

    /// The number of people.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// The number of pictures, those included that cannot be used.
    pub fn pictures(&self) -> usize {
        self.pictures.len()
    }

    /// The name of a person.
    ///
    /// # Panics
    /// If the index is not from this folder, as do the next three methods.
    pub fn name(&self, person: PersonId) -> &str {
        &self.people[person.0].name
    }

    /// The number of a person's pictures.
    pub fn pictures_of(&self, person: PersonId) -> usize {
        self.people[person.0].pictures.len()
    }

    /// The name of a picture's file.
    pub fn file_name(&self, person: PersonId, picture: usize) -> &str {
        &self.picture(person, picture).name
    }

    /// The face of a picture, as far as it is known now.
    pub fn face(&self, person: PersonId, picture: usize) -> PreviewFace<'_> {
        match self.picture(person, picture).face.get() {
            None => PreviewFace::Unread,
            Some(None) => PreviewFace::Refused,
            Some(Some(face)) => PreviewFace::Made(face),
        }
    }

    fn picture(&self, person: PersonId, picture: usize) -> &Picture {
        let pictures = &self.people[person.0].pictures;
        &self.pictures[pictures.clone()][picture]
    }
}
