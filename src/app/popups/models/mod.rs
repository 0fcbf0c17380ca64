//! The list of networks that could answer: the built-in model and the runs.

mod state;
pub(super) mod update;

pub use state::ModelPicker;
