//! The Map screen: where the network puts each picture.

mod state;
pub(super) mod update;

pub use state::{MapView, Projection};
