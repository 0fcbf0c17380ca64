//! `twinsight enroll`.

use std::path::PathBuf;

use super::context::{Common, Context, DataFlag, RunFlag, from_data};
use super::people::PeopleReport;
use super::{Status, counted};
use super::{output, photos};
use crate::recognition::PreparedPhoto;

/// Add a person to the gallery, from one photo or more, without training.
///
/// More photos of an enrolled person are added to the first ones. The faces stay on this machine, and only you can read
/// them; `twinsight forget NAME` removes them. If one photo cannot be used, nothing is added.
#[derive(Debug, clap::Args)]
pub struct Enroll {
    /// The person's name
    #[arg(value_name = "NAME")]
    name: String,
    /// PGM, PNG or JPEG files, or folders of them
    #[arg(value_name = "PHOTO", required = true)]
    photos: Vec<PathBuf>,
    /// Where no face is found, take the middle of the photo
    #[arg(long)]
    whole: bool,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

impl Enroll {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let mut recognizer = context.recognizer(self.run.run.as_deref())?.recognizer;
        let photos = photos::to_enroll(&self.photos, &recognizer, self.whole)?;
        let probes: Vec<_> = photos.into_iter().map(PreparedPhoto::probe).collect();
        let count = recognizer.enroll(&self.name, &probes)?;
        tracing::info!(photos = count, "enrolled a person");
        match self.common.json {
            true => output::json(&PeopleReport {
                people: recognizer.people(),
            })?,
            false => output::line(&format!(
                "{} is enrolled with {}",
                self.name.trim(),
                counted(count, "photo")
            ))?,
        }
        Ok(Status::Done)
    }
}
