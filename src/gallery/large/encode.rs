//! The bytes of a file of templates: its header and its segments, as the module `templates` describes them.

use super::face_file::crc;

pub(super) const MAGIC: &[u8; 8] = b"TWSTMPL1";
pub(super) const SEGMENT: &[u8; 8] = b"TWSSEGM1";
/// Every part begins at a multiple of this, a line of the cache.
pub(super) const ALIGN: usize = 64;
/// Rows that one checksum covers: 128 KiB of codes.
pub(super) const BLOCK: usize = 1024;
/// Codes of a row are filled up to a multiple of this: a whole number of registers.
const CODES: usize = 32;

/// Where the parts of a segment begin, from its beginning.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) ids: usize,
    pub(super) checks: usize,
    pub(super) sums: usize,
    pub(super) floats: [usize; 3],
    pub(super) codes: usize,
    pub(super) values: usize,
    pub(super) end: usize,
}

impl Layout {
    /// `None` if it is longer than memory.
    pub(super) fn new(rows: usize, width: usize) -> Option<Self> {
        let mut at = ALIGN;
        let mut part = |bytes: Option<usize>| {
            let start = at;
            at = start.checked_add(bytes?)?.checked_next_multiple_of(ALIGN)?;
            Some(start)
        };
        let (eight, four) = (rows.checked_mul(8), rows.checked_mul(4));
        Some(Self {
            ids: part(eight)?,
            checks: part(four)?,
            sums: part(rows.div_ceil(BLOCK).checked_mul(4))?,
            floats: [part(four)?, part(four)?, part(four)?],
            codes: part(rows.checked_mul(code_width(width)))?,
            values: part(four?.checked_mul(width))?,
            end: at,
        })
    }
}

pub(super) fn code_width(width: usize) -> usize {
    width.next_multiple_of(CODES)
}

pub(super) fn header(width: usize, model: &str) -> Vec<u8> {
    let mut head = vec![0; ALIGN];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&(width as u32).to_le_bytes());
    let name = &model.as_bytes()[..model.len().min(48)];
    head[16..16 + name.len()].copy_from_slice(name);
    let check = check(&head);
    head[12..16].copy_from_slice(&check);
    head
}

/// The checksum of a header.
pub(super) fn check(head: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(&head[..12]);
    crc.update(&head[16..]);
    crc.sum().to_le_bytes()
}

pub(super) fn sum_of(parts: [&[u8]; 4]) -> u32 {
    let mut crc = flate2::Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.sum()
}

pub(super) fn encode(rows: &[(u64, &[f32])], width: usize) -> Vec<u8> {
    let layout = Layout::new(rows.len(), width).expect("as many as are in memory");
    let mut bytes = vec![0_u8; layout.end];
    let codes = code_width(width);
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    for (row, (id, values)) in rows.iter().enumerate() {
        let stored: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let Code { floats, code } = Code::of(values);
        put(layout.ids + 8 * row, &id.to_le_bytes());
        put(layout.checks + 4 * row, &crc(&stored).to_le_bytes());
        for (at, float) in layout.floats.iter().zip(floats) {
            put(at + 4 * row, &float.to_le_bytes());
        }
        put(layout.codes + codes * row, &code);
        put(layout.values + 4 * width * row, &stored);
    }
    for (block, rows) in (0..rows.len())
        .step_by(BLOCK)
        .map(|s| s..(s + BLOCK).min(rows.len()))
        .enumerate()
    {
        let [scales, norms, errors] = layout
            .floats
            .map(|at| &bytes[at + 4 * rows.start..at + 4 * rows.end]);
        let codes = &bytes[layout.codes + codes * rows.start..layout.codes + codes * rows.end];
        let sum = sum_of([scales, norms, errors, codes]).to_le_bytes();
        let at = layout.sums + 4 * block;
        bytes[at..at + 4].copy_from_slice(&sum);
    }
    let index = crc(&bytes[layout.ids..layout.sums]).to_le_bytes();
    bytes[..8].copy_from_slice(SEGMENT);
    bytes[8..12].copy_from_slice(&(rows.len() as u32).to_le_bytes());
    bytes[12..16].copy_from_slice(&index);
    let head = crc(&bytes[..16]).to_le_bytes();
    bytes[16..20].copy_from_slice(&head);
    bytes
}

/// A template in 8 bits.
struct Code {
    /// Scale, norm and error.
    floats: [f32; 3],
    code: Vec<u8>,
}

impl Code {
    fn of(values: &[f32]) -> Self {
        let most = values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()));
        if !values.iter().all(|value| value.is_finite()) {
            // As far away as can be: a network whose numbers overflow cannot answer.
            return Self {
                floats: [0.0, f32::INFINITY, 0.0],
                code: vec![0; values.len()],
            };
        }
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        let codes: Vec<i8> = values.iter().map(|v| (v / scale).round() as i8).collect();
        let (mut norm, mut error) = (0.0_f64, 0.0_f64);
        for (&value, &code) in values.iter().zip(&codes) {
            let rounded = f64::from(scale) * f64::from(code);
            norm += rounded * rounded;
            error += (f64::from(value) - rounded).powi(2);
        }
        Self {
            // Rounded up, with room for the summation.
            floats: [
                scale,
                norm as f32,
                (error.sqrt() as f32 * 1.000_001).next_up(),
            ],
            code: codes.iter().map(|&code| code as u8).collect(),
        }
    }
}
