//! The settings of a training, to be edited.

mod state;
pub(super) mod update;

pub use state::{Field, Form};
