//! How well the built-in detector and backbone know people again: figures, not tests.
//!
//! On a list of pairs in the form of Labeled Faces in the Wild's `pairs.txt`, with the pictures beside it, and on ORL:
//!
//!     TWINSIGHT_LFW=FOLDER cargo test --release --test photograph_golden measure -- --ignored --nocapture --test-threads=1

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use image::{RgbImage, imageops};
use twinsight::backbone::{Backbone, cosine};
use twinsight::vision::align::{self, Template};
use twinsight::vision::aligned::AlignedFace;
use twinsight::vision::quality::{FaceQuality, Verdict};
use twinsight::vision::yunet::{Detection, Orientation, YuNet};

/// A pair of pictures, whether they show one person, and its set.
struct Pair {
    paths: [PathBuf; 2],
    mated: bool,
    set: usize,
}

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("TWINSIGHT_LFW").expect("TWINSIGHT_LFW names a folder"))
}

fn pairs(folder: &Path) -> Vec<Pair> {
    let text = std::fs::read_to_string(folder.join("pairs.txt")).unwrap();
    let mut lines = text.lines();
    let head: Vec<usize> = lines
        .next()
        .unwrap()
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    let path = |name: &str, number: &str| {
        let number: u32 = number.parse().unwrap();
        folder.join(name).join(format!("{name}_{number:04}.jpg"))
    };
    let pair = |(index, line): (usize, &str)| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let set = index / (2 * head[1]);
        match fields[..] {
            [name, a, b] => Pair {
                paths: [path(name, a), path(name, b)],
                mated: true,
                set,
            },
            [one, a, other, b] => Pair {
                paths: [path(one, a), path(other, b)],
                mated: false,
                set,
            },
            _ => panic!("{line}"),
        }
    };
    lines
        .filter(|line| !line.trim().is_empty())
        .enumerate()
        .map(pair)
        .collect()
}

/// The face nearest to the middle, where this data set has its person.
fn central(photo: &RgbImage, found: &[Detection]) -> Option<Detection> {
    let middle = [photo.width() as f32 / 2.0, photo.height() as f32 / 2.0];
    let away =
        |f: &Detection| (f.x + f.width / 2.0 - middle[0]).hypot(f.y + f.height / 2.0 - middle[1]);
    found
        .iter()
        .copied()
        .min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// The rate at which as many mated pairs are below a threshold as non-mated ones are above it, in percent.
fn equal_error_rate(scores: &[(f32, bool)]) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mated = sorted.iter().filter(|s| s.1).count() as f32;
    let others = sorted.len() as f32 - mated;
    let (mut below, mut above) = (0.0, others);
    for (_, same) in sorted {
        if same {
            below += 1.0
        } else {
            above -= 1.0
        }
        if below / mated >= above / others {
            return 50.0 * (below / mated + above / others);
        }
    }
    0.0
}

/// Mean accuracy over the sets, each with the threshold that is best on the others, and its standard error; in percent.
fn accuracy(scores: &[(f32, bool)], sets: &[usize]) -> (f32, f32) {
    let right = |t: f32, of: &dyn Fn(usize) -> bool| {
        let chosen = scores.iter().zip(sets).filter(|(_, set)| of(**set));
        let results: Vec<_> = chosen
            .map(|((score, same), _)| (*score >= t) == *same)
            .collect();
        results.iter().filter(|r| **r).count() as f32 / results.len() as f32
    };
    let count = sets.iter().max().unwrap() + 1;
    let rates: Vec<f32> = (0..count)
        .map(|set| {
            let thresholds = (-100..1000).map(|k| k as f32 / 1000.0);
            let best = thresholds
                .max_by(|a, b| right(*a, &|s| s != set).total_cmp(&right(*b, &|s| s != set)));
            100.0 * right(best.unwrap(), &|s| s == set)
        })
        .collect();
    let mean = rates.iter().sum::<f32>() / count as f32;
    let variance = rates.iter().map(|r| (r - mean).powi(2)).sum::<f32>() / (count - 1) as f32;
    (mean, (variance / count as f32).sqrt())
}

fn quantiles(what: &str, values: impl Iterator<Item = f32>) {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    let at = |q: f32| values[((values.len() - 1) as f32 * q) as usize];
    println!(
        "  {what}: {:.3} {:.3} {:.3} {:.3} {:.3} {:.3} (0, 1, 5, 50, 95, 100 %)",
        at(0.0),
        at(0.01),
        at(0.05),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

fn describe(qualities: &[FaceQuality]) {
    quantiles("score", qualities.iter().map(|q| q.score));
    quantiles("size", qualities.iter().map(|q| q.size));
    quantiles("sharpness", qualities.iter().map(|q| q.sharpness));
    quantiles("|yaw|", qualities.iter().map(|q| q.pose.yaw.abs()));
    quantiles("|pitch|", qualities.iter().map(|q| q.pose.pitch.abs()));
    let good = qualities
        .iter()
        .filter(|q| q.verdict() == Verdict::Good)
        .count();
    println!("  good: {good} of {}", qualities.len());
}

fn orl() -> Vec<RgbImage> {
    let sheet = super::open(&super::root().join("data/orl.pgm"));
    let face = |i: u32| imageops::crop_imm(&sheet, i % 10 * 92, i / 10 * 112, 92, 112).to_image();
    (0..400).map(face).collect()
}

/// Embeddings of aligned pictures.
fn embed(faces: &[RgbImage]) -> Vec<Vec<f32>> {
    let start = Instant::now();
    let all = Backbone::built_in().embed_all(faces, || {});
    println!(
        "  {:.2} ms a face for {} embeddings",
        1e3 * start.elapsed().as_secs_f64() / faces.len() as f64,
        faces.len()
    );
    all.into_iter().map(Result::unwrap).collect()
}

#[test]
#[ignore = "prints figures; needs pictures that are not in the tree"]
fn measure_pairs() {
    let folder = folder();
    let pairs = pairs(&folder);
    let mut paths: Vec<_> = pairs.iter().flat_map(|pair| pair.paths.clone()).collect();
    paths.sort();
    paths.dedup();
    let photos: Vec<RgbImage> = paths.iter().map(|path| super::open(path)).collect();
    let index: HashMap<_, _> = paths
        .iter()
        .enumerate()
        .map(|(i, path)| (path.clone(), i))
        .collect();
    let sets: Vec<_> = pairs.iter().map(|pair| pair.set).collect();
    let report = |what: &str,
                  found: &[Vec<Detection>],
                  choose: &dyn Fn(&RgbImage, &[Detection]) -> Option<Detection>| {
        let missing = found.iter().filter(|f| f.is_empty()).count();
        println!(
            "{what}: {} pictures, {missing} without a face",
            photos.len()
        );
        let align = |(photo, found): (&RgbImage, &Vec<Detection>)| {
            let landmarks = choose(photo, found)
                .map_or(Template::ARCFACE.scaled_to(photo.width()).points, |f| {
                    f.landmarks
                });
            Template::ARCFACE.colour(photo, &landmarks).unwrap()
        };
        let embeddings = embed(&photos.iter().zip(found).map(align).collect::<Vec<_>>());
        let score = |pair: &Pair| {
            let [a, b] = [0, 1].map(|k| &embeddings[index[&pair.paths[k]]]);
            (cosine(a, b), pair.mated)
        };
        let scores: Vec<_> = pairs.iter().map(score).collect();
        let (mean, error) = accuracy(&scores, &sets);
        println!(
            "  accuracy {mean:.2} ± {error:.2} %, EER {:.2} %",
            equal_error_rate(&scores)
        );
        embeddings
    };
    let once: Vec<_> = photos
        .iter()
        .map(|photo| YuNet::built_in().search(photo, 0.6))
        .collect();
    report(
        "one search at the photo's size, central face",
        &once,
        &central,
    );
    let start = Instant::now();
    let several: Vec<_> = photos
        .iter()
        .map(|photo| YuNet::built_in().detect(photo))
        .collect();
    println!(
        "{:.1} ms for each detection",
        1e3 * start.elapsed().as_secs_f64() / photos.len() as f64
    );
    report("several sizes, central face", &several, &central);
    let first = |photo: &RgbImage, found: &[Detection]| {
        AlignedFace::from_detections(photo, found, align::MARGIN)
            .first()
            .map(|f| f.detection)
    };
    let upright = report("several sizes, first face", &several, &first);
    let turned = several
        .iter()
        .filter(|f| f.iter().any(|f| f.orientation != Orientation::Upright))
        .count();
    println!("  upright pictures taken for turned ones: {turned}");
    let qualities = photos.iter().zip(&several).filter_map(|(p, f)| {
        Some(
            AlignedFace::from_detections(p, f, align::MARGIN)
                .first()?
                .quality,
        )
    });
    describe(&qualities.collect::<Vec<_>>());
    turned_pictures(&photos, &upright);
}

/// Every twentieth picture in the other three ways up: whether the way is found, and the person known again.
fn turned_pictures(photos: &[RgbImage], upright: &[Vec<f32>]) {
    for way in 1..4 {
        let (mut right, mut same, mut all) = (0, 0, 0);
        for (photo, embedding) in photos.iter().zip(upright).step_by(20) {
            // Turned counterclockwise by as much as it has to be turned clockwise to stand upright.
            let (picture, wanted) = match way {
                1 => (imageops::rotate270(photo), Orientation::Clockwise),
                2 => (imageops::rotate180(photo), Orientation::UpsideDown),
                _ => (imageops::rotate90(photo), Orientation::Counterclockwise),
            };
            all += 1;
            let Some(face) = AlignedFace::all(&picture).into_iter().next() else {
                continue;
            };
            right += usize::from(face.detection.orientation == wanted);
            same += usize::from(
                cosine(
                    &Backbone::built_in().embed(&face.colour).unwrap(),
                    embedding,
                ) > 0.8,
            );
        }
        println!(
            "turned by {}°: way found {right}, cosine to upright above 0.8 {same}, of {all}",
            90 * way
        );
    }
}

#[test]
#[ignore = "prints figures"]
fn measure_orl() {
    let photos = orl();
    let start = Instant::now();
    let found: Vec<_> = photos.iter().map(AlignedFace::all).collect();
    println!(
        "ORL: {:.1} ms for detection and alignment; {} without a face, {} with several",
        1e3 * start.elapsed().as_secs_f64() / 400.0,
        found.iter().filter(|f| f.is_empty()).count(),
        found.iter().filter(|f| f.len() > 1).count()
    );
    let faces: Vec<_> = found.iter().map(|f| f[0].colour.clone()).collect();
    let grey: Vec<_> = found
        .iter()
        .map(|f| {
            imageops::resize(
                &image::DynamicImage::ImageLuma8(f[0].grey.to_image()).into_rgb8(),
                112,
                112,
                imageops::FilterType::Triangle,
            )
        })
        .collect();
    for (what, faces) in [("112 × 112", faces), ("64 × 64 grey, enlarged", grey)] {
        let embeddings = embed(&faces);
        let mut scores = Vec::new();
        for a in 0..400 {
            for b in a + 1..400 {
                scores.push((cosine(&embeddings[a], &embeddings[b]), a / 10 == b / 10));
            }
        }
        println!(
            "  {what}: EER of all pairs {:.3} %",
            equal_error_rate(&scores)
        );
    }
    describe(&found.iter().map(|f| f[0].quality).collect::<Vec<_>>());
}

/// The median of 15 runs, in milliseconds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            1e3 * start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[7]
}

#[test]
#[ignore = "prints figures"]
fn measure_speed() {
    let start = Instant::now();
    let yunet = YuNet::built_in();
    println!(
        "YuNet loads in {:.1} ms",
        1e3 * start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    let backbone = Backbone::built_in();
    println!(
        "SFace loads in {:.1} ms",
        1e3 * start.elapsed().as_secs_f64()
    );
    let hopper = super::open(&super::root().join("tests/golden/haar/photographs/hopper.png"));
    let photo = imageops::resize(&hopper, 640, 480, imageops::FilterType::Triangle);
    println!(
        "one search at 640 × 480: {:.1} ms",
        median(|| drop(yunet.search(&photo, 0.6)))
    );
    println!(
        "several sizes, 640 × 480: {:.1} ms",
        median(|| drop(yunet.detect(&photo)))
    );
    println!(
        "detected and aligned: {:.1} ms",
        median(|| drop(AlignedFace::all(&photo)))
    );
    let face = AlignedFace::all(&photo).remove(0);
    println!(
        "one embedding: {:.1} ms",
        median(|| drop(backbone.embed(&face.colour)))
    );
    let large = imageops::resize(&hopper, 4000, 3000, imageops::FilterType::Triangle);
    println!(
        "detected and aligned, 12 megapixels: {:.1} ms",
        median(|| drop(AlignedFace::all(&large)))
    );
}
