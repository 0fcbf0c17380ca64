//! The embeddings that probes are compared with, as one matrix.
//!
//! With all pictures of a person at hand, the person's distance is the *mean* distance to them. A threshold is read from
//! single comparisons, and must go on meaning what it says. On inner splits of 8 folds (ORL, two towers, each of the 40
//! people once outside of training and threshold, their 400 pictures against their own others and against four strangers),
//! at the threshold for an FMR of 1 % among the other validation people, this came out:
//!
//! | a person's distance is that of | EER | FMR | FNMR |
//! |---|---|---|---|
//! | one random picture | 5.5 % | 2.1 % | 10.2 % |
//! | all pictures, their mean | 1.5 % | 1.8 % | 1.5 % |
//! | all pictures, their median | 4.2 % | 1.5 % | 7.0 % |
//! | the mean of their embeddings | 0.7 % | 4.4 % | 0 % |
//! | the nearest picture | 0.7 % | 6.9 % | 0 % |
//!
//! The last two separate best, but fall below a threshold more often, whoever the probe is: strangers would be let in at
//! two to three times the rate of a single comparison. So they were rejected, until thresholds are kept for them too.
//!
//! Distances are summed as (aᵢ − bᵢ)², not as ‖a‖² + ‖b‖² − 2a·b by a matrix product: the second form cancels where
//! a and b are alike, which is where it matters, and is no faster for one probe, when the time goes into reading the
//! matrix once. Probes are taken together, so that each block of the matrix is read once for all of them.

use std::sync::Arc;

use rayon::prelude::*;

use super::Score;
use crate::model::{Embedding, Siamese};
use crate::units::{Distance, Similarity};

/// Rows that are compared by one task: 64 KiB of 128 numbers each, which stay in the cache for all probes.
const BLOCK: usize = 128;
/// Sums that are kept apart, so that the compiler can use the widest registers there are.
const LANES: usize = 16;

/// Embeddings of known people's pictures, person after person.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    people: Vec<Person>,
    pictures: Vec<Arc<str>>,
    /// `[N, E]`, row after row.
    values: Vec<f32>,
    width: usize,
}

#[derive(Debug, Clone)]
struct Person {
    name: Arc<str>,
    /// One past the last of this person's rows; they begin where those of the person before end.
    end: usize,
}

/// A person on the way to a [`Score`], by index.
struct Ranked {
    similarity: f32,
    distance: f32,
    person: usize,
    nearest: usize,
}

impl Templates {
    /// Adds a picture of `person`. All pictures of a person must be added one after another.
    ///
    /// # Panics
    /// If the embedding is not as long as those before: it comes from another network.
    pub fn push(&mut self, person: &str, picture: &str, embedding: &Embedding) {
        if self.pictures.is_empty() {
            self.width = embedding.0.len();
        }
        assert_eq!(
            self.width,
            embedding.0.len(),
            "embeddings of one network have one length"
        );
        self.values.extend_from_slice(&embedding.0);
        self.pictures.push(picture.into());
        let end = self.pictures.len();
        match self.people.last_mut() {
            Some(last) if *last.name == *person => last.end = end,
            _ => self.people.push(Person {
                name: person.into(),
                end,
            }),
        }
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// The scores of everybody for each probe, most similar first; equals stay in the order of [`push`](Self::push).
    ///
    /// # Panics
    /// If a probe is not as long as the templates.
    pub fn compare(&self, model: &Siamese, probes: &[Embedding]) -> Vec<Vec<Score>> {
        self.rank(probes, |distance| model.similarity(distance))
    }

    pub(super) fn rank(
        &self,
        probes: &[Embedding],
        similarity: impl Fn(Distance) -> Similarity + Sync,
    ) -> Vec<Vec<Score>> {
        let count = self.len();
        let distances = self.distances(probes);
        let of_probe = |probe: usize| {
            let mut ranked =
                self.of_people(&distances[probe * count..(probe + 1) * count], &similarity);
            // Small records are sorted, and dressed with names afterwards: of many people that is most of the time.
            ranked.par_sort_by(|a, b| {
                b.similarity
                    .total_cmp(&a.similarity)
                    .then(a.distance.total_cmp(&b.distance))
            });
            ranked.into_iter().map(|entry| self.score(entry)).collect()
        };
        (0..probes.len()).into_par_iter().map(of_probe).collect()
    }

    /// Distance and similarity of every person, in their order.
    fn of_people(
        &self,
        distances: &[f32],
        similarity: impl Fn(Distance) -> Similarity,
    ) -> Vec<Ranked> {
        let mut start = 0;
        let mut ranked = Vec::with_capacity(self.people.len());
        for (index, person) in self.people.iter().enumerate() {
            let own = &distances[start..person.end];
            let nearest = (0..own.len())
                .min_by(|&a, &b| own[a].total_cmp(&own[b]))
                .expect("one picture at least");
            let mean = own.iter().sum::<f32>() / own.len() as f32;
            let (distance, similarity) = match similarity(Distance(mean)) {
                Similarity(s) if s.is_finite() && mean.is_finite() => (mean, s),
                // A network that overflows knows nothing; a comparison that failed is one that does not match.
                _ => (f32::MAX, 0.0),
            };
            ranked.push(Ranked {
                similarity,
                distance,
                person: index,
                nearest: start + nearest,
            });
            start = person.end;
        }
        ranked
    }

    fn score(&self, entry: Ranked) -> Score {
        Score {
            person: self.people[entry.person].name.clone(),
            picture: self.pictures[entry.nearest].clone(),
            similarity: Similarity(entry.similarity),
            distance: Distance(entry.distance),
        }
    }

    /// The distance of each probe to each template, `[P, N]`.
    pub(super) fn distances(&self, probes: &[Embedding]) -> Vec<f32> {
        let (width, count) = (self.width, self.len());
        if count == 0 {
            return Vec::new();
        }
        assert!(
            probes.iter().all(|p| p.0.len() == width),
            "embeddings of one network have one length"
        );
        let mut distances = vec![0.0; probes.len() * count];
        // Each probe's row, cut at the blocks, so that one task can take the same block of all rows.
        let mut rows: Vec<_> = distances
            .chunks_mut(count)
            .map(|row| row.chunks_mut(BLOCK))
            .collect();
        let blocks = self.values.chunks(BLOCK * width);
        let tasks: Vec<(&[f32], Vec<&mut [f32]>)> = blocks
            .map(|block| (block, rows.iter_mut().filter_map(Iterator::next).collect()))
            .collect();
        tasks.into_par_iter().for_each(|(block, parts)| {
            for (probe, part) in probes.iter().zip(parts) {
                for (distance, template) in part.iter_mut().zip(block.chunks_exact(width)) {
                    *distance = squared_distance(&probe.0, template).sqrt();
                }
            }
        });
        distances
    }
}

/// `Σ(aᵢ − bᵢ)²`, in [`LANES`] sums that are added at the end.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest
        .iter()
        .zip(b_rest)
        .map(|(a, b)| (a - b) * (a - b))
        .sum();
    sums.iter().sum::<f32>() + rest
}
