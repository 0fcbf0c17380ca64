//! `twinsight detect`.

use std::path::PathBuf;

use serde::Serialize;

use super::context::{Common, Context};
use super::output::{self, Usage};
use super::photos;
use super::{Status, counted};
use crate::config::Overrides;
use crate::files::shown;
use crate::vision::cascade::Cascade;
use crate::vision::detect::{Detector, FaceBox};
use crate::vision::gray;

/// Find the faces in photos with a Haar cascade, the highest score first.
///
/// Exits with 3 if there is a photo without a face.
#[derive(Debug, clap::Args)]
pub struct Detect {
    /// PGM, PNG or JPEG files, or folders of them
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
    /// A cascade in OpenCV's XML format [default: the built-in one for frontal faces]
    #[arg(long, value_name = "FILE")]
    cascade: Option<PathBuf>,
    #[command(flatten)]
    search: Search,
    #[command(flatten)]
    common: Common,
}

/// Settings of the detector.
#[derive(Debug, clap::Args)]
struct Search {
    /// Step between two sizes of the search window, from 1.01 to 4
    #[arg(long, value_name = "FACTOR", default_value_t = Detector::default().scale_factor)]
    scale_factor: f64,
    /// A face needs more than this many neighbours: windows that found the same place
    #[arg(long, value_name = "N", default_value_t = Detector::default().min_neighbors)]
    min_neighbors: u32,
    /// The smallest face: its side in pixels, or WIDTHxHEIGHT [default: the cascade's window]
    #[arg(long, value_name = "PIXELS", value_parser = size)]
    min_size: Option<(u32, u32)>,
    /// Border added on each side, as a share of the photo, so that faces at its edge are found
    #[arg(long, value_name = "SHARE", default_value_t = Detector::default().padding)]
    padding: f64,
}

#[derive(Serialize)]
struct DetectReport {
    photos: Vec<PhotoReport>,
}

/// The faces of one photo.
#[derive(Serialize)]
struct PhotoReport {
    path: String,
    width: u32,
    height: u32,
    faces: Vec<FaceBox>,
}

impl Detect {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        Context::new(&self.common, Overrides::default())?;
        let detector = self.search.detector()?;
        let own = self.cascade.as_deref().map(Cascade::open).transpose()?;
        let cascade = own.as_ref().unwrap_or_else(|| Cascade::frontal());
        let found = photos::read(&self.photos, |path| {
            let photo = gray::open(path)?;
            Ok((photo.dimensions(), detector.detect(cascade, &photo)))
        });
        let mut photos = Vec::with_capacity(found.read.len());
        for (path, ((width, height), faces)) in found.read {
            photos.push(PhotoReport {
                path: path.to_string_lossy().into_owned(),
                width,
                height,
                faces: faces?,
            });
        }
        if photos.is_empty() {
            return Ok(Status::Partly);
        }
        let faceless = photos.iter().any(|photo| photo.faces.is_empty());
        match self.common.json {
            true => output::json(&DetectReport { photos })?,
            false => output::line(&photos.iter().map(text).collect::<Vec<_>>().join("\n"))?,
        }
        Ok(match (found.some_bad, faceless) {
            (true, _) => Status::Partly,
            (_, true) => Status::NoFace,
            _ => Status::Done,
        })
    }
}

impl Search {
    fn detector(&self) -> anyhow::Result<Detector> {
        let Self {
            scale_factor,
            min_neighbors,
            min_size,
            padding,
        } = *self;
        let detector = Detector {
            scale_factor,
            min_neighbors,
            min_size,
            padding,
            ..Detector::default()
        };
        detector.check().map_err(|error| Usage(error.to_string()))?;
        Ok(detector)
    }
}

fn text(photo: &PhotoReport) -> String {
    let path = shown(photo.path.as_ref());
    let face = |f: &FaceBox| {
        format!(
            "\n  {} × {} at {}, {}, {}",
            f.width,
            f.height,
            f.x,
            f.y,
            counted(f.neighbors as usize, "neighbour")
        )
    };
    let faces: String = photo.faces.iter().map(face).collect();
    match photo.faces.len() {
        0 => format!("{path}: no face"),
        count => format!("{path}: {}{faces}", counted(count, "face")),
    }
}

/// `40` or `40x50`.
fn size(text: &str) -> Result<(u32, u32), Usage> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    match (width.parse(), height.parse()) {
        (Ok(width @ 1..), Ok(height @ 1..)) => Ok((width, height)),
        _ => Err(Usage(
            "write a number of pixels from 1, such as 40, or two, such as 40x50".to_owned(),
        )),
    }
}
