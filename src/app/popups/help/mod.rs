//! The help: all keys, found by typing.

mod state;
pub(super) mod update;

pub use state::HelpView;
