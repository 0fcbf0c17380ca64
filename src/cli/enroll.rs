//! `twinsight enroll`.

use std::path::PathBuf;

use super::context::{Common, Context, DataFlag, RunFlag, from_data};
use super::people::Report;
use super::{Status, counted};
use super::{output, photos};
use crate::gallery::Photo;

/// Add a person to the gallery, from one photo or more; nothing need be trained again.
///
/// A further photo of somebody who is enrolled already is added to theirs. The faces are kept on this machine alone,
/// readable by you alone; `twinsight forget NAME` removes them.
#[derive(Debug, clap::Args)]
pub struct Enroll {
    /// What the person is called
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
        let preparation = context.preparation(self.run.run.as_deref())?;
        let dataset = context.dataset(&preparation)?;
        let mut gallery = context.gallery(&preparation)?;
        // All or none: a person with a part of the photos that were meant is not what was asked for.
        let probes: Vec<_> = photos::portraits(&self.photos, &preparation, self.whole)
            .into_iter()
            .collect::<Result<_, _>>()?;
        let faces = probes
            .into_iter()
            .map(|probe| Photo::new(&probe.path, probe.what.face))
            .collect();
        let count = gallery.add(&self.name, faces, &dataset)?;
        tracing::info!(photos = count, "enrolled a person");
        match self.common.json {
            true => output::json(&Report {
                people: gallery.people(&dataset),
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
