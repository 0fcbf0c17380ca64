//! Parts of an element of a MATLAB file: tags, words, numbers in both byte orders.

use std::io::Read;

use crate::data::error::MatError;

/// The size of a number of this type in bytes, and a function that reads one.
///
/// # Errors
/// If the type is not numeric.
pub(super) fn number(kind: u32, order: Order) -> Result<(usize, impl Fn(&[u8]) -> f64), MatError> {
    let width = match kind {
        1 | 2 => 1,
        3 | 4 => 2,
        5..=7 => 4,
        9 | 12 | 13 => 8,
        _ => return Err(MatError::Kind),
    };
    let signed = matches!(kind, 1 | 3 | 5 | 12);
    let value = move |bytes: &[u8]| {
        let bits = order.unsigned(bytes);
        let unused = 64 - 8 * width;
        match kind {
            7 => f64::from(f32::from_bits(bits as u32)),
            9 => f64::from_bits(bits),
            _ if signed => (((bits << unused) as i64) >> unused) as f64,
            _ => bits as f64,
        }
    };
    Ok((width, value))
}

/// The byte order of a file.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The first four bytes as a number.
    pub(super) fn u32(self, bytes: &[u8]) -> u32 {
        self.unsigned(&bytes[..4]) as u32
    }

    /// All bytes, at most eight, as a number.
    pub(super) fn unsigned(self, bytes: &[u8]) -> u64 {
        let append = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, append),
            Self::Big => bytes.iter().fold(0, append),
        }
    }
}

/// The content of an element, compressed or not.
pub(super) struct Element<R> {
    pub(super) reader: R,
    pub(super) order: Order,
}

impl<R: Read> Element<R> {
    /// The next `count` bytes; the caller must bound `count`.
    pub(super) fn bytes(&mut self, count: usize) -> Result<Vec<u8>, MatError> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `N` 32-bit numbers.
    pub(super) fn words<const N: usize>(&mut self) -> Result<[u32; N], MatError> {
        let bytes = self.bytes(4 * N)?;
        Ok(std::array::from_fn(|index| {
            self.order.u32(&bytes[4 * index..])
        }))
    }

    /// Type and length in bytes of the data that follows, and the data itself in the small form (at most 4 bytes).
    pub(super) fn tag(&mut self) -> Result<(u32, u32, Option<[u8; 4]>), MatError> {
        let [first] = self.words()?;
        let mut second = [0_u8; 4];
        self.reader.read_exact(&mut second)?;
        match (first & 0xffff, first >> 16) {
            (kind, 0) => Ok((kind, self.order.u32(&second), None)),
            (kind, length @ 1..=4) => Ok((kind, length, Some(second))),
            _ => Err(MatError::Damaged("a small element is too long".into())),
        }
    }

    /// Skips the padding after `length` bytes of data, which end at a multiple of 8.
    pub(super) fn skip_padding(&mut self, length: u32) -> Result<(), MatError> {
        let padding = length.next_multiple_of(8) - length;
        self.bytes(padding as usize).map(drop)
    }
}
