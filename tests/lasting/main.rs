//! The program, killed for good, starved of disk and given hostile files: nothing is lost, and nobody is let in.
//!
//! A binary of its own, because it ends processes, limits them and takes permissions away.

// The lint spares test functions, but not the helpers that they call.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod changes;
mod detached;
mod faults;
mod files;
mod harness;
mod kills;
mod runs;
#[cfg(target_os = "linux")]
mod soak;
