//! A folder that changes while it is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use twinsight::data::{Dataset, Source};
use twinsight::vision::{Crop, Preparation};

use crate::{photo, save, scratch};

/// Changes a picture while the folder is read, each time in another way.
fn disturb(path: &Path, whole: &[u8], turn: usize) {
    let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    // A failure here is one more kind of change.
    let _ = match turn % 6 {
        0 => Ok(()),
        1 => fs::write(path, &whole[..whole.len() / 2]),
        2 => fs::create_dir(path),
        3 => fs::write(path, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        4 => fs::write(path, b""),
        _ => fs::write(path, whole),
    };
    #[cfg(unix)]
    if turn % 12 == 6 {
        // Nothing writes into this pipe: a reader that opened it as a file would wait for ever.
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }
}

/// Ends the changes, also when the reader fails.
struct Ends<'a>(&'a AtomicUsize);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(usize::MAX, Ordering::Release);
    }
}

#[test]
fn a_folder_that_changes_while_it_is_read_yields_whole_pictures_and_reasons() {
    const PICTURES: usize = 6;
    const READINGS: usize = 150;
    let folder = scratch();
    save(folder.path(), "anna/stays.png", 1);
    let paths: Vec<PathBuf> = (0..PICTURES)
        .map(|n| folder.path().join(format!("boris/{n}.png")))
        .collect();
    paths
        .iter()
        .for_each(|_| save(folder.path(), "boris/0.png", 2));
    let whole = fs::read(&paths[0]).unwrap();
    let preparation = Preparation::of(Crop::Whole);
    let right = preparation.prepare(&photo(2).into()).face;

    let (readings, turns) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (whole_ones, refusals) = std::thread::scope(|scope| {
        let disturber = scope.spawn(|| {
            while readings.load(Ordering::Acquire) < READINGS {
                let turn = turns.fetch_add(1, Ordering::AcqRel);
                disturb(&paths[turn % PICTURES], &whole, turn / PICTURES + turn);
            }
        });
        let _ends = Ends(&readings);
        let (mut whole_ones, mut refusals) = (0, 0);
        for reading in 0..READINGS {
            let source = Source::Folder(folder.path().into());
            let dataset = Dataset::open(&source, &preparation).expect("anna stays");
            for picture in &dataset.images {
                if picture.label.starts_with("boris/") {
                    assert_eq!(picture.face, right, "{}", picture.label);
                    whole_ones += 1;
                }
            }
            for refusal in &dataset.refused {
                let why = &refusal.why;
                assert!(!why.is_empty() && !why.contains(char::is_control), "{why}");
            }
            refusals += dataset.refused.len();
            // On a busy machine the other thread may get no time, so wait for its next change.
            while turns.load(Ordering::Acquire) <= reading + 1 && !disturber.is_finished() {
                std::thread::yield_now();
            }
            readings.fetch_add(1, Ordering::AcqRel);
        }
        (whole_ones, refusals)
    });
    // Both must have happened, or the test tried nothing.
    assert!(turns.into_inner() > READINGS, "the folder did change");
    assert!(whole_ones > 0 && refusals > 0, "{whole_ones} {refusals}");
}
