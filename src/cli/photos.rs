//! Photos named on the command line: found, read on all cores, and prepared.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::output::note;
use super::progress::StepCounter;
use crate::config::Images;
use crate::data::pictures::Pictures;
use crate::files::{FileReason, shown};
use crate::onnx::on_all_cores;
use crate::recognition::{PreparedPhoto, Probe};
use crate::text::counted;
use crate::vision::kind::readable;
use crate::vision::quality::{Doubt, FaceQuality, Verdict};
use crate::vision::yunet::Landmarks;
use crate::vision::{Face, PhotoError, Rect};

/// How many files that were left out are named.
const NAMED: usize = 3;

/// The message for a photo without a face.
pub(super) const NO_FACE: &str =
    "no face was found in it; use another photo, or take the middle of this one with --whole";

/// How many photos are read, compared and answered together. At any time at most one photo for each thread is decoded.
const TOGETHER: usize = 32;
/// What the progress says.
const READING: &str = "reading photos";

/// The help of arguments that name photos.
pub(super) fn help() -> String {
    format!("{} files, or folders of them", readable("or"))
}

/// A photo that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the photo {} cannot be used: {why}", shown(path))]
pub(super) struct BadPhoto {
    path: PathBuf,
    why: String,
}

impl BadPhoto {
    pub(super) fn new(path: &Path, why: impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn why(&self) -> &str {
        &self.why
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
    let mut all = Photos {
        read: Vec::new(),
        some_bad: false,
    };
    for part in listed(paths) {
        let part = part.read(&read);
        all.read.extend(part.read);
        all.some_bad |= part.some_bad;
    }
    all
}

/// Photos that are read together.
pub(super) struct Part {
    photos: Vec<Result<PathBuf, BadPhoto>>,
    progress: Arc<StepCounter>,
}

/// The photos at `paths`, in parts, so that there may be more of them than fit the memory. A folder stands for the
/// pictures in it. Reading the parts shows how many of all were read.
pub(super) fn listed(paths: &[PathBuf]) -> impl Iterator<Item = Part> + use<> {
    let all: Vec<Result<PathBuf, BadPhoto>> = paths.iter().flat_map(|path| expand(path)).collect();
    let progress = Arc::new(StepCounter::new(READING, all.len()));
    let mut all = all.into_iter();
    std::iter::from_fn(move || {
        let part = Part {
            photos: all.by_ref().take(TOGETHER).collect(),
            progress: progress.clone(),
        };
        (!part.photos.is_empty()).then_some(part)
    })
}

impl Part {
    /// Reads the photos with `read`, on all cores, in their order. What is wrong with one goes to standard error.
    pub(super) fn read<T: Send>(
        self,
        read: impl Fn(&Path) -> Result<T, PhotoError> + Sync,
    ) -> Photos<T> {
        let count = self.photos.len();
        let tell = |photo: Result<(PathBuf, T), BadPhoto>| {
            photo.map_err(|bad| note(&format!("error: {bad}"))).ok()
        };
        let read: Vec<_> = read_each(self.photos, &self.progress, read)
            .into_iter()
            .filter_map(tell)
            .collect();
        Photos {
            some_bad: read.len() < count,
            read,
        }
    }
}

/// Reads all of these photos on all cores. A folder stands for the pictures in it.
pub(super) fn read_all<T: Send>(
    paths: &[PathBuf],
    read: impl Fn(&Path) -> Result<T, PhotoError> + Sync,
) -> Vec<Result<(PathBuf, T), BadPhoto>> {
    let all: Vec<_> = paths.iter().flat_map(|path| expand(path)).collect();
    let progress = StepCounter::new(READING, all.len());
    read_each(all, &progress, read)
}

fn read_each<T: Send>(
    paths: Vec<Result<PathBuf, BadPhoto>>,
    progress: &StepCounter,
    read: impl Fn(&Path) -> Result<T, PhotoError> + Sync,
) -> Vec<Result<(PathBuf, T), BadPhoto>> {
    let open = |path: &Result<PathBuf, BadPhoto>| {
        let photo = path.as_ref().ok().map(|path| read(path));
        progress.step();
        photo
    };
    let photos = on_all_cores(&paths, open);
    let joined = |(path, photo): (Result<PathBuf, BadPhoto>, Option<_>)| {
        let path = path?;
        match photo.expect("a path that is good was read") {
            Ok(photo) => Ok((path, photo)),
            Err(why) => Err(BadPhoto::new(&path, why)),
        }
    };
    paths.into_iter().zip(photos).map(joined).collect()
}

/// A file itself; for a folder, the pictures in it.
fn expand(path: &Path) -> Vec<Result<PathBuf, BadPhoto>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    match pictures_in(path) {
        Ok(found) if found.is_empty() => {
            let why = format!(
                "it is a folder without {} files; name one that has some",
                readable("or")
            );
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
            "left out {} of {} that cannot be a picture: {}{more}",
            counted(found.left_out.len(), "file"),
            shown(folder),
            names.join(", "),
        ));
    }
    Ok(found.pictures)
}

/// Where a face is, as every answer says it in JSON: pixels of the upright photo.
#[derive(Serialize)]
pub(super) struct FaceReport {
    #[serde(flatten)]
    area: Rect,
    /// Which of the photo's faces it is, counted from 1; the main face is the first.
    pub(super) number: usize,
    /// Right eye, left eye, nose, right and left corner of the mouth.
    #[serde(skip_serializing_if = "Option::is_none")]
    landmarks: Option<Landmarks>,
}

/// How good a face is, in JSON.
#[derive(Serialize)]
pub(super) struct QualityReport {
    #[serde(flatten)]
    measured: FaceQuality,
    verdict: &'static str,
    pub(super) doubts: Vec<Doubt>,
    /// The doubts as sentences.
    reasons: Vec<String>,
}

/// Where the face of a probe is.
pub(super) fn face_report(probe: &Probe) -> FaceReport {
    let face = probe.face();
    FaceReport {
        area: face.area,
        number: probe.index() + 1,
        landmarks: face.landmarks,
    }
}

/// How good the face of a probe is, if that was measured.
pub(super) fn quality_report(probe: &Probe) -> Option<QualityReport> {
    let (verdict, doubts) = match probe.verdict() {
        Verdict::Good => ("good", Vec::new()),
        Verdict::Doubtful(doubts) => ("doubtful", doubts),
        Verdict::Unusable(doubts) => ("unusable", doubts),
    };
    Some(QualityReport {
        measured: probe.face().quality?,
        verdict,
        doubts,
        reasons: probe.doubts(),
    })
}

/// Why a photo has no face of this number, counted from 1.
pub(super) fn no_such_face(photo: &PreparedPhoto, number: usize) -> String {
    let faces = counted(photo.faces().len(), "face");
    format!("it shows {faces}, so there is no face {number}; choose another one with --face")
}

/// A face in words: `face 1 of 2 at 40, 30: 80 × 95 pixels, score 0.93`.
pub(super) fn described(probe: &Probe) -> String {
    let face = probe.face();
    let Rect {
        x,
        y,
        width,
        height,
    } = face.area;
    let number = match probe.photo().faces().len() {
        1 => String::new(),
        count => format!(" {} of {count}", probe.index() + 1),
    };
    let score = face
        .quality
        .map(|quality| format!(", score {:.2}", quality.score));
    format!(
        "face{number} at {x}, {y}: {width} × {height} pixels{}",
        score.unwrap_or_default()
    )
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
