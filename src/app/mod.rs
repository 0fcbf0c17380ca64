//! What the terminal program knows and decides, without drawing and without I/O.
pub mod action;
pub mod key;
pub mod keymap;
