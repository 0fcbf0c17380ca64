//! Tests of a gallery in several files, on a real disk.

use std::fs;
use std::ops::Range;

use proptest::prelude::*;

use super::search::{self, People};
use super::*;
use crate::gallery::Gallery;
use crate::gallery::tests::{Home, embed, photo};
use crate::model::Embedding;
use crate::vision::Preparation;

/// A gallery that keeps at most two photos in one file.
fn open(home: &Home) -> Gallery {
    let mut gallery = home.open();
    gallery.keep_in_one_file(2);
    gallery
}

fn add(gallery: &mut Gallery, home: &Home, name: &str, shades: &[f32]) -> usize {
    let photos = shades
        .iter()
        .map(|&shade| photo(&format!("{shade}.png"), shade));
    gallery.add(name, photos.collect(), &home.dataset).unwrap()
}

fn names(gallery: &Gallery) -> Vec<(&str, usize)> {
    let line = |person: &'_ EnrolledPerson| person.photos.len();
    let people = gallery.enrolled().iter();
    people
        .map(|person| (person.name.as_str(), line(person)))
        .collect()
}

/// With Anna (0.1, 0.2), Bea (0.3) and Cleo (0.4).
fn three(home: &Home) -> Gallery {
    let mut gallery = open(home);
    add(&mut gallery, home, "Anna", &[0.1, 0.2]);
    add(&mut gallery, home, "Cleo", &[0.4]);
    add(&mut gallery, home, "Bea", &[0.3]);
    gallery
}

fn files(home: &Home) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = fs::read_dir(home.dir())
        .unwrap()
        .map(|e| name(e.unwrap()))
        .collect();
    names.sort();
    names
}

fn nothing(_: &[Face]) -> Vec<Embedding> {
    panic!("every photo has a template")
}

#[test]
fn a_gallery_that_grows_moves_into_several_files_and_loses_nothing() {
    let home = Home::new();
    let mut gallery = open(&home);
    add(&mut gallery, &home, "Anna", &[0.1, 0.2]);
    let before = gallery.embeddings("m", embed).unwrap();
    assert!(!gallery.is_large());
    assert_eq!(add(&mut gallery, &home, "Cleo", &[0.4]), 1);
    assert!(gallery.is_large());
    let name = gallery
        .path()
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let ends = |end: &str| format!("{name}{end}");
    assert_eq!(
        files(&home),
        [
            ends("-m.templates"),
            ends(".faces"),
            ends(".lock"),
            ends(".people")
        ]
    );
    // The same face again is no other photo, and a person who is there gets another one.
    assert_eq!(add(&mut gallery, &home, "Anna", &[0.2, 0.5]), 3);

    let mut again = home.open();
    assert_eq!(names(&again), [("Anna", 3), ("Cleo", 1)]);
    assert_eq!(again.contents, gallery.contents);
    let photo = &again.enrolled()[0].photos[1];
    assert_eq!(
        (photo.file.as_str(), photo.face().unwrap().pixels()[9]),
        ("0.2.png", 0.2)
    );
    let only_new = |faces: &[Face]| {
        assert_eq!(faces.len(), 2, "those of before are kept");
        embed(faces)
    };
    let embeddings = again.embeddings("m", only_new).unwrap();
    assert_eq!(embeddings[0][..2], before[0]);
    assert_eq!(home.open().embeddings("m", nothing).unwrap(), embeddings);
    gallery.rename("Cleo", "Bea", &home.dataset).unwrap();
    assert_eq!(names(&home.open()), [("Anna", 3), ("Bea", 1)]);
    assert_eq!(home.open().embeddings("m", nothing).unwrap(), embeddings);
}

#[test]
fn whoever_has_it_open_follows_it_and_adds_to_it() {
    let home = Home::new();
    let (mut one, mut two) = (open(&home), open(&home));
    add(&mut one, &home, "Anna", &[0.1, 0.2]);
    two.refresh().unwrap();
    add(&mut one, &home, "Bea", &[0.3]);
    two.refresh().unwrap();
    assert_eq!(names(&two), [("Anna", 2), ("Bea", 1)]);
    let mut three = open(&home);
    add(&mut two, &home, "Cleo", &[0.4]);
    add(&mut three, &home, "Dora", &[0.5]);
    assert_eq!(
        names(&three),
        [("Anna", 2), ("Bea", 1), ("Cleo", 1), ("Dora", 1)]
    );
}

#[test]
fn enrolments_at_the_same_time_are_all_there() {
    let home = Home::new();
    let before = three(&home);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(4);
    threads.build().unwrap().scope(|scope| {
        for writer in 0..4 {
            let (home, mut gallery) = (&home, before.clone());
            scope.spawn(move |_| {
                for number in 0..6 {
                    let shade = (writer * 6 + number) as f32 / 24.0;
                    add(
                        &mut gallery,
                        home,
                        &format!("Person {writer} {number}"),
                        &[shade],
                    );
                }
            });
        }
    });
    let mut after = home.open();
    assert_eq!(after.enrolled().len(), 3 + 24);
    let embeddings = after.embeddings("m", embed).unwrap();
    for (person, embeddings) in after.enrolled().iter().zip(embeddings) {
        let faces: Vec<Face> = person.photos.iter().map(|p| p.face().unwrap()).collect();
        assert_eq!(embeddings, embed(&faces), "{}", person.name);
    }
}

#[test]
fn an_enrolment_that_was_cut_short_is_there_or_not() {
    let home = Home::new();
    let mut gallery = three(&home);
    let before = fs::read(gallery.path()).unwrap();
    add(&mut gallery, &home, "Dora", &[0.6]);
    let after = fs::read(gallery.path()).unwrap();
    assert_eq!(after[..before.len()], before, "appended");
    for end in before.len()..after.len() {
        for tail in [&[][..], &[0; 40]] {
            fs::write(gallery.path(), [&after[..end], tail].concat()).unwrap();
            assert_eq!(home.open().enrolled().len(), 3, "cut at {end}");
        }
    }
    fs::write(gallery.path(), &after[..after.len() - 1]).unwrap();
    let mut again = open(&home);
    add(&mut again, &home, "Eva", &[0.7]);
    let expected = [("Anna", 2), ("Bea", 1), ("Cleo", 1), ("Eva", 1)];
    assert_eq!(names(&home.open()), expected);
    assert_eq!(
        home.open().enrolled()[3].photos[0].face().unwrap().pixels()[0],
        0.7
    );
}

#[test]
fn a_damaged_list_is_refused_or_read_as_before_and_never_panics() {
    let home = Home::new();
    let gallery = three(&home);
    let good = fs::read(gallery.path()).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(log) = people_log::decode(&bytes) {
            assert!(log.photos.len() < 4, "byte {at} is covered by no checksum");
        }
    }
    let mut bytes = good.clone();
    bytes[20] ^= 1;
    fs::write(gallery.path(), &bytes).unwrap();
    let error = Gallery::open(&home.dir(), &Preparation::default()).unwrap_err();
    assert!(
        error.to_string().contains("list of people is damaged"),
        "{error}"
    );
    assert_eq!(fs::read(gallery.path()).unwrap(), bytes, "left as it was");
}

#[test]
fn nothing_of_a_forgotten_person_stays() {
    let home = Home::new();
    let mut gallery = three(&home);
    gallery.embeddings("m", embed).unwrap();
    gallery.embeddings("n", embed).unwrap();
    let shade = 0.3_f32.to_le_bytes();
    let holds = |needle: &[u8]| {
        let file = |name: String| fs::read(home.dir().join(name)).unwrap();
        let mut all = files(&home).into_iter().map(file);
        all.any(|bytes| bytes.windows(needle.len()).any(|w| w == needle))
    };
    assert!(holds(b"Bea") && holds(&shade.repeat(4)) && holds(&shade));
    let forgotten = Gallery::forget_everywhere(&home.dir(), "Bea", &home.dataset).unwrap();
    assert_eq!(forgotten, 1);
    assert!(!holds(b"Bea") && !holds(&shade.repeat(4)));
    gallery.refresh().unwrap();
    assert_eq!(names(&gallery), [("Anna", 2), ("Cleo", 1)]);
    let kept = gallery.embeddings("m", nothing).unwrap();
    assert_eq!(
        kept[1][0].0[..],
        embed(&[gallery.enrolled()[1].photos[0].face().unwrap()])[0].0[..]
    );
    // No byte is used again: a template of before would be taken for that of a new face.
    add(&mut gallery, &home, "Dora", &[0.8]);
    let new = gallery.embeddings("m", embed).unwrap();
    let dora = gallery.enrolled()[2].photos[0].face().unwrap();
    assert_eq!(new[2], embed(&[dora]));
}

#[test]
fn a_face_that_could_not_be_overwritten_is_so_at_the_next_change() {
    let home = Home::new();
    let mut gallery = three(&home);
    let path = faces(gallery.path());
    let before = fs::read(&path).unwrap();
    Gallery::forget_everywhere(&home.dir(), "Bea", &home.dataset).unwrap();
    // As if the program had ended just before.
    fs::write(&path, &before).unwrap();
    add(&mut gallery, &home, "Dora", &[0.8]);
    let shade = 0.3_f32.to_le_bytes().repeat(4);
    assert!(before.windows(16).any(|w| w == shade));
    assert!(!fs::read(&path).unwrap().windows(16).any(|w| w == shade));
    assert_eq!(names(&home.open()), [("Anna", 2), ("Cleo", 1), ("Dora", 1)]);
}

#[test]
fn damaged_templates_are_made_again() {
    let home = Home::new();
    let mut gallery = three(&home);
    let expected = gallery.embeddings("m", embed).unwrap();
    let path = templates_path(gallery.path(), "m");
    let good = fs::read(&path).unwrap();
    let probe = Embedding([0.31, -0.31].into());
    let nearest = |gallery: &mut Gallery| {
        let mut near = gallery.nearest("m", embed, (&probe, 1), None).unwrap();
        near.sort_by_key(|person| person.index);
        near
    };
    let right = nearest(&mut home.open());
    assert_eq!(right[0].index, 1, "Bea");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        let mut again = home.open();
        assert_eq!(nearest(&mut again), right, "byte {at}");
    }
    for cut in (0..good.len()).step_by(37) {
        fs::write(&path, &good[..cut]).unwrap();
        assert_eq!(
            home.open().embeddings("m", embed).unwrap(),
            expected,
            "cut at {cut}"
        );
    }
}

struct Rows(Vec<Vec<u32>>);

impl People for Rows {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn rows(&self, person: usize) -> &[u32] {
        &self.0[person]
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Random templates, many of them near to each other, one to three of each person, together or scattered, in two segments.
    #[test]
    fn the_best_people_are_always_among_the_nearest(
        width in 1_usize..70,
        people in 1_usize..1500,
        best in 1_usize..12,
        scale in prop_oneof![Just(1.0_f32), 1e-3_f32..1e3],
        scattered in any::<bool>(),
        seed in 0_u64..1000,
    ) {
        use rand::RngExt;
        use rand::seq::SliceRandom;
        let mut random = crate::units::Seed(seed).stream(crate::units::Purpose::Pairs, 0);
        let mut rows = Vec::new();
        let mut values: Vec<Vec<f32>> = Vec::new();
        for _ in 0..people {
            let own = 0..random.random_range(1..4_usize);
            let first = values.len() as u32;
            for _ in own.clone() {
                let near = (0..width).map(|_| scale * (1.0 + 0.05 * random.random_range(-1.0_f32..1.0)));
                values.push(near.collect());
            }
            rows.push((first..first + own.len() as u32).collect::<Vec<u32>>());
        }
        if scattered {
            let mut places: Vec<u32> = (0..values.len() as u32).collect();
            places.shuffle(&mut random);
            rows.iter_mut().flatten().for_each(|row| *row = places[*row as usize]);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-m.templates");
        let ids: Vec<(u64, &[f32])> = (0..).zip(values.iter().map(|v| &v[..])).collect();
        for part in ids.chunks(ids.len().div_ceil(2)) {
            TemplateFile::append(&path, "m", part).unwrap();
        }
        let file = TemplateFile::open(&path, "m").unwrap().unwrap();
        let probe: Vec<f32> = values[random.random_range(0..values.len())]
            .iter()
            .map(|v| v * (1.0 + 0.02 * random.random_range(-1.0_f32..1.0)))
            .collect();
        let people = Rows(rows.clone());
        let owners = search::owners(file.rows, &people);
        let near = search::nearest(&file, (&people, &owners), &probe, best).unwrap();
        let probe = Embedding(probe.into());
        let mean = |rows: &Vec<u32>| {
            let distance = |&row: &u32| probe.distance(&Embedding(values[row as usize][..].into())).0;
            rows.iter().map(distance).sum::<f32>() / rows.len() as f32
        };
        let mut ranked: Vec<(f32, usize)> = rows.iter().map(mean).zip(0..).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, person) in ranked.iter().take(best) {
            prop_assert!(near.contains(person));
        }
        prop_assert_eq!(file.values(values.len() - 1).unwrap(), &values[values.len() - 1][..]);
    }
}

#[test]
fn a_probe_is_compared_with_the_chosen_photos() {
    let home = Home::new();
    let mut gallery = three(&home);
    let probe = Embedding([0.2, -0.2].into());
    let mut nearest = |chosen: Option<&[Range<usize>]>| {
        let near = gallery.nearest("m", embed, (&probe, 1), chosen).unwrap();
        near.into_iter()
            .map(|person| (person.index, person.photos))
            .collect::<Vec<_>>()
    };
    // Anna's photos are at distances 0.1 · √2 and 0, Bea's at 0.1 · √2.
    assert_eq!(nearest(None), [(0, 0..2)]);
    assert_eq!(nearest(Some(&[1..2, 0..1, 0..1])), [(0, 1..2)]);
    let near = nearest(Some(&[0..1, 0..1, 0..1]));
    assert!(
        near.contains(&(0, 0..1)) && near.contains(&(1, 0..1)),
        "{near:?}"
    );
}
