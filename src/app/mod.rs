//! What the terminal program knows and decides, without drawing and without I/O.
//!
//! [`update()`] takes the [`State`] and an [`Event`] and answers with [`Effect`]s, which somebody else carries out. So
//! every decision can be tested by pressing keys on a value, and nothing here can block. The alternative, widgets that
//! handle their own events and call the engine, was rejected: their state hides in the drawing code and a slow answer
//! freezes the screen.

pub mod action;
pub mod data;
pub mod event;
mod footer;
pub mod form;
pub mod geometry;
pub mod key;
pub mod keymap;
pub mod map;
pub mod memory;
pub mod overlay;
pub mod pairs;
mod popups;
mod runs;
pub mod screen;
mod screens;
pub mod slide;
pub mod state;
pub mod text;
pub mod tour;
pub mod train;
mod update;
pub mod verify;

pub use action::{Action, Context};
pub use event::{Effect, Event};
pub use key::Key;
pub use keymap::Keymap;
pub use state::{Screen, State};
pub use update::update;
