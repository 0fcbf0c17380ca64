//! The thread that asks the network: pairs, probes, the map, the inside.
//!
//! Embeddings of the data set are kept for one network at a time; a newer network, or other faces, throw them away. So
//! the pair screen, the map and the probe share the work, and the memory has a bound: one embedding for each picture.

use std::path::PathBuf;
use std::sync::Arc;

use super::inside;
use super::pca;
use super::work::{Job, Network, What};
use crate::app::event::{Compare, Effect, Enrolled, Event, Level, Projection, Request};
use crate::app::verify::{Candidate, Probe};
use crate::data::{Dataset, Pair, pairs};
use crate::files::Paths;
use crate::gallery::{self, Gallery};
use crate::model::Embedding;
use crate::units::{ImageId, PersonId, Seed};
use crate::vision::{Face, gray};

/// Above this many pictures nobody's neighbours are looked for: it takes the square of their number.
const MOST_NEIGHBOURS: usize = 3000;
/// Neighbours that are kept of each picture.
const NEIGHBOURS: usize = 4;

/// The thread's state.
pub(super) struct Asker {
    gallery_dir: PathBuf,
    cache: Option<Cache>,
    fingerprint: Option<(u64, String)>,
}

/// Embeddings of one network over one data set.
struct Cache {
    revision: u64,
    dataset: Arc<Dataset>,
    embeddings: Vec<Option<Embedding>>,
}

impl Asker {
    /// Nothing asked yet.
    pub(super) fn new(paths: &Paths) -> Self {
        Self {
            gallery_dir: paths.gallery_dir(),
            cache: None,
            fingerprint: None,
        }
    }

    /// Answers a question.
    pub(super) fn work(&mut self, job: Job) -> Vec<Event> {
        let Job {
            what: What::Effect(effect),
            dataset: Some(dataset),
            network,
        } = job
        else {
            return Vec::new();
        };
        if let Effect::Enrol(..) | Effect::Rename(..) | Effect::Forget(..) = effect {
            return self.change(&effect, &dataset);
        }
        let Some(network) = network else {
            return Vec::new();
        };
        match effect {
            Effect::ScorePairs(request, pairs) => {
                vec![self.score(request, &pairs, &dataset, &network)]
            }
            Effect::Compare(request, probe, compare) => {
                let candidates = self.compare(&probe, compare, &dataset, &network);
                vec![Event::Compared(request, network.epoch, candidates)]
            }
            Effect::Project(request) => vec![self.project(request, &dataset, &network)],
            Effect::LookInside(request, pair) => {
                vec![Event::Inside(
                    request,
                    Arc::new(inside::look(&dataset, pair, network.epoch, &network.model)),
                )]
            }
            _ => Vec::new(),
        }
    }

    /// The embeddings of some pictures, those not known yet in one go.
    fn embeddings(
        &mut self,
        images: &[ImageId],
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Vec<Embedding> {
        let fits = |c: &Cache| c.revision == network.revision && Arc::ptr_eq(&c.dataset, dataset);
        let cache = match self.cache.take().filter(fits) {
            Some(cache) => self.cache.insert(cache),
            None => self.cache.insert(Cache {
                revision: network.revision,
                dataset: dataset.clone(),
                embeddings: vec![None; dataset.images.len()],
            }),
        };
        let mut missing: Vec<ImageId> = images
            .iter()
            .copied()
            .filter(|i| cache.embeddings[i.0].is_none())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        let faces: Vec<Face> = missing
            .iter()
            .map(|&image| dataset.face(image).clone())
            .collect();
        if !faces.is_empty() {
            for (image, embedding) in missing.iter().zip(network.model.embed(&faces)) {
                cache.embeddings[image.0] = Some(embedding);
            }
        }
        images
            .iter()
            .filter_map(|image| cache.embeddings[image.0].clone())
            .collect()
    }

    fn score(
        &mut self,
        request: Request,
        pairs: &[Pair],
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Event {
        let images: Vec<ImageId> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        let embeddings = self.embeddings(&images, dataset, network);
        let similarity = |two: &[Embedding]| network.model.similarity(two[0].distance(&two[1])).0;
        Event::PairScores(
            request,
            network.epoch,
            Arc::new(embeddings.chunks_exact(2).map(similarity).collect()),
        )
    }

    fn compare(
        &mut self,
        probe: &Probe,
        compare: Compare,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Result<Vec<Candidate>, String> {
        let (face, own) = match probe {
            Probe::Picture(image) => (dataset.face(*image).clone(), Some(*image)),
            Probe::File(path) => {
                let photo = gray::open(path)
                    .map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
                (network.model.preparation().prepare(&photo).face, None)
            }
        };
        let Some(probe) = network.model.embed(&[face]).into_iter().next() else {
            return Ok(Vec::new());
        };
        let mut candidates = self.known(&probe, own, compare, dataset, network);
        candidates.extend(self.enrolled(&probe, dataset, network)?);
        Ok(candidates)
    }

    /// The people of the data set, each by the most similar of the pictures compared.
    fn known(
        &mut self,
        probe: &Embedding,
        own: Option<ImageId>,
        compare: Compare,
        dataset: &Arc<Dataset>,
        network: &Network,
    ) -> Vec<Candidate> {
        let people = dataset.everybody();
        let images: Vec<ImageId> = match compare {
            Compare::One(draw) => {
                let drawn = pairs::gallery(dataset, &people, Seed(0), draw, own);
                drawn.into_iter().map(|(_, image)| image).collect()
            }
            Compare::All => (0..dataset.images.len())
                .map(ImageId)
                .filter(|&image| Some(image) != own)
                .collect(),
        };
        let embeddings = self.embeddings(&images, dataset, network);
        let mut nearest: Vec<Option<(ImageId, f32)>> = vec![None; dataset.people.len()];
        for (image, embedding) in images.iter().zip(&embeddings) {
            let distance = probe.distance(embedding).0;
            let PersonId(person) = dataset.person_of(*image);
            if nearest[person].is_none_or(|(_, before)| distance < before) {
                nearest[person] = Some((*image, distance));
            }
        }
        let candidate = |(image, distance): (ImageId, f32)| {
            let picture = dataset.picture(image);
            let distance = crate::units::Distance(distance);
            Candidate {
                person: dataset.person(picture.person).name.clone(),
                enrolled: false,
                label: picture.label.clone(),
                face: Some(picture.face.clone()),
                similarity: network.model.similarity(distance),
                distance,
            }
        };
        nearest.into_iter().flatten().map(candidate).collect()
    }

    /// The people whom the user enrolled, each by the most similar photo.
    fn enrolled(
        &mut self,
        probe: &Embedding,
        dataset: &Dataset,
        network: &Network,
    ) -> Result<Vec<Candidate>, String> {
        let mut gallery = self.open(dataset)?;
        if gallery.enrolled().is_empty() {
            return Ok(Vec::new());
        }
        let fingerprint = self.fingerprint(network);
        let embed = |faces: &[Face]| network.model.embed(faces);
        let embeddings = gallery
            .embeddings(&fingerprint, embed)
            .map_err(|why| why.to_string())?;
        let candidate = |(person, embeddings): (&gallery::Enrolled, &Vec<Embedding>)| {
            let by_distance = person
                .photos
                .iter()
                .zip(embeddings)
                .map(|(photo, e)| (photo, probe.distance(e)));
            let (photo, distance) = by_distance.min_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
            Some(Candidate {
                person: person.name.clone(),
                enrolled: true,
                label: photo.file.clone(),
                face: Some(photo.face.clone()),
                similarity: network.model.similarity(distance),
                distance,
            })
        };
        Ok(gallery
            .enrolled()
            .iter()
            .zip(&embeddings)
            .filter_map(candidate)
            .collect())
    }

    fn open(&self, dataset: &Dataset) -> Result<Gallery, String> {
        Gallery::open(&self.gallery_dir, &dataset.preparation).map_err(|why| why.to_string())
    }

    /// Hashing all weights takes a moment, so it is done once for each network.
    fn fingerprint(&mut self, network: &Network) -> String {
        if let Some((revision, known)) = &self.fingerprint
            && *revision == network.revision
        {
            return known.clone();
        }
        let made = gallery::fingerprint(&network.model);
        self.fingerprint = Some((network.revision, made.clone()));
        made
    }

    /// Enrols, renames or forgets, and says so.
    fn change(&mut self, effect: &Effect, dataset: &Dataset) -> Vec<Event> {
        let done = self.open(dataset).and_then(|mut gallery| {
            let said = change(&mut gallery, effect, dataset)?;
            Ok((said, gallery))
        });
        match done {
            Ok((said, gallery)) => vec![Event::Notice(Level::Info, said), people(&gallery)],
            Err(why) => vec![Event::Notice(Level::Error, why)],
        }
    }

    fn project(&mut self, request: Request, dataset: &Arc<Dataset>, network: &Network) -> Event {
        let images: Vec<ImageId> = (0..dataset.images.len()).map(ImageId).collect();
        let embeddings = self.embeddings(&images, dataset, network);
        let values: Vec<&[f32]> = embeddings.iter().map(|e| &*e.0).collect();
        let components = pca::project(&values);
        let neighbours = if images.len() <= MOST_NEIGHBOURS {
            neighbours(&embeddings)
        } else {
            Vec::new()
        };
        let projection = Projection {
            epoch: network.epoch,
            points: components.points,
            share: components.share,
            neighbours,
        };
        Event::Projected(request, Arc::new(projection))
    }
}

/// For each picture the nearest others.
fn neighbours(embeddings: &[Embedding]) -> Vec<Vec<(ImageId, f32)>> {
    use rayon::prelude::*;
    let of = |(i, own): (usize, &Embedding)| {
        let others = embeddings.iter().enumerate().filter(|(j, _)| *j != i);
        let mut near: Vec<_> = others
            .map(|(j, other)| (ImageId(j), own.distance(other).0))
            .collect();
        near.sort_by(|a, b| a.1.total_cmp(&b.1));
        near.truncate(NEIGHBOURS);
        near
    };
    embeddings.par_iter().enumerate().map(of).collect()
}

fn change(gallery: &mut Gallery, effect: &Effect, dataset: &Dataset) -> Result<String, String> {
    let answer = match effect {
        Effect::Enrol(name, probe) => {
            let photo = photo(probe, dataset)?;
            gallery
                .add(name, vec![photo], dataset)
                .map(|n| format!("{name} is enrolled with {n} photos; no training was needed"))
        }
        Effect::Rename(from, to) => gallery
            .rename(from, to, dataset)
            .map(|()| format!("{from} is now called {to}")),
        Effect::Forget(name) => gallery
            .forget(name, dataset)
            .map(|n| format!("{name} and {n} photos are forgotten")),
        _ => return Err("this changes nobody".into()),
    };
    answer.map_err(|why| why.to_string())
}

/// The probe as a photo of the gallery.
fn photo(probe: &Probe, dataset: &Dataset) -> Result<gallery::Photo, String> {
    match probe {
        Probe::Picture(image) => {
            let picture = dataset.picture(*image);
            let name = picture.label.replace('/', "-");
            Ok(gallery::Photo::new(name.as_ref(), picture.face.clone()))
        }
        Probe::File(path) => {
            let photo =
                gray::open(path).map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
            Ok(gallery::Photo::new(
                path,
                dataset.preparation.prepare(&photo).face,
            ))
        }
    }
}

/// The people of a gallery, as the state knows them.
fn people(gallery: &Gallery) -> Event {
    let of = |person: &gallery::Enrolled| Enrolled {
        name: person.name.clone(),
        pictures: person.photos.len(),
    };
    Event::Gallery(gallery.enrolled().iter().map(of).collect())
}
