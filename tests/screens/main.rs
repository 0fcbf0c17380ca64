//! The screens without a terminal: what keys do, and what is drawn.

mod faces;
mod finding;
mod keys;
mod mishaps;
mod roles;
mod snapshots;
mod states;
mod training;
