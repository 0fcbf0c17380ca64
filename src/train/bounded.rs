//! Seeded parts of large data sets, so that a validation takes as long for 100,000 pictures as for some thousands.
//!
//! What is small enough is taken whole; then nothing is drawn.

use rand::seq::SliceRandom;

use crate::data::Dataset;
use crate::units::{ImageId, PersonId, Purpose, Seed};

/// The most pictures of validation people that are compared with each other: half a million comparisons.
const MOST_COMPARED: usize = 1_000;
/// The most training people that validation people are compared with.
const MOST_OTHERS: usize = 300;
/// The most pictures that a whitening is fitted to. Its covariance has 128 × 128 numbers.
const MOST_FITTED: usize = 2_000;

/// Which part is drawn: the index of its random stream.
#[derive(Clone, Copy)]
enum Part {
    Compared,
    Others,
    Fitted,
}

/// The people who are compared with each other: all, or as many as have 1,000 pictures together, those with several pictures
/// first, because a single one has no mated comparison.
pub(super) fn compared(dataset: &Dataset, people: &[PersonId], seed: Seed) -> Vec<PersonId> {
    let pictures = |&person: &PersonId| dataset.person(person).images.len();
    if people.iter().map(pictures).sum::<usize>() <= MOST_COMPARED {
        return people.to_vec();
    }
    let mut drawn = shuffled(people, seed, Part::Compared);
    drawn.sort_by_key(|person| pictures(person) < 2);
    let mut left = MOST_COMPARED;
    let mut taken: Vec<PersonId> = Vec::new();
    for person in drawn {
        let own = pictures(&person);
        // One person alone has no non-mated comparison.
        if own <= left || taken.len() < 2 {
            left = left.saturating_sub(own);
            taken.push(person);
        }
    }
    taken.sort_unstable();
    taken
}

/// The training people that validation people are compared with.
pub(super) fn others(people: &[PersonId], seed: Seed) -> Vec<PersonId> {
    some(people, MOST_OTHERS, seed, Part::Others)
}

/// The pictures that a whitening is fitted to.
pub(super) fn fitted(dataset: &Dataset, people: &[PersonId], seed: Seed) -> Vec<ImageId> {
    let images = people
        .iter()
        .flat_map(|&person| &dataset.person(person).images);
    let images: Vec<ImageId> = images.copied().collect();
    some(&images, MOST_FITTED, seed, Part::Fitted)
}

/// At most so many, in their order.
fn some<T: Copy + Ord>(all: &[T], most: usize, seed: Seed, part: Part) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    let mut drawn = shuffled(all, seed, part);
    drawn.truncate(most);
    drawn.sort_unstable();
    drawn
}

fn shuffled<T: Copy>(all: &[T], seed: Seed, part: Part) -> Vec<T> {
    let mut drawn = all.to_vec();
    drawn.shuffle(&mut seed.stream(Purpose::Bounded, part as u64));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_is_taken_whole_and_of_the_rest_a_seeded_part() {
        let all: Vec<PersonId> = (0..301).map(PersonId).collect();
        assert_eq!(others(&all[..300], Seed(1)), all[..300]);
        let part = others(&all, Seed(1));
        assert_eq!(part.len(), 300);
        assert!(part.is_sorted());
        assert_eq!(part, others(&all, Seed(1)));
        assert_ne!(part, others(&all, Seed(2)));
    }
}
