//! A task for one of the two worker threads, with the data it needs.

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use crate::app::effect::{FileJob, NetworkQuery};
use crate::app::error::TaskError;
use crate::app::event::Event;
use crate::app::pending::Request;
use crate::data::Dataset;
use crate::model::Siamese;
use crate::model::photographs::CalibrationPhotos;
use crate::units::Epoch;

/// The network that answers.
#[derive(Clone)]
pub(super) struct Network {
    /// After which epoch.
    pub(super) epoch: Epoch,
    /// Which weights, counted: two trainings have the same epochs.
    pub(super) revision: u64,
    /// The weights.
    pub(super) model: Siamese,
    /// What is known of the photographs that its threshold was set on, and how `--run` names the model.
    pub(super) calibration: Option<(CalibrationPhotos, String)>,
}

/// A task, with the data set and the network at the time it was given. Both are shared and cheap to clone.
#[derive(Clone)]
pub(super) struct Job<T> {
    /// What to do.
    pub(super) task: T,
    /// The data set, if one is loaded.
    pub(super) dataset: Option<Arc<Dataset>>,
    /// The newest network, if there is one.
    pub(super) network: Option<Network>,
}

/// What one of the worker threads does.
pub(super) trait Task: Sized + Send + 'static {
    /// The request that the answer carries; `None` where nothing in the state waits.
    fn request(&self) -> Option<Request>;

    /// Whether it writes something that the user wants to keep, so that the program waits for it before it ends.
    fn keeps(&self) -> bool;

    /// Its kind, if only the newest waiting task of this kind is to be done; `None` if each one is.
    fn kind(&self) -> Option<Discriminant<Self>> {
        self.request().map(|_| discriminant(self))
    }
}

/// The event for a task that failed.
pub(super) fn failure(request: Option<Request>, why: TaskError) -> Event {
    match request {
        Some(number) => Event::Failed(number, why),
        None => Event::Notice(why.level(), why.to_string()),
    }
}

impl Task for FileJob {
    fn request(&self) -> Option<Request> {
        match self {
            Self::Load(number, ..)
            | Self::ListModels(number)
            | Self::ListRuns(number)
            | Self::RunIntervals(number, _)
            | Self::RunCurves(number, _)
            | Self::Test(number, ..)
            | Self::Complete(number, _)
            | Self::ShowPhoto(number, _)
            | Self::Prepare(number, _)
            | Self::List(number, _)
            | Self::Preview(number, _) => Some(*number),
            Self::LoadModel
            | Self::UseModel(_)
            | Self::Check
            | Self::KeepMarks(_)
            | Self::ChangeRun(_)
            | Self::LoadPastRun(_) => None,
        }
    }

    fn keeps(&self) -> bool {
        matches!(self, Self::KeepMarks(_) | Self::ChangeRun(_))
    }
}

impl Task for NetworkQuery {
    fn request(&self) -> Option<Request> {
        match self {
            Self::ScorePairs(number, _)
            | Self::Compare(number, ..)
            | Self::Project(number, _)
            | Self::Activations(number, _) => Some(*number),
            Self::Change(_) => None,
        }
    }

    fn keeps(&self) -> bool {
        matches!(self, Self::Change(_))
    }
}
