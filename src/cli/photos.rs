//! Photos named on the command line: found, read on all cores, and prepared.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::output::note;
use crate::config::Images;
use crate::data::pictures::Pictures;
use crate::files::{FileReason, shown};
use crate::recognition::{PreparedPhoto, Recognizer};
use crate::text::counted;
use crate::vision::{Face, PhotoError};

/// How many files that were left out are named.
const NAMED: usize = 3;

/// The message for a photo without a face.
pub(super) const NO_FACE: &str =
    "no face was found in it; use another photo, or take the middle of this one with --whole";

/// A photo that cannot be used.
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

/// The photos that could be read, in their order, each with its path.
pub(super) struct Photos<T> {
    pub(super) read: Vec<(PathBuf, T)>,
    /// Whether there were others. Standard error says why.
    pub(super) some_bad: bool,
}

/// Reads the photos at `paths` with `read`, on all cores, in their order. A folder stands for the pictures in it. What is
/// wrong with a photo goes to standard error.
pub(super) fn read<T: Send>(
    paths: &[PathBuf],
    read: impl Fn(&Path) -> Result<T, PhotoError> + Sync,
) -> Photos<T> {
    let all = read_each(paths, read);
    let count = all.len();
    let tell = |photo: Result<(PathBuf, T), BadPhoto>| {
        photo.map_err(|bad| note(&format!("error: {bad}"))).ok()
    };
    let read: Vec<(PathBuf, T)> = all.into_iter().filter_map(tell).collect();
    Photos {
        some_bad: read.len() < count,
        read,
    }
}

/// Prepares the photos at `paths` for enrolling a person: all of them, or none.
///
/// # Errors
/// When a photo cannot be read, or has no face, unless `whole` takes its middle.
pub(super) fn to_enroll(
    paths: &[PathBuf],
    recognizer: &Recognizer,
    whole: bool,
) -> Result<Vec<Arc<PreparedPhoto>>, BadPhoto> {
    let with_face = |photo: Result<(PathBuf, Arc<PreparedPhoto>), BadPhoto>| {
        let (path, photo) = photo?;
        match photo.has_face() || whole {
            true => Ok(photo),
            false => Err(BadPhoto::new(&path, NO_FACE)),
        }
    };
    let all = read_each(paths, |path| recognizer.prepare(path));
    all.into_iter().map(with_face).collect()
}

fn read_each<T: Send>(
    paths: &[PathBuf],
    read: impl Fn(&Path) -> Result<T, PhotoError> + Sync,
) -> Vec<Result<(PathBuf, T), BadPhoto>> {
    let paths: Vec<Result<PathBuf, BadPhoto>> =
        paths.iter().flat_map(|path| expand(path)).collect();
    let open = |path: Result<PathBuf, BadPhoto>| {
        let path = path?;
        match read(&path) {
            Ok(photo) => Ok((path, photo)),
            Err(why) => Err(BadPhoto::new(&path, why)),
        }
    };
    paths.into_par_iter().map(open).collect()
}

/// A file itself; for a folder, the pictures in it.
fn expand(path: &Path) -> Vec<Result<PathBuf, BadPhoto>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    match pictures_in(path) {
        Ok(found) if found.is_empty() => {
            let why = "it is a folder without PGM, PNG or JPEG files; name one that has some";
            vec![Err(BadPhoto::new(path, why))]
        }
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(reason) => vec![Err(BadPhoto::new(path, reason))],
    }
}

/// The pictures in a folder. The files that are none are named on standard error.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, FileReason> {
    let found = Pictures::in_folder(folder)?;
    if !found.left_out.is_empty() && !found.pictures.is_empty() {
        let name =
            |path: &PathBuf| shown(path.file_name().unwrap_or_default().as_ref()).to_string();
        let names: Vec<String> = found.left_out.iter().take(NAMED).map(name).collect();
        let more = if found.left_out.len() > NAMED {
            ", …"
        } else {
            ""
        };
        note(&format!(
            "left out {} of {} that cannot be a PGM, PNG or JPEG picture: {}{more}",
            counted(found.left_out.len(), "file"),
            shown(folder),
            names.join(", "),
        ));
    }
    Ok(found.pictures)
}

/// Draws a face on the terminal, as `images` says; does nothing if standard output is no terminal.
///
/// To find out whether a terminal knows kitty's protocol, viuer writes to it and waits for an answer, without a limit. So
/// this is tried only where the environment says that the terminal answers.
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
