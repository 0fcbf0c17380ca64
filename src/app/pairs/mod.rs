//! The Pairs screen: what the network says of single pairs, now and at earlier epochs.

mod state;
pub(super) mod update;

pub use state::{Filter, Order, PairsView};
