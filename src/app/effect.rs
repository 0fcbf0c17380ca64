//! What the state requests, one enum for each receiver.
//!
//! Each receiver handles its enum by a `match` without a catch-all arm, so that the compiler finds a request that is not
//! handled.

use std::path::PathBuf;
use std::sync::Arc;

use super::map::MapKind;
use super::pending::Request;
use super::train::Settings;
use super::verify::Compare;
use crate::data::Pair;
use crate::data::mislabelled::Mark;
use crate::recognition::{PhotoSource, Probe};
use crate::train::TrainingCommand;
use crate::units::{ImageId, PersonId};
use crate::vision::Preparation;

/// A request, by receiver.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// To the loop, which owns the terminal.
    Terminal(TerminalRequest),
    /// To the thread for files.
    Files(FileJob),
    /// To the thread that evaluates the network.
    Network(NetworkQuery),
    /// To the training.
    Training(TrainingRequest),
}

/// What the loop does with the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalRequest {
    /// Draw with this theme.
    UseTheme(String),
    /// Copy this text to the clipboard of the user's terminal.
    Copy(String),
    /// Write the screen as text and as SVG.
    Export,
    /// Draw everything again.
    Redraw,
    /// Return to the shell, until `fg`.
    Suspend,
    /// Ring the bell.
    Bell,
    /// Leave; a running training is stopped and saved.
    Quit,
}

/// What is read from or written to disk.
#[derive(Debug, Clone, PartialEq)]
pub enum FileJob {
    /// Read a data set: `orl`, a folder, a `.mat` file. Its faces are prepared in this way or, without one, as the network
    /// needs them that answers about this data set.
    Load(Request, String, Option<Preparation>),
    /// Read the network of the run that was named at the start, or of the newest run over these faces.
    LoadModel,
    /// List the networks that could answer.
    ListModels(Request),
    /// List the runs.
    ListRuns(Request),
    /// Measure the 95 % intervals of the validation EERs of these runs, after these epochs.
    RunIntervals(Request, Vec<(PathBuf, u32)>),
    /// Read the epochs of these runs.
    RunCurves(Request, Vec<PathBuf>),
    /// Change a run.
    ChangeRun(RunChange),
    /// Read the network that the user chose, named as after `--run`.
    UseModel(PathBuf),
    /// Compare all photos with each other, and list what is doubtful in the files.
    Check,
    /// Write the pairs that are marked as mislabelled.
    KeepMarks(Vec<Mark>),
    /// Read the photo behind a picture.
    ShowPhoto(Request, ImageId),
    /// Find the face of a probe and prepare it for the network.
    Prepare(Request, PhotoSource),
    /// List a folder.
    List(Request, PathBuf),
    /// Complete a path that is typed.
    Complete(Request, String),
    /// Read a photo file, to be shown small.
    Preview(Request, PathBuf),
    /// Compare the pictures of these people by the network that the run in this folder kept.
    Test(Request, PathBuf, Vec<PersonId>),
    /// Read the epochs of the newest run that is not this one.
    LoadPastRun(Option<PathBuf>),
}

/// What is done with a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunChange {
    /// Give the run in this folder another name; it keeps its number.
    Rename(PathBuf, String),
    /// Write a note on it; an empty one removes it.
    Note(PathBuf, String),
    /// Move it into the trash.
    Delete(PathBuf),
    /// Bring back the run that was deleted last.
    Restore,
}

/// What is asked of the network, and of the gallery of enrolled people that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub enum NetworkQuery {
    /// The similarity of each pair.
    ScorePairs(Request, Arc<Vec<Pair>>),
    /// The similarity of this very face to everyone.
    Compare(Request, Probe, Compare),
    /// The embeddings of all pictures in two dimensions.
    Project(Request, MapKind),
    /// The outputs of all layers for a pair.
    Activations(Request, Pair),
    /// A change of the enrolled people.
    Change(GalleryChange),
}

/// A change of the enrolled people.
#[derive(Debug, Clone, PartialEq)]
pub enum GalleryChange {
    /// Enroll this face under a name.
    Enroll(String, Probe),
    /// Give an enrolled person another name.
    Rename {
        /// The name so far.
        from: String,
        /// The new name.
        to: String,
    },
    /// Forget an enrolled person.
    Forget(String),
}

/// What the training does.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainingRequest {
    /// Start with these settings.
    Start(Settings),
    /// Resume the run in this folder.
    Resume(PathBuf),
    /// A command to the running training.
    Control(TrainingCommand),
    /// Leave; a background process resumes the training that was just stopped.
    HandOver,
}

impl From<TerminalRequest> for Effect {
    fn from(request: TerminalRequest) -> Self {
        Self::Terminal(request)
    }
}

impl From<FileJob> for Effect {
    fn from(job: FileJob) -> Self {
        Self::Files(job)
    }
}

impl From<NetworkQuery> for Effect {
    fn from(query: NetworkQuery) -> Self {
        Self::Network(query)
    }
}

impl From<TrainingRequest> for Effect {
    fn from(request: TrainingRequest) -> Self {
        Self::Training(request)
    }
}

/// One request, as the list that `update` returns.
pub(super) fn request(request: impl Into<Effect>) -> Vec<Effect> {
    vec![request.into()]
}
