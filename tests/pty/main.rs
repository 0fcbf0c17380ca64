//! The program in a real pseudo-terminal, driven by keys; its output is parsed as a terminal does.
#![cfg(unix)]

mod attached;
mod broken;
mod graphics;
mod harness;
mod life;
mod many;
mod progress;
mod remembered;
#[cfg(target_os = "linux")]
mod visitors;
mod wire;
