//! `twinsight detect`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::context::{Common, Context};
use super::output::{self, Usage};
use super::photos::{self, Photos};
use super::{Status, counted};
use crate::config::{Config, Detector as DetectorName, Overrides};
use crate::files::shown;
use crate::vision::Photo;
use crate::vision::align;
use crate::vision::aligned::AlignedFace;
use crate::vision::cascade::Cascade;
use crate::vision::detect::{Detector, FaceBox};
use crate::vision::quality::{FaceQuality, Verdict};
use crate::vision::yunet::Landmarks;

/// Find the faces in photos, the strongest first.
///
/// Boxes and landmarks are in pixels of the upright photo. Exits with 3 if there is a photo without a face.
#[derive(Debug, clap::Args)]
pub struct Detect {
    #[arg(value_name = "PHOTO", required = true, help = photos::help())]
    photos: Vec<PathBuf>,
    /// What searches: a network that finds eyes, nose and mouth too, or a Haar cascade [default: haar if one of its options
    /// is given, otherwise as configured, otherwise yunet]
    #[arg(long, value_name = "WHICH")]
    detector: Option<DetectorName>,
    #[command(flatten)]
    haar: HaarOptions,
    #[command(flatten)]
    common: Common,
}

/// Options of the Haar cascade.
#[derive(Debug, clap::Args)]
struct HaarOptions {
    /// Haar: a cascade in OpenCV's XML format [default: the built-in one for frontal faces]
    #[arg(long, value_name = "FILE")]
    cascade: Option<PathBuf>,
    /// Haar: step between two sizes of the search window, from 1.01 to 4 [default: 1.1]
    #[arg(long, value_name = "FACTOR")]
    scale_factor: Option<f64>,
    /// Haar: a face needs more than this many neighbours, windows that found the same place [default: 5]
    #[arg(long, value_name = "N")]
    min_neighbors: Option<u32>,
    /// Haar: the smallest face, its side in pixels, or WIDTHxHEIGHT [default: the cascade's window]
    #[arg(long, value_name = "PIXELS", value_parser = size)]
    min_size: Option<(u32, u32)>,
    /// Haar: border added on each side, as a share of the photo, so that faces at its edge are found [default: 0.25]
    #[arg(long, value_name = "SHARE")]
    padding: Option<f64>,
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
    faces: Vec<FoundFace>,
}

/// A face, found by one of the two detectors.
#[derive(Serialize)]
#[serde(untagged)]
enum FoundFace {
    Haar(FaceBox),
    Yunet(LandmarkedFace),
}

/// A face with its landmarks; all lengths in pixels of the upright photo.
#[derive(Serialize)]
struct LandmarkedFace {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    score: f32,
    landmarks: Landmarks,
    quality: FaceQuality,
}

impl Detect {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, Overrides::default())?;
        let found = match self.detector(&context.config)? {
            DetectorName::Haar => self.search_by_haar()?,
            DetectorName::Yunet => photos::read(&self.photos, |path| {
                let photo = Photo::open(path)?;
                let faces = AlignedFace::of_photo(&photo, align::MARGIN);
                let faces = faces.into_iter().map(LandmarkedFace::from);
                Ok((photo.dimensions(), faces.map(FoundFace::Yunet).collect()))
            }),
        };
        let photos = found.read.into_iter();
        let photos: Vec<PhotoReport> = photos
            .map(|(path, ((width, height), faces))| PhotoReport {
                path: path.to_string_lossy().into_owned(),
                width,
                height,
                faces,
            })
            .collect();
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

    /// The detector to use; an error for an option of the other one.
    fn detector(&self, config: &Config) -> anyhow::Result<DetectorName> {
        match (self.detector, self.haar.given()) {
            (Some(DetectorName::Yunet), Some(option)) => Err(Usage(format!(
                "{option} is an option of the Haar cascade; leave it out, or write --detector haar"
            ))
            .into()),
            (Some(detector), _) => Ok(detector),
            (None, Some(_)) => Ok(DetectorName::Haar),
            (None, None) => Ok(config.detector.unwrap_or(DetectorName::Yunet)),
        }
    }

    fn search_by_haar(&self) -> anyhow::Result<Photos<Found>> {
        let detector = self.haar.detector()?;
        let own = self.haar.cascade.as_deref();
        let own = own.map(Cascade::open).transpose()?;
        let cascade = own.as_ref().unwrap_or_else(|| Cascade::frontal());
        Ok(photos::read(&self.photos, |path| {
            let photo = Photo::open(path)?;
            let scale = photo.scale();
            let kept = |(width, height): (u32, u32)| {
                let side = |length: u32, by: f32| ((length as f32 / by) as u32).max(1);
                (side(width, scale[0]), side(height, scale[1]))
            };
            let detector = Detector {
                min_size: detector.min_size.map(kept),
                ..detector
            };
            let faces = detector.detect(cascade, photo.grey());
            let faces = faces.expect("the settings were checked").into_iter();
            let faces = faces.map(|face| face.scaled(scale));
            Ok((photo.dimensions(), faces.map(FoundFace::Haar).collect()))
        }))
    }
}

/// Width and height of a photo, and its faces.
type Found = ((u32, u32), Vec<FoundFace>);

impl HaarOptions {
    /// The first option that was given.
    fn given(&self) -> Option<&'static str> {
        let options = [
            (self.cascade.is_some(), "--cascade"),
            (self.scale_factor.is_some(), "--scale-factor"),
            (self.min_neighbors.is_some(), "--min-neighbors"),
            (self.min_size.is_some(), "--min-size"),
            (self.padding.is_some(), "--padding"),
        ];
        let given = options.into_iter().find(|(given, _)| *given);
        given.map(|(_, option)| option)
    }

    fn detector(&self) -> anyhow::Result<Detector> {
        let usual = Detector::default();
        let detector = Detector {
            scale_factor: self.scale_factor.unwrap_or(usual.scale_factor),
            min_neighbors: self.min_neighbors.unwrap_or(usual.min_neighbors),
            min_size: self.min_size,
            padding: self.padding.unwrap_or(usual.padding),
            ..usual
        };
        detector.check().map_err(|error| Usage(error.to_string()))?;
        Ok(detector)
    }
}

impl From<AlignedFace> for LandmarkedFace {
    fn from(face: AlignedFace) -> Self {
        let found = face.detection;
        Self {
            x: found.x.round() as i32,
            y: found.y.round() as i32,
            width: found.width.round() as i32,
            height: found.height.round() as i32,
            score: found.score,
            landmarks: found.landmarks,
            quality: face.quality,
        }
    }
}

fn text(photo: &PhotoReport) -> String {
    let path = shown(photo.path.as_ref());
    let faces: String = photo
        .faces
        .iter()
        .map(|face| format!("\n  {face}"))
        .collect();
    match photo.faces.len() {
        0 => format!("{path}: no face"),
        count => format!("{path}: {}{faces}", counted(count, "face")),
    }
}

impl fmt::Display for FoundFace {
    /// Size, place and strength; then what is doubtful.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Haar(found) => write!(
                f,
                "{} × {} at {}, {}, {}",
                found.width,
                found.height,
                found.x,
                found.y,
                counted(found.neighbors as usize, "neighbour")
            ),
            Self::Yunet(found) => {
                write!(
                    f,
                    "{} × {} at {}, {}, score {:.2}",
                    found.width, found.height, found.x, found.y, found.score
                )?;
                let quality = &found.quality;
                if let Verdict::Doubtful(doubts) | Verdict::Unusable(doubts) = quality.verdict() {
                    for doubt in doubts {
                        write!(f, "; {}", quality.explain(doubt))?;
                    }
                }
                Ok(())
            }
        }
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
