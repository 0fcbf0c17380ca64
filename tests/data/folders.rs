use std::fs;
use std::path::Path;

use image::GrayImage;
use twinsight::data::{Dataset, Source};
use twinsight::units::{ImageId, PersonId};
use twinsight::vision::Preparation;

use crate::{bytes, photo, save, scratch};

fn open(folder: &Path) -> Result<Dataset, String> {
    Dataset::open(&Source::Folder(folder.into()), &Preparation::default())
        .map_err(|error| error.to_string())
}

fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.people.iter().map(|person| &*person.name).collect()
}

fn labels(dataset: &Dataset) -> Vec<&str> {
    let labels = dataset.images.iter().map(|picture| &*picture.label);
    labels.collect()
}

/// The refused files, with paths below the folder, and the reasons.
fn refused(dataset: &Dataset, folder: &Path) -> Vec<(String, String)> {
    let inside = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    dataset
        .refused
        .iter()
        .map(|refusal| (inside(&refusal.path), refusal.why.clone()))
        .collect()
}

#[test]
fn people_and_pictures_come_in_natural_order() {
    let folder = scratch();
    for name in [
        "p10/1.png",
        "p2/10.pgm",
        "p2/2.png",
        "p2/1.jpg",
        "P1/only.PNG",
    ] {
        save(folder.path(), name, name.len() as u8);
    }
    fs::write(folder.path().join("README.txt"), "not a person").unwrap();
    fs::write(folder.path().join("p2/.hidden"), "not a picture").unwrap();
    let dataset = open(folder.path()).unwrap();
    let labels = labels(&dataset);
    assert_eq!(
        labels,
        [
            "P1/only.PNG",
            "p2/1.jpg",
            "p2/2.png",
            "p2/10.pgm",
            "p10/1.png"
        ]
    );
    assert_eq!(
        dataset.name,
        folder.path().file_name().unwrap().to_str().unwrap()
    );
    assert_eq!(
        dataset.person(PersonId(0)).images,
        [ImageId(0)],
        "one picture makes a person"
    );
    assert_eq!(
        dataset.person(PersonId(1)).images,
        [ImageId(1), ImageId(2), ImageId(3)]
    );
    assert_eq!(dataset.refused, []);
    assert_eq!(dataset.photo(ImageId(2)).unwrap().grey(), &photo(8));
    assert_eq!(
        dataset.fingerprint(),
        open(folder.path()).unwrap().fingerprint()
    );
}

#[test]
fn what_cannot_be_used_is_listed_and_stops_nothing() {
    let folder = scratch();
    save(folder.path(), "anna/1.pgm", 1);
    save(folder.path(), "boris/1.pgm", 2);
    save(folder.path(), "astray.png", 3);
    save(folder.path(), "anna/below/1.png", 3);
    fs::create_dir(folder.path().join("nobody")).unwrap();
    for (name, content) in [
        ("anna/2.txt", b"text".as_slice()),
        ("anna/3.png", b""),
        ("anna/4.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("anna/5.pgm", b"P5 92 112 255\nshort"),
        ("anna/6.pgm", b"P5 20000 20000 255\n"),
        ("carl/1.png", b"\x89PNG\r\n\x1a\n"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let dataset = open(folder.path()).unwrap();
    let names = names(&dataset);
    assert_eq!(names, ["anna", "boris"]);
    assert_eq!(dataset.images.len(), 2);
    let refused = refused(&dataset, folder.path());
    let paths: Vec<_> = refused.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "anna/2.txt",
        "anna/3.png",
        "anna/4.jpg",
        "anna/5.pgm",
        "anna/6.pgm",
        "anna/below",
    ];
    assert_eq!(
        paths,
        [&expected[..], &["astray.png", "carl/1.png", "nobody"]].concat()
    );
    for ((_, why), start) in refused.iter().zip([
        "it is not a picture (",
        "it is empty",
        "it is a HEIC photo;",
        "it ends in the middle",
        "it has 20000 × 20000 pixels, too many",
        "it is a folder inside a person's folder",
        "it is outside the people's folders",
        "it ends in the middle",
        "it holds no pictures",
    ]) {
        assert!(why.starts_with(start), "{why}");
    }
}

#[test]
fn a_folder_without_people_says_how_it_should_look() {
    let folder = scratch();
    let message = |path: &Path| open(path).unwrap_err();
    assert!(message(folder.path()).ends_with(
        "holds no people: it is empty; put one sub-folder for each person into it, with that person's pictures"
    ));
    save(folder.path(), "1.png", 1);
    let said = message(folder.path());
    let expected = "holds no people: 1 PNG picture lies loose in it; put each person's pictures into a sub-folder";
    assert!(said.ends_with(expected), "{said}");
    let other = scratch();
    fs::create_dir(other.path().join("anna")).unwrap();
    assert!(message(other.path()).ends_with(
        "holds no people: its sub-folders are empty; put each person's pictures into the sub-folder of that name"
    ));
    assert!(message(&folder.path().join("nowhere")).ends_with("nowhere: there is no such file"));
    assert!(message(&folder.path().join("1.png")).ends_with("1.png: it is not a folder"));
}

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn what_lies_loose_is_counted_by_kind() {
    let folder = scratch();
    for name in ["IMG_1.HEIC", "IMG_2.HEIC", "IMG_3.jpg"] {
        write(folder.path(), name, HEIC);
    }
    write(folder.path(), "a.webp", &bytes("picture.webp"));
    write(folder.path(), "notes.txt", b"text");
    write(folder.path(), ".DS_Store", b"hidden");
    let said = open(folder.path()).unwrap_err();
    let expected = "holds no people: 3 HEIC photos, 1 WebP picture and 1 other file lie loose in it; put each person's \
                    pictures into a sub-folder";
    assert!(said.ends_with(expected), "{said}");

    let people = scratch();
    write(people.path(), "anna/1.HEIC", HEIC);
    write(people.path(), "anna/2.HEIC", HEIC);
    write(
        people.path(),
        "boris/film.mov",
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
    );
    let said = open(people.path()).unwrap_err();
    assert!(
        said.contains("of 2 HEIC photos and 1 film in its sub-folders none can be used; of 1.HEIC: it is a HEIC photo; "),
        "{said}"
    );
}

#[test]
fn people_one_folder_deeper_are_pointed_at() {
    let folder = scratch();
    for name in ["train/anna/1.pgm", "train/boris/1.pgm", "val/carl/1.pgm"] {
        save(folder.path(), name, 1);
    }
    let said = open(folder.path()).unwrap_err();
    let (train, val) = (folder.path().join("train"), folder.path().join("val"));
    let expected = format!(
        "its people lie one folder deeper: name {} or {}",
        train.display(),
        val.display()
    );
    assert!(said.ends_with(&expected), "{said}");

    // A zip's wrapping folder around the same.
    let zip = scratch();
    save(zip.path(), "faces-main/images/anna/1.pgm", 1);
    write(zip.path(), "faces-main/README.md", b"text");
    let said = open(zip.path()).unwrap_err();
    let inner = zip.path().join("faces-main/images");
    let expected = format!("its people lie 2 folders deeper: name {}", inner.display());
    assert!(said.ends_with(&expected), "{said}");

    // Some people here, others deeper.
    save(folder.path(), "dora/1.pgm", 2);
    let mixed = open(folder.path()).unwrap();
    assert_eq!(names(&mixed), ["dora"]);
    let refused = refused(&mixed, folder.path());
    let paths: Vec<&str> = refused.iter().map(|refused| refused.0.as_str()).collect();
    assert_eq!(paths, ["train", "val"]);
    assert_eq!(
        refused[0].1,
        format!(
            "it holds people, each in a folder; to read these, name {} as the data",
            train.display()
        )
    );
}

#[test]
fn a_photo_that_has_changed_is_not_passed_off() {
    let folder = scratch();
    save(folder.path(), "anna/1.png", 1);
    save(folder.path(), "anna/2.png", 2);
    let dataset = open(folder.path()).unwrap();
    GrayImage::new(50, 50)
        .save(folder.path().join("anna/1.png"))
        .unwrap();
    fs::remove_file(folder.path().join("anna/2.png")).unwrap();
    let message = |image| dataset.photo(ImageId(image)).unwrap_err().to_string();
    assert_eq!(
        message(0),
        "it has changed since it was read; load the data again"
    );
    assert_eq!(message(1), "there is no such file");
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_within_the_folder_only() {
        let (folder, outside) = (scratch(), scratch());
        save(folder.path(), "anna/1.png", 1);
        save(outside.path(), "secret.png", 2);
        symlink("1.png", folder.path().join("anna/2.png")).unwrap();
        symlink(
            outside.path().join("secret.png"),
            folder.path().join("anna/3.png"),
        )
        .unwrap();
        symlink("4.png", folder.path().join("anna/4.png")).unwrap();
        symlink("gone.png", folder.path().join("anna/5.png")).unwrap();
        symlink("..", folder.path().join("anna/up")).unwrap();
        symlink(".", folder.path().join("circle")).unwrap();
        symlink(outside.path(), folder.path().join("outside")).unwrap();
        let dataset = open(folder.path()).unwrap();
        assert_eq!((dataset.people.len(), dataset.images.len()), (1, 2));
        let refused = refused(&dataset, folder.path());
        let expected = [
            ("anna/3.png", "it is a link that leads out of the folder"),
            ("anna/4.png", "it is a link to a file that does not exist"),
            ("anna/5.png", "it is a link to a file that does not exist"),
            ("anna/up", "it is a folder inside a person's folder"),
            ("circle", "it is a link to a folder"),
            ("outside", "it is a link to a folder"),
        ];
        assert_eq!(refused.len(), expected.len());
        for ((path, why), (expected_path, start)) in refused.iter().zip(expected) {
            assert_eq!(path, expected_path);
            assert!(why.starts_with(start), "{path}: {why}");
        }
    }

    #[test]
    fn the_folder_itself_may_be_a_link() {
        let folder = scratch();
        save(folder.path(), "faces/anna/1.png", 1);
        let link = folder.path().join("link");
        symlink("faces", &link).unwrap();
        fs::write(folder.path().join("faces/anna/2.png"), "").unwrap();
        let dataset = open(&link).unwrap();
        assert_eq!(dataset.images.len(), 1);
        assert_eq!(
            dataset.refused[0].path,
            link.join("anna/2.png"),
            "named as the user named it"
        );
    }

    #[test]
    fn names_are_fit_to_be_shown_and_differ() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = scratch();
        for (number, name) in [b"a\x1b[2Jb".as_slice(), b"a\x07[2Jb", b"a\xff"]
            .into_iter()
            .enumerate()
        {
            let path = Path::new(OsStr::from_bytes(name)).join("x\n.png");
            save(
                folder.path(),
                path.to_str().unwrap_or("invalid/1.png"),
                number as u8,
            );
        }
        let invalid = folder.path().join(OsStr::from_bytes(b"\xfe\xff"));
        fs::rename(folder.path().join("invalid"), &invalid).unwrap();
        let dataset = open(folder.path()).unwrap();
        let names = names(&dataset);
        assert_eq!(
            names,
            ["a\u{fffd}[2Jb", "a\u{fffd}[2Jb (2)", "\u{fffd}\u{fffd}"]
        );
        assert_eq!(dataset.images[0].label, "a\u{fffd}[2Jb/x\u{fffd}.png");
        assert!(
            dataset.photo(ImageId(2)).is_ok(),
            "the file is found under its real name"
        );
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = scratch();
        save(folder.path(), "anna/1.png", 1);
        let pipe = folder.path().join("anna/2.png");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let dataset = open(folder.path()).unwrap();
        assert_eq!(
            dataset.refused[0].why,
            "it is a pipe, a socket or a device, not a file"
        );
    }

    #[test]
    fn a_forbidden_folder_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = scratch();
        save(folder.path(), "anna/1.png", 1);
        save(folder.path(), "boris/1.png", 1);
        let forbidden = folder.path().join("boris");
        fs::set_permissions(&forbidden, fs::Permissions::from_mode(0o0)).unwrap();
        let dataset = open(folder.path()).unwrap();
        fs::set_permissions(&forbidden, fs::Permissions::from_mode(0o700)).unwrap();
        // The superuser can list every folder.
        if dataset.people.len() == 1 {
            assert_eq!(
                dataset.refused[0].why,
                "it cannot be listed: permission denied"
            );
        }
    }
}
