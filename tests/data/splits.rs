use std::collections::BTreeSet;

use proptest::prelude::*;
use tempfile::TempDir;
use twinsight::data::split::folds;
use twinsight::data::{Dataset, Source, Split};
use twinsight::units::{PersonId, Seed};
use twinsight::vision::Preparation;

use crate::{save, scratch};

/// A data set of people with these numbers of pictures; its files are deleted afterwards.
pub(crate) fn people(pictures: &[usize]) -> Dataset {
    let folder: TempDir = scratch();
    for (person, &count) in pictures.iter().enumerate() {
        for number in 0..count {
            save(
                folder.path(),
                &format!("p{person}/{number}.pgm"),
                (16 * person + number) as u8,
            );
        }
    }
    Dataset::open(
        &Source::Folder(folder.path().into()),
        &Preparation::default(),
    )
    .unwrap()
}

pub(crate) fn orl() -> Dataset {
    Dataset::open(&Source::Orl, &Preparation::default()).unwrap()
}

#[test]
fn the_orl_people_are_split_as_is_usual() {
    let orl = orl();
    let (validation, test) = Split::default_sizes(&orl);
    assert_eq!((validation, test), (5, 5));
    let split = Split::by_person(&orl, Seed(0), validation, test).unwrap();
    assert_eq!(
        (split.train.len(), split.validation.len(), split.test.len()),
        (30, 5, 5)
    );
    assert_eq!(Split::by_person(&orl, Seed(0), 5, 5).unwrap(), split);
    assert_ne!(Split::by_person(&orl, Seed(1), 5, 5).unwrap(), split);
    // The test people do not depend on the number of validation people.
    assert_eq!(
        Split::by_person(&orl, Seed(0), 0, 5).unwrap().test,
        split.test
    );
}

#[test]
fn a_person_with_one_picture_is_never_held_out() {
    let dataset = people(&[1, 2, 1, 2, 2, 2]);
    for seed in 0..20 {
        let split = Split::by_person(&dataset, Seed(seed), 2, 0).unwrap();
        assert!(split.train.contains(&PersonId(0)) && split.train.contains(&PersonId(2)));
    }
}

#[test]
fn too_few_people_are_told() {
    let message = |dataset: &Dataset, validation, test| {
        Split::by_person(dataset, Seed(0), validation, test)
            .unwrap_err()
            .to_string()
    };
    let few = people(&[2, 2, 2]);
    assert_eq!(
        message(&few, 2, 0),
        "of 3 people, 3 have two pictures or more and can be held out; holding out 2 for validation and 0 for testing \
         leaves too few to train on; hold out at most 1 in total"
    );
    assert_eq!(
        message(&few, 1, 0),
        "one validation person cannot be compared with another; hold out none, or at least 2"
    );
    assert!(message(&orl(), usize::MAX, 2).contains("hold out at most 38 in total"));
    assert!(Split::by_person(&few, Seed(0), 0, 0).is_ok());
    // One person with several pictures is enough to train on if there is another person.
    assert!(Split::by_person(&people(&[2, 2, 2, 1]), Seed(0), 2, 0).is_ok());
}

#[test]
fn default_sizes_can_always_be_had() {
    for (pictures, expected) in [
        (vec![2; 3], (0, 0)),
        (vec![2; 4], (2, 0)),
        (vec![2; 5], (2, 0)),
        (vec![2; 6], (2, 2)),
        (vec![2, 2, 2, 2, 2, 1], (2, 2)),
        (vec![2; 24], (3, 3)),
    ] {
        let dataset = people(&pictures);
        let sizes = Split::default_sizes(&dataset);
        assert_eq!(sizes, expected, "{pictures:?}");
        assert!(Split::by_person(&dataset, Seed(0), sizes.0, sizes.1).is_ok());
    }
    let alone = people(&[1]);
    assert_eq!(Split::default_sizes(&alone), (0, 0));
    let error = Split::by_person(&alone, Seed(0), 0, 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is one person; two are needed to train"
    );
}

#[test]
fn folds_need_enough_people() {
    let everybody: Vec<_> = (0..9).map(PersonId).collect();
    for k in [0, 1, 5] {
        let message = folds(&everybody, k, 0, Seed(0)).unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "9 people cannot be divided into {k} folds of two or more; ask for 2 to 4 folds"
            )
        );
    }
}

proptest! {
    #[test]
    fn folds_divide_everybody(count in 4_usize..60, k in 2_usize..9, assignment in any::<u64>(), seed in any::<u64>()) {
        prop_assume!(count / 2 >= k);
        let everybody: Vec<_> = (0..count).map(PersonId).collect();
        let folds = folds(&everybody, k, assignment, Seed(seed)).unwrap();
        prop_assert_eq!(folds.len(), k);
        let sizes: BTreeSet<_> = folds.iter().map(Vec::len).collect();
        prop_assert!(sizes.last().unwrap() - sizes.first().unwrap() <= 1);
        let mut all: Vec<_> = folds.concat();
        all.sort_unstable();
        prop_assert_eq!(all, everybody);
    }

    #[test]
    fn a_split_divides_everybody(seed in any::<u64>(), validation in 0_usize..20, test in 0_usize..19) {
        prop_assume!(validation != 1 && test != 1);
        thread_local!(static ORL: Dataset = orl());
        let split = ORL.with(|orl| Split::by_person(orl, Seed(seed), validation, test)).unwrap();
        prop_assert_eq!((split.validation.len(), split.test.len()), (validation, test));
        let mut all = [split.train, split.validation, split.test].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..40).map(PersonId).collect::<Vec<_>>());
    }
}

#[test]
fn assignments_differ() {
    let everybody: Vec<_> = (0..40).map(PersonId).collect();
    let of = |assignment| folds(&everybody, 8, assignment, Seed(0)).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}
