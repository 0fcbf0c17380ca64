//! The command palette: everything a key can do, found by typing.

mod state;
pub(super) mod update;

pub use state::Palette;
