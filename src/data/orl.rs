//! The built-in ORL faces: 40 people, ten pictures each, 92 × 112 pixels, 8-bit grey.
//!
//! The binary contains `data/orl.pgm`, one sheet that any picture viewer opens: one row for each person, s1 to s40, with
//! the pictures 1 to 10. Raw pixels were chosen over PNG, because decoding would delay the first frame and 4 MB are
//! cheap. `data/orl_faces.csv` holds the box in which the detector finds each face, because a search would delay the
//! first frame too; [`aligned`] has what the other detector finds. `data/README.md` describes the origin of the pictures and their repair.

mod aligned;

use std::sync::LazyLock;

use image::GrayImage;
use rayon::prelude::*;

use super::found::{Found, Origin, Shot};
use super::reading::Reader;
use crate::vision::detect::FaceBox;
use crate::vision::{Crop, Photo, Preparation, PreparedFace};

/// Width of one picture in pixels.
pub(super) const WIDTH: usize = 92;
/// Height of one picture in pixels.
pub(super) const HEIGHT: usize = 112;
/// Number of people.
pub(super) const PEOPLE: usize = 40;
/// Pictures of each person.
pub(super) const EACH: usize = 10;

/// `x,y,width,height,neighbors` in pixels of the picture; s1/1, s1/2, …, s40/10.
const FACES_CSV: &[u8] = include_bytes!("../../data/orl_faces.csv");
const SHEET: &[u8] = include_bytes!("../../data/orl.pgm");
/// Pixels in one row of the sheet.
const STRIDE: usize = WIDTH * EACH;

/// Picture `number` of person `person`, both counted from 0.
pub(super) fn picture(person: usize, number: usize) -> Photo {
    assert!(
        person < PEOPLE && number < EACH,
        "ORL has {PEOPLE} people with {EACH} pictures each"
    );
    // The pixels are the end of the file; the header comes before them.
    let pixels = &SHEET[SHEET.len() - STRIDE * HEIGHT * PEOPLE..];
    let rows = pixels
        .chunks_exact(STRIDE)
        .skip(person * HEIGHT)
        .take(HEIGHT);
    let mut picture = Vec::with_capacity(WIDTH * HEIGHT);
    for row in rows {
        picture.extend_from_slice(&row[number * WIDTH..(number + 1) * WIDTH]);
    }
    GrayImage::from_raw(WIDTH as u32, HEIGHT as u32, picture)
        .expect("as many pixels as were counted out")
        .into()
}

/// The box in which the detector, with its defaults, finds the face of that picture.
pub(super) fn face(person: usize, number: usize) -> FaceBox {
    static FACES: LazyLock<Vec<FaceBox>> = LazyLock::new(|| {
        let mut rows = csv::Reader::from_reader(FACES_CSV);
        let faces = rows.deserialize().collect::<Result<Vec<FaceBox>, _>>();
        faces.expect("a test reads the embedded table")
    });
    FACES[person * EACH + number]
}

/// The name of a person: `s01` to `s40`.
pub(super) fn person_name(person: usize) -> String {
    format!("s{:02}", person + 1)
}

/// The label of a picture: `s07/3`.
pub(super) fn label(person: usize, number: usize) -> String {
    format!("{}/{}", person_name(person), number + 1)
}

/// All people with their prepared pictures, computed on all cores.
pub(super) fn read(reader: &Reader<'_>) -> Vec<Found> {
    let one = |person: usize, number: usize| {
        let photo = picture(person, number);
        let (label, origin) = (label(person, number), Origin::Orl(person, number));
        match known(reader.preparation, &photo, person, number) {
            Some(prepared) => Shot::new(label, photo.dimensions(), prepared, origin),
            None => reader.shot(label, &photo, origin),
        }
    };
    // What is known takes so little time that nobody needs to see the progress.
    if known(reader.preparation, &picture(0, 0), 0, 0).is_some() {
        let people = (0..PEOPLE).into_par_iter();
        let shots = |person| (0..EACH).map(|number| one(person, number)).collect();
        return people.map(|person| found(person, shots(person))).collect();
    }
    people(reader, one)
}

/// The 40 people, with the pictures that `read` makes of person and number.
pub(super) fn people(
    reader: &Reader<'_>,
    read: impl Fn(usize, usize) -> Shot + Sync,
) -> Vec<Found> {
    let all: Vec<usize> = (0..PEOPLE * EACH).collect();
    let mut shots = reader
        .all(&all, |at| read(at / EACH, at % EACH))
        .into_iter();
    let own = (0..PEOPLE).map(|person| found(person, shots.by_ref().take(EACH).collect()));
    own.collect()
}

fn found(person: usize, shots: Vec<Shot>) -> Found {
    Found {
        name: person_name(person),
        shots,
    }
}

/// As [`Preparation::prepare`], if it is known what the detector and the backbone answer: asking them 400 times would delay
/// the first screen.
fn known(
    preparation: &Preparation,
    photo: &Photo,
    person: usize,
    number: usize,
) -> Option<PreparedFace> {
    match preparation.crop {
        Crop::Haar => Some(preparation.prepare_boxed(photo, &face(person, number))),
        Crop::Aligned | Crop::Close => {
            let found = aligned::detections(person, number);
            let prepared = preparation.prepare_detected(photo, found);
            let Some(backbone) = preparation.backbone else {
                return Some(prepared);
            };
            let features = aligned::features(backbone, person * EACH + number)?;
            let face = prepared.face.with_features(features);
            Some(PreparedFace { face, ..prepared })
        }
        Crop::Whole | Crop::Centre => Some(preparation.prepare(photo)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backbone::{Backbone, cosine};
    use crate::data::Loading;
    use crate::vision::cascade::Cascade;
    use crate::vision::detect::Detector;
    use crate::vision::yunet::{Detection, YuNet};
    use sha2::{Digest, Sha256};

    #[test]
    fn every_pixel_is_the_original() {
        let mut hash = Sha256::new();
        for person in 0..PEOPLE {
            for number in 0..EACH {
                hash.update(picture(person, number).grey().as_raw());
            }
        }
        let digest: String = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            digest,
            "2e4844a9f4fa4397058f69d6208047170f2e9d399cda18b55c1e8d28f0a83431"
        );
    }

    /// The table of boxes, computed by the detector.
    fn found() -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let all =
            (0..PEOPLE).flat_map(|person| (0..EACH).map(move |number| picture(person, number)));
        for photo in all {
            let best = Detector::default()
                .best_face(Cascade::frontal(), photo.grey())
                .unwrap();
            writer
                .serialize(best.expect("a face in every picture"))
                .unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn the_detector_finds_every_face_where_the_table_has_it() {
        assert_eq!(std::str::from_utf8(FACES_CSV).unwrap(), found());
    }

    #[test]
    #[ignore = "writes the table: cargo test --release --lib write_the_table -- --ignored"]
    fn write_the_table() {
        std::fs::write("data/orl_faces.csv", found()).unwrap();
    }

    /// Persons and numbers of all pictures, in order.
    fn all() -> Vec<(usize, usize)> {
        let of = |person| (0..EACH).map(move |number| (person, number));
        (0..PEOPLE).flat_map(of).collect()
    }

    #[test]
    #[ignore = "writes two files: cargo test --release --lib write_the_landmarks -- --ignored"]
    fn write_the_landmarks_and_features() {
        let mut found: Vec<((usize, usize), Detection)> = Vec::new();
        let mut features = Vec::new();
        let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
        for (person, number) in all() {
            let photo = picture(person, number);
            let detections = YuNet::built_in().detect(&photo.rgb());
            found.extend(detections.into_iter().map(|face| ((person, number), face)));
            let face = preparation.prepare(&photo).face;
            let colour = face.colour().expect("an aligned face has colours");
            features.push(Backbone::built_in().features(&colour).unwrap());
        }
        std::fs::write("data/orl_landmarks.csv", aligned::tests::table(&found)).unwrap();
        let file = aligned::tests::file(Backbone::built_in_id().hash, &features);
        std::fs::write("data/models/orl_sface.bin", file).unwrap();
    }

    #[test]
    fn landmarks_and_features_are_what_the_networks_find() {
        let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
        let mut checked = 0;
        for (person, number) in all().into_iter().step_by(7) {
            let photo = picture(person, number);
            let found = preparation.prepare(&photo);
            let known = known(&preparation, &photo, person, number).expect("the built-in backbone");
            let (pixels, shipped) = (found.face.pixels(), known.face.pixels());
            let mut pixels = pixels.iter().zip(shipped.iter());
            assert!(pixels.all(|(a, b)| (a - b).abs() < 0.01));
            assert_eq!(found.fallback, known.fallback, "{person} {number}");
            let points = |face: &PreparedFace| face.landmarks.into_iter().flatten().flatten();
            for (a, b) in points(&found).zip(points(&known)) {
                assert!((a - b).abs() < 0.01, "{person} {number}: {a} {b}");
            }
            let [a, b] = [&found, &known].map(|face| face.quality.map(|q| (q.faces, q.beside)));
            assert_eq!(a, b, "{person} {number}");
            let colour = found.face.colour().expect("an aligned face has colours");
            let computed = Backbone::built_in().features(&colour).unwrap();
            let features = known
                .face
                .features()
                .expect("features of the built-in backbone");
            assert!(cosine(&computed, features) > 0.9999, "{person} {number}");
            checked += 1;
        }
        assert!(checked > 50);
    }

    #[test]
    fn aligned_faces_need_no_search() {
        let preparation = Preparation::of(Crop::Aligned);
        for (person, number) in [(0, 0), (17, 4), (39, 9)] {
            let photo = picture(person, number);
            let found = known(&preparation, &photo, person, number).expect("known landmarks");
            assert!(!found.fallback && found.landmarks.is_some());
            assert!(found.face.features().is_none() && found.face.colour().is_none());
            let searched = preparation.prepare(&photo);
            let (pixels, wanted) = (found.face.pixels(), searched.face.pixels());
            let mut pixels = pixels.iter().zip(wanted.iter());
            assert!(pixels.all(|(a, b)| (a - b).abs() < 0.01));
        }
    }

    #[test]
    #[ignore = "measures: cargo test --release --lib opening_takes -- --ignored --nocapture"]
    fn opening_takes() {
        let preparation = Preparation::for_backbone(Backbone::built_in_id().hash);
        let times = (0..20).map(|_| {
            let begun = std::time::Instant::now();
            let loading = Loading::default();
            assert_eq!(read(&Reader::new(&preparation, &loading)).len(), PEOPLE);
            begun.elapsed()
        });
        println!("opened in {:?}", times.min());
    }

    #[test]
    fn the_sheet_is_what_a_viewer_shows() {
        let sheet = image::load_from_memory(SHEET).unwrap().into_luma8();
        assert_eq!(
            sheet.dimensions(),
            ((WIDTH * EACH) as u32, (HEIGHT * PEOPLE) as u32)
        );
        let tile = image::imageops::crop_imm(&sheet, 2 * 92, 6 * 112, 92, 112).to_image();
        assert_eq!(&tile, picture(6, 2).grey());
        assert_eq!(label(6, 2), "s07/3");
    }
}
