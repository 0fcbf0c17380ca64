//! Ranking, rules and selection, with embeddings simple enough to compute by hand.

use std::sync::Arc;

use proptest::prelude::*;

use super::identification::check_preparation;
use super::selection;
use super::templates::{TemplateInfo, Templates};
use super::*;
use crate::data::{Dataset, Source};
use crate::gallery::{EnrolledPhoto, Gallery};
use crate::model::photographs::FaceTraits;
use crate::model::{Embedding, Siamese, pretrained, pretrained_v0_1};
use crate::units::{Distance, ImageId, Seed, Similarity, Threshold};
use crate::vision::{Crop, Face, Preparation, SIDE};

fn embedding(values: &[f32]) -> Embedding {
    Embedding(values.into())
}

fn halves(distance: Distance) -> Similarity {
    Similarity(1.0 / (1.0 + distance.0))
}

fn grey(shade: f32) -> Face {
    Face::from_pixels(vec![shade; SIDE * SIDE])
}

fn info(picture: &str) -> TemplateInfo {
    TemplateInfo {
        picture: picture.into(),
        face: grey(0.0),
        enrolled: false,
    }
}

/// Ada at (0, 0) and (4, 0), Ben at (0, 3).
fn three() -> Templates {
    let mut templates = Templates::default();
    templates.push("Ada", info("ada/1"), &embedding(&[0.0, 0.0]));
    templates.push("Ada", info("ada/2"), &embedding(&[4.0, 0.0]));
    templates.push("Ben", info("ben/1"), &embedding(&[0.0, 3.0]));
    templates
}

#[test]
fn a_person_is_as_far_as_the_mean_of_their_pictures() {
    let ranked = three().rank(&[embedding(&[0.0, 0.0]), embedding(&[0.0, 3.0])], halves);
    let candidate = |person: &str, picture: &str, distance: f32| Candidate {
        person: person.into(),
        enrolled: false,
        picture: picture.into(),
        face: grey(0.0),
        similarity: halves(Distance(distance)),
        distance: Distance(distance),
        by: ComparedBy::Answering,
    };
    assert_eq!(
        ranked[0],
        [
            candidate("Ada", "ada/1", 2.0),
            candidate("Ben", "ben/1", 3.0)
        ]
    );
    assert_eq!(
        ranked[1],
        [
            candidate("Ben", "ben/1", 0.0),
            candidate("Ada", "ada/1", 4.0)
        ]
    );
}

#[test]
fn the_best_is_accepted_from_the_threshold_on() {
    let candidates = three().rank(&[embedding(&[0.0, 0.0])], halves).remove(0);
    let at = |threshold: f32| Identification {
        candidates: candidates.clone(),
        threshold: Threshold(threshold),
        traits: FaceTraits::default(),
    };
    let best = candidates[0].similarity.0;
    assert_eq!(
        at(best).accepted().map(|s| &*s.person),
        Some("Ada"),
        "equality accepts"
    );
    assert_eq!(at(best.next_up()).accepted(), None);
    assert_eq!(at(best.next_up()).best().map(|s| &*s.person), Some("Ada"));
    assert_eq!(
        Identification {
            candidates: Vec::new(),
            threshold: Threshold(0.0),
            traits: FaceTraits::default(),
        }
        .accepted(),
        None
    );
}

#[test]
fn overflow_becomes_the_worst_finite_score() {
    let mut templates = three();
    templates.push("Eve", info("eve/1"), &embedding(&[f32::INFINITY, 0.0]));
    let ranked = templates.rank(&[embedding(&[0.0, 0.0])], halves).remove(0);
    let last = ranked.last().expect("three people");
    assert_eq!(
        (&*last.person, last.similarity, last.distance),
        ("Eve", Similarity(0.0), Distance(f32::MAX))
    );
}

#[test]
fn no_templates_and_no_probes() {
    assert_eq!(
        Templates::default().rank(&[embedding(&[1.0])], halves),
        vec![Vec::new()]
    );
    assert!(three().rank(&[], halves).is_empty());
}

#[test]
fn another_preparation_is_refused_with_both_names() {
    let (whole, centre) = (Preparation::of(Crop::Whole), Preparation::of(Crop::Centre));
    assert!(check_preparation("orl", &whole, &whole).is_ok());
    let error = check_preparation("orl", &whole, &centre)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("\"whole\"") && error.contains("\"centre\""),
        "{error}"
    );
}

#[test]
fn selections_repeat_exclude_and_reach_everybody() {
    let dataset = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
    let one = |draw, exclude| -> Vec<usize> {
        let per_person = PerPerson::One {
            seed: Seed(5),
            draw,
        };
        let chosen = selection::pictures(&dataset, per_person, exclude);
        chosen.iter().map(|(_, image)| image.0).collect()
    };
    let first = one(0, None);
    assert_eq!(first.len(), 40);
    assert!(
        (0..40).all(|person| first[person] / 10 == person),
        "one picture of each, in order"
    );
    assert_eq!(first, one(0, None));
    assert_ne!(first, one(1, None));

    let other = one(0, Some(ImageId(first[3])));
    assert_ne!(other[3], first[3], "the probe is not compared with itself");
    assert_eq!(
        (&other[..3], &other[4..]),
        (&first[..3], &first[4..]),
        "nobody else's picture changes"
    );

    let all = selection::pictures(&dataset, PerPerson::All, Some(ImageId(7)));
    assert_eq!(all.len(), 399);
    assert!(all.iter().all(|(_, image)| image.0 != 7));
}

#[test]
fn of_enrolled_people_one_photo_is_drawn_or_all_are_taken() {
    let dataset = Dataset::open(&Source::Orl, &Preparation::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut gallery = Gallery::open(folder.path(), &Preparation::default()).unwrap();
    let photo = |shade: f32| EnrolledPhoto::new("p.png".as_ref(), grey(shade));
    for name in ["Zoë", "Anna"] {
        let photos = (1..9).map(|shade| photo(shade as f32 / 10.0)).collect();
        gallery.add(name, photos, &dataset).unwrap();
    }
    let one = |draw| {
        let per_person = PerPerson::One {
            seed: Seed(5),
            draw,
        };
        selection::photos(gallery.enrolled(), per_person)
    };
    assert!(
        one(0)
            .iter()
            .all(|range| range.len() == 1 && range.end <= 8)
    );
    assert_eq!(one(0), one(0));
    assert!((1..5).any(|draw| one(draw) != one(0)));
    let all = selection::photos(gallery.enrolled(), PerPerson::All);
    assert_eq!(all, [0..8, 0..8]);
}

/// The built-in model of version 0.1.0, the built-in faces, and an empty gallery.
fn recognizer(folder: &tempfile::TempDir) -> Recognizer {
    of_model(folder, pretrained_v0_1().model)
}

fn of_model(folder: &tempfile::TempDir, model: Siamese) -> Recognizer {
    let dataset = Dataset::open(&Source::Orl, model.preparation()).unwrap();
    Recognizer::open(model, Arc::new(dataset), folder.path()).unwrap()
}

#[test]
fn known_people_are_embedded_in_parts_once_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut recognizer = recognizer(&folder);
    let dataset = recognizer.reference().clone();
    let probe = Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(25))).probe();
    recognizer.enroll("anna", &[probe]).unwrap();
    let go_on = std::cell::Cell::new(false);
    let told = std::cell::RefCell::new(Vec::new());
    let watch = |done, total| {
        told.borrow_mut().push((done, total));
        match go_on.get() {
            true => std::ops::ControlFlow::Continue(()),
            false => std::ops::ControlFlow::Break(()),
        }
    };
    recognizer.embed_reference(watch);
    assert_eq!(told.take(), [(0, 400)]);
    let stopped = recognizer.embed_gallery(watch);
    assert!(matches!(
        stopped,
        Err(crate::gallery::GalleryError::Stopped)
    ));
    assert_eq!(told.take(), [(0, 1)]);
    go_on.set(true);
    recognizer.embed_reference(watch);
    recognizer.embed_gallery(watch).unwrap();
    let parts = told.take();
    assert!(
        parts.contains(&(0, 400)) && parts.ends_with(&[(0, 1)]),
        "{parts:?}"
    );
    recognizer.embed_reference(watch);
    recognizer.embed_gallery(watch).unwrap();
    assert_eq!(told.take(), [], "nothing is embedded twice");
}

#[test]
fn all_pictures_count_by_their_mean_and_a_picture_is_not_compared_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut recognizer = recognizer(&folder);
    let dataset = recognizer.reference().clone();
    let probe = |image| Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(image))).probe();
    recognizer.enroll("anna", &[probe(25)]).unwrap();

    let options = IdentifyOptions::default();
    let answers = recognizer.identify(&[probe(0), probe(25)], &options);
    let answers = answers.expect("an answer for each");
    assert_eq!(answers[0].candidates.len(), 41);
    let own = recognizer.embeddings(&[ImageId(0)]).remove(0);
    let mut mean = |images: std::ops::Range<usize>| {
        let count = images.len() as f32;
        let images: Vec<ImageId> = images.map(ImageId).collect();
        let others = recognizer.embeddings(&images);
        others
            .iter()
            .map(|other| own.distance(other).0)
            .sum::<f32>()
            / count
    };
    for (name, enrolled, wanted) in [
        ("s01", false, mean(1..10)),
        ("s03", false, mean(20..30)),
        ("anna", true, mean(25..26)),
    ] {
        let mut candidates = answers[0].candidates.iter();
        let candidate = candidates.find(|candidate| *candidate.person == *name);
        let candidate = candidate.expect("everybody is compared");
        assert_eq!(candidate.enrolled, enrolled, "{name}");
        let off = (candidate.distance.0 - wanted).abs();
        assert!(off < 1e-5, "{name}: {} {wanted}", candidate.distance.0);
    }
    let best = answers[1].best().expect("somebody");
    assert_eq!((&*best.person, best.distance.0), ("anna", 0.0));
    assert_eq!(&best.face, dataset.face(ImageId(25)));
}

#[test]
fn a_change_of_the_gallery_by_another_program_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (recognizer(&folder), recognizer(&folder));
    let picture = PreparedPhoto::of_picture(one.reference(), ImageId(25));
    let probe = Arc::new(picture).probe();
    let options = IdentifyOptions::default();
    let people = |recognizer: &mut Recognizer| {
        let answers = recognizer.identify(std::slice::from_ref(&probe), &options);
        answers.unwrap()[0].candidates.len()
    };
    assert_eq!(people(&mut one), 40);
    two.enroll("anna", std::slice::from_ref(&probe)).unwrap();
    assert_eq!(people(&mut one), 41);
    two.forget("anna").unwrap();
    assert_eq!(people(&mut one), 40);
}

#[test]
fn a_new_model_answers_about_the_same_prepared_faces() {
    let folder = tempfile::tempdir().unwrap();
    let mut recognizer = recognizer(&folder);
    let picture = PreparedPhoto::of_picture(recognizer.reference(), ImageId(25));
    let probe = Arc::new(picture).probe();
    let options = IdentifyOptions::default();
    let probes = std::slice::from_ref(&probe);
    let before = recognizer.identify(probes, &options).unwrap();
    // The head alone, without the calibration, gives other similarities at the same distances.
    let other = pretrained_v0_1().model.calibrated(None);
    recognizer.set_model(other).unwrap();
    let after = recognizer.identify(probes, &options).unwrap();
    assert_ne!(before, after);
    recognizer.set_model(pretrained_v0_1().model).unwrap();
    assert_eq!(before, recognizer.identify(probes, &options).unwrap());
}

#[test]
fn the_built_in_model_knows_an_enrolled_picture_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut recognizer = of_model(&folder, pretrained().model);
    let dataset = recognizer.reference().clone();
    let probe = |image| Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(image))).probe();
    recognizer.enroll("anna", &[probe(25)]).unwrap();
    let enrolled = &recognizer.gallery().enrolled()[0].photos[0];
    let face = enrolled.face().unwrap();
    let colour = face.colour().expect("colours, for other backbones");
    assert_eq!(colour.dimensions(), (112, 112));
    let answers = recognizer.identify(&[probe(25)], &IdentifyOptions::default());
    let best = answers.unwrap()[0].best().expect("somebody").clone();
    // The features that come with the program were made on another machine.
    assert!(
        &*best.person == "anna" && best.distance.0 < 0.02,
        "{best:?}"
    );
    assert_eq!(best.by, ComparedBy::Answering);
}

#[test]
fn people_of_the_old_gallery_count_only_where_nobody_else_is_accepted() {
    let candidate = |person: &str, similarity, by| Candidate {
        person: person.into(),
        enrolled: true,
        picture: "1.png".into(),
        face: grey(0.0),
        similarity: Similarity(similarity),
        distance: Distance(1.0),
        by,
    };
    let accepted = |new: f32, old: f32, threshold: f32| {
        let candidates = vec![
            candidate("new", new, ComparedBy::Answering),
            candidate("old", old, ComparedBy::V0_1),
        ];
        let threshold = Threshold(threshold);
        let answer = Identification {
            candidates,
            threshold,
            traits: FaceTraits::default(),
        };
        let name = |candidate: &Candidate| candidate.person.to_string();
        (
            answer.accepted().map(name),
            answer.best().map(name).unwrap(),
        )
    };
    let some = |name: &str| (Some(name.to_owned()), name.to_owned());
    assert_eq!(accepted(0.96, 0.99, 0.95), some("new"));
    assert_eq!(
        accepted(0.94, 0.51, 0.95),
        some("old"),
        "its own threshold is 0.50"
    );
    assert_eq!(accepted(0.94, 0.49, 0.95), (None, "new".to_owned()));
    assert_eq!(accepted(0.2, 0.49, 0.1), some("new"));
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
        vectors.iter().for_each(|v| templates.push("a", info("b"), v));
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

#[test]
fn a_gallery_in_several_files_gives_the_answers_of_one_file() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut small = of_model(&folders[0], pretrained().model);
    let dataset = small.reference().clone();
    let probe = |image| Arc::new(PreparedPhoto::of_picture(&dataset, ImageId(image))).probe();
    let photo = |image| probe(image).to_enroll(&dataset).unwrap();
    for (folder, in_one_file) in folders.iter().zip([100, 4]) {
        let mut gallery = Gallery::open(folder.path(), small.model().preparation()).unwrap();
        gallery.keep_in_one_file(in_one_file);
        let photos = |i: usize| (0..1 + i % 3).map(|n| photo(31 * i + n)).collect();
        let people = (0..12).map(|i| (format!("person {i}"), photos(i)));
        gallery.add_all(people.collect(), &dataset).unwrap();
        assert_eq!(gallery.is_large(), in_one_file == 4);
    }
    small = of_model(&folders[0], pretrained().model);
    let mut large = of_model(&folders[1], pretrained().model);
    let probes: Vec<_> = [5, 31, 100, 201].map(probe).to_vec();
    let one = PerPerson::One {
        seed: Seed(2),
        draw: 3,
    };
    for per_person in [PerPerson::All, one] {
        let options = IdentifyOptions {
            per_person,
            ..IdentifyOptions::default()
        };
        let answers = small.identify(&probes, &options).unwrap();
        assert_eq!(large.identify(&probes, &options).unwrap(), answers);
        assert_eq!(answers[0].candidates.len(), dataset.people.len() + 12);
    }
}
