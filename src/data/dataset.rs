//! People and their pictures, prepared for a network, with what was refused and why.

use std::collections::BTreeSet;

use image::GrayImage;
use sha2::{Digest, Sha256};

use super::error::SourceError;
use super::found::{Found, Origin, Refusal, Shot};
use super::source::Source;
use super::{folder, olivetti, orl};
use crate::units::{ImageId, PersonId};
use crate::vision::{Face, PhotoError, Preparation, Prepared, Rect, gray};

/// People and their pictures. Indices ([`PersonId`], [`ImageId`]) stay valid as long as it lives: nothing is ever added
/// or removed, and what is left out keeps its number. The pictures of one person follow each other.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// How it is called on the screen.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// How its faces were made.
    pub preparation: Preparation,
    /// The people, sorted by name.
    pub people: Vec<Person>,
    /// Their pictures, person after person.
    pub images: Vec<Picture>,
    /// What was found and could not be used.
    pub refused: Vec<Refusal>,
    /// Pictures that are there and belong to nobody's [`images`](Person::images); see
    /// [`leaving_out`](Self::leaving_out).
    pub left_out: BTreeSet<ImageId>,
}

/// A person with at least one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Fit to be shown; no two people of a data set share it.
    pub name: String,
    /// The pictures of this person: at least one, in order.
    pub images: Vec<ImageId>,
}

/// A picture of which the face is known.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Who it is.
    pub person: PersonId,
    /// How the picture is called, person included: `s07/3`, `anna/beach.jpg`.
    pub label: String,
    /// What the network sees.
    pub face: Face,
    /// Which part of the photo the face is.
    pub area: Rect,
    /// Whether the crop found no face and took another part.
    pub fallback: bool,
    /// Width and height of the photo in pixels.
    pub size: (u32, u32),
    pub(super) origin: Origin,
}

impl Dataset {
    /// Reads all faces of a source, on all cores. The order is that of the names, whatever the file system says.
    ///
    /// # Errors
    /// Only when there is nobody at all, or the source itself cannot be read; single pictures that cannot be used are
    /// listed in [`refused`](Self::refused).
    pub fn open(source: &Source, preparation: &Preparation) -> Result<Self, SourceError> {
        let (people, refused) = match source {
            Source::Orl => (orl::read(preparation), Vec::new()),
            Source::Folder(path) => folder::read(path, preparation)?,
            Source::Olivetti(path) => (olivetti::read(path, preparation)?, Vec::new()),
        };
        let mut dataset = Self {
            name: source.name(),
            source: source.clone(),
            preparation: *preparation,
            people: Vec::with_capacity(people.len()),
            images: Vec::new(),
            refused,
            left_out: BTreeSet::new(),
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
                    Prepared {
                        face,
                        area,
                        fallback,
                    },
            } = shot;
            Picture {
                person,
                label,
                face,
                area,
                fallback,
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

    /// A person. Panics on an index from elsewhere, as indexing does; so do the next four.
    pub fn person(&self, person: PersonId) -> &Person {
        &self.people[person.0]
    }

    /// A picture.
    pub fn picture(&self, image: ImageId) -> &Picture {
        &self.images[image.0]
    }

    /// Who is in a picture.
    pub fn person_of(&self, image: ImageId) -> PersonId {
        self.picture(image).person
    }

    /// What a network sees of a picture.
    pub fn face(&self, image: ImageId) -> &Face {
        &self.picture(image).face
    }

    /// The whole grey photo behind a picture, read again.
    ///
    /// # Errors
    /// When the file is gone, or is not what it was.
    pub fn photo(&self, image: ImageId) -> Result<GrayImage, PhotoError> {
        let picture = self.picture(image);
        let photo = match &picture.origin {
            Origin::Orl(person, number) => orl::picture(*person, *number),
            Origin::File(path) => gray::open(path)?,
            Origin::Kept(photo) => photo.clone(),
        };
        if photo.dimensions() == picture.size {
            Ok(photo)
        } else {
            Err(PhotoError::Changed)
        }
    }

    /// The same people and pictures under the same indices, but these pictures are nobody's any more: they are in no
    /// pair, no split and no batch. The last picture of a person stays.
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

    /// SHA-256, in hexadecimal, over who there is and every pixel of every face, and after a `+` over what is left out,
    /// if anything is. A resumed run compares it, so that it does not go on with other pictures. Where the files lie
    /// makes no difference.
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
        let mut hash = Sha256::new();
        let number = |hash: &mut Sha256, value: usize| hash.update((value as u64).to_le_bytes());
        number(&mut hash, self.people.len());
        let pictures = self.images.chunk_by(|a, b| a.person == b.person);
        for (person, pictures) in self.people.iter().zip(pictures) {
            number(&mut hash, person.name.len());
            hash.update(person.name.as_bytes());
            number(&mut hash, pictures.len());
            for picture in pictures {
                let bytes: Vec<u8> = picture
                    .face
                    .pixels()
                    .iter()
                    .flat_map(|pixel| pixel.to_le_bytes())
                    .collect();
                hash.update(bytes);
            }
        }
        hex(&hash.finalize())
    }

    /// Whether `fingerprint` is of these people and pictures, whatever was left out of them.
    pub fn made(&self, fingerprint: &str) -> bool {
        fingerprint.split('+').next() == Some(&self.fingerprint_of_all())
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
