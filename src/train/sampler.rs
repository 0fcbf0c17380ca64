//! The batches of an epoch.
//!
//! Which pictures form a batch depends only on the seed and the epoch, not on earlier draws, so that a resumed run gives the
//! same batches as one that was never stopped.

use super::recipe::{Recipe, Sampling};
use crate::data::Dataset;
use crate::data::augment::{Augment, Variation};
use crate::data::pairs::Pair;
use crate::model::{Comparison, FaceInput, TrainBatch};
use crate::units::{Epoch, ImageId, PersonId, Purpose, Seed};
use crate::vision::SIDE;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Makes the batches of a training.
#[derive(Debug)]
pub(super) struct Sampler {
    kind: Kind,
    augment: Augment,
    seed: Seed,
    /// Whether a picture that is in several pairs of a batch is embedded once.
    share: bool,
}

#[derive(Debug)]
enum Kind {
    Pairs {
        pairs: Vec<Pair>,
        batch: usize,
        batches: usize,
    },
    Identities {
        identities: Vec<Identity>,
        people: usize,
        pictures: usize,
        batches: usize,
    },
}

/// A person's pictures, or their mirror images.
#[derive(Debug, Clone)]
struct Identity {
    pictures: Vec<ImageId>,
    mirror: bool,
}

/// One picture of a planned batch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    image: ImageId,
    mirror: bool,
    person: usize,
}

impl Sampler {
    /// Samples `pairs`, or the pictures of `people`, as the recipe says; `share` as
    /// [`Network::may_share`](crate::nn::network::Network::may_share) says.
    pub(super) fn new(
        recipe: &Recipe,
        dataset: &Dataset,
        people: &[PersonId],
        pairs: Vec<Pair>,
        share: bool,
    ) -> Self {
        let asked = recipe.epoch_batches.map(|batches| batches as usize);
        let kind = match recipe.sampling {
            Sampling::Pairs { batch } => {
                let all = pairs.len().div_ceil(batch);
                Kind::Pairs {
                    pairs,
                    batch,
                    batches: asked.unwrap_or(all).min(all),
                }
            }
            Sampling::Identities {
                people: count,
                pictures,
                mirrors,
            } => {
                let identities = identities(dataset, people, mirrors);
                let count = count.min(identities.len());
                let all: usize = identities.iter().map(|i| i.pictures.len()).sum();
                let batches = asked.unwrap_or(all.div_ceil(count * pictures).max(1));
                Kind::Identities {
                    identities,
                    people: count,
                    pictures,
                    batches,
                }
            }
        };
        Self {
            kind,
            augment: recipe.augment,
            seed: recipe.seed,
            share,
        }
    }

    /// Batches per epoch.
    pub(super) fn batches(&self) -> usize {
        match &self.kind {
            Kind::Pairs { batches, .. } | Kind::Identities { batches, .. } => *batches,
        }
    }

    /// The batches of an epoch: the pictures and comparisons of each.
    pub(super) fn epoch(&self, epoch: Epoch) -> Vec<Plan> {
        let mut stream = self.seed.stream(Purpose::Shuffle, u64::from(epoch.0));
        match &self.kind {
            Kind::Pairs {
                pairs,
                batch,
                batches,
            } => {
                let mut pairs = pairs.clone();
                pairs.shuffle(&mut stream);
                let chunks = pairs.chunks(*batch).take(*batches);
                chunks.map(|pairs| self.plan_pairs(pairs)).collect()
            }
            Kind::Identities {
                identities,
                people,
                pictures,
                batches,
            } => {
                let mut rounds = Rounds::new(identities.len());
                let batch = |_| {
                    let chosen = rounds.next(&mut stream, |chosen| {
                        let own =
                            |&person: &usize| identities[person].pictures.len().min(*pictures);
                        let rows: usize = chosen.iter().map(own).sum();
                        chosen.len() < *people || rows < people * pictures
                    });
                    let mut plan = plan_identities(identities, &chosen, *pictures, &mut stream);
                    plan.rows.truncate(people * pictures);
                    plan
                };
                (0..*batches).map(batch).collect()
            }
        }
    }

    /// A planned batch with what the network that learns takes of each face.
    pub(super) fn batch(
        &self,
        plan: Plan,
        dataset: &Dataset,
        step: u64,
        input: &FaceInput,
    ) -> TrainBatch {
        let mut stream = self.seed.stream(Purpose::Augment, step);
        // Drawn in order, then applied on all cores: the same for any number of threads.
        let draw = |_: &Row| self.augment.draw(&mut stream);
        let variations: Vec<Variation> = plan.rows.iter().map(draw).collect();
        let features = input.extent().features();
        let mut pictures = vec![0.0; plan.rows.len() * features];
        let to = pictures.par_chunks_exact_mut(features);
        to.zip(plan.rows.par_iter().zip(variations))
            .for_each(|(to, (row, variation))| {
                let face = dataset.face(row.image);
                match input {
                    FaceInput::Features(_) => input.fill(face, to),
                    FaceInput::Pixels(spec) => {
                        let mut varied = [0.0; SIDE * SIDE];
                        variation.apply(face, row.mirror, spec.zoom, &mut varied);
                        spec.fill(&varied, to);
                    }
                }
            });
        TrainBatch {
            pictures,
            people: plan.rows.iter().map(|r| r.person).collect(),
            comparisons: plan.comparisons.unwrap_or_else(|| among(&plan.rows)),
        }
    }

    fn plan_pairs(&self, pairs: &[Pair]) -> Plan {
        let mut rows: Vec<Row> = Vec::with_capacity(2 * pairs.len());
        let mut row_of = |image: ImageId| {
            // Pairs know no person, and losses on pairs need none.
            let row = Row {
                image,
                mirror: false,
                person: 0,
            };
            match rows.iter().position(|r| *r == row) {
                Some(at) if self.share => at,
                _ => {
                    rows.push(row);
                    rows.len() - 1
                }
            }
        };
        let weight = 1.0 / pairs.len() as f32;
        let comparison = |p: &Pair| Comparison {
            a: row_of(p.a),
            b: row_of(p.b),
            same: p.same,
            weight,
        };
        let comparisons = pairs.iter().map(comparison).collect();
        Plan {
            rows,
            comparisons: Some(comparisons),
        }
    }
}

/// A batch without its pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    rows: Vec<Row>,
    /// All among the rows if `None`: thousands for each batch, so they are made when it is.
    comparisons: Option<Vec<Comparison>>,
}

fn identities(dataset: &Dataset, people: &[PersonId], mirrors: bool) -> Vec<Identity> {
    let mirrored: &[bool] = if mirrors { &[false, true] } else { &[false] };
    let person = |&id: &PersonId| {
        let pictures = dataset.people[id.0].images.clone();
        mirrored.iter().map(move |&mirror| Identity {
            pictures: pictures.clone(),
            mirror,
        })
    };
    people.iter().flat_map(person).collect()
}

/// Draws everybody once in random order, then everybody again.
struct Rounds {
    count: usize,
    left: Vec<usize>,
}

impl Rounds {
    fn new(count: usize) -> Self {
        Self {
            count,
            left: Vec::new(),
        }
    }

    /// Draws different ones of the `count`, as long as `more` wants more than those chosen and there are any.
    fn next(&mut self, stream: &mut ChaCha8Rng, more: impl Fn(&[usize]) -> bool) -> Vec<usize> {
        let mut chosen = Vec::new();
        while chosen.len() < self.count && more(&chosen) {
            if self.left.is_empty() {
                self.left = (0..self.count).collect();
                self.left.shuffle(stream);
                // Those already chosen come last in the new round, so that nobody is in a batch twice.
                self.left.sort_by_key(|i| !chosen.contains(i));
            }
            chosen.extend(self.left.pop());
        }
        chosen
    }
}

fn plan_identities(
    identities: &[Identity],
    chosen: &[usize],
    each: usize,
    stream: &mut ChaCha8Rng,
) -> Plan {
    let mut rows = Vec::with_capacity(chosen.len() * each);
    for &person in chosen {
        let Identity { pictures, mirror } = &identities[person];
        let mut pictures = pictures.clone();
        pictures.shuffle(stream);
        rows.extend(pictures.into_iter().take(each).map(|image| Row {
            image,
            mirror: *mirror,
            person,
        }));
    }
    Plan {
        rows,
        comparisons: None,
    }
}

/// Every comparison among the pictures of a batch.
fn among(rows: &[Row]) -> Vec<Comparison> {
    let pairs = || (0..rows.len()).flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b)));
    let mated = pairs()
        .filter(|&(a, b)| rows[a].person == rows[b].person)
        .count();
    let others = pairs().count() - mated;
    // Mated and non-mated comparisons have half the weight each; one kind has all of it if the other is missing.
    let half = if mated == 0 || others == 0 { 1.0 } else { 0.5 };
    let comparison = |(a, b): (usize, usize)| {
        let same = rows[a].person == rows[b].person;
        Comparison {
            a,
            b,
            same,
            weight: half / if same { mated } else { others } as f32,
        }
    };
    pairs().map(comparison).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_take_everybody_before_anybody_twice_and_nobody_twice_at_once() {
        let mut stream = Seed(1).stream(Purpose::Shuffle, 0);
        let mut rounds = Rounds::new(7);
        let mut counts = [0; 7];
        for _ in 0..7 {
            let batch = rounds.next(&mut stream, |chosen| chosen.len() < 5);
            let mut unique = batch.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), 5);
            batch.iter().for_each(|&i| counts[i] += 1);
        }
        assert_eq!(counts, [5; 7]);
    }

    /// `people` in a batch, with up to four pictures each.
    fn sampler(pictures: &[usize], people: usize) -> Sampler {
        let mut next = 0..;
        let mut identity = |&count: &usize| Identity {
            pictures: next.by_ref().take(count).map(ImageId).collect(),
            mirror: false,
        };
        Sampler {
            kind: Kind::Identities {
                identities: pictures.iter().map(&mut identity).collect(),
                people,
                pictures: 4,
                batches: 6,
            },
            augment: Augment::default(),
            seed: Seed(1),
            share: true,
        }
    }

    #[test]
    fn people_with_one_picture_do_not_make_batches_smaller() {
        let mut pictures = vec![1; 30];
        pictures.extend([6; 10]);
        for plan in sampler(&pictures, 5).epoch(Epoch(1)) {
            assert_eq!(plan.rows.len(), 5 * 4);
            let mut images: Vec<ImageId> = plan.rows.iter().map(|row| row.image).collect();
            images.sort_unstable();
            images.dedup();
            assert_eq!(images.len(), 5 * 4, "no picture twice");
        }
        // Where there are not enough pictures, a batch has all.
        let few = sampler(&[1, 1, 2], 3).epoch(Epoch(1));
        assert!(few.iter().all(|plan| plan.rows.len() == 4));
    }

    #[test]
    fn kinds_of_comparison_weigh_the_same() {
        let identity = |first: usize| Identity {
            pictures: (first..first + 3).map(ImageId).collect(),
            mirror: false,
        };
        let people = [identity(0), identity(3), identity(6)];
        let plan = plan_identities(
            &people,
            &[0, 2],
            3,
            &mut Seed(1).stream(Purpose::Shuffle, 0),
        );
        let comparisons = among(&plan.rows);
        let weight = |same| {
            comparisons
                .iter()
                .filter(|c| c.same == same)
                .map(|c| c.weight)
                .sum::<f32>()
        };
        assert_eq!((plan.rows.len(), comparisons.len()), (6, 15));
        assert!((weight(true) - 0.5).abs() < 1e-6 && (weight(false) - 0.5).abs() < 1e-6);
    }
}
