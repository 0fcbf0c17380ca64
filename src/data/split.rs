//! Which people are held out. Always people, never pictures: a network that has seen a face in training says nothing
//! about strangers when it knows that face again, and strangers are what it is for.
//!
//! Seeds: [`Purpose::Split`] at index 0 draws [`Split::by_person`]; index 2³² + a draws assignment `a` of [`folds`].

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::units::{PersonId, Purpose, Seed};

/// The first stream of [`folds`]; far away from what one split may ever need.
const FOLDS: u64 = 1 << 32;

/// Disjoint groups of people, each sorted; together they are everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The network learns from these.
    pub train: Vec<PersonId>,
    /// These choose what is chosen during training: the epoch to stop at, the threshold.
    pub validation: Vec<PersonId>,
    /// These are only ever asked about at the end.
    pub test: Vec<PersonId>,
}

/// Why people cannot be divided as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// One held-out person can be compared with no other.
    #[error("one {group} person cannot be told from anybody; hold out none, or at least 2")]
    Alone {
        /// `validation` or `test`.
        group: &'static str,
    },
    /// Too few people would be left to learn from.
    #[error(
        "of {total} people, {several} have two pictures or more and can be held out; holding out {validation} for \
         validation and {test} for testing leaves too few to learn from; hold out at most {most} altogether"
    )]
    TooFew {
        /// All people.
        total: usize,
        /// Those with at least two pictures.
        several: usize,
        /// Asked for validation.
        validation: usize,
        /// Asked for testing.
        test: usize,
        /// The most that can be held out.
        most: usize,
    },
    /// Not a number of folds that these people can be divided into.
    #[error("{people} people cannot be divided into {folds} folds of two or more; ask for 2 to {} folds", people / 2)]
    Folds {
        /// How many people there are.
        people: usize,
        /// How many folds were asked for.
        folds: usize,
    },
}

impl Split {
    /// Holds out `validation` and `test` people, drawn by `seed` among those with at least two pictures: a person with
    /// one has no mated comparison to offer, but serves in training as somebody else.
    ///
    /// # Errors
    /// When fewer than two people, or nobody with two pictures, would be left to learn from, and when a group of just
    /// one person is asked for.
    pub fn by_person(
        dataset: &Dataset,
        seed: Seed,
        validation: usize,
        test: usize,
    ) -> Result<Self, SplitError> {
        for (size, group) in [(validation, "validation"), (test, "test")] {
            if size == 1 {
                return Err(SplitError::Alone { group });
            }
        }
        let (mut several, single): (Vec<_>, Vec<_>) = dataset
            .everybody()
            .into_iter()
            .partition(|&person| dataset.person(person).images.len() >= 2);
        let most = most_held_out(several.len(), single.len());
        if validation.saturating_add(test) > most {
            let (total, several) = (dataset.people.len(), several.len());
            return Err(SplitError::TooFew {
                total,
                several,
                validation,
                test,
                most,
            });
        }
        several.shuffle(&mut seed.stream(Purpose::Split, 0));
        let mut groups = several.into_iter();
        let held_out = |groups: &mut std::vec::IntoIter<PersonId>, size| {
            sorted(groups.by_ref().take(size).collect())
        };
        let test = held_out(&mut groups, test);
        let validation = held_out(&mut groups, validation);
        Ok(Self {
            train: sorted(groups.chain(single).collect()),
            validation,
            test,
        })
    }

    /// How many people to hold out where nobody said: an eighth of those with two pictures or more for validation, and
    /// as many for testing, but at least 2 each; only validation where there are too few for both; nobody where there
    /// are too few even for that. For the 40 ORL people: (5, 5).
    pub fn default_sizes(dataset: &Dataset) -> (usize, usize) {
        let several = dataset
            .people
            .iter()
            .filter(|person| person.images.len() >= 2)
            .count();
        let most = most_held_out(several, dataset.people.len() - several);
        let eighth = (several / 8).max(2);
        match most {
            0..2 => (0, 0),
            2..4 => (2, 0),
            _ => (eighth, eighth),
        }
    }
}

/// Two people must stay, at least one of them with a pair of pictures.
fn most_held_out(several: usize, single: usize) -> usize {
    several.saturating_sub(if single > 0 { 1 } else { 2 })
}

/// Divides people into `k` folds whose sizes differ by one at most, each sorted. The same seed and assignment give the
/// same folds; another assignment gives others.
///
/// # Errors
/// When `k` is less than 2, or a fold would have fewer than two people.
pub fn folds(
    people: &[PersonId],
    k: usize,
    assignment: u64,
    seed: Seed,
) -> Result<Vec<Vec<PersonId>>, SplitError> {
    if k < 2 || people.len() / 2 < k {
        return Err(SplitError::Folds {
            people: people.len(),
            folds: k,
        });
    }
    let mut shuffled = people.to_vec();
    shuffled.shuffle(&mut seed.stream(Purpose::Split, FOLDS.saturating_add(assignment)));
    let dealt = (0..k).map(|fold| sorted(shuffled.iter().skip(fold).step_by(k).copied().collect()));
    Ok(dealt.collect())
}

fn sorted(mut people: Vec<PersonId>) -> Vec<PersonId> {
    people.sort_unstable();
    people
}
