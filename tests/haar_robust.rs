//! Wrong, hostile and unusual cascades and pictures: each gives a result or an error, never a panic.
// Test helpers may unwrap.
#![allow(clippy::unwrap_used)]

use image::GrayImage;
use proptest::collection::vec;
use proptest::prelude::*;
use twinsight::vision::cascade::Cascade;
use twinsight::vision::detect::Detector;

/// A small valid cascade: one stage with a stump, one with a tree of two comparisons.
const SMALL: &str = "<?xml version=\"1.0\"?>
<opencv_storage>
<cascade type_id=\"opencv-cascade-classifier\"><stageType>BOOST</stageType>
  <featureType>HAAR</featureType>
  <height>8</height>
  <width>10</width>
  <featureParams><maxCatCount>0</maxCatCount></featureParams>
  <stages>
    <_><maxWeakCount>1</maxWeakCount><stageThreshold>-5.0e-01</stageThreshold><weakClassifiers>
      <_><internalNodes>0 -1 0 1.0e-02</internalNodes><leafValues>-1. 1.</leafValues></_></weakClassifiers></_>
    <_><maxWeakCount>1</maxWeakCount><stageThreshold>0.</stageThreshold><weakClassifiers>
      <_><internalNodes>0 1 1 2.0e-02 -1 -2 0 3.0e-02</internalNodes><leafValues>-1. 1. 2.</leafValues></_>
      </weakClassifiers></_></stages>
  <features>
    <_><rects><_>0 0 10 8 -1.</_><_>0 0 5 8 2.</_></rects><tilted>0</tilted></_>
    <_><rects><_>0 0 9 8 -1.</_><_>3 0 3 8 3.</_></rects></_></features>
</cascade>
</opencv_storage>";

/// The error for `SMALL` after `from` in it is replaced by `to`.
fn refusal(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from} is not in the small cascade");
    Cascade::from_xml(&SMALL.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn the_small_cascade_is_read_and_survives_the_compact_form() {
    let cascade = Cascade::from_xml(SMALL).unwrap();
    assert_eq!((cascade.window(), cascade.size()), ((10, 8), (2, 3, 2)));
    assert_eq!(
        Cascade::from_compact(&cascade.to_compact().unwrap()).unwrap(),
        cascade
    );
}

#[test]
fn other_kinds_of_cascades_are_refused_by_name() {
    let advice = "; use an upright Haar cascade such as haarcascade_frontalface_default.xml";
    for (from, to, what) in [
        (
            "<tilted>0",
            "<tilted>1",
            "its feature 0 is tilted, but only upright features are supported",
        ),
        (
            ">HAAR<",
            ">LBP<",
            "its features are of type \"LBP\", not HAAR",
        ),
        (
            ">HAAR<",
            ">HOG<",
            "its features are of type \"HOG\", not HAAR",
        ),
        (
            ">BOOST<",
            ">FOREST<",
            "its stages are of type \"FOREST\", not BOOST",
        ),
        (
            "maxCatCount>0",
            "maxCatCount>256",
            "its features have categories instead of values",
        ),
        (
            "opencv-cascade-classifier",
            "opencv-haar-classifier",
            "it is in the old format of OpenCV 1, which is not supported",
        ),
    ] {
        assert_eq!(refusal(from, to), format!("{what}{advice}"));
    }
}

#[test]
fn wrong_numbers_are_named_with_their_place() {
    for (from, to, message) in [
        (
            "<height>8<",
            "<height>2<",
            "a side of the window is \"2\", but must be 3 to 256 pixels; use a cascade file from OpenCV",
        ),
        (
            "<width>10<",
            "<width>1e9<",
            "<width> in line 6 is \"1e9\", but must be a number in range; use a cascade file from OpenCV",
        ),
        (
            "5 8 2.",
            "6 9 2.",
            "rectangle 2 of feature 0 is \"0 0 6 9\", but must be a rectangle inside the window; use a cascade file from OpenCV",
        ),
        (
            "0 0 10 8 -1.",
            "0 0 0 0 0.",
            "rectangle 1 of feature 0 is \"0 0 0 0\", but must be a rectangle inside the window; use a cascade file from OpenCV",
        ),
        (
            "5 8 2.",
            "5 8 nan",
            "rectangle 2 of feature 0 is \"NaN\", but must be a finite number; use a cascade file from OpenCV",
        ),
        (
            "<_>0 0 5 8 2.</_>",
            "<_>1</_>",
            "<_> in line 15 is \"1\", but must be x, y, width, height and weight of a rectangle; use a cascade file from OpenCV",
        ),
        (
            "<_>0 0 10 8 -1.</_><_>0 0 5 8 2.</_>",
            "",
            "<rects> in line 15 is \"\", but must be one to three rectangles; use a cascade file from OpenCV",
        ),
        (
            "-5.0e-01",
            "1e60",
            "the threshold of stage 0 is \"inf\", but must be a finite number; use a cascade file from OpenCV",
        ),
        (
            "0 -1 0 1.0e-02",
            "0 -1 7 1.0e-02",
            "the feature's index in tree 0 of stage 0 is \"7\", but must be one of the features; use a cascade file from OpenCV",
        ),
        (
            "0 -1 0 1.0e-02",
            "0 -1 0",
            "<internalNodes> in line 10 is \"0 -1 0\", but must be four numbers for each comparison; use a cascade file from OpenCV",
        ),
        (
            "-1. 1.<",
            "-1.<",
            "the number of leaf values in tree 0 of stage 0 is \"1\", but must be one more than comparisons; use a cascade file from OpenCV",
        ),
        (
            "0 1 1 2.0e-02",
            "0 2 1 2.0e-02",
            "a child in tree 0 of stage 1 is \"2\", but must be a later comparison or a leaf; use a cascade file from OpenCV",
        ),
        (
            "-1 -2 0 3.0e-02",
            "1 -2 0 3.0e-02",
            "a child in tree 0 of stage 1 is \"1\", but must be a later comparison or a leaf; use a cascade file from OpenCV",
        ),
    ] {
        assert_eq!(refusal(from, to), message);
    }
    let advice = "; a cascade is a file in OpenCV's XML format";
    for (element, message) in [
        ("stageThreshold", "<_> in line 9 has no <stageThreshold>"),
        ("features", "<cascade> in line 3 has no <features>"),
    ] {
        let renamed = SMALL.replacen(&format!("<{element}>"), "<x>", 1).replacen(
            &format!("</{element}>"),
            "</x>",
            1,
        );
        assert_eq!(
            Cascade::from_xml(&renamed).unwrap_err().to_string(),
            format!("{message}{advice}")
        );
    }
}

#[test]
fn what_is_no_cascade_at_all_is_refused() {
    let entities = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><x>&b;</x>";
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let wide = format!("<a>{}</a>", "<b/>".repeat(2_100_000));
    for text in [
        "",
        "{}",
        "<a>",
        "<a/>",
        "<a><b/></a>",
        entities,
        &deep,
        &wide,
        "\u{feff}<a/>",
    ] {
        let message = Cascade::from_xml(text).unwrap_err().to_string();
        assert!(
            message.ends_with("; a cascade is a file in OpenCV's XML format"),
            "{message}"
        );
    }
}

#[test]
fn files_are_opened_with_care() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cascade.xml");
    std::fs::write(&path, SMALL).unwrap();
    assert_eq!(
        Cascade::open(&path).unwrap(),
        Cascade::from_xml(SMALL).unwrap()
    );
    for (content, message) in [
        (
            &b"\xff\xfe<"[..],
            "it is not text in UTF-8 (first wrong byte: 0)",
        ),
        (&SMALL.as_bytes()[..300], "it is not well-formed XML: "),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = Cascade::open(&path).unwrap_err().to_string();
        assert!(
            error.starts_with("the cascade ") && error.contains(message),
            "{error}"
        );
    }
    for other in [folder.path().to_owned(), folder.path().join("absent")] {
        let error = Cascade::open(&other).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot read ") && error.ends_with("in OpenCV's XML format"),
            "{error}"
        );
    }
}

#[test]
fn a_damaged_compact_form_is_refused() {
    let bytes = Cascade::frontal().to_compact().unwrap();
    for length in (0..bytes.len()).step_by(997) {
        Cascade::from_compact(&bytes[..length]).unwrap_err();
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let message = Cascade::from_compact(&longer).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "the compact cascade is damaged at byte {}; convert the XML file again",
            bytes.len()
        )
    );
}

fn picture() -> impl Strategy<Value = GrayImage> {
    (1..70_u32, 1..70_u32).prop_flat_map(|(width, height)| {
        vec(any::<u8>(), (width * height) as usize)
            .prop_map(move |pixels| GrayImage::from_raw(width, height, pixels).unwrap())
    })
}

fn size() -> impl Strategy<Value = Option<(u32, u32)>> {
    prop_oneof![Just(None), (1..100_u32, 1..100_u32).prop_map(Some)]
}

fn detector() -> impl Strategy<Value = Detector> {
    (
        1.01..4.0,
        0..4_u32,
        size(),
        size(),
        0.0..1.0,
        prop_oneof![Just(None), (64..80_u32).prop_map(Some)],
    )
        .prop_map(
            |(scale_factor, min_neighbors, min_size, max_size, padding, max_side)| Detector {
                scale_factor,
                min_neighbors,
                min_size,
                max_size,
                padding,
                max_side,
            },
        )
}

proptest! {
    #[test]
    fn any_picture_and_settings_have_an_answer_within_the_padded_picture(
        picture in picture(),
        detector in detector(),
    ) {
        for cascade in [Cascade::frontal(), &Cascade::from_xml(SMALL).unwrap()] {
            let Ok(faces) = detector.detect(cascade, &picture) else { continue };
            for face in faces {
                let (dx, dy) = (picture.width() as i32 + 1, picture.height() as i32 + 1);
                prop_assert!(face.width > 0 && face.height > 0 && face.x >= -dx && face.y >= -dy);
                prop_assert!(face.x + face.width <= 2 * dx && face.y + face.height <= 2 * dy);
            }
        }
    }

    #[test]
    fn mutated_xml_is_read_or_refused(
        changes in vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), b'0'..=b'9', Just(b'-'), Just(b'<')]), 1..6),
        cut in any::<prop::sample::Index>(),
        picture in picture(),
    ) {
        let mut bytes = SMALL.as_bytes().to_vec();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let cut = cut.index(bytes.len());
        for part in [&bytes[..], &bytes[..cut], &bytes[cut..]] {
            let text = &String::from_utf8_lossy(part);
            if let Ok(cascade) = Cascade::from_xml(text) {
                Detector::default().detect(&cascade, &picture).unwrap();
            }
        }
    }

    #[test]
    fn mutated_compact_forms_are_read_or_refused(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        picture in picture(),
    ) {
        let mut bytes = Cascade::from_xml(SMALL).unwrap().to_compact().unwrap();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Ok(cascade) = Cascade::from_compact(&bytes) {
            Detector::default().detect(&cascade, &picture).unwrap();
        }
    }
}

#[test]
fn pictures_without_pixels_and_thin_ones_have_no_face() {
    for (width, height) in [
        (0, 0),
        (0, 9),
        (1, 1),
        (1, 5000),
        (5000, 1),
        (23, 5000),
        (24, 23),
    ] {
        let faces = Detector::default()
            .detect(Cascade::frontal(), &GrayImage::new(width, height))
            .unwrap();
        assert_eq!(faces, [], "{width} x {height}");
    }
}
