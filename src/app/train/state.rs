//! The state of the Train screen: the settings, and what the training reported.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::action::Action;
use crate::app::geometry::VERY_WIDE;
use crate::app::pending::Pending;
use crate::metrics::{Estimate, Scores};
use crate::model::loss::LossSpec;
use crate::train::events::{BatchReport, EpochMetrics, Started};
use crate::train::{Recipe, TrainingEvent};
use crate::units::Epoch;

/// The most runs that are drawn in the charts beside the training: each has a letter and a colour.
pub const MOST_OVERLAID: usize = 6;

/// Another run in the charts, for comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRun {
    /// Its name.
    pub name: String,
    /// Its epochs.
    pub epochs: Vec<EpochMetrics>,
}

/// A run that stopped before its last epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its folder.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Its last complete epoch.
    pub epoch: Epoch,
    /// How many epochs were planned.
    pub epochs: u32,
}

/// The settings of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The preset that the recipe starts from.
    pub preset: String,
    /// Passes over the training data.
    pub epochs: u32,
    /// Pairs, or pictures, in a batch.
    pub batch: usize,
    /// Adam's step size.
    pub learning_rate: f32,
    /// The seed of everything random.
    pub seed: u64,
    /// Cores to use.
    pub threads: usize,
    /// Faces to learn from: `orl`, a folder, a file.
    pub data: String,
    /// Whether a tenth of the pairs is held out, as in the article, and not some of the people.
    pub by_pairs: bool,
}

impl Settings {
    /// Whether it is the training of the article.
    pub fn is_article(&self) -> bool {
        self.preset == "tutorial" && self.by_pairs && self.epochs == ARTICLE_EPOCHS
    }
}

/// Epochs of the training in the article.
const ARTICLE_EPOCHS: u32 = 100;

/// The result of a finished training on people it never used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    /// After which epoch: the kept one.
    pub epoch: Epoch,
    /// How many people.
    pub people: usize,
    /// EER over all their comparisons.
    pub eer: Estimate,
}

/// The phase of the training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Not started.
    Idle,
    /// Building the network.
    Starting,
    /// Running.
    Running,
    /// Paused by the user.
    Paused,
    /// Ends after this batch.
    Stopping,
    /// Ended.
    Finished {
        /// Whether it was stopped before its last epoch.
        stopped: bool,
    },
    /// Failed, and why.
    Failed(String),
}

/// The charts, in the order in which they are focused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Chart {
    /// Loss over the epochs, with the batches behind it.
    Loss,
    /// Validation EER (unseen people).
    Eer,
    /// Accuracy over the epochs.
    Accuracy,
    /// Similarities of mated and of non-mated comparisons.
    Similarity,
    /// Area under the ROC curve.
    Auc,
    /// Pairs per second.
    Speed,
}

impl Chart {
    /// All of them; the last two are shown only on a wide screen.
    pub const ALL: [Self; 6] = [
        Self::Loss,
        Self::Eer,
        Self::Accuracy,
        Self::Similarity,
        Self::Auc,
        Self::Speed,
    ];
}

/// Batches that are kept: enough for a curve on the widest screen, and bounded for any training.
const BATCHES_KEPT: usize = 4096;

/// The state of the Train screen.
#[derive(Debug, Clone)]
pub struct TrainView {
    /// The phase.
    pub phase: Phase,
    /// The settings of the next training.
    pub settings: Settings,
    /// The settings of each preset.
    pub presets: Vec<Settings>,
    /// Whether it is the training of another process, which continues when this one leaves.
    pub attached: bool,
    /// What was reported at the start.
    pub started: Option<Started>,
    /// Its recipe.
    pub recipe: Option<Arc<Recipe>>,
    /// The kept network on the people who were held out to the end, once the training is over.
    pub tested: Pending<TestResult>,
    /// Epochs done, oldest first.
    pub epochs: Vec<EpochMetrics>,
    /// Batches done, thinned out when there are many: position in epochs, and the report.
    pub batches: Vec<(f64, BatchReport)>,
    /// One of so many batches is kept.
    stride: usize,
    skipped: usize,
    /// The newest batch.
    pub last_batch: Option<BatchReport>,
    /// Index of the best epoch.
    pub best: Option<usize>,
    /// All comparisons of validation people after the newest epoch.
    pub scores: Option<Arc<Scores>>,
    /// The newest weights on disk.
    pub saved: Option<(PathBuf, Epoch)>,
    /// Whether the user asked to save and was not told yet that it is done.
    pub save_wanted: bool,
    /// The chart with the keys.
    pub focus: Chart,
    /// Whether it fills the screen.
    pub zoomed: bool,
    /// Whether the loss has a logarithmic axis.
    pub log: bool,
    /// 0 none, 1 little, 2 much.
    pub smoothing: u8,
    /// Index of the epoch that is read, while the crosshair is on.
    pub crosshair: Option<usize>,
    /// Other runs that are drawn in the charts, at most [`MOST_OVERLAID`]. The user asks for each; none appears by itself.
    pub overlaid: Vec<PastRun>,
}

impl TrainView {
    /// Nothing trained yet.
    pub fn new(presets: Vec<Settings>, chosen: Settings) -> Self {
        Self {
            phase: Phase::Idle,
            settings: chosen,
            presets,
            attached: false,
            started: None,
            recipe: None,
            tested: Pending::default(),
            epochs: Vec::new(),
            batches: Vec::new(),
            stride: 1,
            skipped: 0,
            last_batch: None,
            best: None,
            scores: None,
            saved: None,
            save_wanted: false,
            focus: Chart::Loss,
            zoomed: false,
            log: false,
            smoothing: 0,
            crosshair: None,
            overlaid: Vec::new(),
        }
    }

    /// Whether a training has started and not ended.
    pub fn active(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting | Phase::Running | Phase::Paused | Phase::Stopping
        )
    }

    /// Whether it must be ended before leaving.
    pub fn must_end(&self) -> bool {
        self.active() && !self.attached
    }

    /// A new training starts.
    pub fn begin(&mut self) {
        self.epochs.clear();
        self.batches.clear();
        (self.stride, self.skipped) = (1, 0);
        (self.last_batch, self.best, self.scores, self.saved) = (None, None, None, None);
        (self.crosshair, self.started, self.attached) = (None, None, false);
        self.recipe = None;
        self.tested.clear();
        self.phase = Phase::Starting;
    }

    /// Takes news of the training.
    pub fn apply(&mut self, news: TrainingEvent) {
        match news {
            TrainingEvent::Started(started) => {
                // An attached program that was too slow for a while gets this again.
                if self.phase != Phase::Stopping {
                    self.phase = Phase::Running;
                }
                self.epochs.clone_from(&started.history);
                self.best = started.best;
                self.started = Some(started);
            }
            TrainingEvent::Batch(point) => self.apply_batch(point),
            TrainingEvent::Epoch(report) => {
                self.epochs.push(report.metrics);
                self.scores = Some(report.scores);
                if report.best {
                    self.best = Some(self.epochs.len() - 1);
                }
            }
            TrainingEvent::Paused if self.phase != Phase::Stopping => self.phase = Phase::Paused,
            TrainingEvent::Resumed if self.phase != Phase::Stopping => self.phase = Phase::Running,
            TrainingEvent::Paused | TrainingEvent::Resumed => {}
            TrainingEvent::Saved { path, epoch } => self.saved = Some((path, epoch)),
            TrainingEvent::Finished { stopped, .. } => self.phase = Phase::Finished { stopped },
            TrainingEvent::Failed(why) => self.phase = Phase::Failed(why),
        }
    }

    fn apply_batch(&mut self, point: BatchReport) {
        self.last_batch = Some(point);
        self.skipped += 1;
        if self.skipped < self.stride {
            return;
        }
        self.skipped = 0;
        let position = f64::from(point.epoch.0.saturating_sub(1))
            + point.batch as f64 / point.batches.max(1) as f64;
        self.batches.push((position, point));
        if self.batches.len() > BATCHES_KEPT {
            let mut keep = false;
            self.batches.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride *= 2;
        }
    }

    /// Whether training and validation loss are values of one function, and can be compared. The validation loss is always the
    /// cross-entropy of the similarity.
    pub fn one_loss(&self) -> bool {
        let loss = self.recipe.as_ref().map(|recipe| recipe.loss);
        loss.is_none_or(|loss| loss == LossSpec::PairCrossEntropy)
    }

    /// Where the second member of an ensemble begins, and every further one: the number of epochs before it.
    pub fn member_starts(&self) -> &[u32] {
        let members = self.started.as_ref().map(|started| &*started.members);
        members.and_then(|members| members.get(1..)).unwrap_or(&[])
    }

    /// How many epochs are done; epoch 0, a backbone before any training, does not count.
    pub fn epochs_done(&self) -> u32 {
        self.epochs.last().map_or(0, |epoch| epoch.epoch.0)
    }

    /// The validation of a backbone before any training, if it has one.
    pub fn backbone_alone(&self) -> Option<&EpochMetrics> {
        self.epochs.first().filter(|epoch| epoch.epoch.0 == 0)
    }

    /// Epochs of the running or next training.
    pub fn epochs_planned(&self) -> u32 {
        self.started
            .as_ref()
            .map_or(self.settings.epochs, |started| started.epochs)
    }

    /// Limits of the x axis, in epochs. The end doubles in steps, so that a young curve already fills its chart and the scale
    /// does not change with every epoch. Other runs alone fill it.
    pub fn x_limits(&self) -> (f64, f64) {
        let of_batch = self.last_batch.map_or(0, |batch| batch.epoch.0);
        let others = self.overlaid.iter().filter_map(|run| run.epochs.last());
        let of_others = others.map(|last| last.epoch.0).max().unwrap_or(0);
        let done = f64::from(of_batch.max(self.epochs_done()).max(of_others));
        let planned = match &self.started {
            None if of_others > 0 => of_others,
            _ => self.epochs_planned(),
        };
        let mut end = f64::from(planned).max(1.0);
        while end / 2.0 >= done.max(2.0) {
            end /= 2.0;
        }
        (0.0, end.max(done).ceil())
    }

    /// Charts that are on a screen of this width.
    pub fn charts(columns: u16) -> &'static [Chart] {
        if columns >= VERY_WIDE {
            &Chart::ALL
        } else {
            &Chart::ALL[..4]
        }
    }

    /// Moves the focus, or the crosshair while it is on.
    pub fn move_cursor(&mut self, action: Action, columns: u16) {
        match (self.crosshair, action) {
            (Some(at), Action::Left) => self.crosshair = Some(at.saturating_sub(1)),
            (Some(at), Action::Right) => {
                self.crosshair = Some((at + 1).min(self.epochs.len().saturating_sub(1)))
            }
            (Some(at), Action::PageUp) => self.crosshair = Some(at.saturating_sub(10)),
            (Some(at), Action::PageDown) => {
                self.crosshair = Some((at + 10).min(self.epochs.len().saturating_sub(1)))
            }
            (Some(_), Action::First) => self.crosshair = Some(0),
            (Some(_), Action::Last) => self.crosshair = Some(self.epochs.len().saturating_sub(1)),
            (Some(_), Action::Back) => self.crosshair = None,
            (None, Action::Back) if self.zoomed => self.zoomed = false,
            (_, Action::Left) => self.move_focus(-1, columns),
            (_, Action::Right) => self.move_focus(1, columns),
            (_, Action::Up) => self.move_focus(-Self::across(columns), columns),
            (_, Action::Down) => self.move_focus(Self::across(columns), columns),
            (_, Action::Select) => self.zoomed = !self.zoomed,
            _ => {}
        }
    }

    /// Charts side by side.
    pub fn across(columns: u16) -> isize {
        if columns >= VERY_WIDE { 3 } else { 2 }
    }

    fn move_focus(&mut self, step: isize, columns: u16) {
        let charts = Self::charts(columns);
        let at = charts
            .iter()
            .position(|&chart| chart == self.focus)
            .unwrap_or(0) as isize
            + step;
        if let Some(&chart) = usize::try_from(at).ok().and_then(|at| charts.get(at)) {
            self.focus = chart;
        }
    }

    /// The best epoch so far; `None` without validation people.
    pub fn best_epoch(&self) -> Option<&EpochMetrics> {
        let best = self.epochs.get(self.best?)?;
        best.validation.is_some().then_some(best)
    }

    /// The epoch under the crosshair.
    pub fn read_epoch(&self) -> Option<&EpochMetrics> {
        self.epochs.get(self.crosshair?)
    }
}
