//! Tests of the gallery on a real disk.

use super::*;
use crate::data::Source;
use crate::model::Embedding;
use crate::vision::{Crop, Face, SIDE};

/// A data set of two people, made of small pictures in a folder.
fn dataset(home: &Path) -> Dataset {
    for (person, shade) in [("ada", 40_u8), ("ben", 200)] {
        let folder = home.join("faces").join(person);
        std::fs::create_dir_all(&folder).unwrap();
        for number in 0..2_u8 {
            let picture = image::GrayImage::from_pixel(32, 32, image::Luma([shade + number]));
            picture.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
    Dataset::open(&Source::Folder(home.join("faces")), &Preparation::default()).unwrap()
}

pub(super) fn photo(file: &str, shade: f32) -> EnrolledPhoto {
    EnrolledPhoto::new(Path::new(file), Face::from_pixels(vec![shade; SIDE * SIDE]))
}

/// A stand-in for a network: the mean of the face, twice.
pub(super) fn embed(faces: &[Face]) -> Vec<Embedding> {
    let mean = |face: &Face| face.pixels().iter().sum::<f32>() / (SIDE * SIDE) as f32;
    faces
        .iter()
        .map(|face| Embedding([mean(face), -mean(face)].into()))
        .collect()
}

pub(super) struct Home {
    folder: tempfile::TempDir,
    pub(super) dataset: Dataset,
}

impl Home {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dataset = dataset(folder.path());
        Self { folder, dataset }
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.folder.path().join("gallery")
    }

    pub(super) fn open(&self) -> Gallery {
        Gallery::open(&self.dir(), &Preparation::default()).unwrap()
    }
}

fn names(gallery: &Gallery) -> Vec<(&str, usize)> {
    gallery
        .enrolled()
        .iter()
        .map(|person| (person.name.as_str(), person.photos.len()))
        .collect()
}

#[test]
fn people_come_back_as_they_were_enrolled() {
    let home = Home::new();
    let mut gallery = home.open();
    assert_eq!(
        gallery
            .add("Zoë", vec![photo("a/b/zoë 1.jpg", 0.25)], &home.dataset)
            .unwrap(),
        1
    );
    assert_eq!(
        gallery
            .add(" Anna  Lee ", vec![photo("x.png", 0.5)], &home.dataset)
            .unwrap(),
        1
    );
    assert_eq!(
        gallery
            .add("Zoë", vec![photo("2.jpg", 0.75)], &home.dataset)
            .unwrap(),
        2
    );
    assert_eq!(
        gallery
            .add("Zoë", vec![photo("again.jpg", 0.75)], &home.dataset)
            .unwrap(),
        2
    );

    let again = home.open();
    assert_eq!(again.contents, gallery.contents);
    assert_eq!(names(&again), [("Anna Lee", 1), ("Zoë", 2)]);
    assert_eq!(again.enrolled()[1].photos[0].file, "zoë 1.jpg");
    assert_eq!(
        again.enrolled()[1].photos[1].face().unwrap().pixels()[7],
        0.75
    );

    let people = again.people(&home.dataset);
    let line = |name: &str, images, built_in| KnownPerson {
        name: name.into(),
        images,
        built_in,
        needs_new_photo: false,
    };
    let expected = [
        line("ada", 2, true),
        line("ben", 2, true),
        line("Anna Lee", 1, false),
        line("Zoë", 2, false),
    ];
    assert_eq!(people, expected);
}

#[test]
fn people_are_forgotten_and_renamed() {
    let home = Home::new();
    let mut gallery = home.open();
    gallery
        .add("Anna", vec![photo("1", 0.1)], &home.dataset)
        .unwrap();
    gallery
        .add("Bea", vec![photo("2", 0.2)], &home.dataset)
        .unwrap();
    gallery.rename("Anna", "Cleo", &home.dataset).unwrap();
    assert_eq!(names(&home.open()), [("Bea", 1), ("Cleo", 1)]);
    let taken = gallery.rename("Bea", "Cleo", &home.dataset).unwrap_err();
    assert!(matches!(taken, GalleryError::Taken(_)), "{taken}");

    assert_eq!(gallery.forget("Cleo", &home.dataset).unwrap(), 1);
    let nobody = gallery
        .forget("Cleo", &home.dataset)
        .unwrap_err()
        .to_string();
    assert_eq!(nobody, "nobody called \"Cleo\" is enrolled; there are: Bea");
    gallery.forget("Bea", &home.dataset).unwrap();
    assert_eq!(names(&home.open()), []);
    let bytes = std::fs::read(gallery.path()).unwrap();
    assert!(
        !bytes.windows(4).any(|w| w == b"Cleo"),
        "nothing of a forgotten person stays in the file"
    );
}

#[test]
fn names_that_look_alike_are_one_person_or_refused() {
    let home = Home::new();
    let mut gallery = home.open();
    let mut add =
        |name: &str, shade: f32| gallery.add(name, vec![photo(name, shade)], &home.dataset);
    assert_eq!(add("José", 0.1).unwrap(), 1);
    assert_eq!(
        add("Jose\u{301}", 0.2).unwrap(),
        2,
        "composed in another way"
    );
    add("Zoë", 0.3).unwrap();
    assert_eq!(
        add("zoë", 0.4).unwrap_err().to_string(),
        "\"zoë\" differs only in capital letters, spaces or how its letters are written from \"Zoë\", who is enrolled already; write \"Zoë\" if it is the \
         same person, or choose another name"
    );
    let built_in = add("ADA", 0.5).unwrap_err().to_string();
    assert!(
        built_in.contains("from \"ada\", who is in the data set already"),
        "{built_in}"
    );
    add("Jose", 0.6).unwrap();
    let taken = gallery.rename("Jose", "JOSÉ", &home.dataset).unwrap_err();
    assert!(matches!(taken, GalleryError::Taken(_)), "{taken}");
    gallery.rename("Zoë", "ZOË", &home.dataset).unwrap();
    assert_eq!(names(&home.open()), [("Jose", 1), ("José", 2), ("ZOË", 1)]);
    assert_eq!(gallery.forget("Jose\u{301}", &home.dataset).unwrap(), 2);
}

#[test]
fn built_in_people_are_read_only() {
    let home = Home::new();
    let mut gallery = home.open();
    let refused = [
        gallery
            .add("ada", vec![photo("1", 0.1)], &home.dataset)
            .map(drop)
            .unwrap_err(),
        gallery.forget(" ada", &home.dataset).map(drop).unwrap_err(),
        gallery.rename("ada", "eve", &home.dataset).unwrap_err(),
        gallery.rename("eve", "ben", &home.dataset).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, GalleryError::BuiltIn(_)), "{error}");
    }
    assert!(!home.dir().exists(), "a refused change writes nothing");
}

#[test]
fn names_are_checked() {
    assert_eq!(checked_name("  Anna   Lee "), Ok("Anna Lee".to_owned()));
    assert_eq!(checked_name("小明"), Ok("小明".to_owned()));
    assert_eq!(checked_name("   "), Err(NameError::Empty));
    assert_eq!(
        checked_name("a\tb"),
        Err(NameError::Invisible("a\u{fffd}b".into()))
    );
    assert_eq!(
        checked_name("a\u{202e}b"),
        Err(NameError::Invisible("a\u{fffd}b".into()))
    );
    assert!(checked_name(&"é".repeat(MAX_NAME)).is_ok());
    let long = checked_name(&"x".repeat(MAX_NAME + 1))
        .unwrap_err()
        .to_string();
    assert_eq!(
        long,
        "the name \"xxxxxxxxxxxxxxxx…\" has 65 characters; shorten it to 64"
    );
}

#[test]
fn two_views_of_one_gallery_lose_nothing() {
    let home = Home::new();
    let (mut one, mut two) = (home.open(), home.open());
    one.add("Anna", vec![photo("1", 0.1)], &home.dataset)
        .unwrap();
    two.add("Bea", vec![photo("2", 0.2)], &home.dataset)
        .unwrap();
    assert_eq!(names(&two), [("Anna", 1), ("Bea", 1)]);
    assert_eq!(names(&home.open()), [("Anna", 1), ("Bea", 1)]);
}

#[test]
fn embeddings_are_kept_until_the_model_changes() {
    let home = Home::new();
    let mut gallery = home.open();
    let nothing = gallery
        .embeddings("m1", |_| panic!("there is nothing to embed"))
        .unwrap();
    assert!(nothing.is_empty());
    gallery
        .add(
            "Anna",
            vec![photo("1", 0.25), photo("2", 0.5)],
            &home.dataset,
        )
        .unwrap();
    let first = gallery.embeddings("m1", embed).unwrap();
    assert_eq!(first[0][1].0[..], [0.5, -0.5]);

    let mut again = home.open();
    assert_eq!(
        again
            .embeddings("m1", |_| panic!("they are in the file"))
            .unwrap(),
        first
    );
    again
        .add("Bea", vec![photo("3", 0.75)], &home.dataset)
        .unwrap();
    let count_one = |faces: &[Face]| {
        assert_eq!(faces.len(), 1, "only the new face is embedded");
        embed(faces)
    };
    assert_eq!(again.embeddings("m1", count_one).unwrap().len(), 2);
    let count_all = |faces: &[Face]| {
        assert_eq!(faces.len(), 3, "another model embeds all");
        embed(faces)
    };
    assert_eq!(
        again.embeddings("m2", count_all).unwrap()[1][0].0[..],
        [0.75, -0.75]
    );
}

#[test]
fn another_preparation_has_another_gallery() {
    let home = Home::new();
    home.open()
        .add("Anna", vec![photo("1", 0.25)], &home.dataset)
        .unwrap();
    let centre = Preparation::of(Crop::Centre);
    let mut other = Gallery::open(&home.dir(), &centre).unwrap();
    assert_eq!(names(&other), []);
    other
        .add("Bea", vec![photo("1", 0.25)], &home.dataset)
        .unwrap();
    assert_eq!(Gallery::all(&home.dir()).unwrap().len(), 2);
    assert_eq!(names(&home.open()), [("Anna", 1)]);
}

#[test]
fn aligned_faces_come_back_in_colour_for_any_backbone() {
    let home = Home::new();
    let colour = image::RgbImage::from_fn(112, 112, |x, y| image::Rgb([x as u8, y as u8, 9]));
    let aligned = |hash| Preparation::for_backbone(crate::vision::BackboneHash([hash; 32]));
    let mut gallery = Gallery::open(&home.dir(), &aligned(1)).unwrap();
    let grey = Face::from_pixels(vec![0.5; SIDE * SIDE]);
    let face = grey.clone().with_colour(colour.clone());
    let photos = [
        EnrolledPhoto::new(Path::new("grey.png"), grey),
        EnrolledPhoto::new(
            Path::new("colour.png"),
            face.clone().with_features(vec![1.0; 4]),
        ),
    ];
    gallery.add("Anna", photos.to_vec(), &home.dataset).unwrap();
    gallery.embeddings("m", embed).unwrap();
    // Another backbone opens the same file.
    let again = Gallery::open(&home.dir(), &aligned(2)).unwrap();
    assert_eq!(again.path(), home.dir().join("aligned.safetensors"));
    assert_eq!(again.contents, gallery.contents);
    let photos = &again.enrolled()[0].photos;
    assert_eq!(photos[0].face().unwrap().colour(), None);
    assert_eq!(photos[1].face().unwrap(), face, "without the features");

    let good = std::fs::read(again.path()).unwrap();
    let text = |version: &str| {
        let needle = format!("\"{version}\\n(");
        good.windows(needle.len()).any(|w| w == needle.as_bytes())
    };
    assert!(text("2") && !text("1"));
    for end in (0..good.len()).step_by(997) {
        assert!(store::decode(&good[..end]).is_err());
    }
}

#[test]
fn several_people_are_enrolled_at_once_or_nobody() {
    let home = Home::new();
    let mut gallery = home.open();
    let anna = || ("Anna".to_owned(), vec![photo("1", 0.1), photo("2", 0.2)]);
    let bea = ("Bea".to_owned(), vec![photo("3", 0.3)]);
    let taken = ("ada".to_owned(), vec![photo("4", 0.4)]);
    let refused = gallery.add_all(vec![anna(), taken], &home.dataset);
    assert!(matches!(refused, Err(GalleryError::BuiltIn(_))));
    assert_eq!(names(&home.open()), []);
    let counts = gallery.add_all(vec![anna(), bea], &home.dataset);
    assert_eq!(counts.unwrap(), [2, 1]);
    assert_eq!(names(&home.open()), [("Anna", 2), ("Bea", 1)]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.open()
        .add("Anna", vec![photo("1", 0.25)], &home.dataset)
        .unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.dir()), 0o700);
    for entry in std::fs::read_dir(home.dir()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}
