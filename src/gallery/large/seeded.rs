//! A gallery of templates alone, of any size.

use std::path::Path;

use rayon::prelude::*;

use super::append_templates;
use super::face_file::FacePlace;
use super::people_log::{self, Head};
use crate::files;
use crate::gallery::error::GalleryError;
use crate::vision::Preparation;

/// Writes a gallery of templates without faces, one for each person, for measurements.
pub(in crate::gallery) fn write_templates(
    path: &Path,
    preparation: Preparation,
    model: &str,
    (count, template): (usize, impl Fn(usize) -> Vec<f32> + Sync),
) -> Result<(), GalleryError> {
    let places = (0..count as u64).map(|number| FacePlace {
        offset: number,
        coloured: false,
        crc: 0,
    });
    let places: Vec<FacePlace> = places.collect();
    let head = Head {
        preparation,
        faces_end: 0,
        erase: Vec::new(),
    };
    let names: Vec<String> = (0..count)
        .map(|number| format!("person {number:09}"))
        .collect();
    let photos = names
        .iter()
        .zip(&places)
        .map(|(name, place)| (&name[..], "seeded", *place));
    files::write_private(path, &people_log::encode(&head, photos))?;
    for part in places.chunks(1 << 16) {
        let rows: Vec<Vec<f32>> = part
            .par_iter()
            .map(|place| template(place.offset as usize))
            .collect();
        let rows = part
            .iter()
            .zip(&rows)
            .map(|(place, row)| (place.offset, &row[..]));
        append_templates(path, model, rows)?;
    }
    Ok(())
}
