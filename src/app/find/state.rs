//! What is looked for.

use crate::app::text::TextLine;

/// The text that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// What is typed.
    pub line: TextLine,
    /// Where the cursor was before.
    pub(super) before: usize,
}
