//! Drawing: a pure function of the state and the theme.
pub mod depth;
pub mod theme;
