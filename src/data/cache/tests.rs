use super::*;
use crate::backbone::Backbone;
use crate::data::{Dataset, Loading, Source};
use crate::units::ImageId;
use crate::vision::{Crop, Preparation};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// A folder with two pictures of each of two ORL people, changed last an hour ago.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
    for (person, name) in ["anna", "boris"].into_iter().enumerate() {
        fs::create_dir(folder.path().join(name)).unwrap();
        for number in 0..2 {
            let photo = orl.photo(ImageId(10 * person + number)).unwrap();
            let path = folder.path().join(format!("{name}/{number}.png"));
            photo.grey().save(&path).unwrap();
            age(&path);
        }
    }
    folder
}

fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let before = SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(before).unwrap();
}

fn open(folder: &Path, preparation: &Preparation, cache: Option<&FaceCache>) -> Dataset {
    let loading = Loading {
        cache,
        ..Loading::default()
    };
    Dataset::open_with(&Source::Folder(folder.into()), preparation, &loading).unwrap()
}

/// Everything of a data set that a photo decides.
fn content(dataset: &Dataset) -> String {
    let pictures = dataset.images.iter().map(|picture| {
        let found = (
            picture.area,
            picture.fallback,
            picture.landmarks,
            picture.quality,
        );
        (&picture.label, &picture.face, found, picture.size)
    });
    format!("{:?}", pictures.collect::<Vec<_>>())
}

#[test]
fn faces_from_the_cache_are_those_from_the_photos() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let backbone = Preparation::for_backbone(Backbone::built_in_id().hash);
    let preparations = [
        Preparation::of(Crop::Haar),
        Preparation::of(Crop::Aligned),
        backbone,
    ];
    for (turn, preparation) in preparations.iter().enumerate() {
        let without = open(folder.path(), preparation, None);
        let first = open(folder.path(), preparation, Some(&cache));
        assert_eq!(cache.usage().faces, 4 * (turn + 1));
        let second = open(folder.path(), preparation, Some(&cache));
        assert_eq!(content(&without), content(&first));
        assert_eq!(content(&without), content(&second));
        assert_eq!(cache.usage().faces, 4 * (turn + 1));
    }
    // A picture that changes is read again; one that is only copied is known by its content.
    let changed = folder.path().join("anna/0.png");
    fs::copy(folder.path().join("boris/0.png"), &changed).unwrap();
    age(&changed);
    let third = open(folder.path(), &backbone, Some(&cache));
    assert_eq!(third.images[0].face, third.images[2].face);
    assert_eq!(cache.usage().faces, 12);
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::of(Crop::Centre);
    open(folder.path(), &preparation, Some(&cache));
    let root = folder.path().canonicalize().unwrap();
    let listing = cache.listing(&root);
    let file = Path::new("anna/0.png");
    let stamp = Stamp::of(&root.join(file).metadata().unwrap()).unwrap();
    let bytes = fs::read(root.join(file)).unwrap();
    assert_eq!(listing.content(file, stamp), Some(ContentHash::of(&bytes)));
    // What the list says is believed: here it leads to another face.
    let mut wrong = cache.listing(&root);
    let other = fs::read(root.join("boris/0.png")).unwrap();
    wrong.insert(file, stamp, ContentHash::of(&other));
    cache.keep_listing(&root, &wrong).unwrap();
    let again = open(folder.path(), &preparation, Some(&cache));
    assert_eq!(again.images[0].face, again.images[2].face);
}

#[test]
fn damaged_files_are_written_again() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::of(Crop::Haar);
    let first = open(folder.path(), &preparation, Some(&cache));
    for (turn, file) in files_below(home.path()).iter().enumerate() {
        let mut bytes = fs::read(&file.path).unwrap();
        match turn % 3 {
            0 => bytes.truncate(100),
            1 => bytes[50] ^= 1,
            _ => bytes.clear(),
        }
        fs::write(&file.path, bytes).unwrap();
    }
    let second = open(folder.path(), &preparation, Some(&cache));
    assert_eq!(content(&first), content(&second));
    let key = PreparationKey::of(&preparation);
    let picture = fs::read(folder.path().join("boris/1.png")).unwrap();
    let kept = cache.get(ContentHash::of(&picture), key);
    assert_eq!(
        kept.expect("written again").prepared.face,
        first.images[3].face
    );
}

#[test]
fn a_person_is_removed_and_everything_is_removed() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    for crop in [Crop::Whole, Crop::Haar] {
        open(folder.path(), &Preparation::of(crop), Some(&cache));
    }
    assert_eq!(cache.usage().faces, 8);
    assert_eq!(cache.remove_person("nobody").unwrap(), 0);
    assert_eq!(cache.remove_person("anna").unwrap(), 4);
    assert_eq!(cache.usage().faces, 4);
    let own = [0, 1].map(|n| fs::read(folder.path().join(format!("anna/{n}.png"))).unwrap());
    let own = own.map(|bytes| hex(&ContentHash::of(&bytes).0));
    for file in files_below(home.path()) {
        let bytes = fs::read(&file.path).unwrap();
        let text = format!("{} {}", file.path.display(), hex(&bytes));
        assert!(!own.iter().any(|digits| text.contains(digits)));
        assert!(!bytes.windows(4).any(|name| name == b"anna"));
    }
    let boris = fs::read(folder.path().join("boris/0.png")).unwrap();
    assert_eq!(
        cache.remove_contents(&[ContentHash::of(&boris)]).unwrap(),
        2
    );
    assert_eq!(cache.clear().unwrap().faces, 2);
    assert_eq!(cache.usage(), CacheUsage::default());
    assert_eq!(cache.clear().unwrap(), CacheUsage::default());
}

#[test]
fn the_oldest_faces_make_room() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path()).with_limit(70_000);
    open(folder.path(), &Preparation::of(Crop::Whole), Some(&cache));
    let old = files_below(&cache.pictures());
    assert_eq!(old.len(), 4);
    old.iter().for_each(|file| age(&file.path));
    open(folder.path(), &Preparation::of(Crop::Centre), Some(&cache));
    let usage = cache.usage();
    assert!(usage.faces < 8 && usage.bytes <= 70_000, "{usage:?}");
    assert!(!old.iter().any(|file| file.path.exists()));
}

/// Reads a folder whose faces do not fit into memory.
fn open_large(folder: &Path, preparation: &Preparation, cache: &FaceCache) -> Dataset {
    let loading = Loading {
        cache: Some(cache),
        memory: 3 * GREY_BYTES,
        ..Loading::default()
    };
    Dataset::open_with(&Source::Folder(folder.into()), preparation, &loading).unwrap()
}

#[test]
fn faces_that_are_read_back_are_equal_to_the_bit() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let backbone = Preparation::for_backbone(Backbone::built_in_id().hash);
    for preparation in [
        Preparation::of(Crop::Haar),
        Preparation::of(Crop::Aligned),
        backbone,
    ] {
        let in_memory = open(folder.path(), &preparation, None);
        for _ in ["first", "second"] {
            let stored = open_large(folder.path(), &preparation, &cache);
            assert_eq!(content(&stored), content(&in_memory));
            // Computed, and then from the cache.
            for _ in 0..2 {
                assert_eq!(stored.fingerprint(), in_memory.fingerprint());
            }
            assert!(stored.intact().is_ok() && stored.not_cached.is_none());
            let without_one = stored.leaving_out([ImageId(1)]);
            assert_eq!(
                without_one.fingerprint(),
                in_memory.leaving_out([ImageId(1)]).fingerprint()
            );
        }
    }
    // Colours that do not fit stay in the cache, and the grey values in memory.
    let aligned = Preparation::of(Crop::Aligned);
    let loading = Loading {
        cache: Some(&cache),
        memory: 4 * GREY_BYTES,
        ..Loading::default()
    };
    let source = Source::Folder(folder.path().into());
    let stored = Dataset::open_with(&source, &aligned, &loading).unwrap();
    assert_eq!(
        content(&stored),
        content(&open(folder.path(), &aligned, None))
    );
}

#[test]
fn a_large_folder_opens_again_without_reading_a_face() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
    let first = open_large(folder.path(), &preparation, &cache);
    for file in files_below(&cache.pictures()) {
        fs::write(&file.path, b"damaged").unwrap();
    }
    let second = open_large(folder.path(), &preparation, &cache);
    let facts = |dataset: &Dataset| {
        let facts = dataset.images.iter().map(|picture| {
            let features = picture.face.features().unwrap().to_vec();
            (picture.area, picture.landmarks, picture.quality, features)
        });
        format!("{:?}", facts.collect::<Vec<_>>())
    };
    assert_eq!(facts(&first), facts(&second));
    let damaged = files_below(&cache.pictures());
    assert!(
        damaged.iter().all(|file| file.bytes == 7),
        "none was written"
    );
    // Each face is made again from its photo when it is needed.
    let in_memory = open(folder.path(), &preparation, None);
    assert_eq!(content(&second), content(&in_memory));
    let written = files_below(&cache.pictures());
    assert!(written.len() == 4 && written.iter().all(|file| file.bytes > 16_384));
    // A face whose file is gone is read with the others, and so is one of a photo that has changed.
    fs::remove_file(&written[0].path).unwrap();
    fs::copy(
        folder.path().join("boris/1.png"),
        folder.path().join("anna/0.png"),
    )
    .unwrap();
    age(&folder.path().join("anna/0.png"));
    let third = open_large(folder.path(), &preparation, &cache);
    assert_eq!(third.images[0].face, third.images[3].face);
    assert_ne!(third.fingerprint(), first.fingerprint());
}

#[test]
fn a_face_that_cannot_be_made_again_is_reported() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::of(Crop::Whole);
    let faces = open_large(folder.path(), &preparation, &cache);
    cache.clear().unwrap();
    let before = faces.face(ImageId(0)).pixels();
    assert!(faces.intact().is_ok(), "its photo is still there");
    let photo = folder.path().join("boris/0.png");
    fs::copy(folder.path().join("anna/0.png"), &photo).unwrap();
    assert_ne!(
        faces.face(ImageId(2)).pixels(),
        before,
        "another photo is not taken for it"
    );
    let lost = faces.intact().unwrap_err().to_string();
    assert!(
        lost.contains("boris/0.png is no longer in the cache") && lost.contains("has changed"),
        "{lost}"
    );
}

#[test]
fn reading_that_is_stopped_goes_on_where_it_was() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let source = Source::Folder(folder.path().into());
    let preparation = Preparation::of(Crop::Whole);
    for memory in [GREY_BYTES, 100 * GREY_BYTES] {
        cache.clear().unwrap();
        let (asked, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let stopping = Loading {
            cache: Some(&cache),
            stop: &|| asked.fetch_add(1, Ordering::SeqCst) >= 2,
            memory,
            ..Loading::default()
        };
        let stopped = Dataset::open_with(&source, &preparation, &stopping).unwrap_err();
        assert_eq!(
            stopped.to_string(),
            "stopped after 2 of 4 pictures; what was read is kept, and the next start goes on there"
        );
        assert_eq!(cache.usage().faces, 2, "what was read is kept");
        let root = folder.path().canonicalize().unwrap();
        assert_eq!(cache.listing(&root).len(), 2);
        // The rest is read now: of what was read before, the files are older than the end of this reading.
        for file in files_below(&cache.pictures()) {
            age(&file.path);
        }
        let loading = Loading {
            cache: Some(&cache),
            progress: &|_, _| {
                made.fetch_add(1, Ordering::SeqCst);
            },
            memory,
            ..Loading::default()
        };
        let whole = Dataset::open_with(&source, &preparation, &loading).unwrap();
        assert_eq!(made.into_inner(), 5);
        let hour = Duration::from_secs(1800);
        let is_new = |file: &&CacheFile| file.modified.elapsed().is_ok_and(|age| age < hour);
        let files = files_below(&cache.pictures());
        assert_eq!(files.iter().filter(is_new).count(), 2);
        assert_eq!(
            whole.fingerprint(),
            open(folder.path(), &preparation, None).fingerprint()
        );
        // Stopped again, nothing is forgotten.
        let at_once = Loading {
            cache: Some(&cache),
            stop: &|| true,
            memory,
            ..Loading::default()
        };
        Dataset::open_with(&source, &preparation, &at_once).unwrap_err();
        assert_eq!(cache.listing(&root).len(), 4);
        if memory == GREY_BYTES {
            let known = cache.known(&root, PreparationKey::of(&preparation));
            assert_eq!(known.contents().count(), 4);
        }
    }
}

#[test]
fn without_a_place_for_faces_memory_must_be_enough() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let source = Source::Folder(folder.path().into());
    let preparation = Preparation::of(Crop::Whole);
    let open = |cache, memory| {
        let loading = Loading {
            cache,
            memory,
            ..Loading::default()
        };
        Dataset::open_with(&source, &preparation, &loading)
    };
    let refused = open(None, 3 * GREY_BYTES).unwrap_err().to_string();
    assert!(
        refused.contains("4 pictures are more than the 3"),
        "{refused}"
    );
    assert!(open(None, 4 * GREY_BYTES).is_ok());
    // A file stands where the folder of the cache should be.
    fs::write(home.path().join("cache"), b"").unwrap();
    let cache = FaceCache::at(&home.path().join("cache"));
    let faces = open(Some(&cache), 4 * GREY_BYTES).unwrap();
    let why = faces.not_cached.expect("nothing could be written");
    assert!(
        why.contains("cache") && why.contains("prepares these again"),
        "{why}"
    );
    let refused = open(Some(&cache), GREY_BYTES).unwrap_err().to_string();
    assert!(
        refused.contains("4 pictures do not fit into memory"),
        "{refused}"
    );
}

#[test]
fn the_limit_follows_a_large_data_set() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path()).with_limit(20_000);
    let whole = Preparation::of(Crop::Whole);
    let large = open_large(folder.path(), &whole, &cache);
    assert!(cache.limit() > 4 * GREY_BYTES && cache.limit() < 6 * GREY_BYTES);
    assert_eq!(cache.usage().faces, 4);
    files_below(&cache.pictures())
        .iter()
        .for_each(|file| age(&file.path));
    // Each data set that is read keeps its own faces; room is made by the others.
    open_large(folder.path(), &Preparation::of(Crop::Centre), &cache);
    assert_eq!(cache.usage().faces, 4);
    assert_eq!(content(&large), content(&open(folder.path(), &whole, None)));
    cache.clear().unwrap();
    assert_eq!(cache.limit(), 20_000);
}

#[test]
fn a_person_of_a_large_folder_is_removed() {
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::of(Crop::Haar);
    open_large(folder.path(), &preparation, &cache).fingerprint();
    let own = [0, 1].map(|n| fs::read(folder.path().join(format!("anna/{n}.png"))).unwrap());
    let own = own.map(|bytes| ContentHash::of(&bytes).0);
    let holds_any = |file: &CacheFile| {
        let bytes = fs::read(&file.path).unwrap();
        let inside = own
            .iter()
            .any(|hash| bytes.windows(32).any(|part| part == hash));
        inside
            || own
                .iter()
                .any(|hash| file.path.display().to_string().contains(&hex(hash)))
    };
    assert_eq!(
        files_below(home.path())
            .iter()
            .filter(|file| holds_any(file))
            .count(),
        4
    );
    assert_eq!(cache.remove_person("anna").unwrap(), 2);
    assert!(!files_below(home.path()).iter().any(holds_any));
    assert!(files_below(&cache.fingerprints()).is_empty());
    let root = folder.path().canonicalize().unwrap();
    let known = cache.known(&root, PreparationKey::of(&preparation));
    assert_eq!(known.contents().count(), 2);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, home) = (folder(), tempfile::tempdir().unwrap());
    let cache = FaceCache::at(&home.path().join("cache/faces"));
    open(folder.path(), &Preparation::of(Crop::Whole), Some(&cache));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let mut shard = PathBuf::new();
    for file in files_below(home.path()) {
        assert_eq!(mode(&file.path), 0o600);
        shard = file.path.parent().unwrap().to_path_buf();
    }
    for folder in [&*shard, cache.folder(), &*home.path().join("cache")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn progress_counts_every_picture() {
    let folder = folder();
    fs::write(folder.path().join("anna/broken.png"), b"").unwrap();
    let seen = Mutex::new(Vec::new());
    let loading = Loading {
        progress: &|done, total| seen.lock().unwrap().push((done, total)),
        ..Loading::default()
    };
    let source = Source::Folder(folder.path().into());
    let faces = Dataset::open_with(&source, &Preparation::of(Crop::Whole), &loading).unwrap();
    assert_eq!((faces.images.len(), faces.refused.len()), (4, 1));
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5].map(|done| (done, 5)));
}

#[test]
#[ignore = "measures: FOLDER=… cargo test --release --lib second_start -- --ignored --nocapture"]
fn second_start() {
    let folder = PathBuf::from(std::env::var_os("FOLDER").expect("the folder to read"));
    let home = tempfile::tempdir().unwrap();
    let cache = FaceCache::at(home.path());
    let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
    for turn in ["first", "second", "third"] {
        let begun = Instant::now();
        let faces = open(&folder, &preparation, Some(&cache));
        let took = begun.elapsed();
        println!(
            "{turn}: {} pictures in {took:.2?}; {:?}",
            faces.images.len(),
            cache.usage()
        );
    }
}
