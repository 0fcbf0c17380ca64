//! What stands over a screen: help, questions, lists, forms, the file picker.

mod files;
mod models;
mod palette;
mod settings;
mod state;
pub(super) mod update;

pub(crate) use files::common_beginning;
pub use files::{FilePicker, Listing};
pub use models::ModelPicker;
pub use palette::Palette;
pub use settings::{Field, Form};
pub use state::{Overlay, Prompt, Purpose};
