//! The detector against OpenCV: the same windows, the same boxes.
//!
//! `tests/golden/haar/boxes.tsv` holds what OpenCV 4.14.0 finds in 400 faces, sheets of them, photographs, and enlarged,
//! reduced, noisy, darkened, inverted, padded and cut copies; `make.py` beside it made the file and describes its fields.
//! The test makes the same pictures from the faces and photographs, with integer operations. `trees.tsv` holds the results
//! for a cascade whose trees have two comparisons and whose window has 20 pixels.
// Test helpers may unwrap.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::Path;

use image::{GrayImage, Luma, imageops};
use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::{Detector, FaceBox};

/// Width and height of an ORL picture.
const FACE: (u32, u32) = (92, 112);

fn open(path: &str) -> GrayImage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    image::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .into_luma8()
}

/// The pictures that `boxes.tsv` names.
struct Pictures {
    /// Ten faces in a row, one row for each person.
    sheet: GrayImage,
    photographs: HashMap<String, GrayImage>,
    noise: Vec<i32>,
}

impl Pictures {
    fn new() -> Self {
        let photographs = [
            "astronaut",
            "camera",
            "chelsea",
            "coffee",
            "coins",
            "hopper",
        ]
        .map(|name| {
            (
                name.to_owned(),
                open(&format!("tests/golden/haar/photographs/{name}.png")),
            )
        });
        let noise = std::iter::successors(Some(1_u32), |state| {
            Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        });
        Self {
            sheet: open("data/orl.pgm"),
            photographs: photographs.into(),
            noise: noise
                .skip(1)
                .take(1 << 20)
                .map(|state| (state >> 27) as i32 - 16)
                .collect(),
        }
    }

    fn face(&self, index: u32) -> GrayImage {
        imageops::crop_imm(
            &self.sheet,
            index % 10 * FACE.0,
            index / 10 * FACE.1,
            FACE.0,
            FACE.1,
        )
        .to_image()
    }

    fn make(&self, name: &str) -> GrayImage {
        let mut parts = name.split('|');
        let (kind, what) = parts.next().unwrap().split_once('/').unwrap();
        let base = match kind {
            "orl" => self.face(what.parse().unwrap()),
            "sheet" => self.sheet_of(&numbers(what)),
            _ => self.photographs[what].clone(),
        };
        parts.fold(base, |picture, operation| self.apply(picture, operation))
    }

    fn sheet_of(&self, numbers: &[u32]) -> GrayImage {
        let [first, columns, rows] = numbers else {
            panic!("three numbers make a sheet")
        };
        let mut sheet = GrayImage::new(columns * FACE.0, rows * FACE.1);
        for i in 0..columns * rows {
            let (x, y) = (i % columns * FACE.0, i / columns * FACE.1);
            imageops::replace(
                &mut sheet,
                &self.face(first + i),
                i64::from(x),
                i64::from(y),
            );
        }
        sheet
    }

    fn apply(&self, picture: GrayImage, operation: &str) -> GrayImage {
        let (width, height) = picture.dimensions();
        let (name, argument) = operation.split_once(':').unwrap_or((operation, ""));
        let at = |x: u32, y: u32| u32::from(picture[(x, y)].0[0]);
        let made = |width, height, of: &dyn Fn(u32, u32) -> u32| {
            GrayImage::from_fn(width, height, |x, y| Luma([of(x, y) as u8]))
        };
        match name {
            "double" => made(2 * width, 2 * height, &|x, y| at(x / 2, y / 2)),
            "half" => made(width / 2, height / 2, &|x, y| {
                let (x, y) = (2 * x, 2 * y);
                (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1) + 2) / 4
            }),
            "noise" => made(width, height, &|x, y| {
                (at(x, y) as i32 + self.noise[(y * width + x) as usize]).clamp(0, 255) as u32
            }),
            "dark" => made(width, height, &|x, y| at(x, y) / 4),
            "negative" => made(width, height, &|x, y| 255 - at(x, y)),
            "crop" => {
                let [left, top, width, height] = numbers(argument)[..] else {
                    panic!("four numbers make a cut")
                };
                made(width, height, &|x, y| at(left + x, top + y))
            }
            "pad" => {
                let [dx, dy] = numbers(argument)[..] else {
                    panic!("two numbers make a border")
                };
                let inside =
                    |at: u32, border: u32, side: u32| at.saturating_sub(border).min(side - 1);
                made(width + 2 * dx, height + 2 * dy, &|x, y| {
                    at(inside(x, dx, width), inside(y, dy, height))
                })
            }
            _ => panic!("unknown operation {name}"),
        }
    }
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(',')
        .map(|number| number.parse().unwrap())
        .collect()
}

/// A box of `boxes.tsv`: x, y, width, height and, for grouped boxes, the number of neighbours.
type Row = Vec<i32>;

fn rows(text: &str) -> Vec<Row> {
    text.split(';')
        .filter(|row| !row.is_empty())
        .map(|row| {
            row.split(',')
                .map(|number| number.parse().unwrap())
                .collect()
        })
        .collect()
}

fn sorted(boxes: &[FaceBox], with_neighbors: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = boxes
        .iter()
        .map(|found| {
            let mut row = vec![found.x, found.y, found.width, found.height];
            row.extend(with_neighbors.then_some(found.neighbors as i32));
            row
        })
        .collect();
    rows.sort();
    rows
}

/// FNV-1a, 64 bits.
fn hash(rows: &[Row]) -> String {
    let bytes = rows
        .iter()
        .flatten()
        .flat_map(|number| number.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Compares one line of a list with the detector.
fn compare(cascade: &Cascade, line: &str, picture: &GrayImage) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        name,
        factor,
        min,
        max,
        count,
        expected_hash,
        of_three,
        of_five,
        listed,
    ] = fields[..]
    else {
        panic!("nine fields in {line}")
    };
    let size = |text: &str| {
        Some(text.parse().unwrap())
            .filter(|&side: &u32| side > 0)
            .map(|side| (side, side))
    };
    let search = |min_neighbors| Detector {
        min_size: size(min),
        max_size: size(max),
        ..Detector::like_opencv(factor.parse().unwrap(), min_neighbors)
    };
    let what = format!("{name}, scale factor {factor}, sizes {min} to {max}");
    let raw = sorted(&search(0).raw_windows(cascade, picture).unwrap(), false);
    if listed != "-" {
        assert_eq!(raw, rows(listed), "raw windows of {what}");
    }
    assert_eq!(
        (raw.len().to_string(), hash(&raw)),
        (count.into(), expected_hash.into()),
        "raw windows of {what}"
    );
    // Grouping with 3 differs from grouping with 5 only in the count, so it is not repeated for every search.
    let fewer = (min == "0" && max == "0" && factor == "1.1").then_some((3, of_three));
    for (neighbors, expected) in fewer.into_iter().chain([(5, of_five)]) {
        let boxes = sorted(&search(neighbors).detect(cascade, picture).unwrap(), true);
        assert_eq!(
            boxes,
            rows(expected),
            "boxes with {neighbors} neighbours of {what}"
        );
    }
}

/// Compares all lines of a list whose picture's name begins with `kind`; returns the number of pictures.
fn compare_all(cascade: &Cascade, list: &str, kind: &str) -> usize {
    let pictures = Pictures::new();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/haar")
        .join(list);
    let text = std::fs::read_to_string(path).unwrap();
    let mut made: Option<(&str, GrayImage)> = None;
    let mut count = 0;
    for line in text.lines().filter(|line| line.starts_with(kind)) {
        let name = line.split('\t').next().unwrap();
        if made.as_ref().is_none_or(|(last, _)| *last != name) {
            made = Some((name, pictures.make(name)));
            count += 1;
        }
        compare(cascade, line, &made.as_ref().unwrap().1);
    }
    count
}

#[test]
fn single_faces_plain_and_padded() {
    assert_eq!(compare_all(Cascade::frontal(), "boxes.tsv", "orl/"), 800);
}

#[test]
fn sheets_of_faces() {
    assert_eq!(compare_all(Cascade::frontal(), "boxes.tsv", "sheet/"), 36);
}

#[test]
fn photographs_and_their_copies() {
    assert_eq!(compare_all(Cascade::frontal(), "boxes.tsv", "photo/"), 90);
}

#[test]
fn trees_of_two_comparisons() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/haar/trees.xml");
    let cascade = Cascade::open(&path).unwrap();
    assert_eq!(
        (cascade.window(), cascade.size()),
        ((20, 20), (6, 182, 182))
    );
    assert_eq!(compare_all(&cascade, "trees.tsv", ""), 50);
}

#[test]
fn with_its_padding_the_detector_finds_a_face_in_each_orl_picture() {
    let pictures = Pictures::new();
    let found = |detector: &Detector| {
        (0..400)
            .filter(|&i| {
                detector
                    .best_face(Cascade::frontal(), &pictures.face(i))
                    .unwrap()
                    .is_some()
            })
            .count()
    };
    assert_eq!(found(&Detector::default()), 400);
    assert_eq!(
        found(&Detector {
            padding: 0.0,
            ..Detector::default()
        }),
        348
    );
}
