//! What embeddings say of all pictures of some people.

use crate::data::{Dataset, pairs};
use crate::metrics::{self, Comparison, Scores};
use crate::model::Embedding;
use crate::units::{Distance, ImageId, PersonId, Seed};

/// How many random galleries rank 1 is averaged over.
pub const GALLERIES: u64 = 10;

/// Comparisons and ranks.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Every unordered pair of pictures.
    pub comparisons: Vec<Comparison>,
    /// For each probe and gallery, 1 if the right person came first and 0 otherwise.
    pub hits: Vec<(PersonId, f64)>,
}

/// Embeddings of a data set's pictures, and what a distance between two means.
pub(super) struct Space<'a> {
    pub(super) dataset: &'a Dataset,
    /// One place for each picture; those that nobody asks about may be empty.
    pub(super) embeddings: &'a [Option<Embedding>],
}

impl Space<'_> {
    pub(super) fn distance(&self, a: ImageId, b: ImageId) -> Distance {
        let of = |id: ImageId| {
            let embedding = self.embeddings[id.0].as_ref();
            embedding.expect("the pictures of everybody asked about were embedded")
        };
        of(a).distance(of(b))
    }

    /// Distances of all pairs of pictures of `people`: mated, non-mated.
    pub(super) fn distances(&self, people: &[PersonId]) -> [Vec<f32>; 2] {
        let mut distances = [Vec::new(), Vec::new()];
        for pair in pairs::all(self.dataset, people) {
            distances[usize::from(!pair.same)].push(self.distance(pair.a, pair.b).0);
        }
        distances
    }

    /// Rank 1 of the pictures of `probes`, each against one random picture of each of `people`, who include them.
    pub(super) fn hits(
        &self,
        probes: &[PersonId],
        people: &[PersonId],
        seed: Seed,
    ) -> Vec<(PersonId, f64)> {
        let images = |&id: &PersonId| self.dataset.person(id).images.clone();
        let probes: Vec<ImageId> = probes.iter().flat_map(images).collect();
        let hit = |(index, probe): (u64, ImageId)| {
            let person = self.dataset.person_of(probe);
            let gallery = pairs::gallery(self.dataset, people, seed, index, Some(probe));
            // A person with a single picture cannot be found: there is nothing else of theirs to find.
            let mate = gallery.iter().position(|entry| entry.0 == person)?;
            let nearness = |entry: &(PersonId, ImageId)| -self.distance(probe, entry.1).0;
            let row: Vec<f32> = gallery.iter().map(nearness).collect();
            let first = metrics::rank_of(&row, mate) == 1;
            Some((person, f64::from(u8::from(first))))
        };
        let each = |index| probes.iter().map(move |&probe| (index, probe));
        (0..GALLERIES).flat_map(each).filter_map(hit).collect()
    }
}

impl Measured {
    /// Of all pictures of `people`, with similarities as `similarity` says for a distance; rank 1 among themselves.
    pub fn new(
        dataset: &Dataset,
        people: &[PersonId],
        embeddings: &[Option<Embedding>],
        similarity: impl Fn(Distance) -> f32,
        seed: Seed,
    ) -> Self {
        let space = Space {
            dataset,
            embeddings,
        };
        let compare = |pair: pairs::Pair| Comparison {
            a: dataset.person_of(pair.a),
            b: dataset.person_of(pair.b),
            similarity: similarity(space.distance(pair.a, pair.b)),
        };
        Self {
            comparisons: pairs::all(dataset, people)
                .into_iter()
                .map(compare)
                .collect(),
            hits: space.hits(people, people, seed),
        }
    }

    /// The similarities alone.
    pub fn scores(&self) -> Scores {
        Scores::of(&self.comparisons)
    }
}
