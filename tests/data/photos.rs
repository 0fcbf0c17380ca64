use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use proptest::prelude::*;
use twinsight::vision::gray::{self, MAX_BYTES};
use twinsight::vision::{Crop, Photo, Preparation, SIDE};

use crate::{bytes, fixture, photo, scratch};

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The largest difference between two pictures of the same size.
fn difference(a: &GrayImage, b: &GrayImage) -> u8 {
    assert_eq!(a.dimensions(), b.dimensions());
    a.as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    gray::decode(bytes).unwrap_err().to_string()
}

#[test]
fn pictures_become_grey_as_in_opencv() {
    // JPEG decoders differ in rounding, and this one interpolates the subsampled colours of CMYK in its own way.
    let cases = [
        ("rgb.png", 0),
        ("rgba.png", 0),
        ("palette.png", 0),
        ("gray16.png", 0),
        ("plain.jpg", 2),
        ("progressive.jpg", 2),
        ("cmyk.jpg", 8),
    ];
    for (name, tolerance) in cases {
        let expected = gray::open(&fixture(name).with_extension("pgm")).unwrap();
        let decoded = gray::open(&fixture(name)).unwrap();
        let difference = difference(&decoded, &expected);
        assert!(difference <= tolerance, "{name} differs by {difference}");
    }
}

#[test]
fn photos_are_turned_upright() {
    for orientation in 1..=8 {
        let name = format!("turned{orientation}.jpg");
        let expected = gray::open(&fixture(&name).with_extension("pgm")).unwrap();
        assert!(
            difference(&gray::open(&fixture(&name)).unwrap(), &expected) <= 2,
            "{name}"
        );
    }
}

#[test]
fn lossless_formats_lose_nothing() {
    let picture = photo(7);
    for format in [
        ImageFormat::Png,
        ImageFormat::Pnm,
        ImageFormat::Tiff,
        ImageFormat::Bmp,
    ] {
        assert_eq!(
            gray::decode(&encoded(&picture.clone().into(), format)).unwrap(),
            picture,
            "{format:?}"
        );
    }
    // These have colours only; equal ones become the same grey.
    let coloured = DynamicImage::from(DynamicImage::from(picture.clone()).into_rgb8());
    for format in [ImageFormat::WebP, ImageFormat::Gif] {
        let decoded = gray::decode(&encoded(&coloured, format)).unwrap();
        assert_eq!(decoded, picture, "{format:?}");
    }
    let text: String = picture
        .as_raw()
        .iter()
        .map(|value| format!("{value} "))
        .collect();
    assert_eq!(
        gray::decode(format!("P2 # plain\n92 112 255\n{text}").as_bytes()).unwrap(),
        picture
    );
}

#[test]
fn few_grey_levels_are_spread() {
    let text: String = (0..256).map(|index| format!("{} ", index % 16)).collect();
    let decoded = gray::decode(format!("P2 16 16 15 {text}").as_bytes()).unwrap();
    assert_eq!(
        decoded.as_raw()[..16],
        std::array::from_fn::<u8, 16, _>(|level| level as u8 * 17)
    );
}

#[test]
fn an_area_is_averaged_as_in_opencv() {
    let sheet = image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/orl.pgm"))
        .unwrap()
        .into_luma8();
    let first = image::imageops::crop_imm(&sheet, 0, 0, 92, 112).to_image();
    let face = Preparation::of(Crop::Whole)
        .prepare(&first.clone().into())
        .face;
    let expected = bytes("area.f32");
    assert_eq!(expected.len(), 4 * SIDE * SIDE);
    for (pixel, expected) in face.pixels().iter().zip(expected.chunks_exact(4)) {
        let expected = f32::from_le_bytes(expected.try_into().unwrap());
        assert!(
            (pixel - expected).abs() < 1e-6,
            "{pixel} should be {expected}"
        );
    }
}

#[test]
fn other_formats_are_named() {
    assert_eq!(
        refusal(b""),
        "it is empty; copy it again from where it came from"
    );
    let read = "(JPEG, PNG, WebP, TIFF, BMP, GIF and PGM are read)";
    let pictures: [(&[u8], &str); 4] = [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "an AVIF picture"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"II\x2a\0\x10\0\0\0CR\x02\0", "a Canon RAW photo"),
    ];
    for (file, name) in pictures {
        assert_eq!(
            refusal(file),
            format!("it is {name}; convert it to JPEG {read}")
        );
    }
    // What is no picture cannot be converted to one.
    let others: [(&[u8], &str); 3] = [
        (b"hello", ""),
        (b"%PDF-1.4\n", "a PDF document, "),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "a film, "),
    ];
    for (file, name) in others {
        assert_eq!(refusal(file), format!("it is {name}not a picture {read}"));
    }
}

#[test]
fn of_an_animation_the_first_picture_is_taken() {
    for name in ["animated.gif", "animated.png"] {
        let decoded = gray::open(&fixture(name)).unwrap();
        let file = std::fs::File::open(fixture(name)).unwrap();
        let reader = std::io::BufReader::new(file);
        use image::AnimationDecoder;
        let frames = match name {
            "animated.gif" => image::codecs::gif::GifDecoder::new(reader)
                .unwrap()
                .into_frames(),
            _ => image::codecs::png::PngDecoder::new(reader)
                .unwrap()
                .apng()
                .unwrap()
                .into_frames(),
        };
        let frames: Vec<_> = frames.map(|frame| frame.unwrap().into_buffer()).collect();
        assert!(frames.len() > 1, "{name}");
        let first = gray::decode(&encoded(&frames[0].clone().into(), ImageFormat::Png)).unwrap();
        assert_eq!(decoded, first, "{name}");
    }
    assert!(gray::open(&fixture("picture.webp")).is_ok());
}

#[test]
fn the_photos_of_large_cameras_are_read() {
    // 8160 × 6144, 50.1 megapixels: a phone of 2021.
    let mut file = b"P5 8160 6144 255\n".to_vec();
    file.resize(file.len() + 8160 * 6144, 77);
    let photo = Photo::decode(&file).unwrap();
    assert_eq!(photo.dimensions(), (8160, 6144));
    assert_eq!(photo.grey().dimensions(), (4080, 3072));
    assert_eq!(photo.grey().get_pixel(4079, 3071).0, [77]);
    assert_eq!(photo.scale(), [2.0; 2]);
    let whole = Preparation::of(Crop::Whole).prepare(&photo).area;
    assert_eq!((whole.width, whole.height), (8160, 6144));
}

#[test]
fn a_picture_without_room_for_a_face_is_refused() {
    let needed = "too few for a face; at least 16 × 16 are needed";
    let tiny = DynamicImage::from(GrayImage::from_pixel(1, 1, Luma([9])));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Pnm] {
        assert_eq!(
            refusal(&encoded(&tiny, format)),
            format!("it has 1 × 1 pixels, {needed}")
        );
    }
    assert_eq!(
        refusal(b"P5 0 0 255\n"),
        format!("it has 0 × 0 pixels, {needed}")
    );
    assert_eq!(
        refusal(b"P5 4000000000 1 255\n"),
        format!("it has 4000000000 × 1 pixels, {needed}")
    );
    assert!(gray::decode(&encoded(&GrayImage::new(16, 16).into(), ImageFormat::Png)).is_ok());
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let too_large = "too many to read; make it smaller than 120 megapixels";
    assert_eq!(
        refusal(b"P5 30000 30000 255\n"),
        format!("it has 30000 × 30000 pixels, {too_large}")
    );
    assert_eq!(
        refusal(b"P6 60000 60000 255\n"),
        format!("it has 60000 × 60000 pixels, {too_large}")
    );
    // The largest number of pixels, but eight bytes in each.
    let deep =
        b"P7\nWIDTH 10000\nHEIGHT 12000\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
    assert_eq!(
        refusal(deep),
        "decoding its 10000 × 12000 pixels takes 960 MB, more than 480 MB; save it as a plain JPEG of 8 bits, or smaller"
    );

    // The header of a real PNG and of a real JPEG, with other dimensions.
    let mut png = bytes("rgb.png");
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(
        refusal(&png),
        format!("it has 30000 × 30000 pixels, {too_large}")
    );
    let mut jpeg = bytes("plain.jpg");
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(
        refusal(&jpeg),
        format!("it has 65535 × 65535 pixels, {too_large}")
    );
}

/// The checksum of a PNG chunk, bit by bit (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            0xedb8_8320 ^ (crc >> 1)
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc))
    })
}

#[test]
fn damaged_line_ends_are_recognised() {
    let damaged = [b"P5\r\n92 112\r\n255\r\n".to_vec(), photo(1).into_raw()].concat();
    assert!(refusal(&damaged).starts_with("its line ends were converted as in a text file"));
}

#[test]
fn a_truncated_picture_is_never_taken_for_a_whole_one() {
    let colour = DynamicImage::from(RgbImage::from_fn(90, 70, |x, y| {
        Rgb([x as u8 * 2, y as u8 * 3, (x ^ y) as u8])
    }));
    let pictures = [
        encoded(&photo(3).into(), ImageFormat::Pnm),
        encoded(&colour, ImageFormat::Png),
        encoded(&colour, ImageFormat::Jpeg),
        bytes("progressive.jpg"),
        encoded(&colour, ImageFormat::WebP),
        encoded(&colour, ImageFormat::Tiff),
        encoded(&colour, ImageFormat::Bmp),
        encoded(&colour, ImageFormat::Gif),
    ];
    for picture in pictures {
        assert!(gray::decode(&picture).is_ok());
        // The end of a PNG holds no pixels: only the end mark and the checksum of the last chunk. That of a JPEG is its end
        // marker of two bytes: without it all blocks are still there.
        let spare = match &picture[..2] {
            b"\x89P" => 17,
            b"\xff\xd8" => 2,
            // The end code behind the pixels, the end of their block and the end mark.
            b"GI" => 5,
            _ => 1,
        };
        let enough = picture.len() - spare;
        for length in 0..enough {
            assert!(
                gray::decode(&picture[..length]).is_err(),
                "{length} of {} bytes",
                picture.len()
            );
        }
    }
    let half = encoded(&photo(3).into(), ImageFormat::Pnm);
    assert_eq!(
        refusal(&half[..half.len() / 2]),
        "it ends in the middle of the picture; copy it again from where it came from"
    );
}

#[test]
fn only_files_are_opened() {
    let folder = scratch();
    assert_eq!(
        gray::open(folder.path()).unwrap_err().to_string(),
        "it is a folder, not a file"
    );
    assert_eq!(
        gray::open(&folder.path().join("x.png"))
            .unwrap_err()
            .to_string(),
        "there is no such file"
    );
    let large = folder.path().join("large.png");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(MAX_BYTES + 1)
        .unwrap();
    let error = gray::open(&large).unwrap_err().to_string();
    assert_eq!(
        error,
        "it is larger than 96 MiB, the most that is read here"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Damaged bytes give a picture or an error, and never a panic.
    #[test]
    fn damage_never_panics(
        which in 0_usize..9,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let name = ["rgb.png", "gray16.png", "plain.jpg", "progressive.jpg", "cmyk.jpg", "rgb.pgm", "picture.webp", "animated.gif", "animated.png"][which];
        let mut damaged = bytes(name);
        for (index, byte) in changes {
            let index = index.index(damaged.len());
            damaged[index] = byte;
        }
        if let Err(error) = gray::decode(&damaged) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn faces_stay_in_range(width in 16_u32..200, height in 16_u32..200, seed in any::<u8>()) {
        let picture = GrayImage::from_fn(width, height, |x, y| Luma([(x * 37 + y * 101) as u8 ^ seed]));
        for crop in twinsight::vision::Crop::ALL {
            let prepared = Preparation::of(crop).prepare(&picture.clone().into());
            prop_assert_eq!(prepared.area.within(width, height), Some(prepared.area));
            prop_assert!(prepared.face.pixels().iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        }
    }
}
