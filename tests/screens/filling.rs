//! The Data screen while a folder is read for the first time: its people at once, the faces as they are made.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use twinsight::data::{Dataset, Loading, Preview, PreviewFace, Source, SourceError};
use twinsight::internals::app::data::{Focus, Progress};
use twinsight::internals::app::event::Event;
use twinsight::internals::app::geometry::data_grid;
use twinsight::internals::app::{State, update};
use twinsight::units::{ImageId, PersonId};
use twinsight::vision::{Crop, Preparation};

use super::states::{faces, loading, press, text, type_text};

const SIZE: (u16, u16) = (80, 24);

/// Writes four pictures of twelve people. Of the first person none can be used, of the third one cannot.
fn write(folder: &Path) {
    for person in 0..12 {
        let below = folder.join(format!("p{person:02}"));
        fs::create_dir(&below).expect("a folder");
        for number in 0..4 {
            let path = below.join(format!("{number}.png"));
            let photo = faces().photo(ImageId(10 * person + number));
            match (person, number) {
                (0, _) | (2, 1) => fs::write(path, "no picture").expect("a file"),
                _ => photo.expect("built in").grey().save(path).expect("a file"),
            }
        }
    }
}

/// Reads a folder, on one thread, until so many pictures are done.
fn read(folder: &Path, most: usize) -> (Result<Dataset, SourceError>, Arc<Preview>) {
    let (done, preview) = (AtomicUsize::new(0), OnceLock::new());
    let loading = Loading {
        listed: Some(&|listed: Arc<Preview>| {
            for person in (0..listed.people()).map(PersonId) {
                assert!(
                    (0..4).all(|picture| listed.face(person, picture) == PreviewFace::Unread),
                    "told before it is read"
                );
            }
            assert!(preview.set(listed).is_ok(), "told once");
        }),
        progress: &|now, _| done.store(now, Ordering::Relaxed),
        stop: &|| done.load(Ordering::Relaxed) >= most,
        ..Loading::default()
    };
    let source = Source::Folder(folder.into());
    let one = rayon::ThreadPoolBuilder::new().num_threads(1);
    let dataset = one
        .build()
        .expect("a thread")
        .install(|| Dataset::open_with(&source, &Preparation::of(Crop::Whole), &loading));
    (dataset, preview.into_inner().expect("told"))
}

/// The folder is listed, and this much of it is read.
fn filling(preview: &Arc<Preview>) -> State {
    filling_at(SIZE, preview)
}

fn filling_at(size: (u16, u16), preview: &Arc<Preview>) -> State {
    let mut state = loading(size);
    press(&mut state, "1");
    let request = state.data.load.request().expect("faces are requested");
    let progress = Progress {
        done: 20,
        all: preview.pictures(),
        pace: "132 a second, 11 min left".into(),
    };
    update(&mut state, Event::Reading(request, progress));
    update(&mut state, Event::Listed(request, preview.clone()));
    state
}

#[test]
fn people_are_listed_at_once_and_faces_fill_in() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (stopped, preview) = read(folder.path(), 20);
    assert!(matches!(
        stopped,
        Err(SourceError::Interrupted {
            read: 20,
            total: 48
        })
    ));
    assert_eq!((preview.people(), preview.pictures()), (12, 48));
    let face = |person, picture| preview.face(PersonId(person), picture);
    assert_eq!(face(0, 3), PreviewFace::Refused);
    assert!(matches!(face(4, 3), PreviewFace::Made(_)));
    assert_eq!(face(5, 0), PreviewFace::Unread);

    let mut state = filling(&preview);
    insta::assert_snapshot!("filling", text(&state));
    press(&mut state, "/");
    type_text(&mut state, "p05");
    assert_eq!(state.data.shown, [PersonId(5)]);
    press(&mut state, "enter");
    insta::assert_snapshot!("filling_filtered", text(&state));
}

#[test]
fn what_needs_the_whole_data_set_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (_, preview) = read(folder.path(), 20);
    for keys in [
        "l enter",
        "l y",
        "l i",
        "r",
        "t",
        "2 t",
        "3 j enter",
        "4 j enter",
        "5",
        "l m",
    ] {
        let mut state = filling(&preview);
        press(&mut state, keys);
        assert!(
            !state.data.enlarged && state.data.dataset.is_none(),
            "{keys}"
        );
        assert!(!text(&state).is_empty());
    }
}

#[test]
fn the_cursor_stays_on_its_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (dataset, preview) = read(folder.path(), usize::MAX);
    let dataset = Arc::new(dataset.expect("a data set"));
    let mut state = filling(&preview);
    // The third person's third picture. In the data set the person is the second, and the picture too.
    press(&mut state, "j j l l l");
    assert_eq!((state.data.person, state.data.picture), (2, 2));
    let request = state.data.load.request().expect("faces are requested");
    update(&mut state, Event::Loaded(request, dataset.clone()));
    assert_eq!(state.data.focus, Focus::Pictures);
    let image = state.data.current_image().expect("a picture");
    assert_eq!(dataset.picture(image).label, "p02/2.png");
    assert_eq!((state.data.person, state.data.picture), (1, 1));
    assert!(state.data.preview.is_none());
}

#[test]
fn nothing_stays_of_a_folder_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (_, preview) = read(folder.path(), 20);
    let mut state = filling(&preview);
    state.data.failed("the disk is gone".into());
    assert!(state.data.shown.is_empty() && state.data.list().is_none());
    assert!(text(&state).contains("the disk is gone"));
}

#[test]
fn people_with_few_pictures_share_a_row() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (_, preview) = read(folder.path(), 20);
    let mut state = filling_at((200, 60), &preview);
    let grid = data_grid(state.room());
    let bands: Vec<_> = state.data.bands(grid).map(|band| band.people).collect();
    let together = grid.columns / 4;
    assert!(together > 1, "{} columns", grid.columns);
    assert_eq!(bands[..2], [0..together, together..2 * together]);
    insta::assert_snapshot!("filling_shared", text(&state));

    let at = |state: &State| (state.data.person, state.data.picture);
    // To the second picture of the second person in the row, and from one row to the next and back.
    press(&mut state, "l l l l l l");
    assert_eq!(at(&state), (1, 1));
    press(&mut state, "j");
    assert_eq!(at(&state), (1 + together, 1));
    press(&mut state, "k h h");
    assert_eq!(at(&state), (0, 3));
    press(&mut state, "h h h h");
    assert_eq!(state.data.focus, Focus::People);
    // A click finds the picture that is drawn there.
    let line = state.data.bands(grid).nth(1).expect("a band").top + 2;
    assert_eq!(
        state.data.picture_at(line, 4, grid),
        Some((together + 1, 0))
    );
    assert_eq!(
        state.data.picture_at(line - 2, 4, grid),
        None,
        "a line of names"
    );
    assert_eq!(state.data.picture_at(line, grid.columns, grid), None);
}
