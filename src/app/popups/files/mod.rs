//! The file picker: a path is typed, or the cursor moves in a folder.

mod state;
pub(super) mod update;

pub(crate) use state::common_beginning;
pub use state::{FilePicker, Listing};
