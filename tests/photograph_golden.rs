//! Detection, alignment and embeddings against OpenCV's `FaceDetectorYN` and `FaceRecognizerSF`.
//!
//! `tests/golden/photographs/make.py` made what is compared with, and says how. The test of pictures that cannot be in the
//! tree is run by hand:
//!
//!     python tests/golden/photographs/make.py MODELS LFW OUTPUT
//!     TWINSIGHT_GOLDEN=OUTPUT cargo test --release --test photograph_golden -- --ignored --nocapture
// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used)]

#[path = "photographs/measure.rs"]
mod measure;

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage, imageops};
use twinsight::backbone::{Backbone, cosine};
use twinsight::vision::align::Template;
use twinsight::vision::yunet::{Detection, Orientation, YuNet};

/// Height and width of an ORL picture.
const FACE: (u32, u32) = (112, 92);
const TILE: u32 = 112;

struct Golden {
    folder: PathBuf,
    orl: RgbImage,
}

/// A picture's name and what OpenCV found in it.
type Found = (String, Vec<Detection>);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn open(path: &Path) -> RgbImage {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    picture.into_rgb8()
}

impl Golden {
    fn new(folder: PathBuf) -> Self {
        let orl = open(&root().join("data/orl.pgm"));
        Self { folder, orl }
    }

    fn face(&self, index: u32) -> RgbImage {
        let (row, column) = (index / 10, index % 10);
        imageops::crop_imm(&self.orl, column * FACE.1, row * FACE.0, FACE.1, FACE.0).to_image()
    }

    fn picture(&self, name: &str) -> RgbImage {
        let mut parts = name.split('/');
        let (kind, what) = (parts.next().unwrap(), parts.next().unwrap());
        match (kind, parts.next()) {
            ("orl", Some("double")) => {
                let face = self.face(what.parse().unwrap());
                RgbImage::from_fn(2 * FACE.1, 2 * FACE.0, |x, y| *face.get_pixel(x / 2, y / 2))
            }
            ("orl", _) => {
                let mut face = self.face(what.parse().unwrap());
                for pixel in face.pixels_mut() {
                    let value = u16::from(pixel.0[0]);
                    *pixel = Rgb([value, value * 3 / 4, value / 2].map(|v| v as u8));
                }
                face
            }
            ("sheet", _) => {
                let start: u32 = what.parse().unwrap();
                let faces: Vec<_> = (0..6).map(|k| self.face(start + 10 * k)).collect();
                RgbImage::from_fn(3 * FACE.1, 2 * FACE.0, |x, y| {
                    let face = &faces[(y / FACE.0 * 3 + x / FACE.1) as usize];
                    *face.get_pixel(x % FACE.1, y % FACE.0)
                })
            }
            (_, how) => {
                let here = self.folder.join(format!("{what}.png"));
                let there = root().join(format!("tests/golden/haar/photographs/{what}.png"));
                let picture = open(if here.exists() { &here } else { &there });
                match how {
                    Some(_) => imageops::flip_horizontal(&picture),
                    None => picture,
                }
            }
        }
    }

    fn found(&self) -> Vec<Found> {
        let text = std::fs::read_to_string(self.folder.join("faces.tsv")).unwrap();
        let mut found: Vec<Found> = Vec::new();
        for line in text.lines() {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap();
            let values: Vec<f32> = fields.map(|field| field.parse().unwrap()).collect();
            if found.last().is_none_or(|(last, _)| last != name) {
                found.push((name.to_owned(), Vec::new()));
            }
            if let [x, y, width, height, points @ .., score] = values.as_slice() {
                let landmarks = std::array::from_fn(|k| [points[2 * k], points[2 * k + 1]]);
                found.last_mut().unwrap().1.push(Detection {
                    x: *x,
                    y: *y,
                    width: *width,
                    height: *height,
                    landmarks,
                    score: *score,
                    orientation: Orientation::Upright,
                });
            }
        }
        found
    }

    fn tile(sheet: &RgbImage, index: u32) -> RgbImage {
        let (x, y) = (index % 10 * TILE, index / 10 * TILE);
        imageops::crop_imm(sheet, x, y, TILE, TILE).to_image()
    }

    fn embeddings(&self) -> Vec<Vec<f32>> {
        let bytes = std::fs::read(self.folder.join("embeddings.f32")).unwrap();
        let value = |b: &[u8; 4]| f32::from_le_bytes(*b);
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(value).collect();
        let unit = |row: &[f32]| {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter().map(|v| v / length).collect()
        };
        values.chunks_exact(128).map(unit).collect()
    }
}

/// The largest differences over all pictures.
#[derive(Debug, Default)]
struct Worst {
    pictures: usize,
    faces: usize,
    box_px: f32,
    landmark_px: f32,
    score: f32,
    aligned_mean: f32,
    cosine: f32,
    mean_cosine: f32,
}

/// Where boxes do not pair up: a score next to the limit, or two boxes that overlap just so.
fn compare(golden: &Golden) -> Worst {
    let mut worst = Worst {
        cosine: 1.0,
        ..Worst::default()
    };
    let sheet = open(&golden.folder.join("aligned.png"));
    let embeddings = golden.embeddings();
    let mut tile = 0;
    for (name, wanted) in golden.found() {
        let picture = golden.picture(&name);
        let found = YuNet::built_in().search(&picture, 0.6);
        assert_eq!(found.len(), wanted.len(), "{name}");
        worst.pictures += 1;
        for (a, b) in found.iter().zip(&wanted) {
            worst.faces += 1;
            let sides = [a.x - b.x, a.y - b.y, a.width - b.width, a.height - b.height];
            let points = a.landmarks.iter().zip(&b.landmarks);
            let apart = points.flat_map(|(p, q)| [p[0] - q[0], p[1] - q[1]]);
            worst.box_px = sides.iter().fold(worst.box_px, |w, d| w.max(d.abs()));
            worst.landmark_px = apart.fold(worst.landmark_px, |w, d| w.max(d.abs()));
            worst.score = worst.score.max((a.score - b.score).abs());
        }
        let Some(first) = wanted.first() else {
            continue;
        };
        let theirs = Golden::tile(&sheet, tile);
        let ours = Template::ARCFACE
            .colour(&picture, &first.landmarks)
            .unwrap();
        let apart = ours
            .iter()
            .zip(theirs.iter())
            .map(|(a, b)| f32::from(a.abs_diff(*b)));
        worst.aligned_mean = worst
            .aligned_mean
            .max(apart.sum::<f32>() / ours.len() as f32);
        let embedding = Backbone::built_in().embed(&theirs).unwrap();
        let similarity = cosine(&embedding, &embeddings[tile as usize]);
        worst.cosine = worst.cosine.min(similarity);
        worst.mean_cosine += similarity;
        tile += 1;
    }
    worst.mean_cosine /= tile as f32;
    assert_eq!(embeddings.len(), tile as usize);
    worst
}

fn check(worst: &Worst) {
    println!("{worst:?}");
    assert!(worst.pictures > 100);
    assert!(
        worst.box_px <= 0.1 && worst.landmark_px <= 0.1 && worst.score <= 1e-3,
        "{worst:?}"
    );
    assert!(worst.aligned_mean <= 1.0, "{worst:?}");
    assert!(worst.cosine >= 0.998, "{worst:?}");
}

#[test]
fn detection_alignment_and_embeddings_are_those_of_opencv() {
    check(&compare(&Golden::new(
        root().join("tests/golden/photographs"),
    )));
}

#[test]
#[ignore = "needs pictures that are not in the tree; see the head of this file"]
fn photographs_of_labeled_faces_in_the_wild_give_the_same() {
    let folder = std::env::var_os("TWINSIGHT_GOLDEN")
        .expect("TWINSIGHT_GOLDEN names the folder that make.py wrote");
    check(&compare(&Golden::new(PathBuf::from(folder))));
}
