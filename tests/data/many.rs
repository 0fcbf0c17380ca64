//! A hundred thousand photographs: how fast they are read, with how much memory, and how fast the second start is.
//!
//! The photographs are made from those of a folder, such as LFW's, by seeded variation: another crop, brightness and JPEG
//! quality for each. With the folder of people in `PHOTOS`:
//!
//! ```text
//! PHOTOS=…/lfw COUNT=100000 cargo test --release --test data -- --ignored --nocapture many
//! ```
//!
//! `COUNT` is 5,000 if it is not given; then the memory for faces is smaller in the same proportion. `MADE` names a folder where
//! the photographs are made and stay, so that they need not be made again; the cache is always a new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use rayon::prelude::*;
use twinsight::data::{Dataset, FACES_IN_MEMORY, FaceCache, Loading, Source};
use twinsight::units::ImageId;
use twinsight::vision::{Crop, Photo, Preparation};

/// The data set whose memory is bounded; smaller ones get a share of the memory.
const ALL: usize = 100_000;

/// Numbers that depend on `seed` only (SplitMix64; Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One photograph in JPEG, changed as `seed` says.
fn varied(photo: &RgbImage, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let (width, height) = photo.dimensions();
    let share = random.between(0.85, 1.0);
    let (w, h) = (
        (f64::from(width) * share) as u32,
        (f64::from(height) * share) as u32,
    );
    let x = random.between(0.0, f64::from(width - w)) as u32;
    let y = random.between(0.0, f64::from(height - h)) as u32;
    let light = random.between(0.75, 1.25);
    let quality = random.between(70.0, 96.0) as u8;
    let mut part = imageops::crop_imm(photo, x, y, w, h).to_image();
    for value in part.iter_mut() {
        *value = (f64::from(*value) * light).clamp(0.0, 255.0) as u8;
    }
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
    part.write_with_encoder(encoder).unwrap();
    jpeg
}

/// The pictures of all sub-folders, in order.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let sorted = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let people = sorted(folder).into_iter().filter(|path| path.is_dir());
    people.flat_map(|person| sorted(&person)).collect()
}

/// Makes `count` photographs in `folder`, each variation of a person as a person of its own. Those that are there stay.
fn make(photos: &Path, folder: &Path, count: usize) {
    let photos = pictures(photos);
    let made = (0..count).into_par_iter().filter(|&number| {
        let photo = &photos[number % photos.len()];
        let person = photo.parent().unwrap().file_name().unwrap();
        let person = format!("{}-{}", person.display(), number / photos.len());
        let path = folder.join(person).join(photo.file_name().unwrap());
        if path.exists() {
            return false;
        }
        let jpeg = varied(&Photo::open(photo).unwrap().rgb(), number as u64);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, jpeg).unwrap();
        // The times of a file that was written just now prove nothing.
        let before = SystemTime::now() - Duration::from_secs(3600);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(before).unwrap();
        true
    });
    println!("made {} of {count} photographs", made.count());
}

/// Forgets the most memory that was needed until now.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// The most memory since then, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes = line.split_whitespace().next().unwrap();
    kilobytes.parse::<u64>().unwrap() >> 10
}

/// Seconds that all cores together have computed for this process, which other processes do not lengthen much.
fn computed() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold spaces; in hundredths of a second (`proc(5)`).
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

/// Reads the folder, and prints what it took.
fn read(turn: &str, folder: &Path, cache: &FaceCache, memory: u64) -> Dataset {
    forget_peak();
    let (begun, before, at_first) = (Instant::now(), computed(), peak());
    let loading = Loading {
        cache: Some(cache),
        memory,
        ..Loading::default()
    };
    let source = Source::Folder(folder.into());
    let faces = Dataset::open_with(&source, &Preparation::of(Crop::Aligned), &loading).unwrap();
    let took = begun.elapsed();
    let count = faces.images.len();
    println!(
        "{turn} start: {count} pictures of {} people in {:.2} s ({:.2} s of computing), {:.0} a second; \
         peak {} MiB, {at_first} before",
        faces.people.len(),
        took.as_secs_f64(),
        computed() - before,
        count as f64 / took.as_secs_f64(),
        peak()
    );
    faces
}

/// Slow, and nothing else may run in its process.
#[test]
#[ignore = "measures; see the head of the file"]
fn many_photographs_are_read_in_bounded_memory() {
    let photos = PathBuf::from(std::env::var_os("PHOTOS").expect("PHOTOS: a folder of people"));
    let count = std::env::var("COUNT").map_or(5_000, |count| count.parse().unwrap());
    let (scratch, home) = (crate::scratch(), crate::scratch());
    let made = std::env::var_os("MADE").map_or(scratch.path().to_path_buf(), PathBuf::from);
    make(&photos, &made, count);

    let cache = FaceCache::at(home.path());
    let memory = FACES_IN_MEMORY.min(FACES_IN_MEMORY * count as u64 / ALL as u64);
    let faces = read("first", &made, &cache, memory);
    assert_eq!(faces.images.len() + faces.refused.len(), count);
    let usage = cache.usage();
    println!("cache: {usage:?}, at most {} bytes", cache.limit());
    assert!(peak() < 1024, "{} MiB", peak());
    drop(faces);
    let faces = read("second", &made, &cache, memory);
    assert!(peak() < 1024, "{} MiB", peak());
    assert_eq!(cache.usage(), usage, "nothing was made again");

    // As a training does: every face once, in no order.
    let faces = Arc::new(faces);
    let mut order: Vec<ImageId> = (0..faces.images.len()).map(ImageId).collect();
    let mut random = Random(7);
    order.sort_by_cached_key(|_| random.next());
    let begun = Instant::now();
    let order = &order[..order.len().min(20_000)];
    let sum: f32 = order.par_iter().map(|&id| faces.face(id).pixels()[0]).sum();
    let each = begun.elapsed().as_secs_f64() * 1e6 / order.len() as f64;
    println!("read back: {each:.0} µs for each face on all cores ({sum:.0})");
    for turn in ["computed", "kept"] {
        let begun = Instant::now();
        faces.fingerprint();
        println!(
            "fingerprint, {turn}: {:.2} s",
            begun.elapsed().as_secs_f64()
        );
    }
    println!("peak {} MiB", peak());
    assert!(peak() < 1024, "{} MiB", peak());
    faces.intact().unwrap();
}
