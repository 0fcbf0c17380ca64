//! `twinsight cache`.

use clap::Subcommand;
use serde::Serialize;

use super::context::{Context, JsonFlag};
use super::output;
use super::{Status, counted};
use crate::config::Overrides;
use crate::data::FaceCache;
use crate::files::shown;

/// Prepared faces that are kept so that a folder is not searched again.
#[derive(Debug, clap::Args)]
pub struct Cache {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Remove all prepared faces; they are computed again when they are needed
    Clear {
        #[command(flatten)]
        common: JsonFlag,
    },
}

#[derive(Serialize)]
struct ClearReport {
    /// How many faces were removed.
    faces: usize,
    /// How many bytes their files had.
    bytes: u64,
}

impl Cache {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let Action::Clear { common } = self.action;
        let context = Context::new(&(&common).into(), Overrides::default())?;
        let cache = FaceCache::at(&context.paths.face_cache_dir());
        let removed = cache.clear()?;
        match common.json {
            true => output::json(&ClearReport {
                faces: removed.faces,
                bytes: removed.bytes,
            })?,
            false => output::line(&format!(
                "removed {} ({}) from {}",
                counted(removed.faces, "prepared face"),
                megabytes(removed.bytes),
                shown(cache.folder())
            ))?,
        }
        Ok(Status::Done)
    }
}

/// Bytes in megabytes, with one digit after the point.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
