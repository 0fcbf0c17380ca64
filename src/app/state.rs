//! Everything the terminal program knows.

use std::time::Duration;

use super::action::{Action, Context};
use super::data::DataView;
use super::effect::TrainingRequest;
use super::find::Find;
use super::geometry::SMALLEST;
use super::keymap::Keymap;
use super::map::MapView;
use super::memory::Memory;
use super::message::{Level, Message};
use super::model::{BUILT_IN, ModelInfo};
use super::network::NetworkView;
use super::pairs::PairsView;
use super::pending::Request;
use super::popups::{Overlay, RunsView};
use super::screen::Screen;
use super::text;
use super::threshold::ThresholdMove;
use super::tour::TourView;
use super::train::{Settings, TrainView, Unfinished};
use super::verify::VerifyView;
use crate::units::{Epoch, Seed, Similarity};

/// How long a message of [`Level::Info`] stays.
const INFO_STAYS: Duration = Duration::from_secs(6);

/// Faces that were prepared again for a training.
#[derive(Debug, Clone)]
pub struct Reload {
    /// The training to request when they are there.
    pub then: Option<TrainingRequest>,
    /// The network that answers when they are there, unless a training was requested: the one that was chosen, or the one
    /// before a training that ends without an epoch.
    pub before: Option<ModelInfo>,
}

/// Everything the terminal program knows. Only [`update`](super::update()) changes it.
#[derive(Debug, Clone)]
pub struct State {
    /// Time since the start, at the last tick.
    pub now: Duration,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Which key does what.
    pub keymap: Keymap,
    /// The theme in use.
    pub theme: String,
    /// Themes that can be chosen.
    pub themes: Vec<String>,
    /// The screen that is shown.
    pub screen: Screen,
    /// The Data screen.
    pub data: DataView,
    /// The Train screen.
    pub train: TrainView,
    /// The browser of runs.
    pub runs: RunsView,
    /// The Pairs screen.
    pub pairs: PairsView,
    /// The Verify screen.
    pub verify: VerifyView,
    /// The Map screen.
    pub map: MapView,
    /// The Network screen.
    pub network: NetworkView,
    /// The tour.
    pub tour: TourView,
    /// The text that is looked for in a list.
    pub find: Option<Find>,
    /// A command that was chosen by name, until it is carried out.
    pub command: Option<Action>,
    /// The popup over the screen.
    pub overlay: Option<Overlay>,
    /// What the message line says.
    pub message: Option<Message>,
    /// The network that answers, if there is one.
    pub model: Option<ModelInfo>,
    /// Whether the network of an earlier run was requested.
    pub model_requested: bool,
    /// When Ctrl-C was last pressed.
    pub interrupted: Option<Duration>,
    /// Whether the program ends when the training has saved.
    pub leaving: bool,
    /// Whether a background process then resumes the training.
    pub hand_over: bool,
    /// Whether a bell rings when a training ends.
    pub bell: bool,
    /// The newest number given to a request.
    pub requests: u64,
    /// The threshold before it was moved, as long as that is shown.
    pub moved: Option<ThresholdMove>,
    /// A run that could be resumed.
    pub offer: Option<Unfinished>,
    /// The name of the last run that the user did not want to resume.
    pub dropped_offer: String,
    /// The faces were prepared again for a training that has no epoch yet.
    pub reload: Option<Reload>,
    /// The data set before the one that is being loaded: it returns if loading fails.
    pub data_before: Option<Box<DataView>>,
    /// What was selected when the program was last left, until the faces are loaded.
    pub recalled: Option<Memory>,
}

impl State {
    /// The state at the start; [`Event::Begin`](super::Event::Begin) then requests the data.
    pub fn new(settings: Settings, presets: Vec<Settings>, size: (u16, u16)) -> Self {
        Self {
            now: Duration::ZERO,
            size,
            keymap: Keymap::default(),
            theme: "dark".into(),
            themes: Vec::new(),
            screen: Screen::default(),
            data: DataView::new(&settings.data),
            pairs: PairsView::new(Seed(settings.seed)),
            train: TrainView::new(presets, settings),
            runs: RunsView::default(),
            verify: VerifyView::default(),
            map: MapView::default(),
            network: NetworkView::default(),
            tour: TourView::default(),
            find: None,
            command: None,
            overlay: None,
            message: None,
            model: None,
            model_requested: false,
            interrupted: None,
            leaving: false,
            hand_over: false,
            bell: true,
            requests: 0,
            moved: None,
            offer: None,
            dropped_offer: String::new(),
            reload: None,
            data_before: None,
            recalled: None,
        }
    }

    /// A number for a new request.
    pub(super) fn ask(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    /// Says something in the message line.
    pub(super) fn say(&mut self, level: Level, text: impl Into<String>) {
        let until = (level == Level::Info).then(|| self.now + INFO_STAYS);
        self.message = Some(Message {
            level,
            text: text::clean(&text.into()),
            only_on: None,
            until,
        });
    }

    /// The same for as long as this screen is shown.
    pub(super) fn say_here(&mut self, level: Level, text: impl Into<String>) {
        self.say(level, text);
        if let Some(message) = &mut self.message {
            message.only_on = Some(self.screen);
        }
    }

    /// Whether the message line says something at least as important, which an automatic message must not replace.
    pub(super) fn has_unread(&self, level: Level) -> bool {
        let message = self.message.as_ref();
        message.is_some_and(|message| message.level >= level)
    }

    /// Where keys are looked up now, the most specific context first.
    pub fn contexts(&self) -> Vec<Context> {
        let screen = Context::Screen(self.screen);
        if matches!(self.overlay, Some(Overlay::Files(_))) {
            return vec![Context::Picker, Context::Input];
        }
        if self.typing() {
            return vec![Context::Input];
        }
        match &self.overlay {
            Some(Overlay::Runs) => vec![Context::Runs, Context::Global],
            Some(Overlay::Quit) if cfg!(unix) => vec![Context::Leave, Context::Global],
            Some(_) => vec![Context::Global],
            None if self.offer.is_some() => vec![Context::Offer, screen, Context::Global],
            None if self.tour.active => vec![Context::Tour, screen, Context::Global],
            None => vec![screen, Context::Global],
        }
    }

    /// Whether keys go into a line of text.
    pub fn typing(&self) -> bool {
        let in_overlay = matches!(
            self.overlay,
            Some(
                Overlay::Settings(_) | Overlay::Prompt(_) | Overlay::Files(_) | Overlay::Palette(_)
            )
        );
        let in_filter = match &self.overlay {
            Some(Overlay::Runs) => self.runs.typing(),
            Some(Overlay::Help(help)) => help.filtering,
            _ => false,
        };
        in_overlay
            || in_filter
            || self.find.is_some()
            || (self.overlay.is_none() && self.screen == Screen::Data && self.data.filtering)
    }

    /// When the state needs a tick, if nothing else happens.
    pub fn wake_at(&self) -> Option<Duration> {
        let message = self.message.as_ref().and_then(|message| message.until);
        let walk = self.verify.walk.filter(|_| self.screen == Screen::Verify);
        let walk = walk.map(|walk| walk.next(self.verify.walk_step()));
        let moved = self.moved.map(|moved| moved.until);
        let runs = self.runs_stale_at();
        [message, walk, moved, runs].into_iter().flatten().min()
    }

    /// Whether there is a newer network than the one after `epoch`.
    pub(super) fn is_outdated(&self, epoch: Epoch) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.epoch != epoch)
    }

    /// The network after this epoch, in a few words.
    pub fn epoch_name(&self, epoch: Epoch) -> String {
        let built_in = self.model.as_ref().filter(|model| model.origin == BUILT_IN);
        match (built_in, epoch.0) {
            (Some(model), _) => model.origin.clone(),
            (None, 0) => "epoch 0 (backbone)".to_owned(),
            (None, n) => format!("epoch {n}"),
        }
    }

    /// Whether the terminal is too small for the screens.
    pub fn too_small(&self) -> bool {
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Whether moving the threshold has just flipped the decision on `similarity`, and if so, whether it is accepted now.
    pub fn flipped(&self, similarity: Similarity) -> Option<bool> {
        let accepted = similarity.accepted_at(self.verify.threshold);
        let before = similarity.accepted_at(self.moved?.from);
        (accepted != before).then_some(accepted)
    }
}
