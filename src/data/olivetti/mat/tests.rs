//! Reads the files of `tests/data/fixtures/make.py`, whole and damaged.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;

/// The matrix of all fixtures: 10 × column + row.
const EXPECTED: [u8; 12] = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/data/fixtures/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
    matrix(bytes, "faces", [4, 3]).map_err(|error| error.to_string())
}

#[test]
fn every_way_of_saving_is_read() {
    for name in [
        "uint8.mat",
        "uint8_packed.mat",
        "double.mat",
        "double_packed.mat",
        "int16.mat",
        "behind_others.mat",
        "behind_others_packed.mat",
    ] {
        assert_eq!(read(&fixture(name)), Ok(EXPECTED.to_vec()), "{name}");
    }
}

#[test]
fn what_is_no_matrix_of_bytes_is_refused() {
    let plain = "its variable does not hold plain real numbers; save it as a full real matrix";
    let missing = "it has no variable called faces; its variables are: somewhere, text, cells";
    let range = |value: &str| {
        format!("it holds the value {value}; grey levels are whole numbers from 0 to 255")
    };
    for (name, expected) in [
        ("complex.mat", plain.into()),
        ("sparse.mat", plain.into()),
        ("text.mat", plain.into()),
        ("missing.mat", missing.into()),
        (
            "transposed.mat",
            "its variable has 3 × 4 values; 4 × 3 are needed".into(),
        ),
        ("fractions.mat", range("0.00392156862745098")),
        ("negative.mat", range("-1")),
        (
            "version4.mat",
            "it is not a MATLAB file of version 5 to 7; fetch it with `twinsight data fetch olivetti`".into(),
        ),
    ] {
        assert_eq!(read(&fixture(name)), Err(expected), "{name}");
    }
    let hdf5 = [vec![b' '; 512], b"\x89HDF\r\n\x1a\n".to_vec()].concat();
    assert_eq!(
        read(&hdf5).unwrap_err(),
        "it is a MATLAB 7.3 (HDF5) file; save it again with the option -v7"
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in [
        "uint8.mat",
        "uint8_packed.mat",
        "double.mat",
        "behind_others_packed.mat",
    ] {
        let whole = fixture(name);
        // Up to seven bytes of padding follow the last value; a compressed file ends with its checksum.
        let needed = whole.len() - if name.ends_with("packed.mat") { 0 } else { 7 };
        for length in 0..needed {
            assert!(
                read(&whole[..length]).is_err(),
                "{name}, {length} of {} bytes",
                whole.len()
            );
        }
    }
}

#[test]
fn the_checksum_of_a_packed_file_is_checked() {
    let mut bytes = fixture("uint8_packed.mat");
    *bytes.last_mut().unwrap() ^= 1;
    assert!(read(&bytes).unwrap_err().starts_with("it is damaged ("));
}

/// An element of a little-endian file.
fn element(kind: u32, data: &[u8]) -> Vec<u8> {
    let mut element = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    element.extend_from_slice(data);
    element.resize(element.len().next_multiple_of(8), 0);
    element
}

fn little_endian_header() -> Vec<u8> {
    fixture("uint8.mat")[..HEADER].to_vec()
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    let data = encoder.finish().unwrap();
    [
        &MI_COMPRESSED.to_le_bytes()[..],
        &(data.len() as u32).to_le_bytes(),
        &data,
    ]
    .concat()
}

/// The content of a matrix before its values: class, dimensions, name.
fn start(class: u32, dimensions: [u32; 2], name: &str) -> Vec<u8> {
    let flags = [class.to_le_bytes(), [0; 4]].concat();
    let dimensions: Vec<u8> = dimensions
        .iter()
        .flat_map(|size| size.to_le_bytes())
        .collect();
    [
        element(MI_UINT32, &flags),
        element(MI_INT32, &dimensions),
        element(MI_INT8, name.as_bytes()),
    ]
    .concat()
}

#[test]
fn a_bomb_goes_off_nowhere() {
    // 64 MiB of zeros compress to 64 KiB. In another variable they are never decompressed,
    let zeros = element(2, &vec![0; 64 << 20]);
    let other = element(
        MI_MATRIX,
        &[start(9, [8192, 8192], "other"), zeros.clone()].concat(),
    );
    let wanted = fixture("uint8_packed.mat")[HEADER..].to_vec();
    let file = [little_endian_header(), packed(&other), wanted].concat();
    assert!(file.len() < 1 << 20);
    assert_eq!(read(&file), Ok(EXPECTED.to_vec()));
    // and in the expected one only as many as the caller expects.
    let longer = element(
        MI_MATRIX,
        &[start(9, [4, 3], "faces"), element(2, &EXPECTED), zeros].concat(),
    );
    let file = [little_endian_header(), packed(&longer)].concat();
    assert_eq!(
        read(&file).unwrap_err(),
        "it is damaged (there are too many bytes after the values); copy or fetch it again"
    );
}

#[test]
fn lengths_that_lie_are_refused() {
    let with = |inside: Vec<u8>| {
        read(&[little_endian_header(), element(MI_MATRIX, &inside)].concat()).unwrap_err()
    };
    let values = element(2, &EXPECTED);
    assert!(
        with([start(9, [4, 3], "faces"), element(2, &EXPECTED[1..])].concat())
            .contains("it has 11 bytes for 12 values")
    );
    assert!(
        with([start(9, [u32::MAX, u32::MAX], "faces"), values].concat())
            .contains("4294967295 × 4294967295")
    );
    let mut endless = [little_endian_header(), element(MI_MATRIX, &[])].concat();
    endless[HEADER + 4..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        read(&endless).unwrap_err(),
        "it ends in the middle of its data; copy or fetch it again"
    );
    let many = [little_endian_header(), element(2, &[]).repeat(2_000)].concat();
    assert_eq!(
        read(&many).unwrap_err(),
        "it is damaged (it has more than 1000 variables); copy or fetch it again"
    );
}

#[test]
fn big_endian_files_are_read() {
    let big = |kind: u32, data: &[u8]| {
        let mut element = [kind.to_be_bytes(), (data.len() as u32).to_be_bytes()].concat();
        element.extend_from_slice(data);
        element.resize(element.len().next_multiple_of(8), 0);
        element
    };
    let words =
        |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let values: Vec<u8> = EXPECTED
        .iter()
        .flat_map(|&value| f64::from(value).to_be_bytes())
        .collect();
    let inside = [
        big(MI_UINT32, &words(&[6, 0])),
        big(MI_INT32, &words(&[4, 3])),
        big(MI_INT8, b"faces"),
        big(9, &values),
    ];
    let mut header = little_endian_header();
    header[HEADER - 4..].copy_from_slice(b"\x01\x00MI");
    assert_eq!(
        read(&[header, big(MI_MATRIX, &inside.concat())].concat()),
        Ok(EXPECTED.to_vec())
    );
}

#[test]
fn numbers_of_all_types_keep_their_value() {
    for (kind, bytes, expected) in [
        (1, &(-2_i8).to_le_bytes()[..], -2.0),
        (2, &200_u8.to_le_bytes(), 200.0),
        (3, &(-300_i16).to_le_bytes(), -300.0),
        (4, &60_000_u16.to_le_bytes(), 60_000.0),
        (5, &(-70_000_i32).to_le_bytes(), -70_000.0),
        (6, &4_000_000_000_u32.to_le_bytes(), 4e9),
        (7, &1.5_f32.to_le_bytes(), 1.5),
        (9, &(-2.25_f64).to_le_bytes(), -2.25),
        (12, &(-5_i64).to_le_bytes(), -5.0),
        (13, &5_u64.to_le_bytes(), 5.0),
    ] {
        let (width, value) = number(kind, Order::Little).unwrap();
        assert_eq!((width, value(bytes)), (bytes.len(), expected));
    }
    assert!(number(16, Order::Little).is_err());
}

proptest! {
    /// Damaged bytes give a matrix or an error, and never a panic.
    #[test]
    fn damage_never_panics(
        which in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let names = ["uint8.mat", "uint8_packed.mat", "double.mat", "behind_others.mat", "sparse.mat"];
        let mut bytes = fixture(names[which]);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(values) = read(&bytes) {
            prop_assert_eq!(values.len(), 12);
        }
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[little_endian_header(), noise].concat());
    }
}
