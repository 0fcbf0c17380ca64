//! The screens without a terminal: what keys decide, and what is drawn of it.

mod keys;
mod roles;
mod snapshots;
mod states;
mod training;
