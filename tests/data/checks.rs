//! What a check of a folder finds.

use std::fs;
use std::path::Path;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use twinsight::data::check::{self, DataWarning, WarningKind};
use twinsight::data::{Dataset, Source};
use twinsight::units::ImageId;
use twinsight::vision::{Crop, Preparation};

use crate::{save, scratch};

fn found(folder: &Path) -> Vec<DataWarning> {
    let source = Source::Folder(folder.into());
    let faces = Dataset::open(&source, &Preparation::of(Crop::Whole)).unwrap();
    check::all_warnings(&faces)
}

/// The warnings of a kind: for each its paths below the folder.
fn of(warnings: &[DataWarning], kind: WarningKind, folder: &Path) -> Vec<Vec<String>> {
    let below = |path: &std::path::PathBuf| {
        let below = path.strip_prefix(folder).unwrap();
        below.to_string_lossy().into_owned()
    };
    let named = warnings.iter().filter(|warning| warning.kind == kind);
    named
        .map(|warning| warning.paths.iter().map(below).collect())
        .collect()
}

#[test]
fn copies_within_and_between_people_are_named() {
    let folder = scratch();
    let path = folder.path();
    // Real pictures, of persons 1, 4 and 7 of ORL.
    let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
    let photo = |image: usize| orl.photo(ImageId(image)).unwrap().grey().clone();
    for name in ["anna", "boris", "carl", "dora"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    for (name, image) in [
        ("anna/1.pgm", 0),
        ("anna/2.pgm", 3),
        ("boris/1.pgm", 33),
        ("carl/1.pgm", 60),
    ] {
        photo(image).save(path.join(name)).unwrap();
    }
    fs::copy(path.join("anna/1.pgm"), path.join("anna/copy.pgm")).unwrap();
    fs::copy(path.join("boris/1.pgm"), path.join("carl/boris.pgm")).unwrap();
    let smaller = imageops::resize(&photo(60), 69, 84, FilterType::Triangle);
    smaller.save(path.join("carl/small.png")).unwrap();
    let reworked = imageops::resize(&photo(3), 120, 146, FilterType::Triangle);
    reworked.save(path.join("dora/1.jpg")).unwrap();
    let warnings = found(path);
    let of = |kind| of(&warnings, kind, path);
    assert_eq!(of(WarningKind::Equal), [["anna/1.pgm", "anna/copy.pgm"]]);
    assert_eq!(
        of(WarningKind::EqualAcrossPeople),
        [["boris/1.pgm", "carl/boris.pgm"]]
    );
    assert_eq!(
        of(WarningKind::NearlyEqual),
        [["carl/1.pgm", "carl/small.png"]]
    );
    assert_eq!(
        of(WarningKind::NearlyEqualAcrossPeople),
        [["anna/2.pgm", "dora/1.jpg"]]
    );
    assert_eq!(of(WarningKind::OnePicture), [["boris", "dora"]]);
    let across = warnings
        .iter()
        .find(|w| w.kind == WarningKind::EqualAcrossPeople)
        .unwrap();
    assert_eq!(
        across.why,
        "equal files of different people, boris and carl; keep the right one"
    );
}

#[test]
fn names_that_look_alike_and_blank_pictures_are_named() {
    let folder = scratch();
    let path = folder.path();
    let people = [
        "José",
        "Jose\u{301}",
        "Zoë",
        "zoë",
        "Jose",
        "Straße",
        "STRASSE",
    ];
    for (number, name) in people.into_iter().enumerate() {
        save(path, &format!("{name}/1.pgm"), 10 * number as u8 + 1);
        save(path, &format!("{name}/2.pgm"), 10 * number as u8 + 5);
    }
    let noise = GrayImage::from_fn(90, 90, |x, y| Luma([40 + ((x * 7 + y * 13) % 3) as u8]));
    noise.save(path.join("Jose/lens cap.png")).unwrap();
    GrayImage::from_pixel(64, 64, Luma([255]))
        .save(path.join("Jose/white.png"))
        .unwrap();
    let warnings = found(path);
    let of = |kind| of(&warnings, kind, path);
    let mut similar = of(WarningKind::SimilarNames);
    similar.iter_mut().for_each(|names| names.sort());
    similar.sort();
    assert_eq!(
        similar,
        [
            ["Jose\u{301}", "José"],
            ["STRASSE", "Straße"],
            ["Zoë", "zoë"]
        ]
    );
    assert_eq!(
        of(WarningKind::Blank),
        [["Jose/lens cap.png", "Jose/white.png"]]
    );
    assert!(
        of(WarningKind::NearlyEqual).is_empty(),
        "blank pictures are no copies"
    );
}

#[test]
fn few_people_are_told_what_they_are_enough_for() {
    let folder = scratch();
    let few = |folder: &Path| {
        let warnings = found(folder);
        let few = warnings.iter().find(|w| w.kind == WarningKind::FewPeople);
        few.map(|warning| warning.why.clone())
    };
    for person in 0..6_u8 {
        for number in 0..2 {
            save(
                folder.path(),
                &format!("p{person}/{number}.pgm"),
                10 * person + number,
            );
        }
        let expected = match person {
            0 => "there is one person; two are needed to train",
            1..=2 => "too few to hold any out, so that a training cannot be judged",
            _ => "too few to judge a training",
        };
        let said = few(folder.path()).unwrap();
        assert!(said.contains(expected), "{person}: {said}");
    }
    let six = few(folder.path()).unwrap();
    assert!(
        six.starts_with("6 people: enough to enroll, too few to judge a training, which holds 4"),
        "{six}"
    );
    let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
    assert_eq!(check::too_few(&orl), None);
}

#[test]
fn files_are_counted_by_kind() {
    let folder = scratch();
    save(folder.path(), "anna/1.pgm", 1);
    save(folder.path(), "anna/2.png", 2);
    save(folder.path(), "boris/1.png", 12);
    fs::write(
        folder.path().join("boris/2.jpg"),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    )
    .unwrap();
    fs::write(folder.path().join("boris/3.jpg"), b"").unwrap();
    let source = Source::Folder(folder.path().into());
    let faces = Dataset::open(&source, &Preparation::of(Crop::Whole)).unwrap();
    assert_eq!(
        check::kinds(&faces),
        [
            ("PNG picture", 2),
            ("HEIC photo", 1),
            ("PGM picture", 1),
            ("empty file", 1)
        ]
    );
}

#[cfg(unix)]
#[test]
fn names_that_are_not_text_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = scratch();
    save(folder.path(), "plain/1.pgm", 1);
    save(folder.path(), "latin/1.pgm", 12);
    let latin = folder.path().join(OsStr::from_bytes(b"Jos\xe9"));
    fs::rename(folder.path().join("latin"), &latin).unwrap();
    let warnings = found(folder.path());
    let unreadable = warnings
        .iter()
        .find(|w| w.kind == WarningKind::UnreadableName)
        .unwrap();
    assert_eq!(unreadable.paths, [latin]);
    assert!(unreadable.why.contains("not UTF-8"));
}
