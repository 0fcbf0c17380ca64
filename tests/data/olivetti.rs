//! The Olivetti file: reading, refusing and fetching it.
//!
//! The real pictures are not in this repository. The fixture has their shape, and pixel values that tell their place.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use twinsight::data::fetch::{self, OLIVETTI, Remote};
use twinsight::data::{Dataset, Source};
use twinsight::internals::files::Paths;
use twinsight::units::{ImageId, PersonId};
use twinsight::vision::Preparation;

use crate::{bytes, fixture, scratch};

fn open(path: &Path) -> Result<Dataset, String> {
    Dataset::open(&Source::at(path), &Preparation::default()).map_err(|error| error.to_string())
}

#[test]
fn columns_become_upright_pictures() {
    let olivetti = open(&fixture("olivetti.mat")).unwrap();
    assert_eq!((olivetti.people.len(), olivetti.images.len()), (40, 400));
    assert_eq!(olivetti.person(PersonId(39)).name, "s40");
    for image in [0, 73, 399] {
        let photo = olivetti.photo(ImageId(image)).unwrap();
        assert_eq!(photo.dimensions(), (64, 64));
        for at in 1..64 {
            assert_eq!(
                photo.grey().get_pixel(at, 0)[0],
                at as u8,
                "the top row counts across"
            );
            assert_eq!(
                photo.grey().get_pixel(0, at)[0],
                64 + at as u8,
                "the left column counts down"
            );
        }
        let (person, late) = (image / 10, image % 10 > 4);
        assert_eq!(
            photo.grey().get_pixel(5, 5)[0],
            person as u8 + if late { 100 } else { 0 }
        );
        let face: Vec<f32> = photo
            .grey()
            .as_raw()
            .iter()
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        assert_eq!(
            *olivetti.face(ImageId(image)).pixels(),
            face,
            "nothing is scaled"
        );
    }
}

#[test]
fn other_files_are_refused() {
    let folder = scratch();
    let path = folder.path().join("faces.mat");
    let message = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        open(&path).unwrap_err()
    };
    assert!(message(b"").ends_with(
        "faces.mat does not hold the Olivetti faces: it is not a MATLAB file of version 5 to 7; fetch it with `twinsight data fetch olivetti`"
    ));
    assert!(
        message(&bytes("uint8.mat"))
            .ends_with("its variable has 4 × 3 values; 4096 × 400 are needed")
    );
    let whole = bytes("olivetti.mat");
    assert!(message(&whole[..whole.len() - 1]).contains("it ends in the middle"));
    fs::remove_file(&path).unwrap();
    assert!(
        open(&path)
            .unwrap_err()
            .ends_with("faces.mat: there is no such file")
    );
    fs::File::create(&path).unwrap().set_len(33 << 20).unwrap();
    assert!(
        open(&path)
            .unwrap_err()
            .ends_with("it is larger than 32 MiB, the most that is read here")
    );
}

/// A remote file whose checksum is that of `content`.
fn remote(content: &[u8]) -> Remote {
    let digest: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Remote {
        sha256: digest.leak(),
        ..OLIVETTI
    }
}

#[test]
fn a_file_is_fetched_checked_and_kept() {
    let folder = scratch();
    let paths = Paths::under(folder.path());
    let content = vec![7; 200_000];
    let remote = remote(&content);
    let mut progress = Vec::new();
    let source = content.clone();
    let open = |url: &str| {
        assert_eq!(url, OLIVETTI.url);
        Ok((
            Box::new(Cursor::new(source)) as Box<dyn Read>,
            Some(200_000),
        ))
    };
    let path = fetch::fetch(&remote, &paths, open, |received, total| {
        progress.push((received, total))
    })
    .unwrap();
    assert_eq!(path, folder.path().join("data/olivettifaces.mat"));
    assert_eq!(fs::read(&path).unwrap(), content);
    assert_eq!(progress.last(), Some(&(200_000, Some(200_000))));
    // The file exists now, so nothing is downloaded.
    let again = fetch::fetch(
        &remote,
        &paths,
        |_| Err(io::Error::other("asked again")),
        |_, _| (),
    );
    assert_eq!(again.unwrap(), path);
    // A damaged file is downloaded again.
    fs::write(&path, "damaged").unwrap();
    assert!(
        fetch::fetch(
            &remote,
            &paths,
            |_| Err(io::Error::other("asked again")),
            |_, _| ()
        )
        .is_err()
    );
    assert_eq!(fs::read(&path).unwrap(), b"damaged");
}

#[test]
fn what_is_not_the_file_is_thrown_away() {
    let folder = scratch();
    let paths = Paths::under(folder.path());
    let open = |_: &str| Ok((Box::new(Cursor::new(b"<html>")) as Box<dyn Read>, None));
    let error = fetch::fetch(&OLIVETTI, &paths, open, |_, _| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("sent another file than expected: its SHA-256 is "),
        "{error}"
    );
    assert!(
        error.contains(OLIVETTI.page) && error.contains("data/olivettifaces.mat"),
        "{error}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was written"
    );
}

/// Gives some bytes and then a connection error.
struct Breaking(usize);

impl Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.min(buffer.len());
        self.0 -= count;
        if count == 0 {
            Err(std::io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(count)
        }
    }
}

#[test]
fn without_a_network_it_says_what_to_do() {
    let folder = scratch();
    let paths = Paths::under(folder.path());
    let message = |open: &dyn Fn() -> io::Result<fetch::Incoming>| {
        fetch::fetch(&OLIVETTI, &paths, |_| open(), |_, _| ())
            .unwrap_err()
            .to_string()
    };
    let target = folder.path().join("data/olivettifaces.mat");
    assert_eq!(
        message(&|| Err(io::Error::other("host not found"))),
        format!(
            "cannot fetch {}: host not found; without a network, get the file from there or from {} on another machine \
             and put it at {}",
            OLIVETTI.url,
            OLIVETTI.page,
            target.display()
        )
    );
    let broken = message(&|| Ok((Box::new(Breaking(100_000)), None)));
    assert!(
        broken.contains("the connection was lost after 100000 bytes"),
        "{broken}"
    );
    let endless = message(&|| Ok((Box::new(std::io::repeat(0)), None)));
    assert!(
        endless.contains("the server sends more than 32 MiB"),
        "{endless}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was written"
    );
}
