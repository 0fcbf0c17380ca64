//! The thread that asks the network: pairs, the map, the inside; and [who somebody is](super::who).
//!
//! Embeddings of the data set are kept for one network at a time; a newer network, or other faces, throw them away. So
//! the pair screen, the map and the probe share the work, and the memory has a bound: one embedding for each picture.

use std::path::PathBuf;
use std::sync::Arc;

use super::activations;
use super::work::{Job, Network, What};
use crate::app::event::{Effect, Event, Projection, Request};
use crate::data::{Dataset, Pair};
use crate::files::Paths;
use crate::metrics::Plane;
use crate::model::Embedding;
use crate::units::ImageId;
use crate::vision::Face;

/// Above this many pictures nobody's neighbours are looked for: it takes the square of their number.
const MOST_NEIGHBOURS: usize = 3000;
/// Neighbours that are kept of each picture.
const NEIGHBOURS: usize = 4;

/// The thread's state.
pub(super) struct Asker {
    pub(super) gallery_dir: PathBuf,
    cache: Option<Cache>,
    pub(super) fingerprint: Option<(u64, String)>,
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
                    Arc::new(activations::look(
                        &dataset,
                        pair,
                        network.epoch,
                        &network.model,
                    )),
                )]
            }
            _ => Vec::new(),
        }
    }

    /// The embeddings of some pictures, those not known yet in one go.
    pub(super) fn embeddings(
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

    fn project(&mut self, request: Request, dataset: &Arc<Dataset>, network: &Network) -> Event {
        let images: Vec<ImageId> = (0..dataset.images.len()).map(ImageId).collect();
        let embeddings = self.embeddings(&images, dataset, network);
        let values: Vec<&[f32]> = embeddings.iter().map(|e| &*e.0).collect();
        let components = Plane::of(&values);
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
