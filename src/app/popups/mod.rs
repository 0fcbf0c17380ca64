//! What stands over a screen: help, questions, lists, forms, the file picker.

mod files;
mod models;
mod settings;
mod state;
pub(super) mod update;

pub use files::{FilePicker, Listing};
pub use models::ModelPicker;
pub use settings::{Field, Form};
pub use state::{Overlay, Prompt, Purpose};
