//! What stands over a screen: help, questions, lists, forms, the file picker.

mod files;
mod help;
mod models;
mod palette;
mod runs;
mod settings;
mod state;
pub(super) mod update;

pub(crate) use files::common_beginning;
pub use files::{FilePicker, Listing};
pub use help::HelpView;
pub use models::ModelPicker;
pub use palette::Palette;
pub use runs::{RunEdit, RunEditKind, RunsView};
pub use settings::{Field, Form};
pub use state::{Overlay, Prompt, Purpose};
