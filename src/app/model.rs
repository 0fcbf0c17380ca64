//! The network that answers, as far as the screens know it: without its weights.

use std::sync::Arc;

use crate::metrics::Scores;
use crate::units::Epoch;
use crate::vision::Preparation;

/// Where a network comes from that is part of the program.
pub const BUILT_IN: &str = "built-in model";

/// Which network answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// After which epoch.
    pub epoch: Epoch,
    /// Where it comes from: `this training`, [`BUILT_IN`], or the name of a run.
    pub origin: String,
    /// How the faces are prepared that it takes. The data set is opened with it.
    pub preparation: Preparation,
    /// All comparisons of its validation people, if known.
    pub scores: Option<Arc<Scores>>,
}

/// Who a network learnt from, by name: another data set has other people at the same indices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitNames {
    /// The people it learnt from.
    pub train: Vec<String>,
    /// The people held out to choose the best epoch.
    pub validation: Vec<String>,
    /// The people held out to the end.
    pub test: Vec<String>,
}
