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
use super::layout;
use super::pictures::{self, MAX_FILES, Pictures};
use super::reading::Reader;
use super::source::file_name;
use super::store::FaceStore;
use crate::files::{FileReason, as_argument, clean};
use crate::vision::{Photo, PhotoError};

/// What lies in a folder, sorted; hidden entries left out.
type Listing = Vec<PathBuf>;

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
    let pictures = FolderReader {
        folder,
        root: &root,
        known: known.unwrap_or_default(),
        reader,
    };
    let entries = pictures.entries()?;
    let paths: Vec<&PathBuf> = entries.iter().flat_map(Entry::pictures).collect();
    let cached = CachedFolder::new(reader.keeping(paths.len())?, &root, reader);
    let is_full = || cached.keeping.is_full();
    let results = reader.all_in_time(&paths, is_full, |path| pictures.read(path, &cached));
    let read = results.iter().flatten().count();
    let total = paths.len();
    let (people, refused) = pictures.finish(entries, results, &cached);
    if read < total {
        return Err(cached.stopped(read, total, reader));
    }
    if people.is_empty() {
        return Err(SourceError::NoPeople {
            path: folder.into(),
            why: pictures.no_people(&refused),
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

/// What lies in the folder.
enum Entry {
    /// Something that cannot be used.
    Refused(Refusal),
    /// A person's name and files.
    Person(String, Listing),
}

impl Entry {
    fn pictures(&self) -> &[PathBuf] {
        match self {
            Self::Refused(_) => &[],
            Self::Person(_, paths) => paths,
        }
    }
}

/// The settings shared by all pictures of a folder.
struct FolderReader<'a> {
    /// The folder as the user named it.
    folder: &'a Path,
    /// The same without links.
    root: &'a Path,
    /// What the cache knows of its files.
    known: FolderListing,
    reader: &'a Reader<'a>,
}

/// A face; and, if its content was hashed, what proves that its file has not changed.
type ReadPicture = (CachedFace, Option<(Stamp, ContentHash)>);
/// What became of a picture; `None` if reading was stopped before it.
type PictureResult = Option<Result<ReadPicture, PictureTrouble>>;

impl FolderReader<'_> {
    /// Lists the folder and its sub-folders, in order.
    fn entries(&self) -> Result<Vec<Entry>, SourceError> {
        let (mut entries, mut names, mut files) = (Vec::new(), HashSet::new(), 0);
        let refused = |path: &Path, why| Entry::Refused(self.refusal(path, why));
        let listed = list(self.root, &mut files);
        for path in listed.map_err(|reason| in_folder(reason, self.folder))? {
            match person_folder(&path, &mut files) {
                Ok(None) => {}
                Ok(Some(pictures)) => {
                    if pictures.is_empty() {
                        entries.push(refused(&path, "it holds no pictures".into()));
                    } else if pictures.iter().any(|path| path.is_dir())
                        && layout::holds_people(&path)
                    {
                        let named = self.as_named(&path);
                        let why = format!(
                            "it holds people, each in a folder; to read these, name {} as the data",
                            as_argument(&named)
                        );
                        entries.push(refused(&path, why));
                        continue;
                    }
                    let name = unique(clean(&file_name(&path)), &mut names);
                    entries.push(Entry::Person(name, pictures));
                }
                Err(Trouble::Unlisted(reason @ FileReason::TooMany { .. })) => {
                    return Err(in_folder(reason, self.folder));
                }
                Err(trouble) => entries.push(refused(&path, trouble.to_string())),
            }
        }
        Ok(entries)
    }

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
                let below = self.below(&path);
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
                    Some(Err(why)) => refused.push(self.refusal(&path, why.to_string())),
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
            self.root,
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
        let listed = stamp.and_then(|stamp| self.known.content(self.below(path), stamp));
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
            if !target.starts_with(self.root) {
                return Err(PictureTrouble::Outside);
            }
            file = path.metadata().ok();
        }
        match file {
            Some(folder) if folder.is_dir() => Err(PictureTrouble::Folder),
            file => Ok(file),
        }
    }

    /// The path below the folder.
    fn below<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root).unwrap_or(path)
    }

    /// A refusal with the path as the user knows it: below the folder that was named.
    fn refusal(&self, path: &Path, why: String) -> Refusal {
        Refusal {
            path: self.as_named(path),
            why,
        }
    }

    /// A path below the folder as the user named it.
    fn as_named(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(self.root);
        inside.map_or_else(|_| path.into(), |inside| self.folder.join(inside))
    }

    /// Why the folder has no usable person, and how to fix it.
    fn no_people(&self, refused: &[Refusal]) -> String {
        let found = Pictures::in_folder(self.root).unwrap_or_default();
        let people = layout::with_people(self.root);
        if !people.is_empty() {
            let people: Vec<PathBuf> = people.iter().map(|path| self.as_named(path)).collect();
            return layout::name_instead(self.folder, &people);
        }
        let loose = [found.pictures, found.left_out].concat();
        let in_folders = found.folders.iter().flat_map(|folder| {
            let found = Pictures::in_folder(folder).unwrap_or_default();
            [found.pictures, found.left_out].concat()
        });
        let in_folders: Vec<PathBuf> = in_folders.collect();
        match (loose.len(), in_folders.len(), refused.first()) {
            (0, 0, _) if found.folders.is_empty() => {
                "it is empty; put one sub-folder for each person into it, with that person's pictures".into()
            }
            (0, 0, _) => "its sub-folders are empty; put each person's pictures into the sub-folder of that name".into(),
            (_, 0, _) if layout::is_of_windows(&loose) => format!(
                "the names of its files hold backslashes, as where a zip made on Windows was unpacked by a program that does not \
                 take these for folders ({}); unpack it with another program",
                layout::counted_by_kind(&loose)
            ),
            (count, 0, _) => format!(
                "{} {} loose in it; put each person's pictures into a sub-folder",
                layout::counted_by_kind(&loose),
                if count == 1 { "lies" } else { "lie" }
            ),
            (_, _, Some(first)) => format!(
                "of {} in its sub-folders none can be used; of {}: {}",
                layout::counted_by_kind(&in_folders),
                clean(&file_name(&first.path)),
                first.why
            ),
            (_, _, None) => "nothing in it can be used".into(),
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

/// Why an entry of the folder is not a person.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("it is a link to a folder; put the folder itself there")]
    Link,
    #[error("it is a link to something that does not exist; put the folder itself there")]
    Dangling,
    #[error("it is outside the people's folders; put it into the folder of the person it shows")]
    Astray,
    #[error("it cannot be listed: {0}")]
    Unlisted(#[from] FileReason),
}

/// The pictures in a person's folder; `None` for a file that does not matter, as a README.
fn person_folder(path: &Path, files: &mut usize) -> Result<Option<Listing>, Trouble> {
    if path.is_dir() {
        return if path.is_symlink() {
            Err(Trouble::Link)
        } else {
            Ok(Some(list(path, files)?))
        };
    }
    match pictures::is_picture(path) {
        true => Err(Trouble::Astray),
        false if path.is_symlink() && !path.exists() => Err(Trouble::Dangling),
        false => Ok(None),
    }
}

/// What lies in a folder, in natural order; `files` counts on.
fn list(folder: &Path, files: &mut usize) -> Result<Listing, FileReason> {
    let paths = pictures::list(folder, MAX_FILES - *files)?;
    *files += paths.len();
    Ok(paths)
}

fn in_folder(reason: FileReason, folder: &Path) -> SourceError {
    match reason {
        FileReason::TooMany { limit } => SourceError::TooManyFiles {
            path: folder.into(),
            limit,
        },
        reason => reason.when("list", folder).into(),
    }
}

/// The name, with a number appended if it is already used. Two folder names can become equal, because characters that
/// cannot be printed are removed.
fn unique(name: String, names: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let free = std::iter::once(name.clone())
        .chain(numbered)
        .find(|name| !names.contains(name));
    let name = free.unwrap_or(name);
    names.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = HashSet::new();
        assert_eq!(unique("x".into(), &mut names), "x");
        assert_eq!(unique("x (2)".into(), &mut names), "x (2)");
        assert_eq!(unique("x".into(), &mut names), "x (3)");
    }
}
