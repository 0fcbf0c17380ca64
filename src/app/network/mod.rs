//! The Network screen: two faces on their way through the layers.

mod state;
pub(super) mod update;

pub use state::{Activations, LayerView, NetworkView};
