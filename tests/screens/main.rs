//! The screens without a terminal: what keys do, and what is drawn.

mod article;
mod check;
mod faces;
mod filling;
mod finding;
mod glyphs;
mod keys;
mod map;
mod mishaps;
mod models;
mod mouse;
mod roles;
mod runs;
mod search;
mod snapshots;
mod states;
mod tour;
mod training;
mod walk;
