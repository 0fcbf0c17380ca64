//! The Verify screen: a probe compared with everyone.

mod state;
pub(super) mod update;
mod walk;

pub use state::{Compare, ProbeView, Sort, VerifyView};
