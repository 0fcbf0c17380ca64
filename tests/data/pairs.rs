use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use twinsight::data::pairs::{all, gallery, split_by_pairs, tutorial};
use twinsight::data::{Dataset, Pair};
use twinsight::units::{ImageId, PersonId, Seed};

use crate::splits::{orl, people};

#[test]
fn the_tutorial_makes_800_pairs_of_400_images() {
    let orl = orl();
    let pairs = tutorial(&orl, &orl.everybody(), Seed(0), 0);
    assert_eq!(pairs.len(), 800);
    for (index, two) in pairs.chunks(2).enumerate() {
        assert_eq!((two[0].a, two[1].a), (ImageId(index), ImageId(index)));
        assert_eq!((two[0].same, two[1].same), (true, false));
    }
    assert_eq!(tutorial(&orl, &orl.everybody(), Seed(0), 0), pairs);
    assert_ne!(tutorial(&orl, &orl.everybody(), Seed(0), 1), pairs);
    assert_ne!(tutorial(&orl, &orl.everybody(), Seed(1), 0), pairs);
}

/// Every partner must be equally likely, and none impossible. The tolerance is six standard deviations of the binomial
/// distribution, so that the test does not fail by chance.
#[test]
fn all_partners_are_equally_likely() {
    let dataset = people(&[3, 2, 4]);
    let mut counts: BTreeMap<(ImageId, ImageId), usize> = BTreeMap::new();
    for epoch in 0..40 * 7 {
        for pair in tutorial(&dataset, &dataset.everybody(), Seed(5), epoch) {
            *counts.entry((pair.a, pair.b)).or_default() += 1;
        }
    }
    for a in 0..9 {
        let own = dataset.person(dataset.person_of(ImageId(a))).images.len();
        for b in (0..9).filter(|&b| b != a) {
            let same = dataset.person_of(ImageId(a)) == dataset.person_of(ImageId(b));
            let expected = 280.0 / if same { own - 1 } else { 9 - own } as f64;
            let count = counts[&(ImageId(a), ImageId(b))] as f64;
            let deviation =
                (count - expected).abs() / (expected * (1.0 - expected / 280.0)).sqrt().max(1e-9);
            assert!(
                count == expected || deviation < 6.0,
                "{a} with {b}: {count}, expected {expected}"
            );
        }
    }
}

#[test]
fn a_single_picture_is_only_ever_the_other_one() {
    let dataset = people(&[1, 3]);
    let pairs = tutorial(&dataset, &dataset.everybody(), Seed(0), 0);
    assert_eq!(pairs.len(), 6);
    assert!(pairs.iter().all(|pair| pair.a != ImageId(0)));
    assert!(
        pairs
            .iter()
            .filter(|pair| !pair.same)
            .all(|pair| pair.b == ImageId(0))
    );
}

#[test]
fn without_a_second_person_there_are_no_pairs() {
    let orl = orl();
    assert_eq!(tutorial(&orl, &[], Seed(0), 0), []);
    assert_eq!(tutorial(&orl, &[PersonId(3)], Seed(0), 0), []);
    let single = people(&[1, 1]);
    assert_eq!(tutorial(&single, &single.everybody(), Seed(0), 0), []);
}

#[test]
fn five_people_make_225_mated_and_1000_non_mated_comparisons() {
    let orl = orl();
    let five: Vec<_> = (5..10).map(PersonId).collect();
    let pairs = all(&orl, &five);
    let mated = pairs.iter().filter(|pair| pair.same).count();
    assert_eq!((mated, pairs.len() - mated), (225, 1000));
    let different: BTreeSet<_> = pairs
        .iter()
        .map(|pair| (pair.a.min(pair.b), pair.a.max(pair.b)))
        .collect();
    assert_eq!(different.len(), pairs.len());
    assert!(all(&orl, &[]).is_empty());
}

#[test]
fn the_probe_never_meets_itself() {
    let dataset = people(&[2, 1, 3]);
    let everybody = dataset.everybody();
    for index in 0..50 {
        let open = gallery(&dataset, &everybody, Seed(1), index, None);
        assert_eq!(open.len(), 3);
        for probe in (0..6).map(ImageId) {
            let owner = dataset.person_of(probe);
            let drawn = gallery(&dataset, &everybody, Seed(1), index, Some(probe));
            assert!(
                drawn
                    .iter()
                    .all(|&(person, image)| image != probe && dataset.person_of(image) == person)
            );
            let others = |gallery: &[(PersonId, ImageId)]| -> Vec<_> {
                gallery
                    .iter()
                    .copied()
                    .filter(|&(person, _)| person != owner)
                    .collect()
            };
            assert_eq!(others(&drawn), others(&open));
            assert_eq!(
                drawn.iter().any(|&(person, _)| person == owner),
                owner != PersonId(1)
            );
        }
    }
}

#[test]
fn every_image_comes_into_the_gallery() {
    let orl = orl();
    let drawn: BTreeSet<_> = (0..200)
        .flat_map(|index| gallery(&orl, &[PersonId(4)], Seed(0), index, None))
        .collect();
    assert_eq!(drawn.len(), 10);
    let probe = Some(ImageId(45));
    let drawn: BTreeSet<_> = (0..200)
        .flat_map(|index| gallery(&orl, &[PersonId(4)], Seed(0), index, probe))
        .collect();
    assert_eq!(drawn.len(), 9);
}

#[test]
fn the_tutorials_own_split_takes_the_last_tenth() {
    let orl = orl();
    let pairs = tutorial(&orl, &orl.everybody(), Seed(0), 0);
    let (train, validation) = split_by_pairs(pairs.clone(), Seed(0));
    assert_eq!((train.len(), validation.len()), (720, 80));
    let sorted = |mut pairs: Vec<Pair>| {
        pairs.sort_by_key(|pair| (pair.a, pair.b, pair.same));
        pairs
    };
    assert_eq!(
        sorted([train.clone(), validation.clone()].concat()),
        sorted(pairs.clone())
    );
    assert_eq!(split_by_pairs(pairs.clone(), Seed(0)), (train, validation));
    assert_eq!(split_by_pairs(pairs[..9].to_vec(), Seed(0)).1, []);
}

fn check(dataset: &Dataset, chosen: &[PersonId], pairs: &[Pair]) -> Result<(), TestCaseError> {
    let positive = pairs.iter().filter(|pair| pair.same).count();
    prop_assert_eq!(2 * positive, pairs.len());
    for pair in pairs {
        prop_assert_ne!(pair.a, pair.b);
        let (a, b) = (dataset.person_of(pair.a), dataset.person_of(pair.b));
        prop_assert_eq!(a == b, pair.same);
        prop_assert!(chosen.contains(&a) && chosen.contains(&b));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pairs_are_balanced_and_true(
        pictures in prop::collection::vec(1_usize..5, 1..6),
        keep in prop::collection::vec(any::<bool>(), 6),
        seed in any::<u64>(),
        epoch in any::<u64>(),
    ) {
        let dataset = people(&pictures);
        let chosen: Vec<_> = dataset.everybody().into_iter().filter(|person| keep[person.0]).collect();
        let pairs = tutorial(&dataset, &chosen, Seed(seed), epoch);
        check(&dataset, &chosen, &pairs)?;
        let several = chosen.iter().map(|&person| dataset.person(person).images.len()).filter(|&count| count > 1);
        let expected = if chosen.len() > 1 { 2 * several.sum::<usize>() } else { 0 };
        prop_assert_eq!(pairs.len(), expected);
        let images: usize = chosen.iter().map(|&person| dataset.person(person).images.len()).sum();
        prop_assert_eq!(all(&dataset, &chosen).len(), images * images.saturating_sub(1) / 2);
    }
}
