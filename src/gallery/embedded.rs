//! The embeddings of enrolled photos by a model, and the people nearest to a probe.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::change::Change;
use super::contents::{Contents, TryEmbed};
use super::error::GalleryError;
use super::large::{self, Index};
use super::person::{EnrolledPerson, EnrolledPhoto};
use super::{Gallery, store, version_of};
use crate::files::{self, FileReason};
use crate::model::Embedding;
use crate::vision::Face;

/// A person of a gallery who may be among those nearest to a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct NearPerson {
    /// The person's place among [`Gallery::enrolled`].
    pub index: usize,
    /// The photos that were chosen.
    pub photos: Range<usize>,
    /// Their embeddings.
    pub embeddings: Vec<Embedding>,
}

impl Gallery {
    /// The embeddings of all photos, a list for each person in the order of [`enrolled`](Self::enrolled). `model` is the
    /// [`fingerprint`](super::fingerprint()) of the model. Embeddings that this model made before come from the file; the others
    /// are computed by `embed` and stored.
    ///
    /// # Errors
    /// When the file cannot be read. If it cannot be written, that is only logged, because the embeddings are a cache.
    pub fn embeddings(
        &mut self,
        model: &str,
        embed: impl Fn(&[Face]) -> Vec<Embedding>,
    ) -> Result<Vec<Vec<Embedding>>, GalleryError> {
        let embed: TryEmbed<'_> = &|faces, _| Some(embed(faces));
        if self.is_large() {
            return self.with_templates((model, embed), |people, index| {
                let of = |(at, person): (usize, &EnrolledPerson)| {
                    index.embeddings(at, 0..person.photos.len())
                };
                people.iter().enumerate().map(of).collect()
            });
        }
        self.fill_in(model, embed)?;
        Ok(self.enrolled().iter().map(kept).collect())
    }

    /// Embeds the photos that `model` has not embedded yet, and keeps the embeddings. `embed` gets the faces of some of them, with
    /// the number of those before and of all that are missing as a range, and answers `None` to stop.
    ///
    /// # Errors
    /// As [`embeddings`](Self::embeddings); [`GalleryError::Stopped`] if it was stopped. What a large gallery kept until then
    /// stays.
    pub fn embed_missing(
        &mut self,
        model: &str,
        embed: impl Fn(&[Face], Range<usize>) -> Option<Vec<Embedding>>,
    ) -> Result<(), GalleryError> {
        if !self.is_large() {
            self.fill_in(model, &embed)?;
        }
        // Another program may have moved it into several files just now.
        if self.is_large() {
            self.indexed(model, &embed)?;
        }
        Ok(())
    }

    /// Calls `visit` with each photo and its embedding, `[E]`, person after person in the order of
    /// [`enrolled`](Self::enrolled). Embeddings are read one person at a time, so that a gallery of millions needs no memory for
    /// them. `model` and `embed` are as in [`embed_missing`](Self::embed_missing), which is done first; no other face is read,
    /// unless a stored embedding is damaged.
    ///
    /// # Errors
    /// Those of [`embed_missing`](Self::embed_missing), and the first one of `visit`.
    pub fn each_embedding<E: From<GalleryError>>(
        &mut self,
        model: &str,
        embed: impl Fn(&[Face], Range<usize>) -> Option<Vec<Embedding>>,
        mut visit: impl FnMut(&EnrolledPerson, &EnrolledPhoto, &Embedding) -> Result<(), E>,
    ) -> Result<(), E> {
        self.embed_missing(model, &embed)?;
        let index = self.index.as_ref().filter(|_| self.is_large());
        for (at, person) in self.enrolled().iter().enumerate() {
            let embeddings = match index.map(|index| index.embeddings(at, 0..person.photos.len())) {
                None => kept(person),
                Some(Err(GalleryError::Unreadable { path, why })) => {
                    tracing::warn!(path = %files::shown(&path), %why, "a damaged template is computed from its face");
                    made(person, &embed)?
                }
                Some(read) => read?,
            };
            for (photo, embedding) in person.photos.iter().zip(&embeddings) {
                visit(person, photo, embedding)?;
            }
        }
        Ok(())
    }

    /// Gives the photos of a gallery in one file the embeddings by `model` that are missing.
    fn fill_in(&mut self, model: &str, embed: TryEmbed<'_>) -> Result<(), GalleryError> {
        if self.contents.is_embedded_by(model) {
            return Ok(());
        }
        let mut made = self.contents.clone();
        let fill = |contents: &mut Contents| {
            contents.embed_missing(model, embed)?;
            made = contents.clone();
            Ok(((), Vec::new()))
        };
        match self.change(Change::Other, fill) {
            Err(GalleryError::File(error)) if made.is_embedded_by(model) => {
                tracing::warn!(%error, "the embeddings of the gallery cannot be kept");
                self.contents = made;
                Ok(())
            }
            other => other,
        }
    }

    /// Whether it is in several files, because it has so many photos. Then [`nearest`](Self::nearest) finds whom to compare a
    /// probe with, faster than comparing everybody.
    pub fn is_large(&self) -> bool {
        self.on_disk.is_some()
    }

    /// The people of a large gallery among whom the `best` ones for a probe are for certain: those whose mean distance to the
    /// probe is smallest. These are a few hundred, in no order, and have the embeddings of the photos that were compared. Each
    /// person is compared by the photos in `chosen`, or by all. `model` and `embed` are as in [`embeddings`](Self::embeddings).
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn nearest(
        &mut self,
        model: &str,
        embed: impl Fn(&[Face]) -> Vec<Embedding>,
        (probe, best): (&Embedding, usize),
        chosen: Option<&[Range<usize>]>,
    ) -> Result<Vec<NearPerson>, GalleryError> {
        let embed: TryEmbed<'_> = &|faces, _| Some(embed(faces));
        self.with_templates((model, embed), |people, index| {
            let near = |person: usize| {
                let all = 0..people[person].photos.len();
                let photos = chosen.map_or(all, |chosen| chosen[person].clone());
                Ok(NearPerson {
                    index: person,
                    embeddings: index.embeddings(person, photos.clone())?,
                    photos,
                })
            };
            let people = index.nearest(&probe.0, best, chosen)?;
            people.into_iter().map(near).collect()
        })
    }

    /// Reads templates by a model. If they are damaged, they are made again, as they are a cache.
    fn with_templates<T>(
        &mut self,
        (model, embed): (&str, TryEmbed<'_>),
        read: impl Fn(&[EnrolledPerson], &Index) -> Result<T, GalleryError>,
    ) -> Result<T, GalleryError> {
        let index = self.indexed(model, embed)?;
        match read(self.enrolled(), &index) {
            Err(GalleryError::Unreadable { path, why }) => {
                tracing::warn!(path = %files::shown(&path), %why, "damaged templates are made again");
                drop(index);
                self.remove_templates(&path)?;
                let index = self.indexed(model, embed)?;
                read(self.enrolled(), &index)
            }
            other => other,
        }
    }

    fn remove_templates(&mut self, path: &Path) -> Result<(), GalleryError> {
        self.index = None;
        let _lock = store::lock(&self.path)?;
        Ok(std::fs::remove_file(path).map_err(|e| FileReason::from(e).when("remove", path))?)
    }

    /// The templates by a model; those that are missing are made and stored.
    pub(super) fn indexed(
        &mut self,
        model: &str,
        embed: TryEmbed<'_>,
    ) -> Result<Arc<Index>, GalleryError> {
        if let Some(index) = self.index.as_ref().filter(|index| index.is_by(model)) {
            return Ok(index.clone());
        }
        let mut index = large::open_index(&self.path, model, &self.contents)?;
        if !index.missing().is_empty() {
            // Not mapped any more, so that its file can be replaced on every system.
            drop(index);
            self.index = None;
            let _lock = store::lock(&self.path)?;
            self.follow();
            self.load()?;
            self.version = version_of(&self.path);
            large::embed_missing(&self.path, model, &self.contents, embed)?;
            index = large::open_index(&self.path, model, &self.contents)?;
        }
        let index = Arc::new(index);
        self.index = Some(index.clone());
        Ok(index)
    }
}

/// The embeddings of a person's photos in a gallery in one file.
fn kept(person: &EnrolledPerson) -> Vec<Embedding> {
    let photos = person.photos.iter();
    photos.filter_map(|photo| photo.embedding.clone()).collect()
}

/// The embeddings of a person's photos, computed from their faces.
fn made(person: &EnrolledPerson, embed: TryEmbed<'_>) -> Result<Vec<Embedding>, GalleryError> {
    let faces = person.photos.iter().map(EnrolledPhoto::face);
    let faces = faces.collect::<Result<Vec<Face>, _>>()?;
    embed(&faces, 0..faces.len()).ok_or(GalleryError::Stopped)
}
