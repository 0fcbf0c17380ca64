//! Who is in a photo: the one way from a face to an answer.

mod embedding;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::acceptance::{Acceptance, ChosenThreshold};
use super::identification::{
    Identification, IdentifyOptions, PerPerson, RecognitionError, check_preparation,
};
use super::old_people::OldPeople;
use super::photo::{PreparedPhoto, Probe};
use super::selection;
use super::templates::{TemplateInfo, Templates};
use super::unlike::Unlike;
use crate::data::Dataset;
use crate::gallery::{EnrolledPhoto, Gallery, GalleryError, KnownPerson, NearPerson, fingerprint};
use crate::metrics::Scores;
use crate::model::photographs::{CalibrationPhotos, FaceTraits};
use crate::model::{Embedding, Siamese};
use crate::units::ImageId;
use crate::vision::{Face, Photo, PhotoError};

/// As many enrolled people of a large gallery are candidates for a probe.
const BEST: usize = 100;

/// A model, the gallery of enrolled people, and a reference set: a data set whose people can be recognised too.
///
/// It keeps the embeddings of the reference set's pictures once they are computed: one for each picture at most.
#[derive(Debug)]
pub struct Recognizer {
    model: Siamese,
    reference: Arc<Dataset>,
    gallery_dir: PathBuf,
    gallery: Gallery,
    /// People enrolled by version 0.1.0, if the model is on a backbone; other models have these people in their own gallery,
    /// or cannot compare them.
    old: Option<OldPeople>,
    /// The model's, once it is needed.
    fingerprint: Option<String>,
    /// For each picture of the reference set its embedding, once it is needed.
    embeddings: Vec<Option<Embedding>>,
    /// What the photographs look like that the threshold was set on, if that is known.
    calibration: Option<(CalibrationPhotos, String)>,
}

impl Recognizer {
    /// Puts a model together with a reference set and the gallery in the folder `gallery_dir`.
    ///
    /// # Errors
    /// When the reference set's faces were not prepared for this model, or the gallery cannot be read.
    pub fn open(
        model: Siamese,
        reference: Arc<Dataset>,
        gallery_dir: &Path,
    ) -> Result<Self, RecognitionError> {
        check_preparation(&reference.name, &reference.preparation, model.preparation())?;
        Ok(Self {
            gallery: Gallery::open(gallery_dir, model.preparation())?,
            old: match model.preparation().backbone {
                Some(_) => Some(OldPeople::open(gallery_dir)?),
                None => None,
            },
            gallery_dir: gallery_dir.to_owned(),
            embeddings: vec![None; reference.images.len()],
            fingerprint: None,
            calibration: None,
            model,
            reference,
        })
    }

    /// Gives it what is known of the photographs that the model's threshold was set on, which is stored in the model's
    /// [metadata](crate::model::checkpoint::CheckpointMetadata::photographs); `model` is how `--run` names the model.
    pub fn set_calibration_photos(&mut self, photographs: Option<CalibrationPhotos>, model: &str) {
        self.calibration = photographs.map(|photographs| (photographs, model.to_owned()));
    }

    /// Whether photographs differ from those that the threshold was set on: by the traits of one face of each, as
    /// [`identify`](Self::identify) and [`traits`](Self::traits) return them.
    pub fn unlike(&self, photographs: &[FaceTraits]) -> Option<Unlike> {
        let (calibration, model) = self.calibration.as_ref()?;
        Unlike::of(calibration, photographs, None, model)
    }

    /// The traits of some faces; empty if nothing is known that they could be compared with.
    pub fn traits(&self, probes: &[Probe]) -> Vec<FaceTraits> {
        let faces: Vec<Face> = probes.iter().map(|p| p.face().face.clone()).collect();
        match self.calibration {
            Some(_) => self.measured(probes, &self.model.embed(&faces)),
            None => Vec::new(),
        }
    }

    fn measured(&self, probes: &[Probe], embeddings: &[Embedding]) -> Vec<FaceTraits> {
        let measure = |(probe, embedding): (&Probe, &Embedding)| {
            let (calibration, _) = self.calibration.as_ref()?;
            Some(calibration.measure(FaceTraits::of(probe.face()), Some(embedding)))
        };
        let all = probes.iter().zip(embeddings);
        all.map(|one| measure(one).unwrap_or_default()).collect()
    }

    /// Replaces the model, as after an epoch. Prepared photos stay valid; embeddings are computed again when needed.
    /// The photographs of the calibration are forgotten: call
    /// [`set_calibration_photos`](Self::set_calibration_photos) anew.
    ///
    /// # Errors
    /// When the model was trained on faces of another preparation. Then nothing changes.
    pub fn set_model(&mut self, model: Siamese) -> Result<(), RecognitionError> {
        let reference = &self.reference;
        check_preparation(&reference.name, &reference.preparation, model.preparation())?;
        self.model = model;
        self.calibration = None;
        self.fingerprint = None;
        self.embeddings.fill(None);
        Ok(())
    }

    /// The model.
    pub fn model(&self) -> &Siamese {
        &self.model
    }

    /// The reference set.
    pub fn reference(&self) -> &Arc<Dataset> {
        &self.reference
    }

    /// The gallery, as it was when last used.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// All people who can be recognised: those of the reference set, then the enrolled ones, then those whom only version
    /// 0.1.0 enrolled.
    pub fn people(&self) -> Vec<KnownPerson> {
        let mut people = self.gallery.people(&self.reference);
        if let Some(old) = &self.old {
            people.extend(old.listed(&self.gallery));
        }
        people
    }

    /// Chooses the threshold for as many people as the model compares a probe with. `validation` are the scores stored with
    /// the model; without a wish of the user, `acceptance` is [`Acceptance::usual`].
    ///
    /// # Errors
    /// See [`Acceptance::choose`].
    pub fn choose_threshold(
        &self,
        acceptance: Option<Acceptance>,
        validation: &Scores,
    ) -> Result<ChosenThreshold, RecognitionError> {
        let acceptance = acceptance.unwrap_or(Acceptance::usual(self.model.preparation()));
        let people = self.reference.people.len() + self.gallery.enrolled().len();
        acceptance.choose(validation, people)
    }

    /// Reads a photo file, finds its faces and cuts them out as the model needs them.
    ///
    /// # Errors
    /// When the file cannot be read or decoded.
    pub fn prepare(&self, path: &Path) -> Result<Arc<PreparedPhoto>, PhotoError> {
        let photo = Photo::open(path)?;
        let prepared = PreparedPhoto::from_image(path, &photo, self.model.preparation());
        let old = self.old.as_ref();
        let prepared = match old.is_some_and(|old| !old.is_empty(&self.gallery)) {
            true => prepared.with_haar_faces(&photo),
            false => prepared,
        };
        Ok(Arc::new(prepared))
    }

    /// Compares each probe with all people; the answers are in the order of the probes.
    ///
    /// A probe that is a picture of the reference set is not compared with itself.
    ///
    /// # Errors
    /// When the gallery cannot be read.
    pub fn identify(
        &mut self,
        probes: &[Probe],
        options: &IdentifyOptions,
    ) -> Result<Vec<Identification>, RecognitionError> {
        self.gallery.refresh()?;
        let large = self.gallery.is_large();
        let everybody = match large {
            true => Vec::new(),
            false => self.everybody(options.per_person)?,
        };
        let faces: Vec<Face> = probes.iter().map(|p| p.face().face.clone()).collect();
        let embeddings = self.model.embed(&faces);
        let mut answers = vec![Vec::new(); probes.len()];
        let mut order: Vec<usize> = (0..probes.len()).collect();
        order.sort_by_key(|&i| probes[i].picture());
        // Probes with the same templates are compared in one pass.
        let together =
            |a: &usize, b: &usize| !large && probes[*a].picture() == probes[*b].picture();
        for group in order.chunk_by(together) {
            let of_group: Vec<Embedding> = group.iter().map(|&i| embeddings[i].clone()).collect();
            let nearest = match large {
                true => self.nearest(&of_group[0], options.per_person)?,
                false => Vec::new(),
            };
            let enrolled = if large { &nearest } else { &everybody };
            let exclude = probes[group[0]].picture();
            let templates = self.templates(enrolled, options.per_person, exclude)?;
            for (&i, mut candidates) in group.iter().zip(templates.compare(&self.model, &of_group))
            {
                if large {
                    let mut enrolled = 0;
                    candidates.retain(|candidate| {
                        enrolled += usize::from(candidate.enrolled);
                        !candidate.enrolled || enrolled <= BEST
                    });
                }
                answers[i] = candidates;
            }
        }
        if let Some(old) = &mut self.old {
            old.refresh()?;
            let more = old.compare(probes, options.per_person, &self.gallery)?;
            answers
                .iter_mut()
                .zip(more)
                .for_each(|(all, more)| all.extend(more));
        }
        let identification = |(candidates, traits)| Identification {
            candidates,
            threshold: options.threshold,
            traits,
        };
        let traits = self.measured(probes, &embeddings);
        Ok(answers
            .into_iter()
            .zip(traits)
            .map(identification)
            .collect())
    }

    /// Enrolls a person with these faces, or adds them to a person who is enrolled already. Returns how many photos of the
    /// person there are now.
    ///
    /// # Errors
    /// See [`Gallery::add`].
    pub fn enroll(&mut self, name: &str, faces: &[Probe]) -> Result<usize, RecognitionError> {
        let counts = self.enroll_all(vec![(name.to_owned(), faces.to_vec())])?;
        Ok(counts[0])
    }

    /// Enrolls several people at once, each as [`enroll`](Self::enroll) does.
    ///
    /// # Errors
    /// See [`Gallery::add_all`].
    pub fn enroll_all(
        &mut self,
        people: Vec<(String, Vec<Probe>)>,
    ) -> Result<Vec<usize>, RecognitionError> {
        let to_enroll = |(name, faces): (String, Vec<Probe>)| {
            let photos = faces.iter().map(|face| face.to_enroll(&self.reference));
            Ok((name, photos.collect::<Result<Vec<EnrolledPhoto>, _>>()?))
        };
        let people = people.into_iter().map(to_enroll);
        let people = people.collect::<Result<Vec<_>, RecognitionError>>()?;
        Ok(self.gallery.add_all(people, &self.reference)?)
    }

    /// Removes a person with all photos from every gallery in the folder. Returns how many photos there were.
    ///
    /// # Errors
    /// See [`Gallery::forget_everywhere`].
    pub fn forget(&mut self, name: &str) -> Result<usize, GalleryError> {
        let removed = Gallery::forget_everywhere(&self.gallery_dir, name, &self.reference)?;
        self.gallery.refresh()?;
        if let Some(old) = &mut self.old {
            old.refresh()?;
        }
        Ok(removed)
    }

    /// Gives an enrolled person another name.
    ///
    /// # Errors
    /// See [`Gallery::rename`].
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), GalleryError> {
        let here = self.gallery.enrolled().iter().any(|p| p.name == from);
        match &mut self.old {
            Some(_) if self.gallery.enrolled().iter().any(|p| p.name == to) => {
                Err(GalleryError::Taken(to.to_owned()))
            }
            Some(old) if !here && old.listed(&self.gallery).iter().any(|p| p.name == from) => {
                old.gallery().rename(from, to, &self.reference)
            }
            _ => self.gallery.rename(from, to, &self.reference),
        }
    }

    /// All enrolled people, with the embeddings of the chosen photos.
    fn everybody(&mut self, per_person: PerPerson) -> Result<Vec<NearPerson>, GalleryError> {
        let embeddings = self.enrolled_embeddings()?;
        let ranges = selection::photos(self.gallery.enrolled(), per_person);
        let person = |(index, (all, photos)): (usize, (Vec<Embedding>, Range<usize>))| NearPerson {
            index,
            embeddings: all[photos.clone()].to_vec(),
            photos,
        };
        let all = embeddings.into_iter().zip(ranges).enumerate();
        Ok(all.map(person).collect())
    }

    /// The people of a large gallery among whom the [`BEST`] ones for a probe are, in their order.
    fn nearest(
        &mut self,
        probe: &Embedding,
        per_person: PerPerson,
    ) -> Result<Vec<NearPerson>, GalleryError> {
        let model = &self.model;
        let chosen = match per_person {
            PerPerson::All => None,
            PerPerson::One { .. } => Some(selection::photos(self.gallery.enrolled(), per_person)),
        };
        let fingerprint = self.fingerprint.get_or_insert_with(|| fingerprint(model));
        let embed = |faces: &[Face]| model.embed(faces);
        let asked = (probe, BEST);
        let mut people = self
            .gallery
            .nearest(fingerprint, embed, asked, chosen.as_deref())?;
        people.sort_unstable_by_key(|person| person.index);
        Ok(people)
    }

    fn templates(
        &mut self,
        enrolled: &[NearPerson],
        per_person: PerPerson,
        exclude: Option<ImageId>,
    ) -> Result<Templates, GalleryError> {
        let chosen = selection::pictures(&self.reference, per_person, exclude);
        let images: Vec<ImageId> = chosen.iter().map(|(_, image)| *image).collect();
        let embeddings = self.embeddings(&images);
        let mut templates = Templates::default();
        for ((person, image), embedding) in chosen.iter().zip(&embeddings) {
            let picture = self.reference.picture(*image);
            let info = TemplateInfo {
                picture: picture.label.as_str().into(),
                face: picture.face.clone(),
                enrolled: false,
            };
            templates.push(&self.reference.person(*person).name, info, embedding);
        }
        let people = self.gallery.enrolled();
        for near in enrolled {
            let person = &people[near.index];
            for (photo, embedding) in near.photos.clone().zip(&near.embeddings) {
                let info = TemplateInfo::enrolled(&person.photos[photo])?;
                templates.push(&person.name, info, embedding);
            }
        }
        Ok(templates)
    }
}
