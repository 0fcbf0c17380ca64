//! The program when it is killed, runs out of disk space or gets malicious files: nothing is lost, and no other user gets in.
//!
//! It is a test binary of its own, because it kills processes, limits them and removes permissions.

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
