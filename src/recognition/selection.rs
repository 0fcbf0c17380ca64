//! Which pictures of each person a probe is compared with.

use std::ops::Range;

use rand::RngExt;

use super::identification::PerPerson;
use crate::data::{Dataset, pairs};
use crate::gallery::EnrolledPerson;
use crate::units::{ImageId, PersonId, Purpose};

/// Marks the random streams for enrolled people. They are apart from those of the reference set, so that enrolling a
/// person does not change which pictures are drawn of the others.
const ENROLLED: u64 = 1 << 63;

/// The chosen pictures of the reference set, person after person. `exclude` is a picture that is itself the probe.
pub(super) fn pictures(
    dataset: &Dataset,
    per_person: PerPerson,
    exclude: Option<ImageId>,
) -> Vec<(PersonId, ImageId)> {
    let everybody = dataset.everybody();
    match per_person {
        PerPerson::One { seed, draw } => pairs::gallery(dataset, &everybody, seed, draw, exclude),
        PerPerson::All => {
            let of = |&person: &PersonId| {
                let images = dataset.person(person).images.iter();
                images.map(move |&image| (person, image))
            };
            let all = everybody.iter().flat_map(of);
            all.filter(|(_, image)| Some(*image) != exclude).collect()
        }
    }
}

/// The chosen photos of each enrolled person, as a range of their indices.
pub(super) fn photos(people: &[EnrolledPerson], per_person: PerPerson) -> Vec<Range<usize>> {
    let mut random = match per_person {
        PerPerson::One { seed, draw } => Some(seed.stream(Purpose::Gallery, draw | ENROLLED)),
        PerPerson::All => None,
    };
    let mut choose = |person: &EnrolledPerson| match (&mut random, person.photos.len()) {
        (Some(random), count @ 1..) => {
            let index = random.random_range(0..count);
            index..index + 1
        }
        (_, count) => 0..count,
    };
    people.iter().map(&mut choose).collect()
}
