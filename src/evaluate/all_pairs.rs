//! Every unordered pair of the pictures of some people, compared anew at each visit instead of stored.
//!
//! 13,233 pictures are 87.6 million pairs: 2 GB as a list, about a second of computing on one core.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::data::Dataset;
use crate::metrics::{Columns, Comparisons, LANES, Row};
use crate::model::{EmbeddedImages, Embedding};
use crate::units::{ImageId, PersonId};

/// Pictures that a thread compares with all later ones at once.
const TILE: usize = 4 * LANES;
/// Blocks of [`LANES`] pictures that are compared with a tile before the next ones: 128 KiB of embeddings of 128 numbers, which
/// stay in the cache.
const BLOCKS: usize = 16;

/// Called with the number of compared pairs and of all, from any thread.
type PairProgress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// The pairs, with the negative distance as their similarity.
pub struct AllPairs<'a> {
    /// The people in ascending order.
    people: Vec<PersonId>,
    /// For each person, by index, the number of pictures.
    counts: Vec<u64>,
    /// The person on each picture.
    persons: Vec<PersonId>,
    rows: Vec<&'a Embedding>,
    columns: Columns,
    progress: PairProgress<'a>,
}

impl<'a> AllPairs<'a> {
    /// The pairs of the pictures of `people`, which were embedded.
    pub fn new(dataset: &Dataset, people: &[PersonId], embedded: &'a EmbeddedImages) -> Self {
        let images = |&person: &PersonId| dataset.person(person).images.iter();
        let images: Vec<ImageId> = people.iter().flat_map(images).copied().collect();
        let persons: Vec<PersonId> = images.iter().map(|&id| dataset.person_of(id)).collect();
        let mut counts = vec![0; dataset.people.len()];
        persons.iter().for_each(|person| counts[person.0] += 1);
        let mut people = people.to_vec();
        people.sort_unstable();
        people.dedup();
        let rows: Vec<&Embedding> = images.iter().map(|&id| embedded.embedding(id)).collect();
        let length = rows.first().map_or(0, |first| first.0.len());
        Self {
            columns: Columns::new(length, rows.iter().map(|row| &row.0[..])),
            people,
            counts,
            persons,
            rows,
            progress: &|_, _| {},
        }
    }

    /// The same pairs with a report of the progress: `progress` is called after some pairs with their number and that of all, at
    /// each visit of all pairs anew.
    #[must_use]
    pub fn reporting(self, progress: PairProgress<'a>) -> Self {
        Self { progress, ..self }
    }

    /// The pairs of some pictures with all later ones.
    fn pairs_of(&self, tile: &Range<usize>) -> usize {
        let later = |picture: usize| self.rows.len() - 1 - picture;
        tile.clone().map(later).sum()
    }

    /// Compares the pictures `tile` with all later ones.
    fn compare(&self, tile: Range<usize>, mut add: impl FnMut(Row<'_>)) {
        let rows: Vec<&[f32]> = self.rows[tile.clone()].iter().map(|r| &r.0[..]).collect();
        let mut distances = vec![Vec::new(); rows.len()];
        for start in (tile.start / LANES..self.columns.blocks()).step_by(BLOCKS) {
            let blocks = start..(start + BLOCKS).min(self.columns.blocks());
            self.columns.distances(&rows, blocks, &mut distances);
            let first = start * LANES;
            for (picture, distances) in tile.clone().zip(&mut distances) {
                distances
                    .iter_mut()
                    .for_each(|distance| *distance = -*distance);
                // A pair is compared once, and no picture with itself.
                let skipped = (picture + 1).saturating_sub(first).min(distances.len());
                add(Row {
                    person: self.persons[picture],
                    others: &self.persons[first + skipped..first + distances.len()],
                    similarities: &distances[skipped..],
                });
            }
        }
    }
}

impl Comparisons for AllPairs<'_> {
    fn people(&self) -> Vec<PersonId> {
        self.people.clone()
    }

    fn between(&self, a: PersonId, b: PersonId) -> u64 {
        let (of_a, of_b) = (self.counts[a.0], self.counts[b.0]);
        match a == b {
            true => of_a * of_a.saturating_sub(1) / 2,
            false => of_a * of_b,
        }
    }

    fn fold<S: Send>(
        &self,
        start: impl Fn() -> S + Sync + Send,
        add: impl Fn(&mut S, Row<'_>) + Sync + Send,
        merge: impl Fn(S, S) -> S + Sync + Send,
    ) -> S {
        let pictures = self.rows.len();
        let (done, all) = (AtomicUsize::new(0), self.pairs_of(&(0..pictures)));
        (0..pictures.div_ceil(TILE))
            .into_par_iter()
            .fold(&start, |mut state, tile| {
                let tile = tile * TILE..((tile + 1) * TILE).min(pictures);
                let pairs = self.pairs_of(&tile);
                self.compare(tile, |row| add(&mut state, row));
                (self.progress)(done.fetch_add(pairs, Ordering::Relaxed) + pairs, all);
                state
            })
            .reduce(&start, &merge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Source;
    use crate::model::pretrained;
    use std::sync::Mutex;

    #[test]
    fn each_visit_reports_all_pairs() {
        let model = pretrained().model;
        let dataset = Dataset::open(&Source::Orl, model.preparation()).unwrap();
        let images = (0..dataset.images.len()).map(ImageId);
        let embedded = model.embed_images(&dataset, images);
        let told = Mutex::new(Vec::new());
        let tell = |done, total| told.lock().unwrap().push((done, total));
        let pairs = AllPairs::new(&dataset, &dataset.everybody(), &embedded).reporting(&tell);
        for _ in 0..2 {
            let counted = pairs.fold(
                || 0,
                |sum, row: Row<'_>| *sum += row.others.len(),
                |a, b| a + b,
            );
            assert_eq!(counted, 400 * 399 / 2);
            let mut told = std::mem::take(&mut *told.lock().unwrap());
            told.sort_unstable();
            assert_eq!(told.len(), 400_usize.div_ceil(TILE));
            assert_eq!(told.last(), Some(&(counted, counted)));
        }
    }
}
