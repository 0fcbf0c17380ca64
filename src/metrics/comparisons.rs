//! Comparisons that can be visited again and again, without being stored.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Comparison;
use crate::units::PersonId;

/// Comparisons of one picture with several others.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The person on the one picture.
    pub person: PersonId,
    /// The people on the others.
    pub others: &'a [PersonId],
    /// The similarity to each of them.
    pub similarities: &'a [f32],
}

/// A set of comparisons. Each visit gives the same ones, in any order.
pub trait Comparisons: Sync {
    /// The people with a comparison, each once, in ascending order.
    fn people(&self) -> Vec<PersonId>;

    /// How many comparisons there are of pictures of these two people, who may be one.
    fn between(&self, a: PersonId, b: PersonId) -> u64;

    /// Visits every comparison on all threads: each thread begins with `start`, `add`s rows, and the results are `merge`d.
    fn fold<S: Send>(
        &self,
        start: impl Fn() -> S + Sync + Send,
        add: impl Fn(&mut S, Row<'_>) + Sync + Send,
        merge: impl Fn(S, S) -> S + Sync + Send,
    ) -> S;
}

/// Comparisons in a list.
#[derive(Debug)]
pub struct Listed<'a> {
    comparisons: &'a [Comparison],
    counts: HashMap<(PersonId, PersonId), u64>,
}

/// Comparisons that a thread takes at once.
const PART: usize = 1 << 14;

impl<'a> Listed<'a> {
    /// Counts the comparisons between each two people.
    pub fn new(comparisons: &'a [Comparison]) -> Self {
        let mut counts = HashMap::new();
        for comparison in comparisons {
            *counts
                .entry(ordered(comparison.a, comparison.b))
                .or_default() += 1;
        }
        Self {
            comparisons,
            counts,
        }
    }
}

fn ordered(a: PersonId, b: PersonId) -> (PersonId, PersonId) {
    (a.min(b), a.max(b))
}

impl Comparisons for Listed<'_> {
    fn people(&self) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = self.counts.keys().flat_map(|&(a, b)| [a, b]).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    fn between(&self, a: PersonId, b: PersonId) -> u64 {
        self.counts.get(&ordered(a, b)).copied().unwrap_or(0)
    }

    fn fold<S: Send>(
        &self,
        start: impl Fn() -> S + Sync + Send,
        add: impl Fn(&mut S, Row<'_>) + Sync + Send,
        merge: impl Fn(S, S) -> S + Sync + Send,
    ) -> S {
        self.comparisons
            .par_chunks(PART)
            .fold(&start, |mut state, part| {
                let (mut others, mut similarities) = (Vec::new(), Vec::new());
                for row in part.chunk_by(|one, next| one.a == next.a) {
                    others.clear();
                    others.extend(row.iter().map(|comparison| comparison.b));
                    similarities.clear();
                    similarities.extend(row.iter().map(|comparison| comparison.similarity));
                    let row = Row {
                        person: row[0].a,
                        others: &others,
                        similarities: &similarities,
                    };
                    add(&mut state, row);
                }
                state
            })
            .reduce(&start, &merge)
    }
}
