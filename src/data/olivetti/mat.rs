//! Reads one matrix of bytes from a MATLAB file of version 5 to 7.2, after "MAT-File Format" (The MathWorks, version 7.3,
//! chapter 1).
//!
//! ```text
//! header   116 bytes text · 8 subsystem · u16 version 0x0100 · "IM" little endian, "MI" big endian
//! element  u32 type · u32 bytes · data, padded to 8          top level: miMATRIX, or miCOMPRESSED around one miMATRIX
//! small    u16 bytes · u16 type (as one u32) · 4 bytes data  only within a matrix
//! miMATRIX flags (class, complex) · dimensions · name · values
//! ```
//!
//! Values are read only if name, type and dimensions are right, and as many as the *caller* expects. So no length in the
//! file, compressed or not, decides how much memory is allocated.

mod element;

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::data::error::MatError;
use crate::files::clean;

use element::{Element, Order, number};

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
/// The most variables that are searched; a file with more is not one of the Olivetti faces.
const MAX_VARIABLES: usize = 1_000;
/// The longest name that is read. MATLAB's own limit is 63 characters.
const MAX_NAME: u32 = 255;

/// The values of the matrix `wanted` with `shape` rows and columns, column by column.
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

/// A variable in the file.
enum Variable {
    Wanted(Vec<u8>),
    /// Another variable, by its name.
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
        // The decoder compares the checksum only at the end of the data. Up to seven bytes of padding may come first.
        let mut padding = [0_u8; 8];
        let mut filled = 0;
        while let read @ 1.. = element.reader.read(&mut padding[filled..])? {
            filled += read;
        }
        if filled == padding.len() {
            return Err(MatError::Damaged(
                "there are too many bytes after the values".into(),
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
    let [kind, length, flags, _nzmax] = element.words()?;
    if kind != MI_UINT32 || length != 8 {
        return Err(invalid("flags"));
    }
    let dimensions = dimensions(&mut element)?;
    let name = name(&mut element)?;
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

fn invalid(part: &str) -> MatError {
    MatError::Damaged(format!("a variable has no valid {part}"))
}

fn dimensions(element: &mut Element<impl Read>) -> Result<Vec<u32>, MatError> {
    let (kind, length, _) = element.tag()?;
    // Two dimensions are expected; up to 32 are read, to name them in the error.
    if kind != MI_INT32 || !(8..=128).contains(&length) || length % 4 != 0 {
        return Err(invalid("dimensions"));
    }
    let bytes = element.bytes(length as usize)?;
    element.skip_padding(length)?;
    Ok(bytes
        .chunks_exact(4)
        .map(|word| element.order.u32(word))
        .collect())
}

fn name(element: &mut Element<impl Read>) -> Result<Vec<u8>, MatError> {
    let (kind, length, small) = element.tag()?;
    if kind != MI_INT8 || length > MAX_NAME {
        return Err(invalid("name"));
    }
    if let Some(data) = small {
        return Ok(data[..length as usize].to_vec());
    }
    let name = element.bytes(length as usize)?;
    element.skip_padding(length)?;
    Ok(name)
}

/// Reads `count` values of any numeric type, each a whole number from 0 to 255. MATLAB stores doubles in the smallest
/// type that holds them, so the type of the values can differ from the class of the matrix.
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

#[cfg(test)]
mod tests;
