//! Where an export is written.

use std::path::{Path, PathBuf};

use crate::cli::Status;
use crate::cli::output;
use crate::files::shown;

/// The file, and whether it may be replaced.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Target {
    /// The file to write
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(serde::Serialize)]
struct ExportReport {
    files: Vec<PathBuf>,
}

impl Target {
    /// Refuses to replace a file without `--force`.
    pub(super) fn check_free(&self, path: &Path) -> anyhow::Result<()> {
        let taken = path.symlink_metadata().is_ok() && !self.force;
        anyhow::ensure!(
            !taken,
            "{} exists already: choose another file, or replace it with --force",
            shown(path)
        );
        Ok(())
    }
}

/// Prints what was written: one path in each line, or one JSON document.
pub(super) fn report(files: Vec<PathBuf>, json: bool) -> anyhow::Result<Status> {
    if json {
        output::json(&ExportReport { files })?;
        return Ok(Status::Done);
    }
    let lines: Vec<String> = files.iter().map(|file| shown(file).to_string()).collect();
    output::line(&lines.join("\n"))?;
    Ok(Status::Done)
}
