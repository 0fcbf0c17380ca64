//! Ranking, rules and choices, with embeddings that can be reckoned by hand.

use proptest::prelude::*;

use super::*;
use crate::data::{Dataset, Source};
use crate::gallery::{Gallery, Photo};
use crate::model::Embedding;
use crate::units::{ImageId, Seed};
use crate::vision::{Crop, Face, SIDE};

fn embedding(values: &[f32]) -> Embedding {
    Embedding(values.into())
}

fn halves(distance: Distance) -> Similarity {
    Similarity(1.0 / (1.0 + distance.0))
}

/// Ada at 0 and 4, Ben at 3.
fn three() -> Templates {
    let mut templates = Templates::default();
    templates.push("Ada", "ada/1", &embedding(&[0.0, 0.0]));
    templates.push("Ada", "ada/2", &embedding(&[4.0, 0.0]));
    templates.push("Ben", "ben/1", &embedding(&[0.0, 3.0]));
    templates
}

#[test]
fn a_person_is_as_far_as_the_mean_of_their_pictures() {
    let ranked = three().rank(&[embedding(&[0.0, 0.0]), embedding(&[0.0, 3.0])], halves);
    let score = |person: &str, picture: &str, distance: f32| Score {
        person: person.into(),
        picture: picture.into(),
        similarity: halves(Distance(distance)),
        distance: Distance(distance),
    };
    assert_eq!(
        ranked[0],
        [score("Ada", "ada/1", 2.0), score("Ben", "ben/1", 3.0)]
    );
    assert_eq!(
        ranked[1],
        [score("Ben", "ben/1", 0.0), score("Ada", "ada/1", 4.0)]
    );
}

#[test]
fn the_best_is_accepted_from_the_threshold_on() {
    let scores = three().rank(&[embedding(&[0.0, 0.0])], halves).remove(0);
    let verdict = |threshold: f32| Verdict {
        scores: scores.clone(),
        threshold: Threshold(threshold),
    };
    let best = scores[0].similarity.0;
    assert_eq!(
        verdict(best).accepted().map(|s| &*s.person),
        Some("Ada"),
        "equality accepts"
    );
    assert_eq!(verdict(best.next_up()).accepted(), None);
    assert_eq!(
        verdict(best.next_up()).best().map(|s| &*s.person),
        Some("Ada")
    );
    assert_eq!(
        Verdict {
            scores: Vec::new(),
            threshold: Threshold(0.0)
        }
        .accepted(),
        None
    );
}

#[test]
fn overflow_becomes_the_worst_finite_score() {
    let mut templates = three();
    templates.push("Eve", "eve/1", &embedding(&[f32::INFINITY, 0.0]));
    let ranked = templates.rank(&[embedding(&[0.0, 0.0])], halves).remove(0);
    let last = ranked.last().expect("three people");
    assert_eq!(
        (&*last.person, last.similarity, last.distance),
        ("Eve", Similarity(0.0), Distance(f32::MAX))
    );
}

#[test]
fn nobody_known_and_nothing_asked() {
    assert_eq!(
        Templates::default().rank(&[embedding(&[1.0])], halves),
        vec![Vec::new()]
    );
    assert!(three().rank(&[], halves).is_empty());
}

#[test]
fn thresholds_by_number_and_by_false_match_rate() {
    let validation = Scores {
        mated: vec![0.9, 0.7],
        non_mated: (0..100).map(|i| i as f32 / 200.0).collect(),
    };
    assert_eq!(
        Acceptance::default().threshold(&Scores::default()),
        Ok(Threshold(0.5))
    );
    let at = Acceptance::Fmr(0.01)
        .threshold(&validation)
        .expect("both kinds");
    assert_eq!(metrics::fmr_at(&validation, at), 0.01);
    let missing = Acceptance::Fmr(0.01)
        .threshold(&Scores::default())
        .unwrap_err();
    assert!(matches!(missing, VerifyError::NoValidation(_)), "{missing}");
}

#[test]
fn another_preparation_is_refused_with_both_names() {
    let (whole, centre) = (Preparation::of(Crop::Whole), Preparation::of(Crop::Centre));
    assert_eq!(check_preparation("orl", &whole, &whole), Ok(()));
    let error = check_preparation("orl", &whole, &centre)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("\"whole\"") && error.contains("\"centre\""),
        "{error}"
    );
}

/// The embedding of a picture is its index, so that what was chosen can be read off the distances.
fn by_index(ids: &[ImageId]) -> Vec<Embedding> {
    ids.iter().map(|id| embedding(&[id.0 as f32])).collect()
}

#[test]
fn choices_repeat_exclude_and_reach_everybody() {
    let dataset = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut gallery = Gallery::open(folder.path(), &Preparation::default()).unwrap();
    let photo = |shade: f32| {
        Photo::new(
            "p.png".as_ref(),
            Face::from_pixels(vec![shade; SIDE * SIDE]),
        )
    };
    gallery
        .add("Zoë", vec![photo(0.1), photo(0.2)], &dataset)
        .unwrap();
    let enrolled = vec![vec![embedding(&[1000.0]), embedding(&[2000.0])]];
    let select = |per_person, index, exclude| {
        let choice = Choice {
            per_person,
            seed: Seed(5),
            index,
            exclude,
        };
        let templates = choose(&dataset, gallery.enrolled(), &enrolled, &choice, by_index);
        templates.distances(&[embedding(&[0.0])])
    };
    let one = select(PerPerson::One, 0, None);
    assert_eq!(one.len(), 41);
    assert!(
        (0..40).all(|person| (one[person] as usize) / 10 == person),
        "one picture of each, in order"
    );
    assert_eq!(one, select(PerPerson::One, 0, None));
    assert_ne!(one, select(PerPerson::One, 1, None));

    let probe = ImageId(one[3] as usize);
    let other = select(PerPerson::One, 0, Some(probe));
    assert_ne!(other[3], one[3], "the probe is not compared with itself");
    assert_eq!(
        (&other[..3], &other[4..]),
        (&one[..3], &one[4..]),
        "nobody else's picture changes"
    );

    let all = select(PerPerson::All, 0, Some(ImageId(7)));
    assert_eq!(all.len(), 399 + 2);
    assert!(!all.contains(&7.0));
}

proptest! {
    #[test]
    fn distances_are_those_of_single_pairs(
        width in 1_usize..70,
        count in 1_usize..300,
        probes in 0_usize..4,
        seed in any::<u64>(),
    ) {
        use rand::RngExt;
        let mut random = Seed(seed).stream(crate::units::Purpose::Pairs, 0);
        let mut draw = || Embedding((0..width).map(|_| random.random_range(-1.0_f32..1.0)).collect());
        let vectors: Vec<Embedding> = (0..count).map(|_| draw()).collect();
        let mut probes: Vec<Embedding> = (0..probes).map(|_| draw()).collect();
        probes.push(vectors[0].clone());
        let mut templates = Templates::default();
        vectors.iter().for_each(|v| templates.push("a", "b", v));
        let distances = templates.distances(&probes);
        for (p, probe) in probes.iter().enumerate() {
            for (n, vector) in vectors.iter().enumerate() {
                let expected = probe.distance(vector).0;
                prop_assert!((distances[p * count + n] - expected).abs() <= 1e-5 * (1.0 + expected));
            }
        }
        prop_assert_eq!(distances[(probes.len() - 1) * count], 0.0, "identical embeddings have distance 0");
    }
}
