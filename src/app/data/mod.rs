//! The Data screen: the people, their pictures, and who is held out.

mod bands;
mod findings;
mod listed;
mod state;
pub(super) mod update;

pub use bands::Band;
pub use findings::{Finding, FindingGroup, FindingLine, Findings, refused_group};
pub use listed::{Listed, ListedPicture};
pub use state::{DataView, Focus, Part, Phase, Progress};
