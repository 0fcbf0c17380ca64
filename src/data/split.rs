//! Splits people into training, validation and test groups.
//!
//! People are held out, never single pictures: a network must recognise people it was not trained on, and recognising
//! another picture of a training person says little about that.
//!
//! Random streams of [`Purpose::Split`]: index 0 draws [`Split::by_person`]; index 2³² + a draws assignment `a` of
//! [`folds`].

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::units::{PersonId, Purpose, Seed};

/// The first random stream of [`folds`], far from the streams of a single split.
const FOLDS: u64 = 1 << 32;

/// Three disjoint groups of people, each sorted. Together they are all people of the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// People to train on.
    pub train: Vec<PersonId>,
    /// People to select the best epoch and the threshold with.
    pub validation: Vec<PersonId>,
    /// People for the final test only.
    pub test: Vec<PersonId>,
}

/// Why people cannot be split as requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A network learns from pictures of two people.
    #[error("there is one person; two are needed to train")]
    OnePerson,
    /// A group of one person has no non-mated comparison.
    #[error("one {group} person cannot be compared with another; hold out none, or at least 2")]
    Alone {
        /// `validation` or `test`.
        group: &'static str,
    },
    /// Too few people would be left for training.
    #[error(
        "of {total} people, {several} have two pictures or more and can be held out; holding out {validation} for \
         validation and {test} for testing leaves too few to train on; hold out at most {most} in total"
    )]
    TooFew {
        /// The number of people.
        total: usize,
        /// People with at least two pictures.
        several: usize,
        /// Requested for validation.
        validation: usize,
        /// Requested for testing.
        test: usize,
        /// The most people that can be held out.
        most: usize,
    },
    /// An impossible number of folds.
    #[error("{people} people cannot be divided into {folds} folds of two or more; ask for 2 to {} folds", people / 2)]
    Folds {
        /// The number of people.
        people: usize,
        /// The requested number of folds.
        folds: usize,
    },
}

impl Split {
    /// Holds out `validation` and `test` people, drawn by `seed` among the people with at least two pictures. A person
    /// with one picture has no mated comparison and is used for training, in negative pairs.
    ///
    /// # Errors
    /// If fewer than two people, or no person with two pictures, would be left for training, or if a group of one person
    /// is requested.
    pub fn by_person(
        dataset: &Dataset,
        seed: Seed,
        validation: usize,
        test: usize,
    ) -> Result<Self, SplitError> {
        if dataset.people.len() < 2 {
            return Err(SplitError::OnePerson);
        }
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

    /// The default numbers of people to hold out, `(validation, test)`: an eighth of the people with two or more pictures
    /// for each, but at least 2. With too few people for both, only validation; with too few for that, none. For the 40
    /// ORL people: (5, 5).
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

/// The most people that can be held out: two people must stay, at least one of them with two pictures.
fn most_held_out(several: usize, single: usize) -> usize {
    several.saturating_sub(if single > 0 { 1 } else { 2 })
}

/// Divides people into `k` folds, each sorted, whose sizes differ by at most one. The same seed and assignment give the
/// same folds; another assignment gives other folds.
///
/// ```
/// use twinsight::data::split::folds;
/// use twinsight::units::{PersonId, Seed};
///
/// let people: Vec<PersonId> = (0..41).map(PersonId).collect();
/// let folds = folds(&people, 8, 0, Seed(1))?;
/// assert_eq!(folds.len(), 8);
/// assert_eq!(folds.concat().len(), 41); // each person is in exactly one fold
/// assert!(folds.iter().all(|fold| fold.len() == 5 || fold.len() == 6));
/// # Ok::<(), twinsight::data::SplitError>(())
/// ```
///
/// # Errors
/// If `k` is less than 2 or a fold would have fewer than two people.
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
