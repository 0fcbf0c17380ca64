//! Probes against galleries with one picture of each person: ranks, and identification among people who may be unknown.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::data::pairs::GalleryDraw;
use crate::metrics::Columns;
use crate::model::EmbeddedImages;
use crate::units::{Distance, ImageId, PersonId, Seed};

/// The number of random galleries over which rank 1 is averaged.
pub const GALLERIES: u64 = 10;

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

/// Probes whose distances are computed at once.
const PROBES: usize = 64;

/// The embeddings of a data set's pictures.
#[derive(Debug, Clone, Copy)]
pub struct Space<'a> {
    /// The data set.
    pub dataset: &'a Dataset,
    /// The embeddings of the pictures that are compared.
    pub embedded: &'a EmbeddedImages,
}

/// A probe's distances to a gallery with one picture of each person.
struct Compared<'a> {
    person: PersonId,
    /// The place of the probe's person in the gallery.
    own: usize,
    /// Whether that person has a picture there, which is another one than the probe.
    enrolled: bool,
    distances: &'a [f32],
}

impl Compared<'_> {
    fn others(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let all = self.distances.iter().copied().enumerate();
        all.filter(|(place, _)| *place != self.own)
    }

    /// Whether the own person ranks first ([`rank_of`](crate::metrics::rank_of)); `None` without a picture in the gallery.
    fn first(&self) -> Option<bool> {
        let own = self.distances[self.own];
        let behind = |(_, other): (usize, f32)| own.is_finite() && other.is_finite() && other > own;
        self.enrolled.then(|| self.others().all(behind))
    }

    /// The place and distance of the nearest person.
    fn nearest(&self, with_own: bool) -> Option<(usize, f32)> {
        let all = self.distances.iter().copied().enumerate();
        let there = all.filter(|(place, _)| *place != self.own || with_own && self.enrolled);
        there.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

impl Space<'_> {
    /// Hits at rank 1: each picture of `probes` against one random picture of each of `people`, who include the probes. For each
    /// probe and gallery it is 1 if the right person ranked first, and 0 otherwise. A person with a single picture has no other
    /// one in the gallery, and so no hits.
    pub fn hits(
        &self,
        probes: &[PersonId],
        people: &[PersonId],
        seed: Seed,
    ) -> Vec<(PersonId, f64)> {
        let hit = |compared: &Compared<'_>| {
            let first = compared.first()?;
            Some((compared.person, f64::from(u8::from(first))))
        };
        let hits = self.compared(probes, people, seed, hit);
        hits.into_iter().flatten().collect()
    }

    /// Identifies each picture of `probes` against one random picture of each of `people`, once with the probe's own person
    /// enrolled and once without. The nearest person is the answer if `accepted` says so of the distance.
    pub(super) fn open_set(
        &self,
        probes: &[PersonId],
        people: &[PersonId],
        seed: Seed,
        accepted: impl Fn(Distance) -> bool + Sync,
    ) -> OpenSet {
        let answers = self.compared(probes, people, seed, |compared| {
            let answer = |with_own| {
                let nearest = compared.nearest(with_own);
                nearest.filter(|(_, distance)| accepted(Distance(*distance)))
            };
            let mut counts = OpenSet::default();
            match answer(true) {
                Some((place, _)) if place == compared.own => counts.named = 1,
                Some(_) => counts.misnamed = 1,
                None => counts.missed = 1,
            }
            match answer(false) {
                Some(_) => counts.mistaken = 1,
                None => counts.unknown = 1,
            }
            counts
        });
        let mut counts = OpenSet::default();
        answers.into_iter().for_each(|answer| counts.add(answer));
        counts
    }

    /// Compares each picture of `probes` with one random picture of each of `people`, gallery after gallery.
    fn compared<T: Send>(
        &self,
        probes: &[PersonId],
        people: &[PersonId],
        seed: Seed,
        look: impl Fn(&Compared<'_>) -> T + Sync,
    ) -> Vec<T> {
        let images = |&id: &PersonId| self.dataset.person(id).images.iter();
        let probes: Vec<ImageId> = probes.iter().flat_map(images).copied().collect();
        let places = people
            .iter()
            .enumerate()
            .map(|(place, &person)| (person, place));
        let places: HashMap<PersonId, usize> = places.collect();
        let of_gallery = |index| {
            let draw = GalleryDraw::new(self.dataset, people, seed, index);
            let columns = self.columns(&draw, people.len());
            let tiles = probes.par_chunks(PROBES);
            tiles
                .flat_map_iter(|tile| self.tile(tile, (&draw, &columns), &places, &look))
                .collect()
        };
        (0..GALLERIES)
            .flat_map(|index| -> Vec<T> { of_gallery(index) })
            .collect()
    }

    /// The pictures of a gallery without a probe.
    fn columns(&self, draw: &GalleryDraw<'_>, people: usize) -> Columns {
        let image = |place| draw.image(place, None).expect("nothing is excluded");
        let images: Vec<ImageId> = (0..people).map(image).collect();
        let vectors = images
            .iter()
            .map(|&image| &self.embedded.embedding(image).0[..]);
        Columns::new(vectors.clone().next().map_or(0, <[f32]>::len), vectors)
    }

    fn tile<T>(
        &self,
        probes: &[ImageId],
        (draw, columns): (&GalleryDraw<'_>, &Columns),
        places: &HashMap<PersonId, usize>,
        look: impl Fn(&Compared<'_>) -> T,
    ) -> Vec<T> {
        let rows = probes
            .iter()
            .map(|&probe| &self.embedded.embedding(probe).0[..]);
        let rows: Vec<&[f32]> = rows.collect();
        let mut distances = vec![Vec::new(); rows.len()];
        columns.distances(&rows, 0..columns.blocks(), &mut distances);
        let compare = |(&probe, distances): (&ImageId, &mut Vec<f32>)| {
            let person = self.dataset.person_of(probe);
            let own = places[&person];
            let mate = draw.image(own, Some(probe));
            if let Some(mate) = mate {
                distances[own] = self.embedded.distance(probe, mate).0;
            }
            look(&Compared {
                person,
                own,
                enrolled: mate.is_some(),
                distances,
            })
        };
        probes.iter().zip(&mut distances).map(compare).collect()
    }
}
