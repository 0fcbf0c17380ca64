//! Which pictures are paired: for training, for looking at, for testing.
//!
//! Everything here is a pure function of a data set, some of its people, a seed and an index; the same code serves
//! training, the pair screen and the command line, so that they show the same pairs.
//!
//! Random indices are drawn as `usize` in ranges below 2³², for which the `rand` crate promises the same numbers on 32
//! and 64 bits.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::units::{ImageId, PersonId, Purpose, Seed};

/// The stream of [`Purpose::Split`] that divides pairs; that of people is 0.
const PAIRS_STREAM: u64 = 1;

/// Two pictures, and whether they show one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// One picture.
    pub a: ImageId,
    /// The other picture.
    pub b: ImageId,
    /// Whether both show the same person (label 1, a mated comparison) or not (label 0, non-mated).
    pub same: bool,
}

/// The tutorial's pairs: for each image a random *other* image of the same person, and then one of another person.
///
/// Labels are balanced exactly and alternate, positive first: 400 images give 800 pairs. Every other image of the same
/// person is equally likely, and so is every image of all other people. The tutorial draws the positive partner from
/// all images of the person, so that a tenth of its positive pairs are an image with itself, which teach nothing; here
/// they are left out.
///
/// An image of a person with a single picture has no positive partner. It gets no pair of its own, which would upset
/// the balance, but serves as the negative partner of others. With fewer than two people there are no pairs at all.
///
/// `epoch` is the index of the stream: the same index gives the same pairs (the tutorial's fixed list is index 0).
pub fn tutorial(dataset: &Dataset, people: &[PersonId], seed: Seed, epoch: u64) -> Vec<Pair> {
    let mut rng = seed.stream(Purpose::Pairs, epoch);
    let all = images_of(dataset, people);
    let mut pairs = Vec::with_capacity(2 * all.len());
    let mut before = 0;
    for &person in people {
        let own = &dataset.person(person).images;
        let others = all.len() - own.len();
        if own.len() >= 2 && others > 0 {
            for (index, &a) in own.iter().enumerate() {
                let b = own[skipping(rng.random_range(0..own.len() - 1), index, 1)];
                pairs.push(Pair { a, b, same: true });
                let b = all[skipping(rng.random_range(0..others), before, own.len())];
                pairs.push(Pair { a, b, same: false });
            }
        }
        before += own.len();
    }
    pairs
}

/// The index in the whole list of what is at `index` once `count` entries from `start` are left out.
fn skipping(index: usize, start: usize, count: usize) -> usize {
    if index < start { index } else { index + count }
}

/// Every unordered pair of different images of these people: n (n - 1) / 2 for n images.
pub fn all(dataset: &Dataset, people: &[PersonId]) -> Vec<Pair> {
    let images = images_of(dataset, people);
    let mut pairs = Vec::with_capacity(images.len() * images.len().saturating_sub(1) / 2);
    for (index, &a) in images.iter().enumerate() {
        for &b in &images[index + 1..] {
            pairs.push(Pair {
                a,
                b,
                same: dataset.person_of(a) == dataset.person_of(b),
            });
        }
    }
    pairs
}

/// Of each person behind the other side of [`across`], so many pictures: the first ones.
const ACROSS_PICTURES: usize = 3;
/// The most pairs [`across`] gives; a hundredth of them is still some hundred.
const ACROSS_MOST: usize = 20_000;

/// Non-mated pairs of people of two groups: every image of `people` with some of each of the `others`. Where that is too many
/// to be worth the time, every second, third, ... is taken.
pub fn across(dataset: &Dataset, people: &[PersonId], others: &[PersonId]) -> Vec<Pair> {
    let some = |&person: &PersonId| dataset.person(person).images.iter().take(ACROSS_PICTURES);
    let others: Vec<ImageId> = others.iter().flat_map(some).copied().collect();
    let images = images_of(dataset, people);
    let every = (images.len() * others.len()).div_ceil(ACROSS_MOST).max(1);
    let mut pairs = Vec::new();
    for (index, &a) in images.iter().enumerate() {
        // Shifted from row to row, lest it be the same few others each time.
        let taken = others.iter().skip(index % every).step_by(every);
        pairs.extend(taken.map(|&b| Pair { a, b, same: false }));
    }
    pairs
}

/// One random image of each person, to test a probe against: the tutorial's test. `exclude` is the probe itself, which
/// must not meet itself; its person is represented by another image, or left out if there is none. All images that may
/// be drawn are equally likely, and which ones are drawn for the other people does not depend on `exclude`.
pub fn gallery(
    dataset: &Dataset,
    people: &[PersonId],
    seed: Seed,
    index: u64,
    exclude: Option<ImageId>,
) -> Vec<(PersonId, ImageId)> {
    let mut rng = seed.stream(Purpose::Gallery, index);
    let drawn = people.iter().filter_map(|&person| {
        // Drawn in any case, so that the people behind this one get the same numbers.
        let number = rng.next_u64();
        let images = &dataset.person(person).images;
        let probe = images.iter().position(|&image| Some(image) == exclude);
        match probe {
            None => Some((person, images[scaled(number, images.len())])),
            Some(_) if images.len() == 1 => None,
            Some(probe) => Some((
                person,
                images[skipping(scaled(number, images.len() - 1), probe, 1)],
            )),
        }
    });
    drawn.collect()
}

/// A random number as an index below `length` (Lemire's multiplication; its bias is below `length` / 2⁶⁴).
fn scaled(number: u64, length: usize) -> usize {
    ((u128::from(number) * length as u128) >> 64) as usize
}

/// Divides pairs as the tutorial does: shuffled once, the last tenth (rounded down) for validation.
///
/// People are on both sides, so the validation figures say how well *known* people are recognised. They look better
/// than those of [`Split::by_person`](super::Split::by_person); whoever shows them must say which they are.
pub fn split_by_pairs(mut pairs: Vec<Pair>, seed: Seed) -> (Vec<Pair>, Vec<Pair>) {
    pairs.shuffle(&mut seed.stream(Purpose::Split, PAIRS_STREAM));
    let validation = pairs.split_off(pairs.len() - pairs.len() / 10);
    (pairs, validation)
}

fn images_of(dataset: &Dataset, people: &[PersonId]) -> Vec<ImageId> {
    people
        .iter()
        .flat_map(|&person| &dataset.person(person).images)
        .copied()
        .collect()
}
