//! People enrolled by version 0.1.0, whose model compares them until there is a new photo of them.
//!
//! Version 0.1.0 kept only the grey face inside the box of the Haar cascade. From that no aligned face can be made, so its
//! built-in model, which is still in the program, goes on comparing these people.

use std::path::Path;

use super::identification::{Candidate, ComparedBy, PerPerson, preparation_of_v0_1};
use super::photo::Probe;
use super::selection;
use super::templates::{TemplateInfo, Templates};
use crate::gallery::{EnrolledPerson, Gallery, GalleryError, KnownPerson, fingerprint};
use crate::model::{Embedding, Siamese, pretrained_v0_1};
use crate::vision::Face;

/// The gallery of version 0.1.0, beside that of a model on a backbone.
#[derive(Debug)]
pub(super) struct OldPeople {
    gallery: Gallery,
    /// With its fingerprint, once it is needed.
    model: Option<(Siamese, String)>,
}

impl OldPeople {
    /// Those of the gallery in the folder `dir`.
    ///
    /// # Errors
    /// When the gallery cannot be read.
    pub(super) fn open(dir: &Path) -> Result<Self, GalleryError> {
        Ok(Self {
            gallery: Gallery::open(dir, &preparation_of_v0_1())?,
            model: None,
        })
    }

    pub(super) fn refresh(&mut self) -> Result<(), GalleryError> {
        self.gallery.refresh()
    }

    pub(super) fn gallery(&mut self) -> &mut Gallery {
        &mut self.gallery
    }

    /// The people who are not enrolled in the gallery `new`.
    fn people<'a>(
        &'a self,
        new: &'a Gallery,
    ) -> impl Iterator<Item = (usize, &'a EnrolledPerson)> + 'a {
        let known = |name: &str| new.enrolled().iter().any(|person| person.name == name);
        let all = self.gallery.enrolled().iter().enumerate();
        all.filter(move |(_, person)| !known(&person.name))
    }

    /// The people as lines of a list.
    pub(super) fn listed(&self, new: &Gallery) -> Vec<KnownPerson> {
        let line = |(_, person): (usize, &EnrolledPerson)| KnownPerson {
            name: person.name.clone(),
            images: person.photos.len(),
            built_in: false,
            needs_new_photo: true,
        };
        self.people(new).map(line).collect()
    }

    /// Whether there is anybody.
    pub(super) fn is_empty(&self, new: &Gallery) -> bool {
        self.people(new).next().is_none()
    }

    /// The candidates for each probe, the most similar first; none for a probe whose face the cascade did not find.
    ///
    /// # Errors
    /// When the gallery cannot be read.
    pub(super) fn compare(
        &mut self,
        probes: &[Probe],
        per_person: PerPerson,
        new: &Gallery,
    ) -> Result<Vec<Vec<Candidate>>, GalleryError> {
        let faces: Vec<Face> = probes
            .iter()
            .filter_map(|probe| Some(probe.haar_face()?.face.clone()))
            .collect();
        if faces.is_empty() || self.is_empty(new) {
            return Ok(vec![Vec::new(); probes.len()]);
        }
        let load = || {
            let model = pretrained_v0_1().model;
            let name = fingerprint(&model);
            (model, name)
        };
        let (model, name) = self.model.get_or_insert_with(load);
        let embeddings = self.gallery.embeddings(name, |faces| model.embed(faces))?;
        let model = model.clone();
        let templates = self.templates(&embeddings, per_person, new)?;
        let mut ranked = templates.compare(&model, &model.embed(&faces)).into_iter();
        let by_v0_1 = |candidates: Vec<Candidate>| {
            let by = ComparedBy::V0_1;
            let marked = candidates.into_iter();
            marked
                .map(|candidate| Candidate { by, ..candidate })
                .collect()
        };
        let of_probe = |probe: &Probe| match probe.haar_face() {
            Some(_) => ranked.next().map(by_v0_1).unwrap_or_default(),
            None => Vec::new(),
        };
        Ok(probes.iter().map(of_probe).collect())
    }

    fn templates(
        &self,
        embeddings: &[Vec<Embedding>],
        per_person: PerPerson,
        new: &Gallery,
    ) -> Result<Templates, GalleryError> {
        let ranges = selection::photos(self.gallery.enrolled(), per_person);
        let mut templates = Templates::default();
        for (index, person) in self.people(new) {
            for photo in ranges[index].clone() {
                let info = TemplateInfo::enrolled(&person.photos[photo])?;
                templates.push(&person.name, info, &embeddings[index][photo]);
            }
        }
        Ok(templates)
    }
}
