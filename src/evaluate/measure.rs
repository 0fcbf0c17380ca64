//! Comparisons and ranks of the pictures of some people.

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, pairs};
use crate::metrics::{self, Comparison, Scores};
use crate::model::EmbeddedImages;
use crate::units::{Distance, ImageId, PersonId, Seed};

/// The number of random galleries over which rank 1 is averaged.
pub const GALLERIES: u64 = 10;

/// Comparisons and ranks.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Every unordered pair of pictures.
    pub comparisons: Vec<Comparison>,
    /// For each probe and gallery, 1 if the right person ranked first and 0 otherwise.
    pub hits: Vec<(PersonId, f64)>,
}

/// Open-set identification, where the answer may be *no match*: counts of probes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSet {
    /// Of an enrolled person, with the right answer.
    pub named: usize,
    /// Of an enrolled person, with another person as the answer.
    pub misnamed: usize,
    /// Of an enrolled person, without a match.
    pub missed: usize,
    /// Of a person who is not enrolled, without a match.
    pub unknown: usize,
    /// Of a person who is not enrolled, with a person as the answer.
    pub mistaken: usize,
}

impl OpenSet {
    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.named += other.named;
        self.misnamed += other.misnamed;
        self.missed += other.missed;
        self.unknown += other.unknown;
        self.mistaken += other.mistaken;
    }
}

/// The embeddings of a data set's pictures.
pub(super) struct Space<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) embedded: &'a EmbeddedImages,
}

impl Space<'_> {
    /// Hits at rank 1: each picture of `probes` against one random picture of each of `people`, who include the probes.
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
            // A person with a single picture has no other one in the gallery.
            let mate = gallery.iter().position(|entry| entry.0 == person)?;
            let nearness = |entry: &(PersonId, ImageId)| -self.embedded.distance(probe, entry.1).0;
            let row: Vec<f32> = gallery.iter().map(nearness).collect();
            let first = metrics::rank_of(&row, mate) == 1;
            Some((person, f64::from(u8::from(first))))
        };
        let each = |index| probes.iter().map(move |&probe| (index, probe));
        (0..GALLERIES).flat_map(each).filter_map(hit).collect()
    }

    /// Identifies each picture of `probes` against one random picture of each of `people`, once with the probe's own person
    /// enrolled and once without. The nearest person is the answer if `accepted` says so of the distance.
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
    /// Compares all pictures of `people` with each other; `similarity` turns distances into scores that fall with them. Ranks
    /// are among these people.
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
