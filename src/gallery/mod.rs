//! Enrolled people: who can be recognised without ever having been in a data set.
//!
//! A person is enrolled with one photo or more. What is kept is the face as the network sees it, the name of the file
//! it came from, and its embedding by the model that was asked last. The embeddings are a cache: with another model
//! they are made anew from the faces.
//!
//! There is one file for each [`Preparation`], used by every model trained with it, rather than one for each model:
//! somebody who trains again wants to find the people they enrolled, and somebody who forgets a person must not leave
//! the face behind in the file of an older model. A model with another preparation cannot use the faces (they were cut
//! out of their photos in another way), and sees another file.
//!
//! The file is a safetensors file (see `store`), readable by its owner alone, replaced in one step, and versioned. A
//! [`Gallery`] is a view of it: each change takes a lock, reads what is there now, changes that, and writes it, so that
//! a program that has had the gallery open for an hour loses nothing that another has added meanwhile.
//!
//! The people of the data set stand beside the enrolled ones, read-only: see [`Gallery::people`].

mod contents;
#[cfg(test)]
mod damage;
mod error;
mod fingerprint;
mod name;
mod person;
mod store;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::data::Dataset;
use crate::files::{self, FileError, FileReason};
use crate::model::Embedding;
use crate::vision::{Face, Preparation};

use contents::Contents;
pub use contents::{MAX_PEOPLE, MAX_PHOTOS};
pub use error::GalleryError;
pub use fingerprint::fingerprint;
pub use name::{MAX_NAME, NameError, checked};
pub use person::{Enrolled, Photo};
pub use store::StoreError;

/// A line of the list of people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// How the person is called.
    pub name: String,
    /// How many pictures there are.
    pub images: usize,
    /// Whether the person belongs to the data set, and so cannot be changed here.
    pub built_in: bool,
}

/// The enrolled people of one preparation, as they were when last looked at. See the module.
#[derive(Debug, Clone)]
pub struct Gallery {
    path: PathBuf,
    contents: Contents,
}

impl Gallery {
    /// The gallery in the folder `dir` for faces made by `preparation`; empty, and not yet on disk, if there is none.
    ///
    /// # Errors
    /// When the folder, or any gallery in it, cannot be read: a damaged file might be the very one that was meant, and
    /// must not be passed over for a new one.
    pub fn open(dir: &Path, preparation: &Preparation) -> Result<Self, GalleryError> {
        let all = Self::all(dir)?;
        let taken: Vec<PathBuf> = all.iter().map(|gallery| gallery.path.clone()).collect();
        if let Some(found) = all
            .into_iter()
            .find(|gallery| gallery.preparation() == preparation)
        {
            return Ok(found);
        }
        let named = |number: usize| match number {
            1 => dir.join(format!("{}.{}", preparation.crop, store::EXTENSION)),
            _ => dir.join(format!(
                "{}-{number}.{}",
                preparation.crop,
                store::EXTENSION
            )),
        };
        let path = (1..)
            .map(named)
            .find(|path| !taken.contains(path))
            .expect("an endless sequence");
        Ok(Self {
            path,
            contents: Contents::empty(*preparation),
        })
    }

    /// All galleries in the folder `dir`, by file name; none if there is no such folder.
    ///
    /// # Errors
    /// When the folder or any gallery in it cannot be read.
    pub fn all(dir: &Path) -> Result<Vec<Self>, GalleryError> {
        let list = |error: std::io::Error| FileReason::from(error).when("list", dir);
        let entries = match std::fs::read_dir(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(list)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(list)?.path();
            if path.extension().is_some_and(|e| e == store::EXTENSION) {
                paths.push(path);
            }
        }
        paths.sort();
        let load = |path: PathBuf| {
            Ok(Self {
                contents: store::load(&path)?,
                path,
            })
        };
        paths.into_iter().map(load).collect()
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How its faces were made.
    pub fn preparation(&self) -> &Preparation {
        &self.contents.preparation
    }

    /// The enrolled people, by name.
    pub fn enrolled(&self) -> &[Enrolled] {
        &self.contents.people
    }

    /// Everybody who can be recognised: the data set's people in its order, then the enrolled ones by name.
    pub fn people(&self, dataset: &Dataset) -> Vec<Listed> {
        let built_in = dataset.people.iter().map(|person| Listed {
            name: person.name.clone(),
            images: person.images.len(),
            built_in: true,
        });
        let enrolled = self.enrolled().iter().map(|person| Listed {
            name: person.name.clone(),
            images: person.photos.len(),
            built_in: false,
        });
        built_in.chain(enrolled).collect()
    }

    /// Enrols a new person with `photos`, or adds them to somebody who is enrolled already. Returns how many photos
    /// there are of this person now. A photo of which the same face is already there is not added twice.
    ///
    /// # Errors
    /// When the name is no name or belongs to the data set, or there are no photos, or too many; then nothing changes.
    pub fn add(
        &mut self,
        name: &str,
        photos: Vec<Photo>,
        dataset: &Dataset,
    ) -> Result<usize, GalleryError> {
        let name = free_name(name, dataset)?;
        if photos.is_empty() {
            return Err(GalleryError::NoPhotos);
        }
        self.change(|contents| {
            let known = contents
                .people
                .iter()
                .position(|person| person.name == name);
            let index = known.unwrap_or_else(|| {
                contents.people.push(Enrolled {
                    name: name.clone(),
                    photos: Vec::new(),
                });
                contents.people.len() - 1
            });
            let person = &mut contents.people[index];
            for photo in photos {
                if person.photos.iter().all(|known| known.face != photo.face) {
                    person.photos.push(photo);
                }
            }
            let count = person.photos.len();
            contents.check_size()?;
            Ok(count)
        })
    }

    /// Removes a person and every photo of theirs. Returns how many there were.
    ///
    /// # Errors
    /// When nobody of this name is enrolled, or the person belongs to the data set.
    pub fn forget(&mut self, name: &str, dataset: &Dataset) -> Result<usize, GalleryError> {
        let name = free_name(name, dataset)?;
        self.change(|contents| {
            let index = contents.find(&name)?;
            Ok(contents.people.remove(index).photos.len())
        })
    }

    /// Gives a person another name.
    ///
    /// # Errors
    /// When nobody is called `from`, or somebody is called `to`.
    pub fn rename(&mut self, from: &str, to: &str, dataset: &Dataset) -> Result<(), GalleryError> {
        let (from, to) = (free_name(from, dataset)?, free_name(to, dataset)?);
        self.change(|contents| {
            let index = contents.find(&from)?;
            if from != to && contents.people.iter().any(|person| person.name == to) {
                return Err(GalleryError::Taken(to));
            }
            contents.people[index].name = to;
            Ok(())
        })
    }

    /// The embedding of every photo, person after person in the order of [`enrolled`](Self::enrolled): those that
    /// `model` (its fingerprint) was asked for before from the file, the others by `embed`, and then kept.
    ///
    /// # Errors
    /// When the file cannot be read again. That it cannot be written is only noted in the log: this is but a cache.
    pub fn embeddings(
        &mut self,
        model: &str,
        embed: impl FnOnce(&[Face]) -> Vec<Embedding>,
    ) -> Result<Vec<Vec<Embedding>>, GalleryError> {
        if !self.contents.is_embedded_by(model) {
            let mut made = self.contents.clone();
            let fill = |contents: &mut Contents| {
                contents.embed_missing(model, embed);
                made = contents.clone();
                Ok(())
            };
            match self.change(fill) {
                Err(GalleryError::File(error)) if made.is_embedded_by(model) => {
                    tracing::warn!(%error, "the embeddings of the gallery cannot be kept");
                    self.contents = made;
                }
                other => other?,
            }
        }
        let of = |person: &Enrolled| {
            person
                .photos
                .iter()
                .filter_map(|photo| photo.embedding.clone())
                .collect()
        };
        Ok(self.enrolled().iter().map(of).collect())
    }

    /// Locks, reads what is there now, changes it, writes it.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Contents) -> Result<T, GalleryError>,
    ) -> Result<T, GalleryError> {
        let _lock = store::lock(&self.path)?;
        let mut contents = match store::load(&self.path) {
            Err(GalleryError::File(FileError {
                reason: FileReason::NotFound,
                ..
            })) => Contents::empty(*self.preparation()),
            other => other?,
        };
        let answer = change(&mut contents)?;
        contents.people.sort_by(|a, b| a.name.cmp(&b.name));
        files::write_private(&self.path, &store::encode(&contents))?;
        self.contents = contents;
        Ok(answer)
    }
}

/// A name that is one, and that nobody in the data set has.
fn free_name(name: &str, dataset: &Dataset) -> Result<String, GalleryError> {
    let name = checked(name)?;
    match dataset.people.iter().any(|person| person.name == name) {
        true => Err(GalleryError::BuiltIn(name)),
        false => Ok(name),
    }
}
