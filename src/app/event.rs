//! What can happen.
//!
//! An answer carries the number of its [`Request`]; if a newer request was made since, the answer is dropped. Events of
//! the training ([`TrainingEvent`]) carry no network: the state decides and the screen draws, so neither needs weights, and
//! tests make any state without training.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::data::{Findings, Progress};
use super::effect::TrainingRequest;
use super::error::TaskError;
use super::key::Key;
use super::keymap::Keymap;
use super::map::Projection;
use super::memory::Memory;
use super::message::Level;
use super::model::{ModelChoice, ModelInfo, SplitNames};
use super::mouse::Mouse;
use super::network::Activations;
use super::pending::Request;
use super::photo::Photo;
use super::popups::Listing;
use super::train::{PastRun, TestResult, Unfinished};
use super::verify::ProbeView;
use crate::data::mislabelled::Mark;
use crate::data::{Dataset, Preview};
use crate::metrics::Interval;
use crate::recognition::Candidate;
use crate::train::run_dir::RunOverview;
use crate::train::{Recipe, TrainingEvent};
use crate::units::{Epoch, ImageId, Threshold};
use crate::vision::Preparation;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The program starts: what the user's files say.
    Configured(Box<Configured>),
    /// Everything is ready: the faces can be loaded.
    Begin,
    /// The training to be watched is that of another process.
    Attached,
    /// A key was pressed.
    Key(Key),
    /// The mouse was used.
    Mouse(Mouse),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size, in columns and rows.
    Resize(u16, u16),
    /// The time since the start.
    Tick(Duration),
    /// News of the training.
    Training(TrainingEvent),
    /// The recipe of the training that starts.
    Recipe(Arc<Recipe>),
    /// The kept network of the training that is over, on the people held out to the end.
    Tested(Request, TestResult),
    /// The recipe of a training needs faces that are prepared in another way. The training is requested again when they
    /// are there.
    OtherFaces(Preparation, TrainingRequest),
    /// While a data set is read: how many pictures are done, of how many.
    Reading(Request, Progress),
    /// The people of a folder whose photos are being read.
    Listed(Request, Arc<Preview>),
    /// The data set was read.
    Loaded(Request, Arc<Dataset>),
    /// What was found in the files of a data set.
    Checked(Arc<Dataset>, Arc<Findings>),
    /// The pairs of the data set just loaded that are marked as mislabelled, oldest first.
    Marks(Vec<Mark>),
    /// A run over these faces stopped before its last epoch.
    Unfinished(Unfinished),
    /// A trained network was read from disk, with the people it learnt from.
    ModelLoaded(ModelInfo, SplitNames),
    /// The networks that could answer.
    Models(Request, Vec<ModelChoice>),
    /// The runs, the newest first.
    Runs(Request, Vec<RunOverview>),
    /// The 95 % intervals of runs after an epoch; `None` where none can be told.
    RunIntervals(Request, Vec<(PathBuf, u32, Option<Interval>)>),
    /// The epochs of runs, to be drawn in the charts.
    RunCurves(Request, Vec<PastRun>),
    /// A run was renamed, annotated or restored, or deleted.
    RunChanged {
        /// Its folder before.
        from: PathBuf,
        /// Its folder now; `None` if it is in the trash.
        to: Option<PathBuf>,
        /// What was done, as a sentence.
        said: String,
    },
    /// The photo behind a picture of the data set.
    Photo(Request, ImageId, Photo),
    /// A probe with its face.
    Probed(Request, Box<ProbeView>),
    /// What a folder holds.
    Folder(Request, Listing),
    /// A typed path, as far as it can be completed.
    Completed(Request, String),
    /// A file in the picker, small.
    Preview(Request, Photo),
    /// An earlier run, to be laid under the curves.
    PastRun(PastRun),
    /// Similarities of the pairs, in their order.
    PairScores(Request, Epoch, Arc<Vec<f32>>),
    /// The probe compared with everyone; and a note if the photo differs from those that the threshold was set on.
    Compared(Request, Epoch, Vec<Candidate>, Option<String>),
    /// Embeddings in two dimensions.
    Projected(Request, Arc<Projection>),
    /// The outputs of all layers for one pair.
    Activations(Request, Arc<Activations>),
    /// A request failed.
    Failed(Request, TaskError),
    /// The enrolled people have changed.
    GalleryChanged,
    /// Something to say in the message line.
    Notice(Level, String),
}

/// What the user's files and flags say about the screens.
#[derive(Debug, Clone)]
pub struct Configured {
    /// Which key does what.
    pub keymap: Keymap,
    /// The theme in use.
    pub theme: String,
    /// Themes that can be chosen.
    pub themes: Vec<String>,
    /// From which similarity a comparison is accepted; `None` for the usual threshold of the model.
    pub threshold: Option<Threshold>,
    /// Whether a bell rings when a training ends.
    pub bell: bool,
    /// How the screens looked when the program was last left.
    pub memory: Option<Memory>,
}
