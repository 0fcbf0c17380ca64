//! What is doubtful about the pictures of a data set: no face, several faces, or a face that may be recognised wrongly.
//!
//! ```
//! use twinsight::data::{Dataset, Source, check};
//! use twinsight::vision::{Crop, Preparation};
//!
//! // Where no face is searched for, nothing is known about it.
//! let faces = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole))?;
//! assert!(check::warnings(&faces).is_empty() && check::summary(&faces).is_none());
//! # Ok::<(), twinsight::data::SourceError>(())
//! ```

use std::path::PathBuf;

use serde::Serialize;

use super::dataset::{Dataset, Picture};
use super::found::Origin;
use super::source::Source;
use crate::text::counted;
use crate::units::ImageId;
use crate::vision::quality::{Doubt, SMALL, Verdict};

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// No face was found, so the middle of the photo is used.
    NoFace,
    /// Several faces were found, and the largest and clearest is used.
    SeveralFaces,
    /// The face may be recognised wrongly; the reason says why.
    Doubtful,
}

/// Pictures that have the same fault. They are used all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataWarning {
    /// What it is about.
    pub kind: WarningKind,
    /// Which pictures, in order.
    pub images: Vec<ImageId>,
    /// The reason, as a sentence without its full stop.
    pub why: &'static str,
}

/// The doubts about a single face, the most important first, with the reasons.
const DOUBTS: [(Doubt, &str); 5] = [
    (Doubt::Weak, "the detector is not sure that this is a face"),
    (Doubt::Small, "the face is smaller than 32 pixels"),
    (Doubt::Blurred, "the face is blurred"),
    (
        Doubt::TurnedAway,
        "the face looks far to a side, up or down",
    ),
    (Doubt::Turned, "the photo lies on its side or upside down"),
];
const _: () = assert!(SMALL == 32.0, "a reason above names it");

/// All warnings about a data set; a picture can be in several.
pub fn warnings(dataset: &Dataset) -> Vec<DataWarning> {
    let with = |kind, why, holds: &dyn Fn(&Picture) -> bool| {
        let numbered = dataset.images.iter().enumerate();
        let images = numbered.filter(|(_, picture)| holds(picture));
        DataWarning {
            kind,
            images: images.map(|(at, _)| ImageId(at)).collect(),
            why,
        }
    };
    let mut all = vec![
        with(
            WarningKind::NoFace,
            "no face was found, so the middle of the photo is used",
            &|picture| picture.fallback,
        ),
        with(
            WarningKind::SeveralFaces,
            "several faces were found, and the largest and clearest is used",
            &|picture| picture.quality.is_some_and(|quality| quality.faces > 1),
        ),
    ];
    for (doubt, why) in DOUBTS {
        let holds = |picture: &Picture| doubts(picture).contains(&doubt);
        all.push(with(WarningKind::Doubtful, why, &holds));
    }
    all.retain(|warning| !warning.images.is_empty());
    all
}

fn doubts(picture: &Picture) -> Vec<Doubt> {
    match picture.quality.map(|quality| quality.verdict()) {
        Some(Verdict::Doubtful(doubts) | Verdict::Unusable(doubts)) => doubts,
        Some(Verdict::Good) | None => Vec::new(),
    }
}

/// How many pictures have no face and how many a doubtful one, in one sentence without its full stop; `None` if there are
/// none. Several faces alone are no reason for doubt.
pub fn summary(dataset: &Dataset) -> Option<String> {
    let faceless = dataset.images.iter().filter(|p| p.fallback).count();
    let doubtful = dataset.images.iter().filter(|p| !doubts(p).is_empty());
    let doubtful = doubtful.count();
    let parts = [
        (faceless > 0).then(|| format!("{} without a face", counted(faceless, "picture"))),
        (doubtful > 0).then(|| format!("{} with a doubtful face", counted(doubtful, "picture"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| {
        let (all, list) = (dataset.images.len(), parts.join(" and "));
        format!(
            "of {all} pictures there are {list}; `twinsight data check {}` lists them",
            dataset.source
        )
    })
}

/// Where a picture is: its path below the folder as the user named it, or its label for a picture that has no file of its
/// own.
pub fn path_of(dataset: &Dataset, image: ImageId) -> PathBuf {
    let picture = dataset.picture(image);
    let (Origin::File(path), Source::Folder(folder)) = (&picture.origin, &dataset.source) else {
        return PathBuf::from(&picture.label);
    };
    let root = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    match path.strip_prefix(&root) {
        Ok(below) => folder.join(below),
        Err(_) => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::{Crop, Preparation};
    use image::{GrayImage, Luma};

    #[test]
    fn cups_and_small_faces_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let orl = Dataset::open(&Source::Orl, &Preparation::of(Crop::Whole)).unwrap();
        let face = orl.photo(ImageId(4)).unwrap().grey().clone();
        std::fs::create_dir(folder.path().join("anna")).unwrap();
        let save = |name: &str, photo: &GrayImage| {
            photo.save(folder.path().join("anna").join(name)).unwrap();
        };
        save("1.png", &face);
        save("cup.png", &GrayImage::from_pixel(90, 90, Luma([120])));
        let mut small = GrayImage::from_pixel(200, 200, Luma([128]));
        let tiny = image::imageops::thumbnail(&face, 25, 30);
        image::imageops::overlay(&mut small, &tiny, 80, 80);
        save("small.png", &small);
        let mut two = GrayImage::from_pixel(200, 120, Luma([128]));
        image::imageops::overlay(&mut two, &face, 4, 4);
        image::imageops::overlay(
            &mut two,
            &orl.photo(ImageId(13)).unwrap().grey().clone(),
            104,
            4,
        );
        save("two.png", &two);

        let source = Source::Folder(folder.path().into());
        let faces = Dataset::open(&source, &Preparation::of(Crop::Aligned)).unwrap();
        let warnings = warnings(&faces);
        let of = |kind, why: &str| {
            let found = warnings
                .iter()
                .find(|w| w.kind == kind && w.why.contains(why));
            let images = found.map(|w| w.images.clone()).unwrap_or_default();
            let names = images.into_iter().map(|image| {
                let path = path_of(&faces, image);
                assert!(path.exists() && path.starts_with(folder.path()));
                path.file_name().unwrap().to_string_lossy().into_owned()
            });
            names.collect::<Vec<_>>()
        };
        assert_eq!(of(WarningKind::NoFace, "middle"), ["cup.png"]);
        assert_eq!(of(WarningKind::SeveralFaces, "several"), ["two.png"]);
        assert_eq!(of(WarningKind::Doubtful, "smaller than"), ["small.png"]);
        let summary = summary(&faces).unwrap();
        assert!(
            summary
                .starts_with("of 4 pictures there are 1 picture without a face and 1 picture with"),
            "{summary}"
        );
    }
}
