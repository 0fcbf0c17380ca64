//! What reaches the loop from other threads.

use crate::app::event::Event;
use crate::app::model::{ModelInfo, SplitNames};
use crate::model::Siamese;

/// What reaches the loop from other threads.
pub(super) enum Message {
    /// An event of the state.
    App(Event),
    /// A network from disk, and the people it learnt from.
    Model(Siamese, ModelInfo, SplitNames),
    /// Save, and leave.
    Terminate,
    /// The process was stopped from outside and continues.
    #[cfg_attr(not(unix), allow(dead_code))]
    Continued,
}
