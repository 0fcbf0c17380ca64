//! The templates of a large gallery by one model: a file that is appended to, and read as memory.
//!
//! ```text
//! "TWSTMPL1", length E of a template u32, CRC-32 of the other 60 bytes u32, name of the model (48 bytes)
//! segment …                              each begins at a multiple of 64 bytes, and so does each of its parts:
//!   "TWSSEGM1", rows N u32, CRC-32 of ids and checks u32, CRC-32 of these 16 bytes u32
//!   ids     [N] u64      which photo
//!   checks  [N] u32      CRC-32 of each row of `values`
//!   sums    [N / 1024] u32    CRC-32 of scales, norms, errors and codes of 1,024 rows
//!   scales, norms, errors     [N] f32 each
//!   codes   [N, E'] i8   E' is E up to the next multiple of 32
//!   values  [N, E] f32
//! ```
//!
//! All numbers are little-endian. A code is `round(value / scale)` with `scale = max |value| / 127`; `norms` are `‖scale · code‖²`,
//! and `errors` are `‖value − scale · code‖`, rounded up. A search reads the codes, a quarter of the bytes, and then the values of
//! the few rows that may be among the best (see `search`). Rounding so changes a distance by at most `error`, about 0.008
//! for templates of length 1 with 128 numbers, and no answer.
//!
//! The parts of a segment are written before its beginning, so a segment that is there is complete. The file is a cache: one
//! that is damaged is made again from the faces.

use std::collections::HashSet;
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::encode::{
    ALIGN, BLOCK, Layout, MAGIC, SEGMENT, check, code_width, encode, header, sum_of,
};
use super::face_file::{crc, writable};
use super::mapped::Mapped;
use crate::files::{FileError, FileReason};
use crate::gallery::error::{GalleryError, StoreError};

/// Rows of a segment when a file is written anew.
const REWRITTEN: usize = 1 << 16;

/// A segment of the file.
#[derive(Debug)]
struct Segment {
    start: usize,
    rows: usize,
    /// The number of its first row in the file.
    first: usize,
    layout: Layout,
    /// Whether each block of codes was found undamaged.
    checked: Vec<AtomicBool>,
}

/// Up to [`BLOCK`] rows as a search reads them.
#[derive(Debug, Clone, Copy)]
pub(super) struct CodeBlock<'a> {
    /// Scales, norms and errors, `[N]` f32 each.
    pub(super) floats: [&'a [[u8; 4]]; 3],
    /// `[N, E']` i8.
    pub(super) codes: &'a [u8],
}

/// A file of templates.
#[derive(Debug)]
pub(super) struct TemplateFile {
    map: Mapped,
    /// Length of a template.
    pub(super) width: usize,
    segments: Vec<Segment>,
    /// Number of templates.
    pub(super) rows: usize,
    /// Behind the last segment.
    end: usize,
}

impl TemplateFile {
    /// Opens the file with templates by `model`; `None` if it is another file, or damaged where the segments are listed.
    pub(super) fn open(path: &Path, model: &str) -> Result<Option<Self>, FileError> {
        let map = Mapped::open(path).map_err(|error| FileReason::from(error).when("read", path))?;
        Ok(Self::of(map, Some(model)))
    }

    fn of(map: Mapped, model: Option<&str>) -> Option<Self> {
        let bytes = map.bytes();
        let (head, _) = bytes.split_at_checked(ALIGN)?;
        let width = u32::from_le_bytes(*head[8..].first_chunk()?) as usize;
        let right = model.is_none_or(|model| head == header(width, model));
        if !right || !head.starts_with(MAGIC) || head[12..16] != check(head) || width == 0 {
            return None;
        }
        let (mut segments, mut first, mut end) = (Vec::new(), 0, ALIGN);
        while let Some(segment) = segment(bytes, end, first, width)? {
            first += segment.rows;
            end += segment.layout.end;
            segments.push(segment);
        }
        Some(Self {
            map,
            width,
            segments,
            rows: first,
            end,
        })
    }

    /// Appends templates, in one segment, to the file of `model`, which is created if there is none.
    pub(super) fn append(
        path: &Path,
        model: &str,
        rows: &[(u64, &[f32])],
    ) -> Result<(), FileError> {
        let Some((_, first)) = rows.first() else {
            return Ok(());
        };
        let width = first.len();
        let open = if path.exists() {
            Self::open(path, model)?
        } else {
            None
        };
        // Another length is that of another model, whatever its name is.
        let end = open.filter(|file| file.width == width).map(|file| file.end);
        if end.is_none() {
            crate::files::write_private(path, &header(width, model))?;
        }
        let (start, bytes) = (end.unwrap_or(ALIGN) as u64, encode(rows, width));
        let mut file = writable(path)?;
        let mut write = || -> std::io::Result<()> {
            for part in [ALIGN..bytes.len(), 0..ALIGN] {
                file.seek(SeekFrom::Start(start + part.start as u64))?;
                file.write_all(&bytes[part])?;
                file.sync_data()?;
            }
            Ok(())
        };
        write().map_err(|error| FileReason::from(error).when("write", path))
    }

    /// Writes a file anew without the templates of some photos. A damaged file is removed.
    pub(super) fn forget(path: &Path, forgotten: &HashSet<u64>) -> Result<(), FileError> {
        let map = Mapped::open(path).map_err(|error| FileReason::from(error).when("read", path))?;
        let written = match Self::of(map, None) {
            Some(file) => file.write_without(path, forgotten),
            None => std::fs::remove_file(path),
        };
        written.map_err(|error| FileReason::from(error).when("write", path))
    }

    fn write_without(self, path: &Path, forgotten: &HashSet<u64>) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(&self.map.bytes()[..ALIGN])?;
        let ids: Vec<u64> = self.ids().collect();
        let kept: Vec<usize> = (0..ids.len())
            .filter(|&row| !forgotten.contains(&ids[row]))
            .collect();
        for part in kept.chunks(REWRITTEN) {
            // A damaged row is left out, and made again.
            let rows = part
                .iter()
                .filter_map(|&row| Some((ids[row], self.values(row)?)));
            let rows: Vec<(u64, Vec<f32>)> = rows.collect();
            let rows: Vec<(u64, &[f32])> = rows.iter().map(|(id, row)| (*id, &row[..])).collect();
            new.write_all(&encode(&rows, self.width))?;
        }
        new.as_file().sync_all()?;
        // Not mapped any more, so that the file can be replaced on every system.
        drop(self);
        new.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Which photo each row is of.
    pub(super) fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        let ids = |segment: &Segment| {
            let at = segment.start + segment.layout.ids;
            self.map.bytes()[at..at + 8 * segment.rows].as_chunks().0
        };
        let all = self.segments.iter().flat_map(ids);
        all.map(|id: &[u8; 8]| u64::from_le_bytes(*id))
    }

    /// The blocks of all segments, as `(segment, block)`.
    pub(super) fn blocks(&self) -> Vec<(usize, usize)> {
        let of = |(index, segment): (usize, &Segment)| {
            (0..segment.checked.len()).map(move |block| (index, block))
        };
        self.segments.iter().enumerate().flat_map(of).collect()
    }

    /// The rows of a block in the whole file.
    pub(super) fn rows_of(&self, (segment, block): (usize, usize)) -> Range<usize> {
        let segment = &self.segments[segment];
        let rows = segment.block(block);
        segment.first + rows.start..segment.first + rows.end
    }

    /// Reads a block, and checks it the first time.
    pub(super) fn block(&self, (segment, block): (usize, usize)) -> Option<CodeBlock<'_>> {
        let segment = &self.segments[segment];
        let rows = segment.block(block);
        let width = code_width(self.width);
        let [scales, norms, errors] = segment.layout.floats.map(|at| {
            let at = segment.start + at;
            &self.map.bytes()[at + 4 * rows.start..at + 4 * rows.end]
        });
        let at = segment.start + segment.layout.codes;
        let codes = &self.map.bytes()[at + width * rows.start..at + width * rows.end];
        let checked = &segment.checked[block];
        if !checked.load(Ordering::Relaxed) {
            let at = segment.start + segment.layout.sums + 4 * block;
            let sum = u32::from_le_bytes(*self.map.bytes()[at..].first_chunk()?);
            if sum != sum_of([scales, norms, errors, codes]) {
                return None;
            }
            checked.store(true, Ordering::Relaxed);
        }
        Some(CodeBlock {
            floats: [scales, norms, errors].map(|part| part.as_chunks().0),
            codes,
        })
    }

    /// A row as a search reads it, from a block that is checked the first time.
    pub(super) fn row(&self, row: usize) -> Option<CodeBlock<'_>> {
        let (segment, row) = self.place(row);
        let block = self.block((segment, row / BLOCK))?;
        let (row, width) = (row % BLOCK, code_width(self.width));
        Some(CodeBlock {
            floats: block.floats.map(|part| &part[row..=row]),
            codes: &block.codes[width * row..width * (row + 1)],
        })
    }

    /// The segment of a row, and its number there.
    fn place(&self, row: usize) -> (usize, usize) {
        let behind = self
            .segments
            .partition_point(|segment| segment.first <= row);
        (behind - 1, row - self.segments[behind - 1].first)
    }

    /// A template; `None` if it is damaged.
    pub(super) fn values(&self, row: usize) -> Option<Vec<f32>> {
        let (segment, row) = self.place(row);
        let segment = &self.segments[segment];
        let start = segment.start + segment.layout.values + 4 * self.width * row;
        let bytes = &self.map.bytes()[start..start + 4 * self.width];
        let check = segment.start + segment.layout.checks + 4 * row;
        let check = u32::from_le_bytes(*self.map.bytes()[check..].first_chunk()?);
        let values = bytes
            .as_chunks()
            .0
            .iter()
            .map(|value| f32::from_le_bytes(*value));
        (crc(bytes) == check).then(|| values.collect())
    }

    /// The error for a file whose parts have other checksums.
    pub(super) fn damaged(path: &Path) -> GalleryError {
        GalleryError::Unreadable {
            path: path.to_owned(),
            why: StoreError::Tensor("templates"),
        }
    }
}

impl Segment {
    fn block(&self, block: usize) -> Range<usize> {
        block * BLOCK..((block + 1) * BLOCK).min(self.rows)
    }
}

/// The segment at a byte: `Some(None)` if there is none, or one that was not written completely; `None` if it is damaged.
fn segment(bytes: &[u8], start: usize, first: usize, width: usize) -> Option<Option<Segment>> {
    let Some(head) = bytes.get(start..start + ALIGN) else {
        return Some(None);
    };
    let number = |at: usize| u32::from_le_bytes(*head[at..].first_chunk().expect("64 bytes"));
    if &head[..8] != SEGMENT || number(16) != crc(&head[..16]) {
        return Some(None);
    }
    let rows = number(8) as usize;
    let layout = Layout::new(rows, width)?;
    let all = bytes.get(start..start.checked_add(layout.end)?)?;
    if crc(&all[layout.ids..layout.sums]) != number(12) {
        return None;
    }
    let checked = (0..rows.div_ceil(BLOCK)).map(|_| AtomicBool::new(false));
    Some(Some(Segment {
        start,
        rows,
        first,
        checked: checked.collect(),
        layout,
    }))
}
