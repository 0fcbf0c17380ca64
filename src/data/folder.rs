//! Reads a folder with one sub-folder for each person.
//!
//! ```text
//! faces/
//! ├── anna/     beach.jpg, office.png
//! └── boris/    1.pgm, 2.pgm, 10.pgm
//! ```
//!
//! A file that cannot be used is listed with the reason; the others are still read. Hidden files (`.DS_Store`, `.git`)
//! are ignored. A symbolic link to a picture is followed if its target is inside the folder. A link to a picture outside
//! is refused, so that a data set unpacked from an archive reads only itself; a link to a folder is refused, so that no
//! person counts twice under two names. Exactly two levels are read, so that links cannot form a cycle.

mod people;

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cache::{
    CachedFace, ContentDigest, ContentHash, FaceFacts, FolderListing, KnownFaces, Stamp,
};
use super::error::SourceError;
use super::found::{Found, Origin, Refusal, Shot};
use super::keeping::Keeping;
use super::reading::Reader;
use super::source::file_name;
use super::store::FaceStore;
use crate::files::{FileReason, clean};
use crate::vision::{Photo, PhotoError};
use people::{Entry, Place};

/// What was read of a folder.
pub(super) struct FolderContents {
    pub(super) people: Vec<Found>,
    pub(super) refused: Vec<Refusal>,
    /// Where faces are read back from that are not in memory.
    pub(super) store: Option<Arc<FaceStore>>,
}

/// Reads the folder.
pub(super) fn read(folder: &Path, reader: &Reader<'_>) -> Result<FolderContents, SourceError> {
    let root = folder
        .canonicalize()
        .map_err(|error| FileReason::from(error).when("list", folder))?;
    let known = reader.cache().map(|cache| cache.listing(&root));
    let place = Place {
        folder,
        root: &root,
    };
    let pictures = FolderReader {
        place,
        known: known.unwrap_or_default(),
        reader,
    };
    let entries = place.entries()?;
    let preview = reader.tell(entries.iter().filter_map(Entry::names));
    let paths: Vec<(usize, &PathBuf)> = entries
        .iter()
        .flat_map(Entry::pictures)
        .enumerate()
        .collect();
    let cached = CachedFolder::new(reader.keeping(paths.len())?, &root, reader);
    let is_full = || cached.keeping.is_full();
    let results = reader.all_in_time(&paths, is_full, |&(number, path)| {
        let result = pictures.read(path, &cached);
        if let Some(preview) = &preview {
            let face = result.as_ref().ok().map(|(face, _)| &face.prepared.face);
            preview.fill_in(number, face);
        }
        result
    });
    let read = results.iter().flatten().count();
    let total = paths.len();
    let (people, refused) = pictures.finish(entries, results, &cached);
    if read < total {
        return Err(cached.stopped(read, total, reader));
    }
    if people.is_empty() {
        return Err(SourceError::NoPeople {
            path: folder.into(),
            why: place.no_people(&refused),
        });
    }
    Ok(FolderContents {
        people,
        refused,
        store: cached.keeping.store(),
    })
}

/// What stays in memory of the folder's faces, and what the cache knows of the others.
struct CachedFolder {
    keeping: Keeping,
    /// Empty if all grey values are in memory, because then every face is read.
    known: KnownFaces,
    /// The contents of which a face lies in the cache.
    present: HashSet<ContentHash>,
}

impl CachedFolder {
    fn new(keeping: Keeping, root: &Path, reader: &Reader<'_>) -> Self {
        let cache = reader.cache().filter(|_| !keeping.holds_grey());
        Self {
            keeping,
            known: cache.map_or_else(KnownFaces::default, |c| c.known(root, reader.key())),
            present: cache.map_or_else(HashSet::new, |c| c.present(reader.key())),
        }
    }

    /// A face that need not be read.
    fn unread(&self, content: ContentHash, path: &Path) -> Option<CachedFace> {
        let facts = self.known.get(content)?;
        let is_present = self.present.contains(&content);
        is_present.then(|| self.keeping.unread(facts.clone(), content, path))
    }

    /// Why only `read` of `total` pictures were read.
    fn stopped(&self, read: usize, total: usize, reader: &Reader<'_>) -> SourceError {
        match reader.unwritten() {
            Some(why) if self.keeping.is_full() => SourceError::NotCached {
                pictures: total,
                why: why.to_string(),
            },
            _ => SourceError::Interrupted { read, total },
        }
    }
}

/// The settings shared by all pictures of a folder.
struct FolderReader<'a> {
    place: Place<'a>,
    /// What the cache knows of its files.
    known: FolderListing,
    reader: &'a Reader<'a>,
}

/// A face; and, if its content was hashed, what proves that its file has not changed.
type ReadPicture = (CachedFace, Option<(Stamp, ContentHash)>);
/// What became of a picture; `None` if reading was stopped before it.
type PictureResult = Option<Result<ReadPicture, PictureTrouble>>;

impl FolderReader<'_> {
    /// Groups the pictures by people, and lets the cache keep what is known of them. Of those that were not reached it keeps
    /// what it knew before.
    fn finish(
        &self,
        entries: Vec<Entry>,
        results: Vec<PictureResult>,
        cached: &CachedFolder,
    ) -> (Vec<Found>, Vec<Refusal>) {
        let (mut people, mut refused) = (Vec::new(), Vec::new());
        let (mut listing, mut known) = (FolderListing::default(), KnownFaces::default());
        let mut digest = ContentDigest::new(self.reader.key());
        let mut results = results.into_iter();
        for entry in entries {
            let (name, paths) = match entry {
                Entry::Refused(refusal) => {
                    refused.push(refusal);
                    continue;
                }
                Entry::Person(name, paths) => (name, paths),
            };
            let mut shots = Vec::with_capacity(paths.len());
            digest.person(&name);
            for (path, result) in paths.into_iter().zip(results.by_ref()) {
                let below = self.place.below(&path);
                match result {
                    Some(Ok((face, unchanged))) => {
                        if let Some((stamp, content)) = unchanged {
                            listing.insert(below, stamp, content);
                            known.insert(content, FaceFacts::of(&face));
                            digest.picture(content);
                        }
                        let label = format!("{name}/{}", clean(&file_name(&path)));
                        let origin = Origin::File(path);
                        shots.push(Shot::new(label, face.size, face.prepared, origin));
                    }
                    Some(Err(why)) => refused.push(self.place.refusal(&path, why.to_string())),
                    None => {
                        if let Some((stamp, content)) = self.known.entry(below) {
                            listing.insert(below, stamp, content);
                            let facts = cached.known.get(content).cloned();
                            facts.into_iter().for_each(|f| known.insert(content, f));
                        }
                    }
                }
            }
            if !shots.is_empty() {
                people.push(Found { name, shots });
            }
        }
        let stored = !cached.keeping.holds_all();
        if let Some(store) = cached.keeping.store() {
            store.set_digest(digest.finish());
        }
        self.reader.finish(
            self.place.root,
            (&self.known, &listing),
            stored.then_some((&cached.known, &known)),
        );
        (people, refused)
    }

    /// The face of one file: from the cache, or else from the photo.
    fn read(&self, path: &Path, cached: &CachedFolder) -> Result<ReadPicture, PictureTrouble> {
        let file = self.check(path)?;
        let keeping = &cached.keeping;
        if self.reader.cache().is_none() && keeping.holds_all() {
            let (face, _) = self.reader.prepared(&Photo::open(path)?, None);
            return Ok((face, None));
        }
        let stamp = file.as_ref().and_then(Stamp::of);
        let listed = stamp.and_then(|stamp| self.known.content(self.place.below(path), stamp));
        if let Some(content) = listed {
            let unchanged = stamp.map(|stamp| (stamp, content));
            if let Some(face) = cached.unread(content, path) {
                return Ok((face, unchanged));
            }
            if let Some(face) = self.reader.cached(content) {
                return Ok((keeping.face(face, content, path, true), unchanged));
            }
        }
        let bytes = Photo::read(path)?;
        let content = ContentHash::of(&bytes);
        let (face, is_cached) = match self.reader.cached(content) {
            Some(face) => (face, true),
            None => {
                let photo = Photo::decode(&bytes)?;
                drop(bytes);
                self.reader.prepared(&photo, Some(content))
            }
        };
        let face = keeping.face(face, content, path, is_cached);
        // A file without proof is listed too, so that its face can be removed with the person.
        Ok((face, Some((stamp.unwrap_or(Stamp::UNPROVEN), content))))
    }

    /// Checks that it is a file inside the folder, and returns what the system says of it.
    fn check(&self, path: &Path) -> Result<Option<Metadata>, PictureTrouble> {
        let mut file = path.symlink_metadata().ok();
        if file.as_ref().is_some_and(Metadata::is_symlink) {
            let target = path.canonicalize().map_err(|_| PictureTrouble::Dangling)?;
            if !target.starts_with(self.place.root) {
                return Err(PictureTrouble::Outside);
            }
            file = path.metadata().ok();
        }
        match file {
            Some(folder) if folder.is_dir() => Err(PictureTrouble::Folder),
            file => Ok(file),
        }
    }
}

/// Why a picture in a person's folder cannot be used.
#[derive(Debug, thiserror::Error)]
enum PictureTrouble {
    #[error("it is a link to a file that does not exist; put the picture itself there")]
    Dangling,
    #[error("it is a link that leads out of the folder; put the picture itself there")]
    Outside,
    #[error("it is a folder inside a person's folder, where only pictures are read")]
    Folder,
    #[error(transparent)]
    Photo(#[from] PhotoError),
}
