//! What the terminal program knows and decides, without drawing and without I/O.
//!
//! [`update()`] takes the [`State`] and an [`Event`] and returns [`Effect`]s, which the `tui` module carries out. So every
//! decision can be tested by pressing keys on a value, and nothing here can block. The alternative, widgets that handle
//! their own events and call the engine, was rejected: their state hides in the drawing code and a slow answer freezes the
//! screen.
//!
//! ```text
//! screen, action   tables: the screens, and everything a key can do
//! event, effect    what can happen, and what the state requests
//! state, update    the whole state, and what every screen has in common
//! <screen>/        state.rs: the state of one screen; update.rs: what its keys and answers change
//! popups/          the same for what stands over a screen
//! ```
//!
//! # Adding a screen
//! 1. Make a folder `app/<screen>/`: `state.rs` with the state of the screen, `update.rs` with `act` (a key was pressed) and
//!    `refresh` (the screen is shown, or there is a newer network). Declare it here.
//! 2. Add a row to the table in `app/screen.rs`. The screen then has its name, its digit in the header, its place in the
//!    order of Tab, its heading in the help, and gets its keys.
//! 3. Add to `actions!` in `app/action.rs` the action that shows it, and a group with the keys of the screen.
//! 4. Add its state as a field of [`State`] in `app/state.rs`.
//! 5. Write `draw` in `ui/panes/<screen>.rs`; declare it and add its arm in `ui/panes/mod.rs`.
//!
//! The compiler finds whatever is forgotten of 2 to 5; `tests/screens` then takes snapshots of the screen in every state.
//!
//! # Adding a request
//! A screen that needs an answer from a thread has a [`Pending`](pending::Pending) in its state. Add the request to
//! [`FileJob`](effect::FileJob) or [`NetworkQuery`](effect::NetworkQuery), the answer to [`Event`]; the matches in
//! `app/update.rs` and in the worker (`tui/files.rs`, `tui/network.rs`) are exhaustive and do not compile without them.

#[macro_use]
pub mod screen;
pub mod action;
pub mod data;
pub mod effect;
pub mod error;
pub mod event;
pub mod find;
mod footer;
pub mod geometry;
pub mod key;
pub mod keymap;
pub mod map;
pub mod memory;
pub mod message;
pub mod model;
pub mod mouse;
pub mod network;
pub mod pairs;
pub mod pending;
pub mod photo;
pub mod popups;
mod recall;
pub mod state;
pub mod text;
mod threshold;
pub mod tour;
pub mod train;
mod update;
pub mod verify;

pub use action::{Action, Context};
pub use effect::Effect;
pub use key::Key;
pub use keymap::Keymap;
pub use screen::Screen;
pub use state::State;
pub use update::update;
