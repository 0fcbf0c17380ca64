//! The Verify screen: a probe compared with everyone.

mod state;
pub(super) mod update;

pub use state::{Compare, ProbeView, Sort, VerifyView};
