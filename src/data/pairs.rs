//! Pairs of pictures: for training, for the Pairs screen, for testing.
//!
//! Every function here is pure: its result depends only on the data set, the people, the seed and an index. Training, the
//! screens and the command line call the same functions and so show the same pairs.
//!
//! Random indices are drawn as `usize` in ranges below 2³². For these the `rand` crate gives the same numbers on 32-bit
//! and 64-bit machines.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::Dataset;
use crate::units::{ImageId, PersonId, Purpose, Seed};

/// The random stream of [`Purpose::Split`] for the split of pairs. The split of people uses stream 0.
const PAIRS_STREAM: u64 = 1;

/// Two pictures, and whether they show one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// The first picture.
    pub a: ImageId,
    /// The second picture.
    pub b: ImageId,
    /// Whether both show the same person (label 1, a mated comparison) or not (label 0, non-mated).
    pub same: bool,
}

/// The pairs of the Keras tutorial: for each image one pair with a random *other* image of the same person, and one
/// with a random image of another person.
///
/// Positive and negative pairs alternate, positive first: 400 images give 800 pairs. Every other image of the person is
/// equally likely, and so is every image of the other people. The tutorial itself draws the positive partner from all
/// images of the person, so that a tenth of its positive pairs compare an image with itself; these are left out here.
///
/// The image of a person with a single image has no positive partner. It gets no pair of its own, to keep the balance,
/// but can be the negative partner of others. With fewer than two people there are no pairs.
///
/// `epoch` is the index of the random stream: the same index gives the same pairs (the tutorial's fixed list is index 0).
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

/// Converts an index into a list without the `count` entries from `start` into an index into the whole list.
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

/// How many pictures of each of the others [`across`] uses: the first ones.
const ACROSS_PICTURES: usize = 3;
/// The most pairs that [`across`] gives; one per cent of them are still 200 comparisons.
const ACROSS_MOST: usize = 20_000;

/// Non-mated pairs between two groups: every image of `people` with the first three images of each of the `others`. If
/// these are more than 20,000 pairs, only every second, third, … of them is taken.
pub fn across(dataset: &Dataset, people: &[PersonId], others: &[PersonId]) -> Vec<Pair> {
    let some = |&person: &PersonId| dataset.person(person).images.iter().take(ACROSS_PICTURES);
    let others: Vec<ImageId> = others.iter().flat_map(some).copied().collect();
    let images = images_of(dataset, people);
    let every = (images.len() * others.len()).div_ceil(ACROSS_MOST).max(1);
    let mut pairs = Vec::new();
    for (index, &a) in images.iter().enumerate() {
        // The offset changes from image to image, so that all others are used.
        let taken = others.iter().skip(index % every).step_by(every);
        pairs.extend(taken.map(|&b| Pair { a, b, same: false }));
    }
    pairs
}

/// One random image of each person, to compare a probe with (the tutorial's test). `exclude` is the probe itself: its
/// person gets another image, or none if there is no other. All allowed images are equally likely, and the images of the
/// other people do not depend on `exclude`.
pub fn gallery(
    dataset: &Dataset,
    people: &[PersonId],
    seed: Seed,
    index: u64,
    exclude: Option<ImageId>,
) -> Vec<(PersonId, ImageId)> {
    let draw = GalleryDraw::new(dataset, people, seed, index);
    let entry = |(place, &person)| Some((person, draw.image(place, exclude)?));
    people.iter().enumerate().filter_map(entry).collect()
}

/// The random numbers of one [`gallery`], so that those of many probes are drawn once.
#[derive(Debug, Clone)]
pub struct GalleryDraw<'a> {
    dataset: &'a Dataset,
    /// Each person with a number, which is drawn whether it is used or not.
    numbers: Vec<(PersonId, u64)>,
}

impl<'a> GalleryDraw<'a> {
    /// Draws for each of `people`.
    pub fn new(dataset: &'a Dataset, people: &[PersonId], seed: Seed, index: u64) -> Self {
        let mut rng = seed.stream(Purpose::Gallery, index);
        let numbers = people.iter().map(|&person| (person, rng.next_u64()));
        Self {
            dataset,
            numbers: numbers.collect(),
        }
    }

    /// The image of the person at this place of the list; `None` if `exclude` is the only one.
    pub fn image(&self, place: usize, exclude: Option<ImageId>) -> Option<ImageId> {
        let (person, number) = self.numbers[place];
        let images = &self.dataset.person(person).images;
        let probe = images.iter().position(|&image| Some(image) == exclude);
        match probe {
            None => Some(images[scaled(number, images.len())]),
            Some(_) if images.len() == 1 => None,
            Some(probe) => Some(images[skipping(scaled(number, images.len() - 1), probe, 1)]),
        }
    }
}

/// A random 64-bit number as an index below `length` by Lemire's multiplication ("Fast random integer generation in an
/// interval", 2019); the bias is below `length` / 2⁶⁴.
fn scaled(number: u64, length: usize) -> usize {
    ((u128::from(number) * length as u128) >> 64) as usize
}

/// Splits pairs like the tutorial: `(training, validation)`, shuffled once, the last tenth (rounded down) for validation.
///
/// The same people are on both sides, so the validation metrics describe *known* people. They look better than those of
/// [`Split::by_person`](super::Split::by_person), and a report must say which split it used.
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
