//! The files of a gallery that is too large for one that is written anew at each change.
//!
//! | file | what | changed by |
//! |---|---|---|
//! | `NAME.people` | who is enrolled, with which photos ([`people_log`]) | appending; renaming and forgetting write it anew |
//! | `NAME.faces` | the faces ([`face_file`]) | appending; a forgotten person's are overwritten with zeros |
//! | `NAME-MODEL.templates` | embeddings by one model ([`templates`]) | appending; forgetting writes it anew |
//! | `NAME.lock` | locked by whoever changes one of them | |
//!
//! `NAME.people` decides: what is in the other files and not in it does not count. An enrolment appends to the faces, waits
//! until they are on disk, and then appends one block to the people. So it is there completely or not at all, whenever the
//! program ends, and programs that enroll at the same time wait for each other. Opening reads only the people. Faces are read one
//! at a time; templates are mapped into memory, and checked when they are first read.

mod compare;
mod encode;
mod face_file;
mod index;
mod mapped;
mod people_log;
mod search;
mod seeded;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents::{Contents, TryEmbed};
use super::error::{GalleryError, StoreError};
use super::limits::MAX_NAME;
use super::name::{NameError, stored_name};
use super::person::{EnrolledPerson, EnrolledPhoto, StoredFace};
use crate::files::{self, FileError, FileReason};
use crate::vision::Face;
pub(super) use face_file::{FaceInFile, FacePlace};
pub(super) use index::Index;
use people_log::{Head, LoggedPhoto};
pub(super) use seeded::write_templates;
use templates::TemplateFile;

/// The ending of the list of people.
pub(super) const EXTENSION: &str = "people";
/// The largest list that is read: 4 million photos with long names.
const MAX_BYTES: u64 = 1 << 30;
/// Photos that are embedded at once.
const AT_ONCE: usize = 4096;

/// What the list of people on disk says, besides the people.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OnDisk {
    head: Head,
    /// Behind the last block of the list.
    end: u64,
    /// Behind the last face.
    faces_end: u64,
}

fn unreadable(path: &Path) -> impl Fn(StoreError) -> GalleryError + '_ {
    |why| GalleryError::Unreadable {
        path: path.to_owned(),
        why,
    }
}

fn faces(path: &Path) -> PathBuf {
    path.with_extension("faces")
}

/// Reads the list of people.
pub(super) fn load(path: &Path) -> Result<(Contents, OnDisk), GalleryError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let log = people_log::decode(&bytes).map_err(unreadable(path))?;
    let faces_end = log.photos.iter().map(|photo| photo.place.end()).max();
    let on_disk = OnDisk {
        faces_end: faces_end.unwrap_or(0).max(log.head.faces_end),
        head: log.head,
        end: log.end,
    };
    let people = people(log.photos, &Arc::new(faces(path))).map_err(unreadable(path))?;
    let contents = Contents {
        preparation: on_disk.head.preparation,
        people,
        model: None,
    };
    Ok((contents, on_disk))
}

/// Puts the photos of each person together; people are sorted by name, and the photos of each are in the order of the list.
fn people(
    mut photos: Vec<LoggedPhoto>,
    faces: &Arc<PathBuf>,
) -> Result<Vec<EnrolledPerson>, StoreError> {
    photos.sort_by(|a, b| a.name.cmp(&b.name));
    let mut people: Vec<EnrolledPerson> = Vec::with_capacity(photos.len());
    for LoggedPhoto { name, file, place } in photos {
        let photo = EnrolledPhoto {
            file,
            face: StoredFace::InFile(FaceInFile {
                file: faces.clone(),
                place,
            }),
            embedding: None,
        };
        match people.last_mut() {
            Some(last) if last.name == name => last.photos.push(photo),
            _ => {
                let name = kept_name(name).map_err(|e| StoreError::Index(e.to_string()))?;
                people.push(EnrolledPerson {
                    name,
                    photos: vec![photo],
                });
            }
        }
    }
    Ok(people)
}

/// The name as it is stored. Most are plain, and a million of them are checked at once.
fn kept_name(name: String) -> Result<String, NameError> {
    let letter = |byte: &u8| byte.is_ascii_graphic();
    let words = |name: &str| {
        name.split(' ')
            .all(|word| word.bytes().all(|b| letter(&b)) && !word.is_empty())
    };
    match name.len() <= MAX_NAME && words(&name) {
        true => Ok(name),
        false => stored_name(&name),
    }
}

/// Writes new photos into the files, after what is there. `contents` then say where their faces are.
pub(super) fn append(
    path: &Path,
    contents: &mut Contents,
    on_disk: &mut OnDisk,
) -> Result<(), GalleryError> {
    if !on_disk.head.erase.is_empty() {
        return rewrite(path, contents, on_disk, &[]);
    }
    let new: Vec<(usize, usize)> = store_faces(path, contents, on_disk)?;
    if new.is_empty() {
        return Ok(());
    }
    let photos = new.iter().map(|&(person, photo)| {
        let person = &contents.people[person];
        logged(person, &person.photos[photo])
    });
    on_disk.end = people_log::append(path, on_disk.end, photos)?;
    Ok(())
}

/// Writes the list of people anew. `forgotten` are photos that are no longer in `contents`.
pub(super) fn rewrite(
    path: &Path,
    contents: &mut Contents,
    on_disk: &mut OnDisk,
    forgotten: &[EnrolledPhoto],
) -> Result<(), GalleryError> {
    store_faces(path, contents, on_disk)?;
    face_file::erase(&faces(path), &on_disk.head.erase)?;
    let places = forgotten.iter().filter_map(EnrolledPhoto::place);
    let places: Vec<FacePlace> = places.collect();
    on_disk.head = Head {
        preparation: contents.preparation,
        faces_end: on_disk.faces_end,
        // If the program ends before they are overwritten, the next change does it.
        erase: places
            .iter()
            .map(|place| (place.offset, place.bytes()))
            .collect(),
    };
    let photos = contents
        .people
        .iter()
        .flat_map(|person| person.photos.iter().map(move |photo| logged(person, photo)));
    let list = people_log::encode(&on_disk.head, photos);
    files::write_private(path, &list)?;
    on_disk.end = list.len() as u64;
    face_file::erase(&faces(path), &on_disk.head.erase)?;
    forget_templates(path, &places)
}

fn logged<'a>(
    person: &'a EnrolledPerson,
    photo: &'a EnrolledPhoto,
) -> (&'a str, &'a str, FacePlace) {
    let place = photo.place().expect("faces are stored before the list");
    (&person.name, &photo.file, place)
}

/// Writes the faces that are only in memory, and returns whose they are, as indices of person and photo.
fn store_faces(
    path: &Path,
    contents: &mut Contents,
    on_disk: &mut OnDisk,
) -> Result<Vec<(usize, usize)>, GalleryError> {
    let mut new = Vec::new();
    for (at, person) in contents.people.iter().enumerate() {
        let added = person.photos.iter().enumerate();
        let added = added.filter(|(_, photo)| photo.place().is_none());
        new.extend(added.map(|(photo, _)| (at, photo)));
    }
    if new.is_empty() {
        return Ok(new);
    }
    let file = Arc::new(faces(path));
    let in_memory = new.iter().filter_map(|&(person, photo)| {
        match &contents.people[person].photos[photo].face {
            StoredFace::Here(face) => Some(face),
            StoredFace::InFile(_) => None,
        }
    });
    let places = face_file::append(&file, on_disk.faces_end, in_memory)?;
    on_disk.faces_end = places.last().map_or(on_disk.faces_end, |place| place.end());
    for (&(person, photo), place) in new.iter().zip(places) {
        let file = file.clone();
        contents.people[person].photos[photo].face = StoredFace::InFile(FaceInFile { file, place });
    }
    Ok(new)
}

/// Makes the files of a gallery that was in one file until now: its people, faces and embeddings.
pub(super) fn create(path: &Path, contents: &mut Contents) -> Result<OnDisk, GalleryError> {
    let mut on_disk = OnDisk {
        head: Head {
            preparation: contents.preparation,
            faces_end: 0,
            erase: Vec::new(),
        },
        end: 0,
        faces_end: 0,
    };
    store_faces(path, contents, &mut on_disk)?;
    if let Some(model) = contents.model.take() {
        let embedded = contents.photos().filter_map(|photo| {
            Some((photo.place()?.offset, photo.embedding.as_ref()?.0.to_vec()))
        });
        let rows: Vec<(u64, Vec<f32>)> = embedded.collect();
        append_templates(path, &model, rows.iter().map(|(id, row)| (*id, &row[..])))?;
    }
    let photos = contents
        .people
        .iter_mut()
        .flat_map(|person| &mut person.photos);
    photos.for_each(|photo| photo.embedding = None);
    rewrite(path, contents, &mut on_disk, &[])?;
    Ok(on_disk)
}

/// The templates of the gallery at `path` by a model.
fn templates_path(path: &Path, model: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let model: String = model.chars().take(16).collect();
    path.with_file_name(format!("{stem}-{model}.templates"))
}

/// Opens the templates by `model`, as they are.
pub(super) fn open_index(
    path: &Path,
    model: &str,
    contents: &Contents,
) -> Result<Index, FileError> {
    let photos = contents.people.iter().enumerate().flat_map(|(at, person)| {
        let places = person.photos.iter().filter_map(EnrolledPhoto::place);
        places.map(move |place| (at, place.offset))
    });
    Index::open(templates_path(path, model), model, photos)
}

/// Appends templates by `model` of the photos with these places.
fn append_templates<'a>(
    path: &Path,
    model: &str,
    rows: impl Iterator<Item = (u64, &'a [f32])>,
) -> Result<(), FileError> {
    let rows: Vec<(u64, &[f32])> = rows.collect();
    TemplateFile::append(&templates_path(path, model), model, &rows)
}

/// Makes the templates by `model` that are missing, some thousand at once, and keeps them.
pub(super) fn embed_missing(
    path: &Path,
    model: &str,
    contents: &Contents,
    embed: TryEmbed<'_>,
) -> Result<(), GalleryError> {
    let missing = open_index(path, model, contents)?.missing();
    let photos: Vec<&EnrolledPhoto> = contents.photos().collect();
    let mut done = 0;
    for part in missing.chunks(AT_ONCE) {
        let faces = part.iter().map(|&photo| photos[photo].face());
        let faces = faces.collect::<Result<Vec<Face>, _>>()?;
        let embeddings = embed(&faces, done..missing.len()).ok_or(GalleryError::Stopped)?;
        let ids = part
            .iter()
            .filter_map(|&photo| Some(photos[photo].place()?.offset));
        let rows = ids.zip(embeddings.iter().map(|embedding| &embedding.0[..]));
        append_templates(path, model, rows)?;
        done += part.len();
    }
    Ok(())
}

/// Writes the templates of all models anew, without those of some photos.
fn forget_templates(path: &Path, forgotten: &[FacePlace]) -> Result<(), GalleryError> {
    if forgotten.is_empty() {
        return Ok(());
    }
    let forgotten: HashSet<u64> = forgotten.iter().map(|place| place.offset).collect();
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let folder = path.parent().unwrap_or(Path::new("."));
    let list = |error: std::io::Error| FileReason::from(error).when("list", folder);
    for entry in std::fs::read_dir(folder).map_err(list)? {
        let file = entry.map_err(list)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let model = name
            .strip_prefix(&format!("{stem}-"))
            .and_then(|rest| rest.strip_suffix(".templates"));
        // `NAME-2` is another gallery.
        if model.is_some_and(|model| !model.contains('-')) {
            TemplateFile::forget(&file, &forgotten)?;
        }
    }
    Ok(())
}
