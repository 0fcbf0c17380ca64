//! Photos and folders, read for the screens.

use std::path::{Path, PathBuf};

use crate::app::event::{Listing, Photo};
use crate::app::verify::{Probe, ProbeView};
use crate::data::{Dataset, Sharpness};
use crate::vision::{Face, Preparation, gray};

/// The longest side of a photo that is kept to be drawn: more than any terminal has pixels in half blocks.
const PHOTO_SIDE: u32 = 320;

/// A probe with its photo, its face, and what was cut out; a face that is missed by `limit` is blurred.
pub(super) fn prepare(
    probe: &Probe,
    dataset: Option<&Dataset>,
    limit: Option<Sharpness>,
) -> Result<ProbeView, String> {
    let is_blurred = |face: &Face| limit.is_some_and(|limit| limit.is_missed_by(face));
    match probe {
        Probe::Picture(image) => {
            let dataset = dataset.ok_or("no faces are loaded")?;
            let picture = dataset
                .images
                .get(image.0)
                .ok_or("this picture is not there any more")?;
            let photo = dataset.photo(*image).map_err(|why| why.to_string())?;
            Ok(ProbeView {
                label: picture.label.clone(),
                photo: small(&photo),
                area: picture.area,
                fallback: picture.fallback,
                blurred: is_blurred(&picture.face),
                face: picture.face.clone(),
            })
        }
        Probe::File(path) => {
            let photo =
                gray::open(path).map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
            let preparation = dataset.map_or_else(Preparation::default, |d| d.preparation);
            let prepared = preparation.prepare(&photo);
            let name = path
                .file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned());
            Ok(ProbeView {
                label: crate::files::clean(&name),
                photo: small(&photo),
                area: prepared.area,
                fallback: prepared.fallback,
                blurred: is_blurred(&prepared.face),
                face: prepared.face,
            })
        }
    }
}

/// A photo with at most [`PHOTO_SIDE`] pixels along its longer side, by area averages.
pub(super) fn small(photo: &image::GrayImage) -> Photo {
    let original = photo.dimensions();
    let longest = original.0.max(original.1).max(1);
    let scaled = if longest > PHOTO_SIDE {
        let side =
            |n: u32| (u64::from(n) * u64::from(PHOTO_SIDE) / u64::from(longest)).max(1) as u32;
        image::imageops::thumbnail(photo, side(original.0), side(original.1))
    } else {
        photo.clone()
    };
    let pixels = scaled
        .pixels()
        .map(|pixel| f32::from(pixel.0[0]) / 255.0)
        .collect();
    Photo {
        width: scaled.width() as usize,
        height: scaled.height() as usize,
        pixels,
        original,
    }
}

/// What a folder holds, hidden files left out; a path that is a file gives its folder and itself.
pub(super) fn list(path: &Path) -> Result<Listing, String> {
    let path = expand(path)
        .canonicalize()
        .map_err(|why| format!("{}: {why}", crate::files::shown(path)))?;
    if path.is_file() {
        let folder = path.parent().unwrap_or(&path).to_path_buf();
        return Ok(Listing {
            file: Some(path),
            ..list(&folder)?
        });
    }
    let read =
        std::fs::read_dir(&path).map_err(|why| format!("{}: {why}", crate::files::shown(&path)))?;
    let mut entries: Vec<(String, bool)> = read
        .filter_map(Result::ok)
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path().is_dir(),
            )
        })
        .filter(|(name, folder)| !name.starts_with('.') && (*folder || is_picture(name)))
        .collect();
    entries.sort_by_key(|(name, folder)| (!folder, name.to_lowercase()));
    if path.parent().is_some() {
        entries.insert(0, ("..".into(), true));
    }
    Ok(Listing {
        path,
        entries,
        file: None,
    })
}

/// `~` is the user's home.
fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_path_buf(),
    }
}

fn is_picture(name: &str) -> bool {
    let ending = Path::new(name)
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ["pgm", "ppm", "pnm", "png", "jpg", "jpeg"].contains(&e.as_str()))
}
