//! The thread that evaluates the network: pairs, the map, the layers; and [whose face it is](super::identify).

use std::path::PathBuf;
use std::sync::Arc;

use rand::seq::index::sample;

use super::activations;
use super::identify::{self, Identifier};
use super::task::{Job, Network};
use crate::app::effect::NetworkQuery;
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::map::{Axes, MapKind, Projection};
use crate::data::{Dataset, Pair};
use crate::metrics::{MOST_POINTS, Neighbourhoods, Plane};
use crate::model::Embedding;
use crate::units::{ImageId, Purpose, Seed};

/// With more pictures than this the nearest neighbours are left out: finding them takes the square of the number.
const MOST_NEIGHBOURS: usize = 3000;
/// Neighbours that are kept of each picture.
const NEIGHBOURS: usize = 4;

/// Answers queries about the network.
pub(super) struct NetworkWorker {
    identifier: Identifier,
}

impl NetworkWorker {
    /// A worker for the gallery in this folder.
    pub(super) fn new(gallery_dir: PathBuf) -> Self {
        Self {
            identifier: Identifier::new(gallery_dir),
        }
    }

    /// Answers a query.
    ///
    /// # Errors
    /// Without faces or a network, and when the gallery cannot be read or written.
    pub(super) fn work(&mut self, job: Job<NetworkQuery>) -> Result<Vec<Event>, TaskError> {
        let dataset = job.dataset.ok_or(TaskError::NoFaces)?;
        let network = job.network.as_ref().ok_or(TaskError::NoNetwork);
        Ok(vec![match job.task {
            NetworkQuery::Change(change) => {
                let of = (&dataset, job.network.as_ref());
                return identify::change(&change, &mut self.identifier, of);
            }
            NetworkQuery::ScorePairs(number, pairs) => {
                let network = network?;
                let scores = self.score(&pairs, &dataset, network);
                Event::PairScores(number, network.epoch, Arc::new(scores))
            }
            NetworkQuery::Compare(number, probe, compare) => {
                let network = network?;
                let (found, note) = self
                    .identifier
                    .compare(&probe, compare, &dataset, network)?;
                Event::Compared(number, network.epoch, found, note)
            }
            NetworkQuery::Project(number, kind) => {
                let projection = self.project(&dataset, network?, kind);
                Event::Projected(number, Arc::new(projection))
            }
            NetworkQuery::Activations(number, pair) => {
                let network = network?;
                let shown = activations::look(&dataset, pair, network.epoch, &network.model);
                Event::Activations(number, Arc::new(shown))
            }
        }])
    }

    /// The similarity of each pair.
    fn score(&mut self, pairs: &[Pair], dataset: &Arc<Dataset>, network: &Network) -> Vec<f32> {
        let images: Vec<ImageId> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        let embeddings = self.identifier.embeddings(&images, dataset, network);
        let similarity = |two: &[Embedding]| network.model.similarity(two[0].distance(&two[1])).0;
        embeddings.chunks_exact(2).map(similarity).collect()
    }

    /// The embeddings of all pictures in two dimensions.
    fn project(&mut self, dataset: &Arc<Dataset>, network: &Network, kind: MapKind) -> Projection {
        let images: Vec<ImageId> = (0..dataset.images.len()).map(ImageId).collect();
        let embeddings = self.identifier.embeddings(&images, dataset, network);
        let values: Vec<&[f32]> = embeddings.iter().map(|e| &*e.0).collect();
        let (points, axes) = match kind {
            MapKind::Components => {
                let Plane { points, share } = Plane::of(&values);
                (points, Axes::Components { share })
            }
            MapKind::Neighbourhoods => neighbourhoods(&values),
        };
        let neighbours = match images.len() <= MOST_NEIGHBOURS {
            true => neighbours(&embeddings),
            false => Vec::new(),
        };
        Projection {
            epoch: network.epoch,
            points,
            axes,
            neighbours,
        }
    }
}

/// The pictures by t-SNE. Of more than it can place a sample has a place, the same for every epoch.
fn neighbourhoods(embeddings: &[&[f32]]) -> (Vec<(f32, f32)>, Axes) {
    let count = embeddings.len();
    let mut placed: Vec<usize> = (0..count).collect();
    if count > MOST_POINTS {
        let mut rng = Seed(0).stream(Purpose::Map, 0);
        placed = sample(&mut rng, count, MOST_POINTS).into_vec();
        placed.sort_unstable();
    }
    let chosen: Vec<&[f32]> = placed.iter().map(|&at| embeddings[at]).collect();
    let found = Neighbourhoods::of(&chosen);
    let mut points = vec![(f32::NAN, f32::NAN); count];
    for (&at, &point) in placed.iter().zip(&found.points) {
        points[at] = point;
    }
    let axes = Axes::Neighbourhoods {
        perplexity: found.perplexity,
        placed: placed.len(),
    };
    (points, axes)
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
