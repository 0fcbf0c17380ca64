//! What embeddings say of all pictures of some people.

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, pairs};
use crate::metrics::{self, Comparison, Scores};
use crate::model::EmbeddedImages;
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

/// What comes of asking who somebody is, where the answer may be *nobody known*: counts of probes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSet {
    /// Of an enrolled person, named rightly.
    pub named: usize,
    /// Of an enrolled person, named as somebody else.
    pub misnamed: usize,
    /// Of an enrolled person, called unknown.
    pub missed: usize,
    /// Of a person that is not enrolled, called unknown.
    pub unknown: usize,
    /// Of a person that is not enrolled, named as somebody.
    pub mistaken: usize,
}

impl OpenSet {
    /// Takes in the counts of another.
    pub fn add(&mut self, other: Self) {
        self.named += other.named;
        self.misnamed += other.misnamed;
        self.missed += other.missed;
        self.unknown += other.unknown;
        self.mistaken += other.mistaken;
    }
}

/// Embeddings of a data set's pictures, and what a distance between two means.
pub(super) struct Space<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) embedded: &'a EmbeddedImages,
}

impl Space<'_> {
    /// Distances of all pairs of pictures of `people`: mated, non-mated.
    pub(super) fn distances(&self, people: &[PersonId]) -> [Vec<f32>; 2] {
        let mut distances = [Vec::new(), Vec::new()];
        for pair in pairs::all(self.dataset, people) {
            distances[usize::from(!pair.same)].push(self.embedded.distance(pair.a, pair.b).0);
        }
        distances
    }

    /// Distances of pictures of `people` from pictures of `others`.
    pub(super) fn across(&self, people: &[PersonId], others: &[PersonId]) -> Vec<f32> {
        let pairs = pairs::across(self.dataset, people, others);
        let distance = |pair: pairs::Pair| self.embedded.distance(pair.a, pair.b).0;
        pairs.into_iter().map(distance).collect()
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
            let nearness = |entry: &(PersonId, ImageId)| -self.embedded.distance(probe, entry.1).0;
            let row: Vec<f32> = gallery.iter().map(nearness).collect();
            let first = metrics::rank_of(&row, mate) == 1;
            Some((person, f64::from(u8::from(first))))
        };
        let each = |index| probes.iter().map(move |&probe| (index, probe));
        (0..GALLERIES).flat_map(each).filter_map(hit).collect()
    }

    /// Asks who is on each picture of `probes`, with one random picture of each of `people` enrolled: once with the probe's
    /// own person among them and once without. Whoever is nearest is named if `accepted` says so of the distance.
    pub(super) fn open_set(
        &self,
        probes: &[PersonId],
        people: &[PersonId],
        seed: Seed,
        accepted: impl Fn(Distance) -> bool,
    ) -> OpenSet {
        let mut counts = OpenSet::default();
        for index in 0..GALLERIES {
            for probe in probes
                .iter()
                .flat_map(|&id| &self.dataset.person(id).images)
            {
                let own = self.dataset.person_of(*probe);
                let gallery = pairs::gallery(self.dataset, people, seed, index, Some(*probe));
                let distances = gallery
                    .iter()
                    .map(|&(id, image)| (id, self.embedded.distance(*probe, image)));
                let nearest = |with_own: bool| {
                    let there = distances.clone().filter(|(id, _)| with_own || *id != own);
                    let first = there.min_by(|a, b| a.1.0.total_cmp(&b.1.0));
                    first
                        .filter(|(_, distance)| accepted(*distance))
                        .map(|(id, _)| id)
                };
                match nearest(true) {
                    Some(id) if id == own => counts.named += 1,
                    Some(_) => counts.misnamed += 1,
                    None => counts.missed += 1,
                }
                match nearest(false) {
                    Some(_) => counts.mistaken += 1,
                    None => counts.unknown += 1,
                }
            }
        }
        counts
    }
}

impl Measured {
    /// Of all pictures of `people`, with similarities as `similarity` says for a distance; rank 1 among themselves.
    pub fn new(
        dataset: &Dataset,
        people: &[PersonId],
        embedded: &EmbeddedImages,
        similarity: impl Fn(Distance) -> f32,
        seed: Seed,
    ) -> Self {
        let space = Space { dataset, embedded };
        let compare = |pair: pairs::Pair| Comparison {
            a: dataset.person_of(pair.a),
            b: dataset.person_of(pair.b),
            similarity: similarity(embedded.distance(pair.a, pair.b)),
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
