//! The screens without a terminal: what keys decide, and what is drawn of it.

mod finding;
mod keys;
mod mishaps;
mod roles;
mod snapshots;
mod states;
mod training;
