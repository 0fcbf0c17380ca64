//! Arrays in NumPy's format 1.0 (NEP 1), and what such an array is made of.
//!
//! ```
//! use twinsight::export::npy;
//!
//! let file = npy::encode(&[2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
//! assert_eq!(&file[..6], b"\x93NUMPY");
//! assert_eq!(file.len() % 64, 2 * 3 * 4);
//! ```

/// Magic, version, and length of the header.
const PREFIX: usize = 10;
/// The numbers begin at a multiple of it.
const ALIGNMENT: usize = 64;

/// A float32 array of this shape, the last dimension the fastest: magic, version, length of the header, a Python dictionary
/// padded with spaces, and the numbers.
///
/// # Panics
/// If the number of values is not that of the shape.
pub fn encode(shape: &[usize], values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}",
        sizes.join(" ")
    );
    let padded = (PREFIX + header.len() + 1).next_multiple_of(ALIGNMENT);
    header += &" ".repeat(padded - PREFIX - header.len() - 1);
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a header of one line");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.into_iter().flat_map(f32::to_le_bytes));
    let expected = padded + 4 * shape.iter().product::<usize>();
    assert_eq!(
        bytes.len(),
        expected,
        "one value for each place of {shape:?}"
    );
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_laid_out_as_numpy_reads_it() {
        let bytes = encode(&[2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(header % 64, 0);
        let text = std::str::from_utf8(&bytes[10..header]).unwrap();
        assert!(
            text.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), }"),
            "{text}"
        );
        assert!(text.ends_with(" \n"));
        let values: Vec<f32> = bytes[header..]
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    #[should_panic(expected = "one value for each place")]
    fn a_shape_that_does_not_fit_is_refused() {
        encode(&[2, 2], [1.0]);
    }
}
