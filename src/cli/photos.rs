//! Photos named on the command line, turned into faces on all cores.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use image::GrayImage;
use rayon::prelude::*;

use super::output::note;
use crate::config::Images;
use crate::files::{FileReason, shown};
use crate::vision::{Face, Preparation, Prepared, gray};

/// File names that are taken for photos when a folder is named.
const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "pgm", "ppm", "pbm", "pnm"];
/// The most photos in a folder.
const MAX_PHOTOS: usize = 100_000;

/// A photo, and what was made of it.
pub(super) struct Read<T> {
    pub(super) path: PathBuf,
    pub(super) what: T,
}

/// A face in a photo, or a photo without one.
pub(super) type Probe = Read<Option<Prepared>>;

/// A photo that is of no use.
#[derive(Debug, thiserror::Error)]
#[error("the photo {} cannot be used: {why}", shown(path))]
pub(super) struct BadPhoto {
    path: PathBuf,
    why: String,
}

impl BadPhoto {
    fn new(path: &Path, why: impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }
}

/// Opens `photos` and makes something of each, in their order; a folder stands for the photos in it, by name.
///
/// # Errors
/// Each photo has its own.
pub(super) fn read<T: Send>(
    photos: &[PathBuf],
    make: impl Fn(&GrayImage) -> T + Sync,
) -> Vec<Result<Read<T>, BadPhoto>> {
    let paths: Vec<Result<PathBuf, BadPhoto>> =
        photos.iter().flat_map(|path| expand(path)).collect();
    let open = |path: Result<PathBuf, BadPhoto>| {
        let path = path?;
        match gray::open(&path) {
            Ok(photo) => Ok(Read {
                what: make(&photo),
                path,
            }),
            Err(why) => Err(BadPhoto::new(&path, why)),
        }
    };
    paths.into_par_iter().map(open).collect()
}

/// Opens `photos` and cuts the faces out of them: every face is a probe, and so is a photo without any; see [`read`].
/// With `whole`, the middle of a photo is taken where there is no face.
///
/// # Errors
/// Each photo has its own.
pub(super) fn probes(
    photos: &[PathBuf],
    preparation: &Preparation,
    whole: bool,
) -> Vec<Result<Probe, BadPhoto>> {
    let faces = |photo: &GrayImage| match preparation.prepare_all(photo) {
        none if none.is_empty() && whole => vec![Some(preparation.prepare_found(photo, None))],
        none if none.is_empty() => vec![None],
        faces => faces.into_iter().map(Some).collect(),
    };
    let each = |photo: Result<Read<Vec<Option<Prepared>>>, BadPhoto>| match photo {
        Ok(Read { path, what }) => {
            let probe = |what| {
                Ok(Read {
                    path: path.clone(),
                    what,
                })
            };
            what.into_iter().map(probe).collect()
        }
        Err(bad) => vec![Err(bad)],
    };
    read(photos, faces).into_iter().flat_map(each).collect()
}

/// Opens `photos` and takes the one face that is meant from each: the surest, if there are several.
///
/// # Errors
/// Each photo has its own; one without a face is of no use here, unless `whole` takes its middle.
pub(super) fn portraits(
    photos: &[PathBuf],
    preparation: &Preparation,
    whole: bool,
) -> Vec<Result<Read<Prepared>, BadPhoto>> {
    let portrait = |photo: Result<Read<Prepared>, BadPhoto>| {
        let photo = photo?;
        match photo.what.fallback && !whole {
            true => Err(BadPhoto::new(&photo.path, NO_FACE)),
            false => Ok(photo),
        }
    };
    let prepared = read(photos, |photo| preparation.prepare(photo));
    prepared.into_iter().map(portrait).collect()
}

/// Draws a face on the terminal, as `images` says; does nothing where standard output is none.
///
/// viuer asks a terminal for kitty's protocol by writing to it and waiting for an answer, for ever if there is none. So
/// it may ask only where the environment says that there will be one.
///
/// # Errors
/// When the terminal cannot be written to.
pub(super) fn show(face: &Face, images: Images) -> anyhow::Result<()> {
    let images = images.resolve(|name| std::env::var(name).ok());
    if !std::io::stdout().is_terminal() || images == Images::Off {
        return Ok(());
    }
    let term = std::env::var("TERM").unwrap_or_default();
    let answers = term.contains("kitty") || term.contains("ghostty");
    let config = viuer::Config {
        absolute_offset: false,
        use_kitty: images == Images::Kitty && answers,
        use_iterm: images == Images::Iterm,
        width: Some(32),
        ..viuer::Config::default()
    };
    viuer::print(&image::DynamicImage::ImageLuma8(face.to_image()), &config)?;
    Ok(())
}

/// What is said of a photo without a face.
pub(super) const NO_FACE: &str =
    "no face was found in it; name another, or take the middle of the photo with --whole";

/// Those that can be used, after telling what is wrong with the others. Whether there were others.
pub(super) fn usable<T>(prepared: Vec<Result<Read<T>, BadPhoto>>) -> (Vec<Read<T>>, bool) {
    let all = prepared.len();
    let tell =
        |photo: Result<Read<T>, BadPhoto>| photo.map_err(|bad| note(&format!("error: {bad}"))).ok();
    let usable: Vec<Read<T>> = prepared.into_iter().filter_map(tell).collect();
    let some_bad = usable.len() < all;
    (usable, some_bad)
}

fn expand(path: &Path) -> Vec<Result<PathBuf, BadPhoto>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let is_photo = |path: &PathBuf| {
        let extension = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        EXTENSIONS.contains(&extension.as_str()) && path.is_file()
    };
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return vec![Err(BadPhoto::new(path, FileReason::from(error)))],
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_photo)
        .take(MAX_PHOTOS)
        .collect();
    found.sort();
    if found.is_empty() {
        let why = "it is a folder without PGM, PNG or JPEG files; name one that holds some";
        return vec![Err(BadPhoto::new(path, why))];
    }
    found.into_iter().map(Ok).collect()
}
