use super::*;
use crate::backbone::Backbone;
use crate::data::{Dataset, Loading, Source};
use crate::units::ImageId;
use crate::vision::Crop;
use std::sync::Mutex;
use std::time::{Duration, Instant};

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
    cache.finish(&root, &wrong);
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
