//! What kind of file it is, by its first bytes: which pictures are read, and the true names of the others.
//!
//! The name of a file is not looked at. Messengers and browsers change endings, so that many a `.jpg` is a WebP.

mod film;
mod raw;

use image::ImageFormat;

/// So many bytes at the beginning tell the kind. An SVG may have a long comment first; a kilobyte passes most.
pub(crate) const START: usize = 1024;

/// The kinds of pictures that are read, the most usual first.
const KINDS: [&str; 7] = ["JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF", "PGM"];

/// The kinds of pictures that are read, as a list in a sentence: `JPEG, PNG, … and PGM`.
pub(crate) fn readable(conjunction: &str) -> String {
    let (last, others) = KINDS.split_last().expect("there are kinds");
    format!("{} {conjunction} {last}", others.join(", "))
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The indefinite article of `name`.
    article: &'static str,
    /// What one such file is called: `HEIC photo`.
    pub(crate) name: &'static str,
    /// What can be done with it.
    pub(crate) group: Group,
}

/// What a kind of file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// A picture that is read by this decoder.
    Readable(ImageFormat),
    /// A picture that is not read; another program can convert it.
    Picture,
    /// Something that is no picture.
    Other,
}

impl Kind {
    /// A picture that is read.
    const fn readable(article: &'static str, name: &'static str, format: ImageFormat) -> Self {
        let group = Group::Readable(format);
        Self {
            article,
            name,
            group,
        }
    }

    /// A picture that is not read.
    const fn picture(article: &'static str, name: &'static str) -> Self {
        Self {
            article,
            name,
            group: Group::Picture,
        }
    }

    /// Something that is no picture.
    const fn other(article: &'static str, name: &'static str) -> Self {
        Self {
            article,
            name,
            group: Group::Other,
        }
    }

    /// `a HEIC photo`.
    pub(crate) fn one(self) -> String {
        format!("{} {}", self.article, self.name)
    }

    /// Whether it is a picture, read or not.
    pub(crate) fn is_picture(self) -> bool {
        self.group != Group::Other
    }
}

/// Kinds that their first bytes tell; each with the place of the bytes.
const SIGNATURES: [(usize, &[u8], Kind); 27] = [
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (0, b"\xff\x0a", JPEG_XL),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", JPEG_XL),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", JPEG_2000),
    (0, b"\xff\x4f\xff\x51", JPEG_2000),
    (0, b"%PDF-", Kind::other("a", "PDF document")),
    (0, b"%!PS", Kind::other("a", "PostScript document")),
    (0, b"8BPS", Kind::picture("a", "Photoshop picture")),
    (0, b"gimp xcf ", Kind::picture("a", "GIMP picture")),
    (
        0,
        b"\x76\x2f\x31\x01",
        Kind::picture("an", "OpenEXR picture"),
    ),
    (0, b"#?RADIANCE", Kind::picture("a", "Radiance HDR picture")),
    (0, b"qoif", Kind::picture("a", "QOI picture")),
    (0, b"DDS ", Kind::picture("a", "DDS picture")),
    (0, b"\0\0\x01\0", Kind::picture("a", "Windows icon")),
    (0, b"PK\x03\x04", Kind::other("a", "zip archive")),
    (0, b"\x1f\x8b", Kind::other("a", "gzip archive")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::other("a", "7z archive")),
    (0, b"Rar!\x1a\x07", Kind::other("a", "RAR archive")),
    (
        0,
        b"\0\x05\x16\x07",
        Kind::other("a", "macOS metadata file"),
    ),
    (
        0,
        b"version https://git-lfs",
        Kind::other("a", "Git LFS pointer"),
    ),
    (0, b"\x1a\x45\xdf\xa3", film::FILM),
    (0, b"\0\0\x01\xba", film::FILM),
    (0, b"\0\0\x01\xb3", film::FILM),
    (0, b"FLV\x01", film::FILM),
];
const JPEG: Kind = Kind::readable("a", "JPEG picture", ImageFormat::Jpeg);
const PNG: Kind = Kind::readable("a", "PNG picture", ImageFormat::Png);
const GIF: Kind = Kind::readable("a", "GIF picture", ImageFormat::Gif);
const WEBP: Kind = Kind::readable("a", "WebP picture", ImageFormat::WebP);
const TIFF: Kind = Kind::readable("a", "TIFF picture", ImageFormat::Tiff);
const BMP: Kind = Kind::readable("a", "BMP picture", ImageFormat::Bmp);
const PNM: Kind = Kind::readable("a", "PGM picture", ImageFormat::Pnm);
const JPEG_XL: Kind = Kind::picture("a", "JPEG XL picture");
const JPEG_2000: Kind = Kind::picture("a", "JPEG 2000 picture");
const SVG: Kind = Kind::picture("an", "SVG drawing");
const WEB_PAGE: Kind = Kind::other("a", "web page");

/// The kind of a file that begins with these bytes, of which the first [`START`] count; `None` if it is no kind that is
/// known here.
pub(crate) fn of(bytes: &[u8]) -> Option<Kind> {
    let signed = SIGNATURES.iter().find(|(at, signature, _)| {
        let rest = bytes.get(*at..).unwrap_or_default();
        rest.starts_with(signature)
    });
    signed
        .map(|(_, _, kind)| *kind)
        .or_else(|| raw::of(bytes))
        .or_else(|| tiff(bytes))
        .or_else(|| film::of(bytes))
        .or_else(|| riff(bytes))
        .or_else(|| bitmap(bytes))
        .or_else(|| netpbm(bytes))
        .or_else(|| markup(bytes))
}

fn tiff(bytes: &[u8]) -> Option<Kind> {
    // The second pair is BigTIFF.
    let tiff = [b"II\x2a\0", b"MM\0\x2a", b"II\x2b\0", b"MM\0\x2b"];
    tiff.iter()
        .any(|sign| bytes.starts_with(*sign))
        .then_some(TIFF)
}

fn riff(bytes: &[u8]) -> Option<Kind> {
    match (bytes.starts_with(b"RIFF"), bytes.get(8..12)?) {
        (true, b"WEBP") => Some(WEBP),
        (true, b"AVI ") => Some(film::FILM),
        _ => None,
    }
}

/// Two letters are too few: a text can begin so too. The length of the second header, from byte 14 on, is one of these.
fn bitmap(bytes: &[u8]) -> Option<Kind> {
    let length = bytes.get(14..18)?.try_into().ok()?;
    let known = [12, 16, 40, 52, 56, 64, 108, 124];
    (bytes.starts_with(b"BM") && known.contains(&u32::from_le_bytes(length))).then_some(BMP)
}

/// `P1` to `P7` and a space or a comment.
fn netpbm(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => Some(PNM),
        _ => None,
    }
}

/// SVG and HTML are text, which may begin with a byte order mark, spaces, declarations and comments.
fn markup(bytes: &[u8]) -> Option<Kind> {
    let start = &bytes[..bytes.len().min(START)];
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    let begins = |tag: &str| text.starts_with(tag);
    if begins("<!doctype html") || begins("<html") {
        Some(WEB_PAGE)
    } else if begins("<svg") || (begins("<?xml") || begins("<!")) && text.contains("<svg") {
        Some(SVG)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_true_names() {
        let named = |bytes: &[u8]| of(bytes).map(Kind::one);
        let name = |bytes: &[u8]| named(bytes).unwrap_or_default();
        assert_eq!(name(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "a HEIC photo");
        assert_eq!(name(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), "a HEIC photo");
        assert_eq!(
            name(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"),
            "an AVIF picture"
        );
        assert_eq!(
            name(b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"),
            "a Canon RAW photo"
        );
        assert_eq!(name(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"), "a film");
        assert_eq!(name(b"\xff\x0a\x12"), "a JPEG XL picture");
        assert_eq!(name(b"II\x2a\0\x10\0\0\0CR\x02\0"), "a Canon RAW photo");
        assert_eq!(name(b"%PDF-1.7"), "a PDF document");
        assert_eq!(
            name(b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>"),
            "an SVG drawing"
        );
        assert_eq!(name(b"<!DOCTYPE html><html>"), "a web page");
        assert_eq!(name(b"RIFF\x10\0\0\0WEBPVP8L"), "a WebP picture");
        assert_eq!(
            named(b"P5 is a group of five"),
            Some("a PGM picture".into())
        );
        // Text that begins like a bitmap or a graymap.
        assert_eq!(named(b"BMW, Audi and other words of a text"), None);
        assert_eq!(named(b"P5er"), None);
        assert_eq!(named(b""), None);
    }

    #[test]
    fn kinds_are_listed() {
        assert_eq!(readable("and"), "JPEG, PNG, WebP, TIFF, BMP, GIF and PGM");
        assert!(JPEG_XL.is_picture() && !WEB_PAGE.is_picture());
    }
}
