//! `twinsight forget`.

use super::context::{Common, Context, DataFlag, RunFlag, from_data};
use super::output;
use super::people::Report;
use super::{Status, counted};
use crate::gallery::{Gallery, GalleryError};

/// Remove a person and all their photos from every gallery, whichever model they were enrolled for.
#[derive(Debug, clap::Args)]
pub struct Forget {
    /// What the person is called
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    data: DataFlag,
    #[command(flatten)]
    common: Common,
}

impl Forget {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let context = Context::new(&self.common, from_data(self.data.data.clone()))?;
        let preparation = context.preparation(self.run.run.as_deref())?;
        let dataset = context.dataset(&preparation)?;
        let mut removed = 0;
        for mut gallery in Gallery::all(&context.paths.gallery_dir())? {
            match gallery.forget(&self.name, &dataset) {
                Ok(count) => removed += count,
                Err(GalleryError::Unknown { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let mut gallery = context.gallery(&preparation)?;
        if removed == 0 {
            // Nobody of this name anywhere: this says so, and who there is.
            gallery.forget(&self.name, &dataset)?;
        }
        tracing::info!(photos = removed, "forgot a person");
        match self.common.json {
            true => output::json(&Report {
                people: gallery.people(&dataset),
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
