//! `twinsight enroll`.

mod faces;
mod folder;
mod report;

use std::path::PathBuf;

use super::context::{Common, Context, DataFlag, ModelFlags, explain, from_data};
use super::output::note;
use super::{Status, photos};
use crate::files::lock_note;
use crate::recognition::Recognizer;
use faces::{FaceChoice, Refused, Taken};
use report::EnrollReport;

/// Add a person to the gallery, from one photo or more, without training.
///
/// More photos of an enrolled person are added to the first ones. The faces stay on this machine, and only you can read
/// them; `twinsight forget NAME` removes them. If one photo of a person cannot be used, nothing is added for that person.
/// Exits with 3 if a photo has no face.
#[derive(Debug, clap::Args)]
pub struct Enroll {
    /// The person's name
    #[arg(value_name = "NAME", required_unless_present = "from")]
    name: Option<String>,
    #[arg(value_name = "PHOTO", required_unless_present = "from", help = photos::help())]
    photos: Vec<PathBuf>,
    /// Enroll everybody in a folder: one sub-folder for each person, or one photo named after each person
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "photos", "face"])]
    from: Option<PathBuf>,
    /// Take this face of each photo, counted from 1 in the order that `verify` lists them [default: the main one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    face: Option<u32>,
    /// Where no face is found, take the middle of the photo
    #[arg(long)]
    whole: bool,
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

impl Enroll {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let opened = context.recognizer(&self.model)?;
        if self.from.is_some() {
            explain(&opened.why);
        }
        let mut recognizer = opened.recognizer;
        let choice = FaceChoice {
            number: self.face.map(|number| number as usize),
            whole: self.whole,
        };
        match (&self.from, &self.name) {
            (Some(folder), _) => {
                let report = folder::enroll(folder, choice, &mut recognizer)?;
                let report = report.compared(&recognizer);
                report.print(&recognizer, self.common.json)?;
                Ok(report.status())
            }
            (None, Some(name)) => self.one(name, choice, &mut recognizer),
            (None, None) => unreachable!("clap asks for a name"),
        }
    }

    /// Enrolls one person.
    fn one(
        &self,
        name: &str,
        choice: FaceChoice,
        recognizer: &mut Recognizer,
    ) -> anyhow::Result<Status> {
        let read = photos::read_all(&self.photos, |path| recognizer.prepare(path));
        let choose = |photo: Result<_, photos::BadPhoto>| {
            let (path, photo) = photo.map_err(Refused::unreadable)?;
            choice.of(path, &photo)
        };
        let taken: Vec<Taken> = match read.into_iter().map(choose).collect() {
            Ok(taken) => taken,
            Err(Refused {
                bad, no_face: true, ..
            }) => {
                note(&format!("error: {bad}"));
                return Ok(Status::NoFace);
            }
            Err(refused) => return Err(refused.bad.into()),
        };
        let probes: Vec<_> = taken.iter().map(|taken| taken.probe.clone()).collect();
        let count = recognizer.enroll(name, &probes)?;
        tracing::info!(photos = count, "enrolled a person");
        lock_note().iter().for_each(|text| note(text));
        for remark in taken.iter().flat_map(Taken::remarks) {
            note(&format!("warning: {remark}"));
        }
        let report = EnrollReport::of_one(name, count, taken).compared(recognizer);
        report.print(recognizer, self.common.json)?;
        Ok(Status::Done)
    }
}
