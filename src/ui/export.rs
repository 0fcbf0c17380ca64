//! A screen as text and as SVG.
