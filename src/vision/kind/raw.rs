//! The photos of cameras before they are developed.
//!
//! Most makers' files are TIFF files whose first directory holds a small preview, so that a TIFF decoder would read a
//! picture of the size of a stamp, or fail with a puzzling word. Their tags tell them from other TIFF files: DNGVersion
//! (DNG specification 1.7), a preview (NewSubfileType with bit 0, TIFF 6.0, section 8) by a maker of cameras, or a maker's
//! own compression.

use super::Kind;

const RAW: Kind = Kind::picture("a", "camera RAW photo");
const CANON: Kind = Kind::picture("a", "Canon RAW photo");
const NIKON: Kind = Kind::picture("a", "Nikon RAW photo");
const SONY: Kind = Kind::picture("a", "Sony RAW photo");
const DNG: Kind = Kind::picture("a", "DNG RAW photo");
const FUJIFILM: Kind = Kind::picture("a", "Fujifilm RAW photo");
const OLYMPUS: Kind = Kind::picture("an", "Olympus RAW photo");
const PANASONIC: Kind = Kind::picture("a", "Panasonic RAW photo");
const PENTAX: Kind = Kind::picture("a", "Pentax RAW photo");
const SIGMA: Kind = Kind::picture("a", "Sigma RAW photo");

/// Signatures of the makers that have one.
const SIGNATURES: [(&[u8], Kind); 7] = [
    (b"FUJIFILMCCD-RAW", FUJIFILM),
    (b"IIRO", OLYMPUS),
    (b"IIRS", OLYMPUS),
    (b"MMOR", OLYMPUS),
    (b"IIU\0", PANASONIC),
    (b"FOVb", SIGMA),
    (b"II\x1a\0\0\0HEAPCCDR", CANON),
];

const NEW_SUBFILE_TYPE: u16 = 254;
const COMPRESSION: u16 = 259;
const MAKE: u16 = 271;
const DNG_VERSION: u16 = 50706;
/// Sony (32767), Nikon (34713), Samsung (32769, 32770) and Pentax (65535).
const COMPRESSIONS: [u32; 5] = [32_767, 32_769, 32_770, 34_713, 65_535];
/// The most entries of a directory that are read.
const MOST: usize = 200;

/// The maker's RAW photo that begins with these bytes.
pub(super) fn of(bytes: &[u8]) -> Option<Kind> {
    let signed = SIGNATURES.iter().find(|(sign, _)| bytes.starts_with(sign));
    if let Some((_, kind)) = signed {
        return Some(*kind);
    }
    // CR2: behind the header of a TIFF.
    if bytes.get(8..11) == Some(b"CR\x02") {
        return Some(CANON);
    }
    Directory::first(bytes)?.raw()
}

/// The first directory of a TIFF file.
struct Directory<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    start: usize,
}

impl<'a> Directory<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"II\x2a\0" => false,
            b"MM\0\x2a" => true,
            _ => return None,
        };
        let mut directory = Self {
            bytes,
            big_endian,
            start: 0,
        };
        directory.start = directory.long(4)? as usize;
        Some(directory)
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(match self.big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    /// Where the entry of a tag is: tag, type, number of values, and the value or its place, of 12 bytes.
    fn entry(&self, tag: u16) -> Option<usize> {
        let count = usize::from(self.short(self.start)?).min(MOST);
        let mut entries = (0..count).map(|entry| self.start + 2 + 12 * entry);
        entries.find(|&at| self.short(at) == Some(tag))
    }

    /// The value of a tag with one whole number.
    fn number(&self, tag: u16) -> Option<u32> {
        const SHORT: u16 = 3;
        let at = self.entry(tag)?;
        match self.short(at + 2)? {
            SHORT => self.short(at + 8).map(u32::from),
            _ => self.long(at + 8),
        }
    }

    /// The maker of the camera, in capital letters.
    fn make(&self) -> Option<String> {
        let at = self.entry(MAKE)?;
        let length = self.long(at + 4)? as usize;
        let place = match length {
            0..=4 => at + 8,
            _ => self.long(at + 8)? as usize,
        };
        let text = self.bytes.get(place..)?;
        let text = &text[..length.min(text.len())];
        Some(String::from_utf8_lossy(text).to_ascii_uppercase())
    }

    fn raw(&self) -> Option<Kind> {
        if self.entry(DNG_VERSION).is_some() {
            return Some(DNG);
        }
        let preview = self
            .number(NEW_SUBFILE_TYPE)
            .is_some_and(|kind| kind & 1 == 1);
        let own = self.number(COMPRESSION);
        let own = own.is_some_and(|compression| COMPRESSIONS.contains(&compression));
        if !(own || preview && self.entry(MAKE).is_some()) {
            return None;
        }
        let make = self.make().unwrap_or_default();
        let makers = [
            ("NIKON", NIKON),
            ("SONY", SONY),
            ("PENTAX", PENTAX),
            ("CANON", CANON),
        ];
        let known = makers
            .into_iter()
            .find(|(maker, _)| make.starts_with(maker));
        Some(known.map_or(RAW, |(_, kind)| kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF with one directory of these tags, each a number.
    fn tiff(tags: &[(u16, u32)], make: &[u8]) -> Vec<u8> {
        let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
        file.extend((tags.len() as u16 + 1).to_le_bytes());
        let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        };
        for &(tag, value) in tags {
            entry(tag, 4, 1, value);
        }
        let behind = 8 + 2 + 12 * (tags.len() as u32 + 1) + 4;
        entry(MAKE, 2, make.len() as u32, behind);
        file.extend([0; 4]);
        file.extend(make);
        file
    }

    #[test]
    fn the_files_of_cameras_are_not_taken_for_pictures() {
        let kind = |tags: &[(u16, u32)], make: &[u8]| of(&tiff(tags, make));
        assert_eq!(
            kind(&[(NEW_SUBFILE_TYPE, 1)], b"NIKON CORPORATION\0"),
            Some(NIKON)
        );
        assert_eq!(kind(&[(COMPRESSION, 32_767)], b"SONY\0\0"), Some(SONY));
        assert_eq!(kind(&[(DNG_VERSION, 0x0401)], b"Apple\0"), Some(DNG));
        assert_eq!(kind(&[(NEW_SUBFILE_TYPE, 1)], b"Phase One\0"), Some(RAW));
        // A scan says who made the scanner.
        assert_eq!(
            kind(&[(NEW_SUBFILE_TYPE, 0), (COMPRESSION, 5)], b"EPSON\0"),
            None
        );
        let whole = tiff(&[(DNG_VERSION, 1)], b"Leica\0");
        for length in 0..whole.len() {
            let _ = of(&whole[..length]);
        }
    }
}
