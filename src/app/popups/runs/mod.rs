//! The browser of runs: which there are, what came of them, and what is done with them.

pub(super) mod edit;
pub(super) mod list;
mod state;
pub(super) mod update;

pub use state::{RunEdit, RunEditKind, RunsView};
