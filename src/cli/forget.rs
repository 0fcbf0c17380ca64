//! `twinsight forget`.

use super::context::{Common, Context, DataFlag, ModelFlags, from_data};
use super::output;
use super::people::PeopleReport;
use super::{Status, counted};
use crate::data::FaceCache;

/// Remove a person with all photos from every gallery, whatever model the person was enrolled for, and from the cache of
/// prepared faces.
#[derive(Debug, clap::Args)]
pub struct Forget {
    /// The person's name
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

impl Forget {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let mut recognizer = context.recognizer(&self.model)?.recognizer;
        let removed = recognizer.forget(&self.name)?;
        // Pictures of the person may have been read as part of a data set.
        FaceCache::at(&context.paths.face_cache_dir()).remove_person(self.name.trim())?;
        tracing::info!(photos = removed, "forgot a person");
        match self.common.json {
            true => output::json(&PeopleReport {
                people: recognizer.people(),
            })?,
            false => output::line(&format!(
                "{} is forgotten, with {}",
                self.name.trim(),
                counted(removed, "photo")
            ))?,
        }
        Ok(Status::Done)
    }
}
