//! The Data screen: the people, their pictures, and who is held out.

mod state;
pub(super) mod update;

pub use state::{DataView, Focus, Part, Phase};
