//! The panes, one file each.

mod charts;
mod curves;
pub(super) mod data;
pub(super) mod map;
pub(super) mod network;
pub(super) mod overlay;
pub(super) mod pairs;
mod people;
mod picture;
pub(super) mod settings;
pub(super) mod tour;
pub(super) mod train;
pub(super) mod verify;
