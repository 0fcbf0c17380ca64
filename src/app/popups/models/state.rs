//! The state of the model picker.

use crate::app::model::ModelChoice;
use crate::app::pending::Pending;

/// The state of the model picker.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPicker {
    /// The networks: the built-in model, then the runs, the newest first.
    pub choices: Pending<Vec<ModelChoice>>,
    /// Index of the one under the cursor.
    pub selected: usize,
}

impl ModelPicker {
    /// The network under the cursor.
    pub fn current(&self) -> Option<&ModelChoice> {
        self.choices.get()?.get(self.selected)
    }
}
