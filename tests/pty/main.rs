//! The program in a real pseudo-terminal, driven by keys and read as a terminal reads it.
#![cfg(unix)]

mod harness;
mod life;
mod wire;
