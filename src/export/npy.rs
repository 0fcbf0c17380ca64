//! Arrays in NumPy's format 1.0 (NEP 1).
//!
//! ```
//! use twinsight::export::npy::Writer;
//!
//! let mut array = Writer::new(Vec::new(), &[2, 3])?;
//! array.write(&[1.0, 2.0, 3.0])?;
//! array.write(&[4.0, 5.0, 6.0])?;
//! let file = array.finish();
//! assert_eq!(&file[..6], b"\x93NUMPY");
//! assert_eq!(file.len() % 64, 2 * 3 * 4);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{self, Write};

/// Magic, version, and length of the header.
const PREFIX: usize = 10;
/// The numbers begin at a multiple of it.
const ALIGNMENT: usize = 64;

/// Writes a float32 array number after number, the last dimension the fastest, so that it need not fit the memory.
#[derive(Debug)]
pub struct Writer<W> {
    file: W,
    /// Numbers that are not written yet.
    left: usize,
}

impl<W: Write> Writer<W> {
    /// Begins an array of this shape with its header: magic, version, length of the header, and a Python dictionary padded with
    /// spaces.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(mut file: W, shape: &[usize]) -> io::Result<Self> {
        file.write_all(&header(shape))?;
        Ok(Self {
            file,
            left: shape.iter().product(),
        })
    }

    /// Writes the next numbers.
    ///
    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// If they are more than the shape has.
    pub fn write(&mut self, values: &[f32]) -> io::Result<()> {
        assert!(values.len() <= self.left, "more numbers than the shape has");
        self.left -= values.len();
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.file.write_all(&bytes)
    }

    /// The complete file.
    ///
    /// # Panics
    /// If numbers are missing.
    pub fn finish(self) -> W {
        assert_eq!(self.left, 0, "one number for each place of the shape");
        self.file
    }
}

fn header(shape: &[usize]) -> Vec<u8> {
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
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_laid_out_as_numpy_reads_it() {
        let mut array = Writer::new(Vec::new(), &[2, 3]).unwrap();
        array.write(&[1.0, 2.0]).unwrap();
        array.write(&[3.0, 4.0, 5.0, 6.0]).unwrap();
        let bytes = array.finish();
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
    #[should_panic(expected = "one number for each place")]
    fn too_few_numbers_are_refused() {
        let mut array = Writer::new(Vec::new(), &[2, 2]).unwrap();
        array.write(&[1.0]).unwrap();
        array.finish();
    }

    #[test]
    #[should_panic(expected = "more numbers than the shape has")]
    fn too_many_numbers_are_refused() {
        let mut array = Writer::new(Vec::new(), &[2]).unwrap();
        array.write(&[1.0; 3]).unwrap();
    }
}
