//! `twinsight man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory;

use super::Status;
use super::output;
use crate::files::shown;

/// Write the man pages, one for each command.
///
/// `twinsight man ~/.local/share/man/man1` makes `man twinsight-train` work. Pages that are there already are replaced.
#[derive(Debug, clap::Args)]
pub struct ManPages {
    /// The folder to write them to; it is created
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl ManPages {
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let failed = || format!("the man pages cannot be written to {}", shown(&self.folder));
        // For everybody to read, unlike what else this program writes.
        std::fs::create_dir_all(&self.folder).with_context(failed)?;
        clap_mangen::generate_to(super::Args::command(), &self.folder).with_context(failed)?;
        output::line(&shown(&self.folder.join("twinsight.1")).to_string())?;
        Ok(Status::Done)
    }
}
