//! Containers of the ISO base media file format (ISO/IEC 14496-12), which hold HEIC and AVIF photos, Canon's RAW photos, and
//! films: a box `ftyp` with a brand, a version and compatible brands.

use super::{Kind, START};

pub(super) const FILM: Kind = Kind::other("a", "film");
const HEIC: Kind = Kind::picture("a", "HEIC photo");
const AVIF: Kind = Kind::picture("an", "AVIF picture");
const CANON: Kind = Kind::picture("a", "Canon RAW photo");

/// The kind by the brands.
pub(super) fn of(bytes: &[u8]) -> Option<Kind> {
    if bytes.get(4..8) != Some(b"ftyp") {
        // Old QuickTime films begin with other boxes.
        let old = [&b"moov"[..], b"mdat", b"wide"];
        return old.contains(&bytes.get(4..8)?).then_some(FILM);
    }
    let length = u32::from_be_bytes(bytes.first_chunk().copied()?) as usize;
    let end = length.min(bytes.len()).min(START);
    let brands = || {
        let others = bytes.get(16..end).unwrap_or_default().as_chunks::<4>().0;
        bytes
            .get(8..12)
            .into_iter()
            .chain(others.iter().map(|brand| &brand[..]))
    };
    let has = |wanted: &[&[u8]]| brands().any(|brand| wanted.contains(&brand));
    // General brands (mif1) stand first in some of both, so all are looked at.
    Some(if has(&[b"avif", b"avis"]) {
        AVIF
    } else if has(&[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif",
    ]) {
        HEIC
    } else if has(&[b"crx "]) {
        CANON
    } else {
        FILM
    })
}
