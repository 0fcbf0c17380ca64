//! Changes of a gallery on disk, and moving it from one file into several.

use std::path::Path;

use super::contents::Contents;
use super::error::GalleryError;
use super::large::{self, OnDisk};
use super::person::EnrolledPhoto;
use super::{Gallery, store, version_of};
use crate::files::{self, FileError, FileReason};

impl Gallery {
    /// Locks the gallery, reads its file again, changes the contents and writes them. `change` returns an answer and the photos
    /// that it removed.
    pub(super) fn change<T>(
        &mut self,
        kind: Change,
        change: impl FnOnce(&mut Contents) -> Result<(T, Vec<EnrolledPhoto>), GalleryError>,
    ) -> Result<T, GalleryError> {
        let _lock = store::lock(&self.path)?;
        self.follow();
        let (mut contents, mut on_disk) = self.read()?;
        if on_disk.is_some() {
            self.remove_single()?;
        }
        let (answer, removed) = change(&mut contents)?;
        contents.people.sort_by(|a, b| a.name.cmp(&b.name));
        self.index = None;
        match (&mut on_disk, kind) {
            (Some(on_disk), Change::Add) => large::append(&self.path, &mut contents, on_disk)?,
            (Some(on_disk), Change::Other) => {
                large::rewrite(&self.path, &mut contents, on_disk, &removed)?;
            }
            (None, _) if contents.photos().count() > self.most_in_one_file => {
                on_disk = Some(self.make_large(&mut contents)?);
            }
            (None, _) => files::write_private(&self.path, &store::encode(&contents))?,
        }
        self.version = version_of(&self.path);
        (self.contents, self.on_disk) = (contents, on_disk);
        Ok(answer)
    }

    /// Moves a gallery in one file into several ones.
    fn make_large(&mut self, contents: &mut Contents) -> Result<OnDisk, GalleryError> {
        let large = self.path.with_extension(large::EXTENSION);
        let on_disk = large::create(&large, contents)?;
        // From here on the new files count.
        self.path = large;
        self.remove_single()?;
        Ok(on_disk)
    }

    /// Removes the file of a gallery that was moved into several ones.
    fn remove_single(&self) -> Result<(), GalleryError> {
        let old = self.path.with_extension(store::EXTENSION);
        match std::fs::remove_file(&old) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(FileReason::from(error).when("remove", &old).into())
            }
            _ => Ok(()),
        }
    }

    /// Takes the larger files, if another program has moved the gallery into them.
    pub(super) fn follow(&mut self) {
        let large = self.path.with_extension(large::EXTENSION);
        if large.exists() {
            self.path = large;
        }
    }

    /// Reads the file again.
    pub(super) fn load(&mut self) -> Result<(), GalleryError> {
        (self.contents, self.on_disk) = self.read()?;
        self.index = None;
        Ok(())
    }

    fn read(&self) -> Result<(Contents, Option<OnDisk>), GalleryError> {
        match read(&self.path) {
            Err(GalleryError::File(FileError {
                reason: FileReason::NotFound,
                ..
            })) => Ok((Contents::empty(*self.preparation()), None)),
            other => other,
        }
    }
}

/// How a gallery is changed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// Photos are added, and nothing else changes.
    Add,
    /// Anything.
    Other,
}

/// Reads a gallery in one file or in several.
pub(super) fn read(path: &Path) -> Result<(Contents, Option<OnDisk>), GalleryError> {
    match path.extension().is_some_and(|e| e == large::EXTENSION) {
        true => large::load(path).map(|(contents, on_disk)| (contents, Some(on_disk))),
        false => store::load(path).map(|contents| (contents, None)),
    }
}
