//! The Olivetti faces in a MATLAB file: 400 pictures of 64 × 64 pixels, ten of each of 40 people.
//!
//! They are the ORL faces, cropped and scaled by Sam Roweis and known from scikit-learn: the same people in the same order.
//! The file holds a variable `faces` with 4096 rows and 400 columns. Each column is one picture, stored column by column;
//! the pictures are ordered by person.
//!
//! The private module `mat` reads this variable and nothing else of the format. The `matfile` crate was rejected: on a
//! hostile file it unpacks without a limit, multiplies dimensions without a check, and prints unknown parts to the
//! terminal. A general reader was rejected too: cells and structures are not needed here.

mod mat;

use std::path::Path;

use image::GrayImage;

use super::error::SourceError;
use super::found::{Found, Origin};
use super::orl;
use super::reading::Reader;
use crate::files;
use crate::vision::SIDE;

pub use super::error::MatError;

/// Number of people.
const PEOPLE: usize = 40;
/// Pictures of each person.
const EACH: usize = 10;
/// Pixels of one picture.
const PIXELS: usize = SIDE * SIDE;
/// The largest file that is read, in bytes. The faces as doubles take 13.1 MB.
pub(super) const MAX_BYTES: u64 = 32 << 20;

/// Reads the people from a file. They have the names of the ORL faces, `s01` to `s40`, because they are the same people.
/// The pictures are numbered in the order of the file, which is not always the order of the ORL faces.
pub(super) fn read(path: &Path, reader: &Reader<'_>) -> Result<Vec<Found>, SourceError> {
    let bytes = files::read_limited(path, MAX_BYTES)?;
    let faces = decode(&bytes).map_err(|why| SourceError::Mat {
        path: path.into(),
        why,
    })?;
    Ok(orl::people(reader, |person, number| {
        let photo = &faces[person * EACH + number];
        let origin = Origin::Kept(photo.clone());
        reader.shot(orl::label(person, number), &photo.clone().into(), origin)
    }))
}

/// Decodes the content of a file: 400 pictures of 64 × 64 pixels, person by person.
///
/// # Errors
/// See [`MatError`].
pub fn decode(bytes: &[u8]) -> Result<Vec<GrayImage>, MatError> {
    let values = mat::matrix(bytes, "faces", [PIXELS, PEOPLE * EACH])?;
    Ok(values.chunks_exact(PIXELS).map(upright).collect())
}

/// A picture from its values, stored column by column.
fn upright(columns: &[u8]) -> GrayImage {
    GrayImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        image::Luma([columns[x as usize * SIDE + y as usize]])
    })
}
