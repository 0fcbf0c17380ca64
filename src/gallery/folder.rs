//! The folder of all galleries: one for each preparation.

use std::path::{Path, PathBuf};

use super::change::read;
use super::contents::Contents;
use super::error::GalleryError;
use super::large::{self, OnDisk};
use super::limits::MAX_IN_ONE_FILE;
use super::{Gallery, store, version_of};
use crate::data::Dataset;
use crate::files::FileReason;
use crate::vision::Preparation;

impl Gallery {
    /// Opens the gallery in the folder `dir` for faces made by `preparation`. If there is none, it is empty and not yet on
    /// disk. All backbones share one gallery, because it keeps the colours that they embed.
    ///
    /// # Errors
    /// When the folder, or any gallery in it, cannot be read: a damaged file may be the one that was asked for, and must
    /// not be replaced by a new one.
    pub fn open(dir: &Path, preparation: &Preparation) -> Result<Self, GalleryError> {
        let preparation = &Preparation {
            backbone: None,
            ..*preparation
        };
        let all = Self::all(dir)?;
        let single = |gallery: &Self| gallery.path.with_extension(store::EXTENSION);
        let taken: Vec<PathBuf> = all.iter().map(single).collect();
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
        Ok(Self::with(path, (Contents::empty(*preparation), None)))
    }

    /// All galleries in the folder `dir`, sorted by file name; none if there is no such folder.
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
            let ends = |extension| path.extension().is_some_and(|e| e == extension);
            // One that was moved into several files stays for a moment, or longer if the program ended just then.
            let moved = || path.with_extension(large::EXTENSION).exists();
            if ends(large::EXTENSION) || ends(store::EXTENSION) && !moved() {
                paths.push(path);
            }
        }
        paths.sort();
        let load = |path: PathBuf| {
            // Before reading, so that a change meanwhile is noticed.
            let version = version_of(&path);
            let gallery = Self::with(path.clone(), read(&path)?);
            Ok(Self { version, ..gallery })
        };
        paths.into_iter().map(load).collect()
    }

    fn with(path: PathBuf, (contents, on_disk): (Contents, Option<OnDisk>)) -> Self {
        Self {
            version: version_of(&path),
            path,
            contents,
            on_disk,
            index: None,
            most_in_one_file: MAX_IN_ONE_FILE,
        }
    }

    /// Removes a person with all photos from every gallery in the folder `dir`, whatever preparation it is for. Returns how
    /// many photos there were.
    ///
    /// # Errors
    /// When no gallery has a person of this name, the person belongs to the data set, or a gallery cannot be read or
    /// written.
    pub fn forget_everywhere(
        dir: &Path,
        name: &str,
        dataset: &Dataset,
    ) -> Result<usize, GalleryError> {
        let mut removed = 0;
        for mut gallery in Self::all(dir)? {
            match gallery.forget(name, dataset) {
                Ok(count) => removed += count,
                Err(GalleryError::Unknown { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        match removed {
            // This error says so, and who is enrolled.
            0 => Self::open(dir, &dataset.preparation)?.forget(name, dataset),
            removed => Ok(removed),
        }
    }
}
