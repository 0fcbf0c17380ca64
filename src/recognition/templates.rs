//! The embeddings that probes are compared with (the templates), as one matrix.
//!
//! A person with several templates is as far from a probe as the *mean* distance to them. The threshold is chosen on
//! single comparisons, and should keep its error rates here. On inner splits of 8 folds (ORL, ensemble of two; each of the
//! 40 people once outside of training and threshold; their 400 pictures against their own others and against four people
//! who are not enrolled), at the threshold for an FMR of 1 % among the other validation people, the error rates were:
//!
//! | distance of a person | EER | FMR | FNMR |
//! |---|---|---|---|
//! | to one random picture | 5.5 % | 2.1 % | 10.2 % |
//! | mean over all pictures | 1.5 % | 1.8 % | 1.5 % |
//! | median over all pictures | 4.2 % | 1.5 % | 7.0 % |
//! | to the mean of their embeddings | 0.7 % | 4.4 % | 0 % |
//! | to the nearest picture | 0.7 % | 6.9 % | 0 % |
//!
//! The last two separate people best, but at this threshold they accept two to three times as many wrong people as a
//! single comparison does. They would need thresholds of their own, so they are not used.
//!
//! Distances are summed as (aᵢ − bᵢ)², not as ‖a‖² + ‖b‖² − 2a·b with a matrix product: the second form cancels where a
//! and b are similar, which is where precision matters, and it is no faster for one probe, where the time goes into
//! reading the matrix once. Several probes are compared together, so that each block of the matrix is read once for all.

use std::sync::Arc;

use rayon::prelude::*;

use super::identification::{Candidate, ComparedBy};
use crate::gallery::{EnrolledPhoto, GalleryError};
use crate::model::{Embedding, Siamese};
use crate::units::{Distance, Similarity};
use crate::vision::Face;

/// Rows that are compared by one task: 64 KiB of 128 numbers each, which stay in the cache for all probes.
const BLOCK: usize = 128;
/// Partial sums, so that the compiler can use the widest vector registers.
const LANES: usize = 16;

/// Embeddings of people's pictures, person after person.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates {
    people: Vec<Person>,
    infos: Vec<TemplateInfo>,
    /// `[N, E]`, row after row.
    values: Vec<f32>,
    width: usize,
}

/// Where a template comes from.
#[derive(Debug, Clone)]
pub(super) struct TemplateInfo {
    /// Name of the picture.
    pub(super) picture: Arc<str>,
    /// The face in it.
    pub(super) face: Face,
    /// Whether it is a photo of the gallery, and not a picture of the reference set.
    pub(super) enrolled: bool,
}

impl TemplateInfo {
    /// A photo of the gallery.
    ///
    /// # Errors
    /// When its face cannot be read.
    pub(super) fn enrolled(photo: &EnrolledPhoto) -> Result<Self, GalleryError> {
        Ok(Self {
            picture: photo.file.as_str().into(),
            face: photo.face()?,
            enrolled: true,
        })
    }
}

#[derive(Debug, Clone)]
struct Person {
    name: Arc<str>,
    /// One past the last of this person's rows. The rows begin where those of the person before end.
    end: usize,
}

/// A person on the way to a [`Candidate`], by index.
struct Ranked {
    similarity: f32,
    distance: f32,
    person: usize,
    nearest: usize,
}

impl Templates {
    /// Adds a template of `person`. All templates of a person must be added one after another.
    ///
    /// # Panics
    /// If the embedding is not as long as those before: then it is from another network.
    pub(super) fn push(&mut self, person: &str, info: TemplateInfo, embedding: &Embedding) {
        if self.infos.is_empty() {
            self.width = embedding.0.len();
        }
        assert_eq!(
            self.width,
            embedding.0.len(),
            "embeddings of one network have one length"
        );
        self.values.extend_from_slice(&embedding.0);
        self.infos.push(info);
        let end = self.infos.len();
        match self.people.last_mut() {
            Some(last) if *last.name == *person => last.end = end,
            _ => self.people.push(Person {
                name: person.into(),
                end,
            }),
        }
    }

    /// All people for each probe, the most similar first. Equal ones stay in the order of [`push`](Self::push).
    ///
    /// # Panics
    /// If a probe is not as long as the templates.
    pub(super) fn compare(&self, model: &Siamese, probes: &[Embedding]) -> Vec<Vec<Candidate>> {
        self.rank(probes, |distance| model.similarity(distance))
    }

    pub(super) fn rank(
        &self,
        probes: &[Embedding],
        similarity: impl Fn(Distance) -> Similarity + Sync,
    ) -> Vec<Vec<Candidate>> {
        let count = self.infos.len();
        let distances = self.distances(probes);
        let of_probe = |probe: usize| {
            let mut ranked =
                self.of_people(&distances[probe * count..(probe + 1) * count], &similarity);
            // Small records are sorted first and get their names afterwards: with many people, sorting takes most time.
            ranked.par_sort_by(|a, b| {
                b.similarity
                    .total_cmp(&a.similarity)
                    .then(a.distance.total_cmp(&b.distance))
            });
            ranked
                .into_iter()
                .map(|entry| self.candidate(entry))
                .collect()
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
                .expect("a person has at least one template");
            let mean = own.iter().sum::<f32>() / own.len() as f32;
            let (distance, similarity) = match similarity(Distance(mean)) {
                Similarity(s) if s.is_finite() && mean.is_finite() => (mean, s),
                // A network whose numbers overflow cannot answer: the comparison counts as the worst one.
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

    fn candidate(&self, entry: Ranked) -> Candidate {
        let TemplateInfo {
            picture,
            face,
            enrolled,
        } = self.infos[entry.nearest].clone();
        Candidate {
            person: self.people[entry.person].name.clone(),
            enrolled,
            picture,
            face,
            similarity: Similarity(entry.similarity),
            distance: Distance(entry.distance),
            by: ComparedBy::Answering,
        }
    }

    /// The distance of each probe to each template, `[P, N]`.
    pub(super) fn distances(&self, probes: &[Embedding]) -> Vec<f32> {
        let (width, count) = (self.width, self.infos.len());
        if count == 0 {
            return Vec::new();
        }
        assert!(
            probes.iter().all(|p| p.0.len() == width),
            "embeddings of one network have one length"
        );
        let mut distances = vec![0.0; probes.len() * count];
        // Each probe's row, cut into blocks, so that one task can take the same block of all rows.
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
