//! What can happen, and what the state asks the outside for.
//!
//! Every question carries a number, and the answer brings it back; an answer whose number is no longer the newest is
//! dropped. Events of the training ([`TrainingEvent`]) come without the network:
//! the state decides and the screen draws, so neither needs weights, and tests make any state without training.

use std::path::PathBuf;
use std::sync::Arc;

use super::key::Key;
use super::train::Settings;
use super::verify::{Candidate, Probe, ProbeView};
use crate::data::mislabelled::Mark;
use crate::data::{Dataset, Pair};
use crate::metrics::Scores;
use crate::train::events::EpochMetrics;
use crate::train::{TrainingCommand, TrainingEvent};
use crate::units::{Epoch, ImageId};

/// The number of a question to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Request(pub u64);

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size, in columns and rows.
    Resize(u16, u16),
    /// Time has passed; the state's clock says how much.
    Tick,
    /// The data set is there, or why not.
    Loaded(Request, Result<Arc<Dataset>, String>),
    /// The pairs of the data set just loaded that are marked as mislabelled, oldest first.
    Marks(Vec<Mark>),
    /// A run over these faces stopped before its last epoch.
    Unfinished(Unfinished),
    /// News of the training.
    Training(TrainingEvent),
    /// A trained network was read from disk.
    ModelLoaded(ModelInfo),
    /// Similarities of the pairs, in their order.
    PairScores(Request, Epoch, Arc<Vec<f32>>),
    /// The photo behind a picture of the data set.
    Photo(Request, Photo),
    /// A probe, prepared, or why not.
    Probed(Request, Result<Box<ProbeView>, String>),
    /// The probe against everybody.
    Compared(Request, Epoch, Result<Vec<Candidate>, String>),
    /// What a folder holds.
    Folder(Request, Result<Listing, String>),
    /// A small view of a file in the picker.
    Preview(Request, Result<Photo, String>),
    /// Embeddings in two dimensions.
    Projected(Request, Arc<Projection>),
    /// The inside of the network for one pair.
    Inside(Request, Arc<Inside>),
    /// An earlier run, to be laid under the curves.
    PastRun(Result<PastRun, String>),
    /// The people of the gallery, after a change or at the start.
    Gallery(Vec<Enrolled>),
    /// The themes that can be chosen.
    Themes(Vec<String>),
    /// Something to say in the message line.
    Notice(Level, String),
}

/// Which network answers.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// After which epoch.
    pub epoch: Epoch,
    /// Where it is from: `this training`, or the name of a run.
    pub origin: String,
    /// All comparisons of its validation people, if known.
    pub scores: Option<Arc<Scores>>,
}

/// A grey photo, small enough to be drawn at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row after row, 0 black to 1 white.
    pub pixels: Arc<[f32]>,
    /// Width and height of the photo it was made from.
    pub original: (u32, u32),
}

/// What a folder holds: folders first, then files that may be pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The folder.
    pub path: PathBuf,
    /// Name, and whether it is a folder.
    pub entries: Vec<(String, bool)>,
    /// The file that was asked for, if it was not a folder; `path` is then the folder it is in.
    pub file: Option<PathBuf>,
}

/// Embeddings in two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// After which epoch.
    pub epoch: Epoch,
    /// A point for each picture of the data set, in its order.
    pub points: Vec<(f32, f32)>,
    /// Share of the variance along each axis, from 0 to 1.
    pub share: (f32, f32),
    /// For each picture the nearest others with their distances, nearest first.
    pub neighbours: Vec<Vec<(ImageId, f32)>>,
}

/// One layer of the network, with what it made of both faces.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerView {
    /// Its name, such as `conv 96 @ 11×11`.
    pub name: String,
    /// Height, width, channels of what comes out.
    pub output: [usize; 3],
    /// Weights to be learned.
    pub parameters: usize,
    /// Multiplications with addition, for one face.
    pub multiply_adds: u64,
    /// The strongest feature maps of the first face: square pictures from 0 to 1, with their side.
    pub left: Vec<(usize, Vec<f32>)>,
    /// The same channels for the second face.
    pub right: Vec<(usize, Vec<f32>)>,
}

/// What happens in the network for one pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Inside {
    /// After which epoch.
    pub epoch: Epoch,
    /// The two pictures.
    pub pair: Pair,
    /// How many towers there are; it is the last that is shown.
    pub towers: usize,
    /// From the picture to what the last tower gives.
    pub layers: Vec<LayerView>,
    /// The embedding of the first face.
    pub left: Vec<f32>,
    /// The embedding of the second face.
    pub right: Vec<f32>,
    /// How far they are apart.
    pub distance: f32,
    /// What the network makes of that.
    pub similarity: f32,
}

/// An earlier run, for comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// What it is called.
    pub name: String,
    /// Its epochs.
    pub epochs: Vec<EpochMetrics>,
}

/// A run that stopped before its last epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// Its last complete epoch.
    pub epoch: Epoch,
    /// How many it was to have.
    pub epochs: u32,
}

/// A person in the gallery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Name.
    pub name: String,
    /// How many pictures are kept.
    pub pictures: usize,
}

/// How much a message matters, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know; goes away by itself.
    Info,
    /// Should be looked at.
    Warning,
    /// Stays until the next key.
    Error,
}

/// What the state asks the outside for.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read a data set: `orl`, a folder, a `.mat` file.
    Load(Request, String),
    /// Begin to train.
    Start(Settings),
    /// Go on with the run in this folder.
    Resume(PathBuf),
    /// Keep these marks, all there are.
    KeepMarks(Vec<Mark>),
    /// A wish to the running training.
    Control(TrainingCommand),
    /// How similar the newest network finds these pairs.
    ScorePairs(Request, Arc<Vec<Pair>>),
    /// The photo behind a picture.
    ShowPhoto(Request, ImageId),
    /// Prepare a probe, step by step.
    Prepare(Request, Probe),
    /// Compare the probe with everybody; with all pictures of each, or one drawn with this number.
    Compare(Request, Probe, Compare),
    /// List a folder.
    List(Request, PathBuf),
    /// Show a file small.
    PreviewFile(Request, PathBuf),
    /// Embeddings in two dimensions.
    Project(Request),
    /// The inside of the network for a pair.
    LookInside(Request, Pair),
    /// The newest run with a model but this one.
    LoadPastRun(Option<PathBuf>),
    /// Enrol the probe under a name.
    Enrol(String, Probe),
    /// Give an enrolled person another name.
    Rename(String, String),
    /// Forget an enrolled person.
    Forget(String),
    /// Draw with this theme.
    UseTheme(String),
    /// To the clipboard of the user's terminal.
    Copy(String),
    /// Write the screen as text and as SVG.
    Export,
    /// Draw everything again.
    Redraw,
    /// To the shell, until `fg`.
    Suspend,
    /// Ring.
    Bell,
    /// Leave; a running training is stopped and saved.
    Quit,
    /// Leave; a process in the background goes on with the training just stopped.
    HandOver,
}

/// With what a probe is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// With every picture of each person, by the mean of the distances to them.
    All,
    /// With one picture of each person, drawn by this number.
    One(u64),
}
