//! What is doubtful about a data set: pictures without a face, with several, or with one that may be recognised wrongly;
//! copies; names that look alike; and how much so few people can tell.
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

mod copies;
mod people;

use std::path::PathBuf;

use serde::Serialize;

use super::dataset::{Dataset, Picture};
use super::found::Origin;
use super::layout;
use super::source::Source;
use crate::text::counted;
use crate::units::{ImageId, PersonId};
use crate::vision::quality::{Doubt, SMALL, Verdict};
pub use people::too_few;

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// No face was found, so the middle of the photo is used.
    NoFace,
    /// Several faces were found, and the largest and clearest is used.
    SeveralFaces,
    /// The face may be recognised wrongly; the reason says why.
    Doubtful,
    /// There is almost no contrast.
    Blank,
    /// Files of one person with the same content.
    Equal,
    /// Files of several people with the same content.
    EqualAcrossPeople,
    /// Pictures of one person that show nearly the same.
    NearlyEqual,
    /// Pictures of several people that show nearly the same.
    NearlyEqualAcrossPeople,
    /// People whose names differ only in case, or in how the same letters are written.
    SimilarNames,
    /// People whose names cannot be shown as they are.
    UnreadableName,
    /// People with one picture.
    OnePicture,
    /// The people are too few for something.
    FewPeople,
}

/// Pictures or people that have the same fault. They are used all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataWarning {
    /// What it is about.
    pub kind: WarningKind,
    /// The pictures, or the people's folders, in order; see [`path_of`]. None if it is about the whole data set.
    pub paths: Vec<PathBuf>,
    /// The reason, as a sentence without its full stop.
    pub why: String,
}

/// The doubts about a single face, the most important first, with the reasons.
const DOUBTS: [(Doubt, &str); 6] = [
    (Doubt::Weak, "the detector is not sure that this is a face"),
    (Doubt::Small, "the face is smaller than 32 pixels"),
    (
        Doubt::CutOff,
        "the border of the photo cuts off part of the face",
    ),
    (Doubt::Blurred, "the face is blurred"),
    (
        Doubt::TurnedAway,
        "the face looks far to a side, up or down",
    ),
    (Doubt::Turned, "the photo lies on its side or upside down"),
];
const _: () = assert!(SMALL == 32.0, "a reason above names it");

/// What [`all_warnings_watched`] calls while it works, from any thread.
#[derive(Clone, Copy)]
pub struct CheckWatch<'a> {
    /// After each photo that was read again, with their number and that of all.
    pub read: &'a (dyn Fn(usize, usize) + Sync),
    /// After each picture that was compared with all others, with their number and that of all.
    pub compared: &'a (dyn Fn(usize, usize) + Sync),
    /// Before each of both; once it answers `true`, there is no result.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Default for CheckWatch<'_> {
    fn default() -> Self {
        Self {
            read: &|_, _| {},
            compared: &|_, _| {},
            stop: &|| false,
        }
    }
}

/// All warnings about a data set; a picture can be in several. Reads all photos again, to find copies.
pub fn all_warnings(dataset: &Dataset) -> Vec<DataWarning> {
    // Nothing stops it.
    all_warnings_watched(dataset, &CheckWatch::default()).unwrap_or_default()
}

/// The same with a report of the progress; `None` if it was stopped.
pub fn all_warnings_watched(dataset: &Dataset, watch: &CheckWatch<'_>) -> Option<Vec<DataWarning>> {
    let looks = copies::looks(dataset, watch)?;
    let mut all = people::warnings(dataset);
    let blank = looks
        .iter()
        .enumerate()
        .filter(|(_, look)| look.as_ref().is_some_and(copies::Look::is_blank));
    let blank: Vec<PathBuf> = blank.map(|(at, _)| path_of(dataset, ImageId(at))).collect();
    if !blank.is_empty() {
        all.push(DataWarning {
            kind: WarningKind::Blank,
            paths: blank,
            why: "there is almost no contrast".to_owned(),
        });
    }
    let found = copies::find(&looks, watch)?;
    let equal = [WarningKind::Equal, WarningKind::EqualAcrossPeople];
    let nearly = [
        WarningKind::NearlyEqual,
        WarningKind::NearlyEqualAcrossPeople,
    ];
    for (groups, kinds, what) in [
        (found.equal, equal, "equal files"),
        (found.nearly, nearly, "nearly equal pictures"),
    ] {
        all.extend(
            groups
                .iter()
                .map(|group| about_copies(dataset, group, kinds, what)),
        );
    }
    all.extend(warnings(dataset));
    Some(all)
}

/// The warnings that are known without reading the photos again.
pub fn known_warnings(dataset: &Dataset) -> Vec<DataWarning> {
    let mut all = people::warnings(dataset);
    all.extend(warnings(dataset));
    all
}

/// A warning about pictures that are copies of each other; the second kind is for those of several people.
fn about_copies(
    dataset: &Dataset,
    group: &[ImageId],
    kinds: [WarningKind; 2],
    what: &str,
) -> DataWarning {
    let mut people: Vec<PersonId> = group
        .iter()
        .map(|&image| dataset.person_of(image))
        .collect();
    people.dedup();
    let (kind, why) = match people.len() {
        1 => (
            kinds[0],
            format!("{what} count several times for one person; keep one"),
        ),
        _ => {
            let names: Vec<&str> = people
                .iter()
                .map(|&person| &*dataset.person(person).name)
                .collect();
            (
                kinds[1],
                format!(
                    "{what} of different people, {}; keep the right one",
                    names.join(" and ")
                ),
            )
        }
    };
    DataWarning {
        kind,
        paths: group.iter().map(|&image| path_of(dataset, image)).collect(),
        why,
    }
}

/// The warnings about faces, which are known without reading the photos again.
pub fn warnings(dataset: &Dataset) -> Vec<DataWarning> {
    let with = |kind, why: &str, holds: &dyn Fn(&Picture) -> bool| {
        let numbered = dataset.images.iter().enumerate();
        let images = numbered.filter(|(_, picture)| holds(picture));
        DataWarning {
            kind,
            paths: images
                .map(|(at, _)| path_of(dataset, ImageId(at)))
                .collect(),
            why: why.to_owned(),
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
    all.retain(|warning| !warning.paths.is_empty());
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
        (faceless > 0).then(|| format!("{faceless} without a face")),
        (doubtful > 0).then(|| format!("{doubtful} with a doubtful face")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| {
        format!(
            "{}, of these {}; `twinsight data check {}` lists them",
            counted(dataset.images.len(), "picture"),
            parts.join(" and "),
            dataset.source.as_argument()
        )
    })
}

/// How many files of each kind (`JPEG picture`, `HEIC photo`) a data set in a folder has, used or not, the most frequent first.
pub fn kinds(dataset: &Dataset) -> Vec<(&'static str, usize)> {
    let used = dataset
        .images
        .iter()
        .filter_map(|picture| match &picture.origin {
            Origin::File(path) => Some(path.clone()),
            _ => None,
        });
    let refused = dataset.refused.iter().map(|refusal| refusal.path.clone());
    let files: Vec<PathBuf> = used.chain(refused.filter(|path| path.is_file())).collect();
    layout::kinds(&files)
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
            let paths = found.map(|w| w.paths.clone()).unwrap_or_default();
            let names = paths.into_iter().map(|path| {
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
            summary.starts_with(
                "4 pictures, of these 1 without a face and 1 with a doubtful face; `twinsight"
            ),
            "{summary}"
        );
    }
}
