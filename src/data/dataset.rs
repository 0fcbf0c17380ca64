//! The data set: people and their prepared pictures, and the files that could not be used.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::SourceError;
use super::folder::FolderContents;
use super::found::{Found, Origin, Refusal, Shot};
use super::reading::{Loading, Reader};
use super::source::Source;
use super::store::{FaceStore, LostFace};
use super::{folder, olivetti, orl};
use crate::backbone::Backbone;
use crate::text::hex;
use crate::units::{ImageId, PersonId};
use crate::vision::quality::FaceQuality;
use crate::vision::yunet::Landmarks;
use crate::vision::{Face, Photo, PhotoError, Preparation, PreparedFace, Rect};

/// People and their pictures. Indices ([`PersonId`], [`ImageId`]) never change: nothing is added or removed after
/// opening, and a picture that is left out keeps its index. The pictures of one person are neighbours.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The name that the screens show.
    pub name: String,
    /// Where the pictures were read from.
    pub source: Source,
    /// How a photo became a face.
    pub preparation: Preparation,
    /// The people, in the natural order of their names.
    pub people: Vec<Person>,
    /// The pictures, person after person.
    pub images: Vec<Picture>,
    /// Files that could not be used, with the reasons.
    pub refused: Vec<Refusal>,
    /// Pictures that are not in any person's [`images`](Person::images); see [`leaving_out`](Self::leaving_out).
    pub left_out: BTreeSet<ImageId>,
    /// Why the cache of prepared faces does not hold all of them, as a sentence without its full stop; `None` if it does, or
    /// none was given.
    pub not_cached: Option<String>,
    /// Where faces are read back from that are not in memory.
    store: Option<Arc<FaceStore>>,
}

/// A person with at least one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The name, safe to print; unique within a data set.
    pub name: String,
    /// The pictures of this person: at least one, in ascending order.
    pub images: Vec<ImageId>,
}

/// A picture whose face has been cut out.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The person it shows.
    pub person: PersonId,
    /// The name of the picture, with its person: `s07/3`, `anna/beach.jpg`.
    pub label: String,
    /// The input of the network.
    pub face: Face,
    /// The part of the photo that was cut out.
    pub area: Rect,
    /// Whether no face was found, so that the middle of the photo was cut out.
    pub fallback: bool,
    /// Where eyes, nose and mouth are in the photo, if the preparation looks for them.
    pub landmarks: Option<Landmarks>,
    /// How good the face is for recognition, if the preparation measures it.
    pub quality: Option<FaceQuality>,
    /// Width and height of the photo in pixels.
    pub size: (u32, u32),
    pub(super) origin: Origin,
}

/// Faces that are read back together for the fingerprint.
const AT_ONCE: usize = 256;

/// The grey values of a picture in little-endian bytes.
fn face_bytes(picture: &Picture) -> Vec<u8> {
    let pixels = picture.face.pixels();
    pixels
        .iter()
        .flat_map(|pixel| pixel.to_le_bytes())
        .collect()
}

impl Dataset {
    /// Reads all faces of a source, on all cores, without a cache. People and pictures are ordered by name, independently of
    /// the file system. With a backbone in the preparation each face has its features, and no colours.
    ///
    /// # Errors
    /// If the source cannot be read or has no usable picture, or the backbone is not loaded. A single picture that cannot be
    /// used is not an error; it is listed in [`refused`](Self::refused).
    pub fn open(source: &Source, preparation: &Preparation) -> Result<Self, SourceError> {
        Self::open_with(source, preparation, &Loading::default())
    }

    /// The same with a cache of prepared faces, or with a report of the progress.
    ///
    /// # Errors
    /// As [`open`](Self::open). A cache that cannot be read or written is not an error.
    pub fn open_with(
        source: &Source,
        preparation: &Preparation,
        loading: &Loading<'_>,
    ) -> Result<Self, SourceError> {
        if let Some(hash) = preparation.backbone {
            Backbone::check(hash)?;
        }
        let reader = Reader::new(preparation, loading);
        let in_memory = |people| FolderContents {
            people,
            refused: Vec::new(),
            store: None,
        };
        let FolderContents {
            people,
            refused,
            store,
        } = match source {
            Source::Orl => in_memory(orl::read(&reader)),
            Source::Folder(path) => folder::read(path, &reader)?,
            Source::Olivetti(path) => in_memory(olivetti::read(path, &reader)?),
        };
        let not_cached = reader.unwritten().map(|why| {
            format!("{why}; so the prepared faces are not all kept, and the next start prepares these again")
        });
        let mut dataset = Self {
            name: source.name(),
            source: source.clone(),
            preparation: *preparation,
            people: Vec::with_capacity(people.len()),
            images: Vec::new(),
            refused,
            left_out: BTreeSet::new(),
            not_cached,
            store,
        };
        people.into_iter().for_each(|found| dataset.add(found));
        Ok(dataset)
    }

    fn add(&mut self, found: Found) {
        let person = PersonId(self.people.len());
        let first = self.images.len();
        self.images.extend(found.shots.into_iter().map(|shot| {
            let Shot {
                label,
                size,
                origin,
                prepared:
                    PreparedFace {
                        face,
                        area,
                        fallback,
                        landmarks,
                        quality,
                    },
            } = shot;
            Picture {
                person,
                label,
                face,
                area,
                fallback,
                landmarks,
                quality,
                size,
                origin,
            }
        }));
        let images = (first..self.images.len()).map(ImageId).collect();
        self.people.push(Person {
            name: found.name,
            images,
        });
    }

    /// All people, in order.
    pub fn everybody(&self) -> Vec<PersonId> {
        (0..self.people.len()).map(PersonId).collect()
    }

    /// The people with these names, in the order of the data set. Names that nobody has are ignored.
    pub fn people_named(&self, names: &[String]) -> Vec<PersonId> {
        let names: HashSet<&str> = names.iter().map(String::as_str).collect();
        let named = |person: &PersonId| names.contains(&*self.person(*person).name);
        self.everybody().into_iter().filter(named).collect()
    }

    /// The person with this index.
    ///
    /// # Panics
    /// If the index is not from this data set, as do the next four methods.
    pub fn person(&self, person: PersonId) -> &Person {
        &self.people[person.0]
    }

    /// The picture with this index.
    pub fn picture(&self, image: ImageId) -> &Picture {
        &self.images[image.0]
    }

    /// The person that a picture shows.
    pub fn person_of(&self, image: ImageId) -> PersonId {
        self.picture(image).person
    }

    /// The face of a picture, the input of the network.
    pub fn face(&self, image: ImageId) -> &Face {
        &self.picture(image).face
    }

    /// Whether all faces that are not in memory could be read back until now. A training or an evaluation asks before it keeps a
    /// result, because a face that is lost is grey.
    ///
    /// # Errors
    /// When one could not, because its file in the cache is damaged or gone, and its photo is gone or has changed.
    pub fn intact(&self) -> Result<(), LostFace> {
        self.store.as_ref().map_or(Ok(()), |store| store.intact())
    }

    /// The whole photo of a picture, read from its source again.
    ///
    /// # Errors
    /// If the file cannot be read or decoded any more, or has another size in pixels than before.
    pub fn photo(&self, image: ImageId) -> Result<Photo, PhotoError> {
        let picture = self.picture(image);
        let photo = match &picture.origin {
            Origin::Orl(person, number) => orl::picture(*person, *number),
            Origin::File(path) => Photo::open(path)?,
            Origin::Kept(photo) => photo.clone().into(),
        };
        if photo.dimensions() == picture.size {
            Ok(photo)
        } else {
            Err(PhotoError::Changed)
        }
    }

    /// A copy with the same indices in which these pictures belong to no person, so that they are in no pair and no
    /// batch. The last picture of a person stays.
    #[must_use]
    pub fn leaving_out(&self, images: impl IntoIterator<Item = ImageId>) -> Self {
        let mut rest = self.clone();
        for image in images {
            let own = &mut rest.people[self.person_of(image).0].images;
            if own.len() > 1 && own.contains(&image) {
                own.retain(|&other| other != image);
                rest.left_out.insert(image);
            }
        }
        rest
    }

    /// A hash of the data set: SHA-256 in hexadecimal of the names and of every pixel of every face and, if pictures are
    /// left out, `+` and the first 8 bytes of the SHA-256 of their indices. A resumed run compares it, so that it does not
    /// continue with other pictures. The paths of the files do not count.
    pub fn fingerprint(&self) -> String {
        let all = self.fingerprint_of_all();
        if self.left_out.is_empty() {
            return all;
        }
        let mut hash = Sha256::new();
        for image in &self.left_out {
            hash.update((image.0 as u64).to_le_bytes());
        }
        format!("{all}+{}", hex(&hash.finalize()[..8]))
    }

    /// The part of the [`fingerprint`](Self::fingerprint) that does not depend on what is left out.
    pub fn fingerprint_of_all(&self) -> String {
        // Reading all faces back takes a second for 20,000 of them.
        match &self.store {
            Some(store) => store.fingerprint(|| self.hash_of_all()),
            None => hex(&self.hash_of_all()),
        }
    }

    fn hash_of_all(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let number = |hash: &mut Sha256, value: usize| hash.update((value as u64).to_le_bytes());
        number(&mut hash, self.people.len());
        let mut people = self.people.iter();
        let mut groups = self.images.chunk_by(|a, b| a.person == b.person);
        let mut last = None;
        // Faces that are read back are read on all cores, a few at a time.
        for some in self.images.chunks(AT_ONCE) {
            let bytes: Vec<Vec<u8>> = some.par_iter().map(face_bytes).collect();
            for (picture, bytes) in some.iter().zip(bytes) {
                if last != Some(picture.person)
                    && let (Some(person), Some(own)) = (people.next(), groups.next())
                {
                    last = Some(picture.person);
                    number(&mut hash, person.name.len());
                    hash.update(person.name.as_bytes());
                    number(&mut hash, own.len());
                }
                hash.update(bytes);
            }
        }
        hash.finalize().into()
    }

    /// Whether `fingerprint` belongs to these people and pictures; which of them are left out does not count.
    pub fn made(&self, fingerprint: &str) -> bool {
        fingerprint.split('+').next() == Some(&self.fingerprint_of_all())
    }
}
