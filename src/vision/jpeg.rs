//! Where a JPEG file ends, by its markers (ITU-T T.81, B.1.1).
//!
//! Phones append a film or a depth map to a picture, and some programs leave out the end marker. So the markers are read
//! from the front; looking for the last end marker of the file was rejected, because what is appended contains markers too.

/// Start of image: the first two bytes.
const SOI: usize = 2;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// How far the picture goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Bytes up to its end marker.
    Ended(usize),
    /// There is no end marker.
    WithoutEnd {
        /// Whether its one scan has all components, and is sequential: then it is complete if all its blocks are.
        one_scan: bool,
    },
}

/// Follows the markers from the first to the end of the picture.
pub(super) fn extent(jpeg: &[u8]) -> Extent {
    let (mut at, mut components, mut scans, mut one_scan) = (SOI, None, 0, false);
    while let Some((marker, content)) = next_marker(jpeg, at) {
        match marker {
            END_OF_IMAGE => return Extent::Ended(content),
            // TEM and restart markers have no content.
            0x01 | 0xd0..=0xd7 => {
                at = content;
                continue;
            }
            _ => {}
        }
        let Some(segment) = segment(jpeg, content) else {
            break;
        };
        at = content + segment.len() + 2;
        match marker {
            // Sequential frames: precision, height, width, number of components.
            0xc0 | 0xc1 => components = segment.get(5).copied(),
            START_OF_SCAN => {
                scans += 1;
                one_scan =
                    scans == 1 && components.is_some() && segment.first().copied() == components;
                at = after_scan(jpeg, at);
            }
            _ => {}
        }
    }
    Extent::WithoutEnd { one_scan }
}

/// Bytes that the decoder keeps for the coefficients of a picture that comes in several scans, two for each sample; 0 for
/// one that comes in one scan, which is decoded block by block.
pub(super) fn coefficients(jpeg: &[u8]) -> u64 {
    let (mut at, mut frame) = (SOI, None);
    while let Some((marker, content)) = next_marker(jpeg, at) {
        if matches!(marker, 0x01 | 0xd0..=0xd7) {
            at = content;
            continue;
        }
        let Some(segment) = segment(jpeg, content) else {
            break;
        };
        match marker {
            0xc0..=0xc2 => frame = Some((marker, segment)),
            START_OF_SCAN => {
                let several = |(marker, frame): (u8, &[u8])| {
                    marker == 0xc2 || segment.first().copied() != frame.get(5).copied()
                };
                return frame
                    .filter(|&frame| several(frame))
                    .map_or(0, |frame| 2 * samples(frame.1));
            }
            END_OF_IMAGE => break,
            _ => {}
        }
        at = content + segment.len() + 2;
    }
    0
}

/// The samples of a frame (precision, height, width, and for each component its name, sampling factors and table), in
/// whole blocks.
fn samples(frame: &[u8]) -> u64 {
    let &[_, h1, h0, w1, w0, _, ref components @ ..] = frame else {
        return 0;
    };
    let size = [[w1, w0], [h1, h0]].map(|bytes| u64::from(u16::from_be_bytes(bytes)));
    let factors = components.as_chunks::<3>().0.iter();
    let factors: Vec<[u64; 2]> = factors
        .map(|component| [component[1] >> 4, component[1] & 15].map(u64::from))
        .collect();
    let most = |axis: usize| {
        factors
            .iter()
            .map(|factor| factor[axis])
            .max()
            .unwrap_or(1)
            .max(1)
    };
    let units = [0, 1].map(|axis| size[axis].div_ceil(8 * most(axis)));
    let blocks = factors
        .iter()
        .map(|[across, down]| units[0] * across * units[1] * down);
    64 * blocks.sum::<u64>()
}

/// The next marker, which fill bytes may precede, and where its content begins.
fn next_marker(jpeg: &[u8], mut at: usize) -> Option<(u8, usize)> {
    if *jpeg.get(at)? != 0xff {
        return None;
    }
    while *jpeg.get(at)? == 0xff {
        at += 1;
    }
    Some((jpeg[at], at + 1))
}

/// The content of a segment, after its length of two bytes.
fn segment(jpeg: &[u8], at: usize) -> Option<&[u8]> {
    let [high, low] = *jpeg.get(at..at + 2)? else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    jpeg.get(at + 2..at + length)
}

/// Where the data of a scan ends: at the first marker that is not a restart.
fn after_scan(jpeg: &[u8], from: usize) -> usize {
    let rest = jpeg.get(from..).unwrap_or_default();
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    let end = rest.windows(2).position(is_marker);
    from + end.unwrap_or(rest.len())
}

/// The file with an end marker, after these bytes as data of its last scan.
pub(super) fn ended(jpeg: &[u8], data: impl Iterator<Item = u8>) -> Vec<u8> {
    // A last 0xff would make a marker of what follows.
    let jpeg = jpeg.strip_suffix(&[0xff]).unwrap_or(jpeg);
    let mut whole = jpeg.to_vec();
    whole.extend(data);
    whole.extend([0xff, END_OF_IMAGE]);
    whole
}

#[cfg(test)]
mod tests {
    use super::super::gray::{self, PhotoError};
    use super::*;
    use image::{DynamicImage, Rgb, RgbImage};

    fn picture() -> Vec<u8> {
        let value = |x: u32, y: u32| Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]);
        let picture = DynamicImage::from(RgbImage::from_fn(90, 70, value));
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Jpeg)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_lies_behind_the_picture_does_not_count() {
        let whole = picture();
        assert_eq!(extent(&whole), Extent::Ended(whole.len()));
        let mut film = whole.clone();
        // Markers of a start of a scan and of an end, as in any film.
        film.extend([
            0, 0, 0, 24, b'f', b't', b'y', b'p', 0xff, 0xd9, 0xff, 0xda, 3,
        ]);
        assert_eq!(extent(&film), Extent::Ended(whole.len()));
        assert_eq!(gray::decode(&film).unwrap(), gray::decode(&whole).unwrap());
    }

    #[test]
    fn only_several_scans_need_room_for_coefficients() {
        assert_eq!(coefficients(&picture()), 0);
        // 90 × 70 with all components at full size: 12 × 9 blocks of 64 samples of two bytes, three times.
        let mut progressive = picture();
        let frame = progressive
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        progressive[frame + 1] = 0xc2;
        assert_eq!(coefficients(&progressive), 3 * 12 * 9 * 64 * 2);
    }

    #[test]
    fn without_an_end_marker_every_block_must_be_there() {
        let whole = picture();
        let expected = gray::decode(&whole).unwrap();
        let unended = &whole[..whole.len() - 2];
        assert_eq!(extent(unended), Extent::WithoutEnd { one_scan: true });
        assert_eq!(gray::decode(unended).unwrap(), expected);
        let start = whole
            .windows(2)
            .rposition(|pair| pair == [0xff, START_OF_SCAN])
            .unwrap();
        for cut in (start..whole.len() - 6).step_by(7) {
            let error = gray::decode(&whole[..cut]).unwrap_err();
            assert!(
                matches!(error, PhotoError::Truncated | PhotoError::Damaged(_)),
                "{cut}: {error}"
            );
        }
    }
}
