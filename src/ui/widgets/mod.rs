//! Parts that several panes use.

mod cells;
pub(super) mod face;
pub(super) mod frame;
pub(super) mod hints;
pub(super) mod histogram;
pub(super) mod list;
pub(super) mod marks;
pub(super) mod numbers;
pub(super) mod plot;
pub(super) mod scale;

pub(super) use frame::{pane, popup};
