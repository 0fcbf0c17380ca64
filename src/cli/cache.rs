//! `twinsight cache`.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::context::{Context, JsonFlag};
use super::output;
use super::{Status, counted};
use crate::config::Overrides;
use crate::data::FaceCache;
use crate::files::shown;

/// Prepared faces that are kept so that a folder is not searched again: how many, and how much room they take.
///
/// The oldest ones make room for new ones when they take more than 1 GiB together, or 1.25 times what the largest data set
/// needs that does not fit into memory.
#[derive(Debug, clap::Args)]
pub struct Cache {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    common: JsonFlag,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Remove all prepared faces; they are computed again when they are needed
    Clear {
        #[command(flatten)]
        common: JsonFlag,
    },
}

/// What the cache holds.
#[derive(Serialize)]
struct ContentReport {
    folder: PathBuf,
    /// How many faces it holds.
    faces: usize,
    /// How many bytes all of its files have.
    bytes: u64,
    /// The most bytes that it keeps.
    max_bytes: u64,
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
        let common = match &self.action {
            Some(Action::Clear { common }) => common,
            None => &self.common,
        };
        let context = Context::new(&common.into(), Overrides::default())?;
        let cache = FaceCache::at(&context.paths.face_cache_dir());
        match self.action {
            Some(Action::Clear { common }) => clear(&cache, common.json || self.common.json)?,
            None => show(&cache, self.common.json)?,
        }
        Ok(Status::Done)
    }
}

fn show(cache: &FaceCache, json: bool) -> anyhow::Result<()> {
    let usage = cache.usage();
    let report = ContentReport {
        folder: cache.folder().to_path_buf(),
        faces: usage.faces,
        bytes: usage.bytes,
        max_bytes: cache.limit(),
    };
    match json {
        true => output::json(&report),
        false => output::line(&format!(
            "{} ({}, at most {}) in {}",
            counted(report.faces, "prepared face"),
            megabytes(report.bytes),
            megabytes(report.max_bytes),
            shown(&report.folder)
        )),
    }
}

fn clear(cache: &FaceCache, json: bool) -> anyhow::Result<()> {
    let removed = cache.clear()?;
    match json {
        true => output::json(&ClearReport {
            faces: removed.faces,
            bytes: removed.bytes,
        }),
        false => output::line(&format!(
            "removed {} ({}) from {}",
            counted(removed.faces, "prepared face"),
            megabytes(removed.bytes),
            shown(cache.folder())
        )),
    }
}

/// Bytes in megabytes, with one digit after the point.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
