//! The program in a real pseudo-terminal, driven by keys and read as a terminal reads it.
#![cfg(unix)]

mod attached;
mod broken;
mod graphics;
mod harness;
mod life;
mod many;
mod remembered;
#[cfg(target_os = "linux")]
mod visitors;
mod wire;
