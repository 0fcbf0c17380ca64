//! Drawing: a pure function of the state and the theme.
//!
//! [`draw`] writes cells and does nothing else: it starts no work and keeps no state, so that a test can draw any state
//! without a terminal. It returns the pictures to print over the cells, for terminals that can show pixels. Each pane
//! is one function in one file; parts that several panes need are in `widgets`.

pub mod canvas;
pub mod depth;
pub mod export;
mod glyphs;
mod panes;
pub mod raster;
mod screen;
pub mod theme;
mod widgets;

pub use canvas::{Canvas, Picture, Pictures};
pub use depth::Depth;
pub use raster::Raster;
pub use screen::draw;
pub use theme::Theme;
