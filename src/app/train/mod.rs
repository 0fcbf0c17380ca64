//! The Train screen: settings, curves and controls of the training.

mod state;
pub(super) mod update;

pub use state::{
    Chart, MOST_OVERLAID, PastRun, Phase, Settings, TestResult, TrainView, Unfinished,
};
