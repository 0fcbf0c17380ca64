//! One matrix of bytes out of a MATLAB file, version 5 to 7.2, by "MAT-File Format" (The MathWorks, version 7.3, chapter 1).
//!
//! ```text
//! header   116 bytes text · 8 subsystem · u16 version 0x0100 · "IM" little endian, "MI" big endian
//! element  u32 type · u32 bytes · data, padded to 8          top level: miMATRIX, or miCOMPRESSED around one miMATRIX
//! small    u16 bytes · u16 type (as one u32) · 4 bytes data  only within a matrix
//! miMATRIX flags (class, complex) · dimensions · name · values
//! ```
//!
//! Strict, and bounded by what the caller expects: values are only read once name, kind and dimensions are right, and as
//! many as the *caller* said, so that no length in the file ever asks for memory, packed or not.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;

use crate::files::clean;

const HEADER: usize = 128;
const MI_INT8: u32 = 1;
const MI_INT32: u32 = 5;
const MI_UINT32: u32 = 6;
const MI_MATRIX: u32 = 14;
const MI_COMPRESSED: u32 = 15;
/// The flag of complex values, in the word that also holds the class.
const COMPLEX: u32 = 0x0800;
/// Classes mxDOUBLE to mxUINT64; those below are cells, structures, objects, text and sparse matrices.
const NUMERIC: std::ops::RangeInclusive<u32> = 6..=15;
/// The most variables that are looked at; a file with more is not the one that is meant.
const MAX_VARIABLES: usize = 1_000;
/// The longest name that is read. MATLAB's own limit is 63 characters.
const MAX_NAME: u32 = 255;

/// Why a MATLAB file does not hold the matrix that is wanted.
#[derive(Debug, thiserror::Error)]
pub enum MatError {
    /// No such header.
    #[error("it is not a MATLAB file of version 5 to 7")]
    NotMat,
    /// The format of version 7.3, which is another one.
    #[error("it is a MATLAB 7.3 (HDF5) file; save it again with the option -v7")]
    Hdf5,
    /// The variable is missing.
    #[error("it has no variable called {wanted}; it has: {}", if found.is_empty() { "none" } else { found })]
    Missing {
        /// The variable that was looked for.
        wanted: &'static str,
        /// Those that are there.
        found: String,
    },
    /// The variable has other dimensions.
    #[error("its variable has {found} values, not {} × {}", expected[0], expected[1])]
    Shape {
        /// Rows and columns that are wanted.
        expected: [usize; 2],
        /// The dimensions that are there.
        found: String,
    },
    /// Text, a structure, complex or sparse values.
    #[error("its variable holds no plain real numbers")]
    Kind,
    /// A value that is no 8-bit grey.
    #[error("it holds the value {0}; the faces are whole numbers from 0 to 255")]
    Range(f64),
    /// The end came too early.
    #[error("it breaks off in the middle; copy or fetch it again")]
    Truncated,
    /// Something contradicts the format.
    #[error("it is damaged ({0}); copy or fetch it again")]
    Damaged(String),
}

impl From<io::Error> for MatError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Damaged(error.to_string()),
        }
    }
}

/// The matrix `wanted` with `shape` rows and columns, column after column.
///
/// # Errors
/// See [`MatError`].
pub(super) fn matrix(
    bytes: &[u8],
    wanted: &'static str,
    shape: [usize; 2],
) -> Result<Vec<u8>, MatError> {
    let order = header(bytes)?;
    let mut rest = &bytes[HEADER..];
    let mut found = Vec::new();
    while let Some((tag, after)) = rest.split_at_checked(8) {
        let (kind, length) = (order.u32(tag), order.u32(&tag[4..]) as usize);
        let data = after.get(..length).ok_or(MatError::Truncated)?;
        let variable = match kind {
            MI_MATRIX => matrix_body(
                Element {
                    reader: data,
                    order,
                },
                wanted,
                shape,
            )?,
            MI_COMPRESSED => compressed(data, order, wanted, shape)?,
            _ => Variable::Other("(not a matrix)".into()),
        };
        match variable {
            Variable::Wanted(values) => return Ok(values),
            Variable::Other(name) => found.push(clean(&name)),
        }
        if found.len() > MAX_VARIABLES {
            return Err(MatError::Damaged(format!(
                "it has more than {MAX_VARIABLES} variables"
            )));
        }
        // Compressed elements are not padded; the last one may lack its padding.
        let padded = if kind == MI_COMPRESSED {
            length
        } else {
            length.next_multiple_of(8)
        };
        rest = after.get(padded..).unwrap_or_default();
    }
    Err(MatError::Missing {
        wanted,
        found: found.join(", "),
    })
}

fn header(bytes: &[u8]) -> Result<Order, MatError> {
    const HDF5: &[u8] = b"\x89HDF";
    if bytes.starts_with(HDF5) || bytes.get(512..516) == Some(HDF5) {
        return Err(MatError::Hdf5);
    }
    match bytes.get(HEADER - 4..HEADER) {
        Some([0, 1, b'I', b'M']) => Ok(Order::Little),
        Some([1, 0, b'M', b'I']) => Ok(Order::Big),
        _ => Err(MatError::NotMat),
    }
}

/// A variable of the file.
enum Variable {
    Wanted(Vec<u8>),
    /// Another one; its name.
    Other(String),
}

fn compressed(
    data: &[u8],
    order: Order,
    wanted: &str,
    shape: [usize; 2],
) -> Result<Variable, MatError> {
    let mut element = Element {
        reader: ZlibDecoder::new(data),
        order,
    };
    let [kind, _length] = element.words()?;
    if kind != MI_MATRIX {
        return Ok(Variable::Other("(not a matrix)".into()));
    }
    let variable = matrix_body(
        Element {
            reader: &mut element.reader,
            order,
        },
        wanted,
        shape,
    )?;
    if matches!(variable, Variable::Wanted(_)) {
        // Only at its end does the decoder compare the checksum. Seven bytes of padding may come before it.
        let mut padding = [0_u8; 8];
        let mut filled = 0;
        while let read @ 1.. = element.reader.read(&mut padding[filled..])? {
            filled += read;
        }
        if filled == padding.len() {
            return Err(MatError::Damaged(
                "more follows the values than should".into(),
            ));
        }
    }
    Ok(variable)
}

fn matrix_body(
    mut element: Element<impl Read>,
    wanted: &str,
    shape: [usize; 2],
) -> Result<Variable, MatError> {
    let damaged = |what: &str| Err(MatError::Damaged(format!("a variable has no valid {what}")));
    let [kind, length, flags, _nzmax] = element.words()?;
    if kind != MI_UINT32 || length != 8 {
        return damaged("flags");
    }
    let (kind, length, _) = element.tag()?;
    // Two dimensions are what is wanted; 32 are more than anybody has.
    if kind != MI_INT32 || !(8..=128).contains(&length) || length % 4 != 0 {
        return damaged("dimensions");
    }
    let dimensions = element.bytes(length as usize)?;
    let dimensions: Vec<u32> = dimensions
        .chunks_exact(4)
        .map(|word| element.order.u32(word))
        .collect();
    element.skip_padding(length)?;
    let (kind, length, small) = element.tag()?;
    if kind != MI_INT8 || length > MAX_NAME {
        return damaged("name");
    }
    let name = match small {
        Some(data) => data[..length as usize].to_vec(),
        None => element.bytes(length as usize)?,
    };
    if small.is_none() {
        element.skip_padding(length)?;
    }
    if name != wanted.as_bytes() {
        return Ok(Variable::Other(String::from_utf8_lossy(&name).into_owned()));
    }
    if flags & COMPLEX != 0 || !NUMERIC.contains(&(flags & 0xff)) {
        return Err(MatError::Kind);
    }
    if dimensions.iter().map(|&size| size as usize).ne(shape) {
        let found = dimensions
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(" × ");
        return Err(MatError::Shape {
            expected: shape,
            found,
        });
    }
    values(element, shape[0] * shape[1]).map(Variable::Wanted)
}

/// `count` values of any numeric type, each of which must be a byte. MATLAB stores doubles in the smallest type that
/// holds them, so that the type says nothing about the class.
fn values(mut element: Element<impl Read>, count: usize) -> Result<Vec<u8>, MatError> {
    let (kind, length, small) = element.tag()?;
    let (width, value) = number(kind, element.order)?;
    if small.is_some() || length as usize != count * width {
        return Err(MatError::Damaged(format!(
            "it has {length} bytes for {count} values of {width} bytes"
        )));
    }
    let bytes = element.bytes(count * width)?;
    let whole = |number: f64| {
        let byte = number as u8;
        if f64::from(byte) == number {
            Ok(byte)
        } else {
            Err(MatError::Range(number))
        }
    };
    bytes
        .chunks_exact(width)
        .map(|bytes| whole(value(bytes)))
        .collect()
}

/// How many bytes a number of this type has, and how to read one.
fn number(kind: u32, order: Order) -> Result<(usize, impl Fn(&[u8]) -> f64), MatError> {
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

/// In which order the bytes of a number stand.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The first four bytes as a number.
    fn u32(self, bytes: &[u8]) -> u32 {
        self.unsigned(&bytes[..4]) as u32
    }

    /// All bytes, at most eight, as a number.
    fn unsigned(self, bytes: &[u8]) -> u64 {
        let append = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        match self {
            Self::Little => bytes.iter().rev().fold(0, append),
            Self::Big => bytes.iter().fold(0, append),
        }
    }
}

/// The inside of an element, packed or not.
struct Element<R> {
    reader: R,
    order: Order,
}

impl<R: Read> Element<R> {
    /// So many bytes; the caller answers for their number.
    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, MatError> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn words<const N: usize>(&mut self) -> Result<[u32; N], MatError> {
        let bytes = self.bytes(4 * N)?;
        Ok(std::array::from_fn(|index| {
            self.order.u32(&bytes[4 * index..])
        }))
    }

    /// Type and length of what follows, and its data if it is in the small form.
    fn tag(&mut self) -> Result<(u32, u32, Option<[u8; 4]>), MatError> {
        let [first] = self.words()?;
        let mut second = [0_u8; 4];
        self.reader.read_exact(&mut second)?;
        match (first & 0xffff, first >> 16) {
            (kind, 0) => Ok((kind, self.order.u32(&second), None)),
            (kind, length @ 1..=4) => Ok((kind, length, Some(second))),
            _ => Err(MatError::Damaged("a small element is too long".into())),
        }
    }

    fn skip_padding(&mut self, length: u32) -> Result<(), MatError> {
        let padding = length.next_multiple_of(8) - length;
        self.bytes(padding as usize).map(drop)
    }
}

#[cfg(test)]
mod tests;
