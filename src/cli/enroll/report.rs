//! What `enroll` prints: who was enrolled from what, what is doubtful, and who was refused and why.

use std::path::Path;

use serde::Serialize;

use super::faces::{Refused, Taken};
use crate::cli::photos::{self, FaceReport, QualityReport};
use crate::cli::progress::ProgressReporter;
use crate::cli::{Status, output};
use crate::gallery::KnownPerson;
use crate::recognition::{Probe, Recognizer, Unlike};
use crate::text::counted;

/// Photos that are embedded together.
const TOGETHER: usize = 64;

/// A person who was enrolled.
pub(super) struct Enrolled {
    pub(super) name: String,
    /// How many photos of the person there are now.
    pub(super) photos: usize,
    pub(super) taken: Vec<Taken>,
}

/// A person who was not enrolled.
pub(super) struct NotEnrolled {
    pub(super) name: String,
    /// What is wrong with the person as a whole.
    pub(super) why: Option<String>,
    /// The photos that cannot be used.
    pub(super) photos: Vec<Refused>,
}

/// The outcome of `enroll`.
#[derive(Default)]
pub(super) struct EnrollReport {
    /// Whether a whole folder was asked for.
    one: bool,
    pub(super) enrolled: Vec<Enrolled>,
    pub(super) refused: Vec<NotEnrolled>,
    /// How the photos differ from those that the threshold was set on, if they do.
    pub(super) unlike: Option<Unlike>,
}

#[derive(Serialize)]
struct Document<'a> {
    people: Vec<KnownPerson>,
    enrolled: Vec<EnrolledRow<'a>>,
    refused: Vec<RefusedRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unlike: Option<&'a Unlike>,
}

#[derive(Serialize)]
struct EnrolledRow<'a> {
    name: &'a str,
    photos: usize,
    from: Vec<PhotoRow>,
}

#[derive(Serialize)]
struct PhotoRow {
    path: String,
    face: FaceReport,
    faces: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<QualityReport>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct RefusedRow<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    photos: Vec<RefusedPhoto>,
}

#[derive(Serialize)]
struct RefusedPhoto {
    path: String,
    why: String,
}

impl EnrollReport {
    /// One person, who was enrolled.
    pub(super) fn of_one(name: &str, photos: usize, taken: Vec<Taken>) -> Self {
        let name = name.trim().to_owned();
        Self {
            one: true,
            enrolled: vec![Enrolled {
                name,
                photos,
                taken,
            }],
            refused: Vec::new(),
            unlike: None,
        }
    }

    /// Compares the photos that were taken with those that the threshold was set on.
    #[must_use]
    pub(super) fn compared(self, recognizer: &Recognizer) -> Self {
        let taken = self.enrolled.iter().flat_map(|person| &person.taken);
        let probes: Vec<Probe> = taken.map(|taken| taken.probe.clone()).collect();
        let progress = ProgressReporter::new("comparing photos with those of the threshold");
        let mut traits = Vec::with_capacity(probes.len());
        for part in probes.chunks(TOGETHER) {
            progress.show(traits.len(), probes.len());
            traits.extend(recognizer.traits(part));
        }
        let unlike = recognizer.unlike(&traits);
        Self { unlike, ..self }
    }

    /// What the command exits with.
    pub(super) fn status(&self) -> Status {
        let faceless = |person: &NotEnrolled| {
            person.why.is_none() && person.photos.iter().all(|photo| photo.no_face)
        };
        match self.refused.is_empty() {
            true => Status::Done,
            false if self.refused.iter().all(faceless) => Status::NoFace,
            false => Status::Partly,
        }
    }

    /// Prints the report.
    pub(super) fn print(&self, recognizer: &Recognizer, json: bool) -> anyhow::Result<()> {
        self.unlike
            .iter()
            .for_each(|unlike| output::note(&unlike.note));
        match json {
            true => output::json(&self.document(recognizer.people())),
            false => output::line(&self.text()),
        }
    }

    fn document(&self, people: Vec<KnownPerson>) -> Document<'_> {
        let photo = |taken: &Taken| PhotoRow {
            path: text_of(&taken.path),
            face: photos::face_report(&taken.probe),
            faces: taken.probe.photo().faces().len(),
            quality: photos::quality_report(&taken.probe),
            remarks: taken.remarks(),
        };
        let enrolled = self.enrolled.iter().map(|person| EnrolledRow {
            name: &person.name,
            photos: person.photos,
            from: person.taken.iter().map(photo).collect(),
        });
        let refused_photo = |refused: &Refused| RefusedPhoto {
            path: text_of(&refused.path),
            why: refused.bad.why().to_owned(),
        };
        let refused = self.refused.iter().map(|person| RefusedRow {
            name: &person.name,
            why: person.why.as_deref(),
            photos: person.photos.iter().map(refused_photo).collect(),
        });
        Document {
            people,
            enrolled: enrolled.collect(),
            refused: refused.collect(),
            unlike: self.unlike.as_ref(),
        }
    }

    fn text(&self) -> String {
        let enrolled = |person: &Enrolled| {
            let photos = counted(person.photos, "photo");
            format!("{} is enrolled with {photos}", person.name)
        };
        if self.one {
            return self.enrolled.iter().map(enrolled).collect();
        }
        let mut lines = Vec::new();
        for person in &self.enrolled {
            let of = |taken: &Taken| taken.probe.photo().label.clone();
            let from: Vec<String> = person.taken.iter().map(of).collect();
            lines.push(format!("{}, from {}", enrolled(person), from.join(", ")));
            let remarks = person.taken.iter().flat_map(Taken::remarks);
            lines.extend(remarks.map(|remark| format!("  ! {remark}")));
        }
        for person in &self.refused {
            let name = crate::files::clean(&person.name);
            let why = person.why.as_ref().map(|why| format!(": {why}"));
            lines.push(format!("{name} is not enrolled{}", why.unwrap_or_default()));
            let photos = person.photos.iter();
            lines.extend(photos.map(|refused| format!("  ! {}", refused.bad)));
        }
        lines.push(format!(
            "{} enrolled, {} refused",
            counted(self.enrolled.len(), "person"),
            self.refused.len()
        ));
        lines.join("\n")
    }
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
