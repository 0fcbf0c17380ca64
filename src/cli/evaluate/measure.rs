//! Comparisons and ranks of some people by a network, and the figures read from them.

use super::{Figure, four_rates};
use crate::data::{Dataset, pairs};
use crate::metrics::{self, Comparison, RESAMPLES, Scores, Tally};
use crate::model::{Embedding, Siamese};
use crate::units::{ImageId, PersonId, Seed};

/// How many random galleries rank 1 is averaged over.
pub(super) const GALLERIES: u64 = 10;

/// What a network says of all pictures of some people.
pub(super) struct Measured {
    comparisons: Vec<Comparison>,
    /// For each probe and gallery, whether the right person came first.
    hits: Vec<(PersonId, f64)>,
}

impl Measured {
    pub(super) fn new(model: &Siamese, dataset: &Dataset, people: &[PersonId], seed: Seed) -> Self {
        let images: Vec<ImageId> = people
            .iter()
            .flat_map(|&id| dataset.person(id).images.clone())
            .collect();
        let faces: Vec<_> = images.iter().map(|&id| dataset.face(id).clone()).collect();
        let mut embeddings: Vec<Option<Embedding>> = vec![None; dataset.images.len()];
        for (image, embedding) in images.iter().zip(model.embed(&faces)) {
            embeddings[image.0] = Some(embedding);
        }
        let similarity = |a: ImageId, b: ImageId| {
            let of = |id: ImageId| {
                embeddings[id.0]
                    .as_ref()
                    .expect("every picture of these people was embedded")
            };
            model.similarity(of(a).distance(of(b))).0
        };
        let compare = |pair: pairs::Pair| Comparison {
            a: dataset.person_of(pair.a),
            b: dataset.person_of(pair.b),
            similarity: similarity(pair.a, pair.b),
        };
        let comparisons = pairs::all(dataset, people)
            .into_iter()
            .map(compare)
            .collect();
        let probes =
            (0..GALLERIES).flat_map(|index| images.iter().map(move |&probe| (index, probe)));
        let hit = |(index, probe): (u64, ImageId)| {
            let person = dataset.person_of(probe);
            let gallery = pairs::gallery(dataset, people, seed, index, Some(probe));
            // A person with a single picture cannot be found: there is nothing else of theirs to find.
            let mate = gallery.iter().position(|entry| entry.0 == person)?;
            let row: Vec<f32> = gallery
                .iter()
                .map(|entry| similarity(probe, entry.1))
                .collect();
            Some((
                person,
                f64::from(u8::from(metrics::rank_of(&row, mate) == 1)),
            ))
        };
        Self {
            comparisons,
            hits: probes.filter_map(hit).collect(),
        }
    }

    pub(super) fn scores(&self) -> Scores {
        Scores::of(&self.comparisons)
    }

    /// EER, AUC, FNMR at FMR 5 % and at FMR 1 %.
    pub(super) fn rates(&self, seed: Seed) -> [Figure; 4] {
        let values = four_rates(&Tally::new(&self.scores()));
        let intervals = metrics::bootstrap(&self.comparisons, seed, RESAMPLES, four_rates);
        std::array::from_fn(|i| Figure {
            value: values[i],
            ci95: intervals.map(|all| all[i]),
        })
    }

    /// The share of probes whose person came first.
    pub(super) fn rank1(&self, seed: Seed) -> Figure {
        let sum: f64 = self.hits.iter().map(|hit| hit.1).sum();
        let value = sum / self.hits.len().max(1) as f64;
        Figure {
            value,
            ci95: metrics::bootstrap_mean(&self.hits, seed, RESAMPLES),
        }
    }
}
