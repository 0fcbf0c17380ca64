//! Photos of large cameras: whether they are read, and how much memory that takes.

use twinsight::vision::{Photo, PhotoError};

/// A JPEG of one grey colour, three components with these sampling factors of the first, and so many bytes behind its end.
/// Its Huffman tables have one code each, the bit 0, so that every block is two zero bits.
fn flat(width: u16, height: u16, sampling: u8, orientation: u8, behind: usize) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        jpeg.extend([0xff, marker]);
        jpeg.extend((content.len() as u16 + 2).to_be_bytes());
        jpeg.extend(content);
    };
    // EXIF with one entry: orientation, a short.
    let exif = [
        &b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
        &[orientation, 0, 0, 0, 0, 0, 0],
    ];
    segment(0xe1, &exif.concat());
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let [h1, h0] = height.to_be_bytes();
    let [w1, w0] = width.to_be_bytes();
    let frame = [8, h1, h0, w1, w0, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0];
    segment(0xc0, &frame);
    for class in [0x00, 0x10] {
        let mut table = [0; 18];
        (table[0], table[1]) = (class, 1);
        segment(0xc4, &table);
    }
    segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    let (across, down) = (usize::from(sampling >> 4), usize::from(sampling & 15));
    let units = usize::from(width).div_ceil(8 * across) * usize::from(height).div_ceil(8 * down);
    let bits = units * 2 * (across * down + 2);
    jpeg.resize(jpeg.len() + bits.div_ceil(8), 0);
    jpeg.extend([0xff, 0xd9]);
    jpeg.resize(jpeg.len() + behind, 0x55);
    jpeg
}

#[test]
fn a_turned_photo_has_its_own_width_and_height() {
    let photo = Photo::decode(&flat(160, 90, 0x22, 6, 0)).unwrap();
    assert_eq!(photo.dimensions(), (90, 160));
    assert_eq!(
        (photo.scale(), photo.grey().dimensions()),
        ([1.0; 2], (90, 160))
    );
}

#[test]
fn a_jpeg_that_takes_too_much_memory_is_refused_before_it_is_decoded() {
    // As progressive, with full colours, 110 megapixels take 3 + 6 bytes each.
    let mut progressive = flat(12_000, 9_200, 0x11, 1, 0);
    let frame = progressive
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    progressive[frame + 1] = 0xc2;
    let error = Photo::decode(&progressive).unwrap_err();
    assert!(
        matches!(error, PhotoError::TooDeep { width: 12_000, .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with("decoding its 12000 × 9200 pixels takes 994 MB, more than 480 MB"),
        "{error}"
    );
    let error = Photo::decode(&flat(30_000, 30_000, 0x22, 1, 0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it has 30000 × 30000 pixels, too many to read; make it smaller than 120 megapixels"
    );
}

/// The most memory of this process so far, in MiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes >> 10
}

/// Slow without optimisation, and nothing else may run in its process: `cargo test --release --test data -- --ignored large`.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes a minute without optimisation, and measures the whole process"]
fn photos_of_110_megapixels_take_less_than_600_mib() {
    for (sampling, orientation, size) in [(0x22, 6, (9_200, 12_000)), (0x11, 1, (12_000, 9_200))] {
        // As much as the file of such a camera has.
        let file = flat(12_000, 9_200, sampling, orientation, 70 << 20);
        let photo = Photo::decode(&file).unwrap();
        assert_eq!(photo.dimensions(), size);
        assert_eq!(photo.scale(), [2.0; 2]);
        println!("peak {} MiB", peak());
        assert!(peak() < 600, "{} MiB", peak());
    }
}
