//! The network that answers, as far as the screens know it: without its weights.

use std::path::PathBuf;
use std::sync::Arc;

use crate::metrics::{Interval, Scores};
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
    /// Why it answers, and not another one: a sentence without its full stop.
    pub why: String,
}

impl ModelInfo {
    /// Whether it is the built-in model.
    pub fn is_built_in(&self) -> bool {
        self.origin == BUILT_IN
    }
}

/// A network that can be chosen to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChoice {
    /// What the command line calls it after `--run`: the folder of a run, or `builtin`.
    pub asked: PathBuf,
    /// The number of the run; `None` for the built-in model.
    pub number: Option<u32>,
    /// The name of the run, or [`BUILT_IN`].
    pub name: String,
    /// The preset that it was trained with.
    pub preset: String,
    /// How many people its figures rest on.
    pub people: usize,
    /// What is known about it.
    pub result: ModelResult,
}

/// How well a network tells people apart whom it was not trained on.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelResult {
    /// Its validation EER.
    Eer {
        /// From 0 to 1.
        rate: f64,
        /// The 95 % interval; `None` where the people are too few for one, or are not among the faces that are loaded.
        interval: Option<Interval>,
    },
    /// It did not learn.
    NotLearned,
    /// Nobody was held out.
    NotValidated,
    /// It cannot be used, and why: no epoch is complete, or its files are damaged.
    Unusable(String),
}

impl ModelChoice {
    /// Why it cannot answer, if it cannot.
    pub fn unusable(&self) -> Option<&str> {
        match &self.result {
            ModelResult::Unusable(why) => Some(why),
            _ => None,
        }
    }
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
