//! Which template belongs to which photo of which person.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use super::search::{self, People};
use super::templates::TemplateFile;
use crate::files::FileError;
use crate::gallery::error::GalleryError;
use crate::model::Embedding;

/// The row of a photo without a template.
const MISSING: u32 = u32::MAX;

/// The templates of a gallery's photos by one model.
#[derive(Debug)]
pub(in crate::gallery) struct Index {
    path: PathBuf,
    model: String,
    /// `None` if there is no file, or one that cannot be used.
    file: Option<TemplateFile>,
    /// The row of each photo, person after person.
    rows: Vec<u32>,
    /// For each person the number of photos before.
    starts: Vec<usize>,
    /// The person of each row of the file.
    owners: Vec<u32>,
}

impl Index {
    /// Opens the templates by `model`. `photos` are the names of each person's photos.
    pub(super) fn open(
        path: PathBuf,
        model: &str,
        photos: impl Iterator<Item = (usize, u64)>,
    ) -> Result<Self, FileError> {
        let file = match path.exists() {
            true => TemplateFile::open(&path, model)?,
            false => None,
        };
        if path.exists() && file.is_none() {
            tracing::warn!(path = %crate::files::shown(&path), "templates are damaged, and are made again");
        }
        let (mut starts, mut ids) = (Vec::new(), Vec::new());
        for (person, id) in photos {
            starts.resize(person + 1, ids.len());
            ids.push(id);
        }
        starts.push(ids.len());
        let mut index = Self {
            rows: file
                .as_ref()
                .map_or(vec![MISSING; ids.len()], |file| rows(file, &ids)),
            model: model.to_owned(),
            path,
            file,
            starts,
            owners: Vec::new(),
        };
        index.owners = index.owners_of(None);
        Ok(index)
    }

    /// The photos without a template, counted over all people.
    pub(in crate::gallery) fn missing(&self) -> Vec<usize> {
        let missing = |photo: &usize| self.rows[*photo] == MISSING;
        (0..self.rows.len()).filter(missing).collect()
    }

    /// The embeddings of some photos of a person.
    pub(in crate::gallery) fn embeddings(
        &self,
        person: usize,
        photos: Range<usize>,
    ) -> Result<Vec<Embedding>, GalleryError> {
        let rows = &self.photos_of(person)[photos];
        let embedding = |&row: &u32| {
            let values = self
                .file
                .as_ref()
                .and_then(|file| file.values(row as usize));
            let values = values.ok_or_else(|| TemplateFile::damaged(&self.path))?;
            Ok(Embedding(values.into()))
        };
        rows.iter().map(embedding).collect()
    }

    /// People among whom the `best` nearest to a probe are for certain. Each is compared by the photos that `chosen` has for the
    /// person, or by all.
    pub(in crate::gallery) fn nearest(
        &self,
        probe: &[f32],
        best: usize,
        chosen: Option<&[Range<usize>]>,
    ) -> Result<Vec<usize>, GalleryError> {
        let Some(file) = &self.file else {
            return Ok(Vec::new());
        };
        assert_eq!(
            probe.len(),
            file.width,
            "embeddings of one network have one length"
        );
        let people = Chosen {
            index: self,
            photos: chosen,
        };
        let owners = chosen.map(|_| self.owners_of(chosen));
        let owners = owners.as_ref().unwrap_or(&self.owners);
        search::nearest(file, (&people, owners), probe, best)
            .ok_or_else(|| TemplateFile::damaged(&self.path))
    }

    /// The person of each row that is compared with a probe.
    fn owners_of(&self, photos: Option<&[Range<usize>]>) -> Vec<u32> {
        let rows = self.file.as_ref().map_or(0, |file| file.rows);
        let people = Chosen {
            index: self,
            photos,
        };
        search::owners(rows, &people)
    }

    fn photos_of(&self, person: usize) -> &[u32] {
        &self.rows[self.starts[person]..self.starts[person + 1]]
    }

    /// Reads what a search reads, and does nothing with it but a sum; the number of bytes.
    pub(in crate::gallery) fn read(&self) -> Option<usize> {
        search::read(self.file.as_ref()?)
    }

    /// Whether the templates are by a model.
    pub(in crate::gallery) fn is_by(&self, model: &str) -> bool {
        self.model == model
    }
}

/// The photos that a probe is compared with.
struct Chosen<'a> {
    index: &'a Index,
    photos: Option<&'a [Range<usize>]>,
}

impl People for Chosen<'_> {
    fn count(&self) -> usize {
        self.index.starts.len() - 1
    }

    fn rows(&self, person: usize) -> &[u32] {
        let all = self.index.photos_of(person);
        self.photos
            .map_or(all, |photos| &all[photos[person].clone()])
    }
}

/// The row of each photo.
fn rows(file: &TemplateFile, ids: &[u64]) -> Vec<u32> {
    // Usually they were embedded in the order of the people.
    if file.rows == ids.len() && file.ids().eq(ids.iter().copied()) {
        return (0..file.rows as u32).collect();
    }
    let known: HashMap<u64, u32> = file.ids().zip(0..).collect();
    ids.iter()
        .map(|id| known.get(id).copied().unwrap_or(MISSING))
        .collect()
}
