//! The Map screen: where the network puts each picture.

mod names;
mod place;
mod state;
pub(super) mod update;

pub(crate) use place::Placing;
pub use state::{Axes, MapKind, MapView, Projection};
