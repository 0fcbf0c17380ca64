//! The gallery: people enrolled by the user, who can be recognised without training.
//!
//! A person is enrolled with one photo or more. Stored are the face as networks see it (its grey values, and its colours if
//! it is aligned), the name of the file it came from, and its embedding by the model that was used last. The embeddings
//! are a cache: for another model they are computed again from the faces.
//!
//! There is one file for each way of cutting faces out ([`Preparation`] without its backbone), shared by all models for such
//! faces, and not one for each model. So a user who trains again keeps the enrolled people, and
//! [`Gallery::forget_everywhere`] leaves no face in the file of an older model. A model with another preparation cannot use
//! these faces, because they were cut out in another way; it has another file.
//!
//! The file is a safetensors file (see `store`). Only its owner can read it, it is replaced in one step, and it has a
//! version. A gallery that grows beyond 20,000 photos is moved into several files that are appended to (see `large`); it can hold
//! millions. A [`Gallery`] is a copy of it in memory. Each change takes a lock, reads the file again, changes that, and
//! writes it, so that two programs can change one gallery without losing anything.
//!
//! The people of the data set are listed beside the enrolled ones, but cannot be changed: see [`Gallery::people`].
//!
//! ```
//! use twinsight::data::{Dataset, Source};
//! use twinsight::gallery::{EnrolledPhoto, Gallery};
//! use twinsight::units::ImageId;
//! use twinsight::vision::Preparation;
//!
//! let folder = tempfile::tempdir()?;
//! let faces = Dataset::open(&Source::Orl, &Preparation::default())?;
//! let mut gallery = Gallery::open(folder.path(), &faces.preparation)?;
//! let photo = EnrolledPhoto::new("anna.png".as_ref(), faces.face(ImageId(7)).clone());
//! gallery.add("Anna", vec![photo], &faces)?;
//!
//! let again = Gallery::open(folder.path(), &faces.preparation)?;
//! assert_eq!(again.enrolled()[0].name, "Anna");
//! assert_eq!(again.people(&faces).len(), 41, "40 people of the data set, and Anna");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod contents;
#[cfg(test)]
mod damage;
mod embedded;
mod error;
mod fingerprint;
mod folder;
mod large;
mod limits;
pub(crate) mod measure;
mod name;
mod person;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::data::Dataset;
use crate::text::folded;
use crate::vision::Preparation;

use change::Change;
use contents::Contents;
pub use embedded::NearPerson;
pub use error::{GalleryError, StoreError};
pub use fingerprint::fingerprint;
use large::{Index, OnDisk};
pub use limits::{MAX_NAME, MAX_PEOPLE, MAX_PHOTOS};
use name::position;
pub use name::{NameError, checked_name};
pub use person::{EnrolledPerson, EnrolledPhoto};

/// A person who can be recognised: one line of the list of people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KnownPerson {
    /// The person's name.
    pub name: String,
    /// How many pictures of the person there are.
    pub images: usize,
    /// Whether the person belongs to the data set, and so cannot be changed.
    pub built_in: bool,
    /// Whether the person was enrolled by version 0.1.0 only, so that its model answers and a new photo is needed for the
    /// present one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_new_photo: bool,
}

/// The enrolled people whose faces were made by one preparation; see the module.
#[derive(Debug, Clone)]
pub struct Gallery {
    path: PathBuf,
    contents: Contents,
    /// The file that `contents` was read from.
    version: FileVersion,
    /// If it is in several files: what the list of people on disk says besides.
    on_disk: Option<OnDisk>,
    /// The templates of a large gallery by the model that was used last.
    index: Option<Arc<Index>>,
    /// A gallery in one file may hold as many photos.
    most_in_one_file: usize,
}

/// Modification time and length of a file: another pair means other content. `None` if there is no file.
type FileVersion = Option<(SystemTime, u64)>;

fn version_of(path: &Path) -> FileVersion {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Gallery {
    /// Reads the file again if it was changed, as by another program.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn refresh(&mut self) -> Result<(), GalleryError> {
        self.follow();
        let version = version_of(&self.path);
        if version != self.version {
            self.load()?;
            self.version = version;
        }
        Ok(())
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps no more photos in one file, so that a test needs few.
    #[cfg(test)]
    pub(crate) fn keep_in_one_file(&mut self, photos: usize) {
        self.most_in_one_file = photos;
    }

    /// The preparation that made its faces.
    pub fn preparation(&self) -> &Preparation {
        &self.contents.preparation
    }

    /// The enrolled people, sorted by name.
    pub fn enrolled(&self) -> &[EnrolledPerson] {
        &self.contents.people
    }

    /// All people who can be recognised: those of the data set in its order, then the enrolled ones sorted by name.
    pub fn people(&self, dataset: &Dataset) -> Vec<KnownPerson> {
        let built_in = dataset.people.iter().map(|person| KnownPerson {
            name: person.name.clone(),
            images: person.images.len(),
            built_in: true,
            needs_new_photo: false,
        });
        let enrolled = self.enrolled().iter().map(|person| KnownPerson {
            name: person.name.clone(),
            images: person.photos.len(),
            built_in: false,
            needs_new_photo: false,
        });
        built_in.chain(enrolled).collect()
    }

    /// Enrolls a person with `photos`, or adds the photos to a person who is enrolled already. A face that is already
    /// there is not added again. Returns how many photos of this person there are now.
    ///
    /// # Errors
    /// When the name is not allowed or belongs to the data set, or when there are no photos, or too many. Then nothing
    /// changes.
    pub fn add(
        &mut self,
        name: &str,
        photos: Vec<EnrolledPhoto>,
        dataset: &Dataset,
    ) -> Result<usize, GalleryError> {
        let counts = self.add_all(vec![(name.to_owned(), photos)], dataset)?;
        Ok(counts[0])
    }

    /// Enrolls several people at once, each as [`add`](Self::add) does, and writes the file once. Returns how many photos of
    /// each person there are now.
    ///
    /// # Errors
    /// As [`add`](Self::add). Then nobody is enrolled.
    pub fn add_all(
        &mut self,
        people: Vec<(String, Vec<EnrolledPhoto>)>,
        dataset: &Dataset,
    ) -> Result<Vec<usize>, GalleryError> {
        let mut checked = Vec::with_capacity(people.len());
        for (name, photos) in people {
            let name = Self::free_name(&name, dataset)?;
            if photos.is_empty() {
                return Err(GalleryError::NoPhotos);
            }
            checked.push((name, photos));
        }
        self.change(Change::Add, |contents| {
            let counts = contents.add_all(checked)?;
            contents.check_size()?;
            Ok((counts, Vec::new()))
        })
    }

    /// Removes a person with all photos from this gallery. Returns how many photos there were.
    ///
    /// # Errors
    /// When no person of this name is enrolled here, or the person belongs to the data set.
    fn forget(&mut self, name: &str, dataset: &Dataset) -> Result<usize, GalleryError> {
        let name = Self::enrolled_name(name, dataset)?;
        self.change(Change::Other, |contents| {
            let index = contents.find(&name)?;
            let photos = contents.people.remove(index).photos;
            Ok((photos.len(), photos))
        })
    }

    /// Gives a person another name.
    ///
    /// # Errors
    /// When no enrolled person is called `from`, or another person is called `to`.
    pub fn rename(&mut self, from: &str, to: &str, dataset: &Dataset) -> Result<(), GalleryError> {
        let from = Self::enrolled_name(from, dataset)?;
        let to = Self::free_name(to, dataset)?;
        self.change(Change::Other, |contents| {
            let index = contents.find(&from)?;
            let wanted = folded(&to);
            let mut others = contents
                .people
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != index);
            if others.any(|(_, person)| folded(&person.name) == wanted) {
                return Err(GalleryError::Taken(to));
            }
            contents.people[index].name = to;
            Ok(((), Vec::new()))
        })
    }

    /// Checks that a name is allowed ([`checked_name`]) and that no person of the data set has it, or one that differs only in
    /// case, spaces or how its letters are written. Returns it as it is stored.
    ///
    /// # Errors
    /// When it is not.
    pub fn free_name(name: &str, dataset: &Dataset) -> Result<String, GalleryError> {
        let name = Self::enrolled_name(name, dataset)?;
        let wanted = folded(&name);
        match dataset
            .people
            .iter()
            .find(|person| folded(&person.name) == wanted)
        {
            Some(person) => Err(GalleryError::Similar {
                name,
                known: person.name.clone(),
                place: "in the data set",
            }),
            None => Ok(name),
        }
    }

    /// Checks that photos can be enrolled under a name: [`free_name`](Self::free_name), and no enrolled person has one that
    /// differs only so. Returns it as it is stored.
    ///
    /// # Errors
    /// When they cannot.
    pub fn name_to_enroll(&self, name: &str, dataset: &Dataset) -> Result<String, GalleryError> {
        let name = Self::free_name(name, dataset)?;
        self.contents.check_name(&name)?;
        Ok(name)
    }

    /// The name of a person who may be enrolled: not one of the data set's, which is written in the same way.
    fn enrolled_name(name: &str, dataset: &Dataset) -> Result<String, GalleryError> {
        let name = checked_name(name)?;
        match position(
            dataset.people.iter().map(|person| person.name.as_str()),
            &name,
        ) {
            Some(_) => Err(GalleryError::BuiltIn(name)),
            None => Ok(name),
        }
    }
}
