//! Enrolling everybody in a folder.
//!
//! A sub-folder holds the photos of the person it is named after; a photo beside the sub-folders shows the person it is
//! named after, without its ending. Of each person all photos are enrolled, or none.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

use super::faces::{FaceChoice, Refused, Taken};
use super::report::{EnrollReport, Enrolled, NotEnrolled};
use crate::cli::long_task::LongTask;
use crate::cli::photos::BadPhoto;
use crate::data::pictures::Pictures;
use crate::files::shown;
use crate::onnx::on_all_cores;
use crate::recognition::Recognizer;
use crate::text::folded;
use crate::vision::kind::readable;

/// What is said after Ctrl-C, before the gallery was changed and after it.
const NOBODY: &str = "stopped; nobody was enrolled";
const EMBEDDED_LATER: &str = "stopped; everybody is enrolled, and the photos that are not embedded yet are at the next comparison";

/// A person in the folder, with the photos.
struct Found {
    name: String,
    photos: Vec<PathBuf>,
}

/// The name of a person and the faces, or why the person is not enrolled.
type TakenPerson = Result<(String, Vec<Taken>), NotEnrolled>;

/// Enrolls everybody in `folder`.
///
/// # Errors
/// When the folder cannot be read or is empty, or the gallery cannot be written, or Ctrl-C was pressed.
pub(super) fn enroll(
    folder: &Path,
    choice: FaceChoice,
    recognizer: &mut Recognizer,
) -> anyhow::Result<EnrollReport> {
    let found = people_in(folder)?;
    let people = taken(&found, choice, recognizer)?;
    let mut report = EnrollReport::default();
    let mut taken = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for person in people {
        match person {
            Ok(person) => match names.get(&folded(&person.0)) {
                Some(other) if *other != person.0 => {
                    report.refused.push(like_another(person.0, other));
                }
                _ => {
                    names.insert(folded(&person.0), person.0.clone());
                    taken.push(person);
                }
            },
            Err(refused) => report.refused.push(refused),
        }
    }
    if !taken.is_empty() {
        let probes = |(name, taken): &(String, Vec<Taken>)| {
            let probes = taken.iter().map(|taken| taken.probe.clone());
            (name.clone(), probes.collect())
        };
        let counts = recognizer.enroll_all(taken.iter().map(probes).collect())?;
        let task = LongTask::begin("embedding enrolled photos", EMBEDDED_LATER)?;
        let embedded = recognizer.embed_gallery(|done, total| task.step(done, total));
        task.check()?;
        embedded?;
        tracing::info!(people = counts.len(), "enrolled a folder");
        let enrolled = taken.into_iter().zip(counts);
        report
            .enrolled
            .extend(enrolled.map(|((name, taken), photos)| Enrolled {
                name,
                photos,
                taken,
            }));
    }
    Ok(report)
}

/// The faces of everybody, on all cores, with the progress in photos.
fn taken(
    found: &[Found],
    choice: FaceChoice,
    recognizer: &Recognizer,
) -> anyhow::Result<Vec<TakenPerson>> {
    let task = LongTask::begin("reading photos", NOBODY)?;
    let (done, total) = (
        AtomicUsize::new(0),
        found.iter().map(|f| f.photos.len()).sum(),
    );
    let step = || task.step(done.fetch_add(1, Ordering::Relaxed), total);
    let people = on_all_cores(found, |found| take(found, choice, recognizer, &step));
    task.check()?;
    Ok(people)
}

/// A person who is not enrolled because of another one in the folder.
fn like_another(name: String, other: &str) -> NotEnrolled {
    NotEnrolled {
        name,
        why: Some(format!(
            "the name differs only in capital letters, spaces or how its letters are written from \"{other}\", who is in the folder too; rename one, or put the \
             photos together"
        )),
        photos: Vec::new(),
    }
}

/// The people in the folder, each name once, in the order of the names in the file system.
fn people_in(folder: &Path) -> anyhow::Result<Vec<Found>> {
    let list = |folder: &Path| {
        Pictures::in_folder(folder)
            .with_context(|| format!("the folder {} cannot be read", shown(folder)))
    };
    let top = list(folder)?;
    let mut people: Vec<Found> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut add = |name: String, photos: Vec<PathBuf>| match places.get(&name) {
        Some(&place) => people[place].photos.extend(photos),
        None => {
            places.insert(name.clone(), people.len());
            people.push(Found { name, photos });
        }
    };
    for person in &top.folders {
        add(text_of(person.file_name()), list(person)?.pictures);
    }
    for photo in top.pictures {
        add(text_of(photo.file_stem()), vec![photo]);
    }
    if people.is_empty() {
        anyhow::bail!(
            "{} holds nobody: it needs one sub-folder for each person, or one photo named after each person",
            shown(folder)
        );
    }
    Ok(people)
}

fn text_of(name: Option<&std::ffi::OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// The faces of one person: of each photo one, or nothing at all. `step` is called before each photo; once it breaks, the rest is
/// left out.
fn take(
    found: &Found,
    choice: FaceChoice,
    recognizer: &Recognizer,
    step: &impl Fn() -> ControlFlow<()>,
) -> TakenPerson {
    let refuse = |why: Option<String>, photos| NotEnrolled {
        name: found.name.clone(),
        why,
        photos,
    };
    let name = recognizer
        .gallery()
        .name_to_enroll(&found.name, recognizer.reference())
        .map_err(|why| refuse(Some(why.to_string()), Vec::new()))?;
    if found.photos.is_empty() {
        let why = format!(
            "there is no picture in the folder ({} are read)",
            readable("and")
        );
        return Err(refuse(Some(why), Vec::new()));
    }
    let mut taken = Vec::new();
    let mut refused = Vec::new();
    for path in &found.photos {
        if step().is_break() {
            break;
        }
        let face = match recognizer.prepare(path) {
            Ok(photo) => choice.of(path.clone(), &photo),
            Err(why) => Err(Refused::unreadable(BadPhoto::new(path, why))),
        };
        match face {
            Ok(face) => taken.push(face),
            Err(why) => refused.push(why),
        }
    }
    match refused.is_empty() {
        true => Ok((name, taken)),
        false => Err(refuse(None, refused)),
    }
}
