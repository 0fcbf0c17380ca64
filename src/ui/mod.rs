//! Drawing: a pure function of the state and the theme.
//!
//! [`draw`] reads, and writes cells; it starts nothing, remembers nothing and asks for nothing, so that a test can draw
//! any state without a terminal. What it returns are the pictures that hang over the cells, where the terminal has
//! pixels. One file per pane, a plain function each; what several panes need is in `widgets`.

pub mod canvas;
pub mod depth;
pub mod export;
mod panes;
mod screen;
pub mod theme;
mod widgets;

pub use canvas::{Canvas, Picture, Pictures};
pub use depth::Depth;
pub use screen::draw;
pub use theme::Theme;
