//! Everything the terminal program knows.

use std::time::Duration;

use super::action::{Action, Context};
use super::data::DataView;
use super::event::{Effect, Enrolled, Inside, Level, ModelInfo, Request, Unfinished};
use super::keymap::Keymap;
use super::map::MapView;
use super::memory::Memory;
use super::overlay::Overlay;
use super::pairs::PairsView;
pub use super::screen::Screen;
use super::slide::Slide;
use super::tour::TourView;
use super::train::{Settings, TrainView};
use super::verify::VerifyView;
use crate::units::Seed;

/// Something said in the message line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How much it matters.
    pub level: Level,
    /// The sentence.
    pub text: String,
    /// When it goes away by itself, on the state's clock.
    pub until: Option<Duration>,
}

/// How long good news stays.
const INFO_STAYS: Duration = Duration::from_secs(6);

/// Everything the terminal program knows.
#[derive(Debug, Clone)]
pub struct State {
    /// Time since the start, as last told.
    pub now: Duration,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The one key table.
    pub keymap: Keymap,
    /// The theme in use.
    pub theme: String,
    /// Themes that can be chosen.
    pub themes: Vec<String>,
    /// The screen that is shown.
    pub screen: Screen,
    /// People and pictures.
    pub data: DataView,
    /// The training.
    pub train: TrainView,
    /// Single pairs.
    pub pairs: PairsView,
    /// A probe against everybody.
    pub verify: VerifyView,
    /// The embeddings.
    pub map: MapView,
    /// The two towers, for the pair at this index of the pairs.
    pub network: NetworkView,
    /// The tour.
    pub tour: TourView,
    /// What stands over the screen.
    pub overlay: Option<Overlay>,
    /// What the message line says.
    pub message: Option<Message>,
    /// The network that answers, if there is one.
    pub model: Option<ModelInfo>,
    /// People enrolled by the user.
    pub gallery: Vec<Enrolled>,
    /// When Ctrl-C was last pressed.
    pub interrupted: Option<Duration>,
    /// Whether the program is to end when the training has saved.
    pub leaving: bool,
    /// Whether another process is then to go on with it.
    pub hand_over: bool,
    /// Whether a bell rings when a training ends.
    pub bell: bool,
    /// The newest number given to a question.
    pub requests: u64,
    /// Where the threshold stood before it was moved, as long as that is shown.
    pub slide: Option<Slide>,
    /// A run that could go on.
    pub offer: Option<Unfinished>,
    /// The name of the last run that the user did not want to go on with.
    pub dropped_offer: String,
    /// The faces there were, until it is known that the other ones that were asked for can be had.
    pub data_before: Option<Box<DataView>>,
    /// What was selected the last time, until the faces are there.
    pub recalled: Option<Memory>,
}

/// The state of the Network screen.
#[derive(Debug, Clone, Default)]
pub struct NetworkView {
    /// Index into the pairs as drawn.
    pub example: usize,
    /// What happens inside for that pair.
    pub inside: Option<std::sync::Arc<Inside>>,
    /// First visible layer.
    pub scroll: usize,
    /// The newest question.
    pub request: Request,
    /// Whether it is still open.
    pub waiting: bool,
}

impl State {
    /// The state at the start; [`Self::begin`] asks for the data.
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
            verify: VerifyView::new(),
            map: MapView::default(),
            network: NetworkView::default(),
            tour: TourView::default(),
            overlay: None,
            message: None,
            model: None,
            gallery: Vec::new(),
            interrupted: None,
            leaving: false,
            hand_over: false,
            bell: true,
            requests: 0,
            slide: None,
            offer: None,
            dropped_offer: String::new(),
            data_before: None,
            recalled: None,
        }
    }

    /// What to ask for at the start, and what to say to somebody who is here for the first time.
    pub fn begin(&mut self) -> Vec<Effect> {
        let key = |action| self.keymap.first_shown(action).unwrap_or_default();
        let (tour, help) = (key(Action::Tour), key(Action::Help));
        if self.message.is_none() {
            self.say(
                Level::Info,
                format!("{tour} leads you through in eight stops · {help} shows all keys"),
            );
        }
        let request = self.ask();
        self.data.request = request;
        vec![Effect::Load(request, self.data.source.clone())]
    }

    /// The training to be watched is another process's.
    pub fn attach(&mut self) {
        self.train.begin();
        self.train.attached = true;
        self.screen = Screen::Train;
        self.say(
            Level::Info,
            "attached to a training in the background; leaving leaves it alone",
        );
    }

    /// A number for a new question.
    pub fn ask(&mut self) -> Request {
        self.requests += 1;
        Request(self.requests)
    }

    /// Says something in the message line.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let until = (level == Level::Info).then(|| self.now + INFO_STAYS);
        self.message = Some(Message {
            level,
            text: super::text::clean(&text.into()),
            until,
        });
    }

    /// Whether something so grave or graver is on the message line, which what comes by itself shall not take away.
    pub fn has_unread(&self, level: Level) -> bool {
        let message = self.message.as_ref();
        message.is_some_and(|message| message.level >= level)
    }

    /// Where keys are looked up now, most special first.
    pub fn contexts(&self) -> Vec<Context> {
        if self.typing() {
            return vec![Context::Input];
        }
        match &self.overlay {
            Some(Overlay::Quit) if cfg!(unix) => vec![Context::Leave, Context::Global],
            Some(_) => vec![Context::Global],
            None if self.offer.is_some() => {
                vec![Context::Offer, self.screen.context(), Context::Global]
            }
            None if self.tour.active => vec![Context::Tour, self.screen.context(), Context::Global],
            None => vec![self.screen.context(), Context::Global],
        }
    }

    /// Whether keys go into a line of text.
    pub fn typing(&self) -> bool {
        let in_overlay = matches!(
            self.overlay,
            Some(Overlay::Settings(_) | Overlay::Prompt(_) | Overlay::Files(_))
        );
        in_overlay || (self.overlay.is_none() && self.screen == Screen::Data && self.data.filtering)
    }

    /// When the state wants to be woken by a tick, if nothing else happens.
    pub fn wake_at(&self) -> Option<Duration> {
        let message = self.message.as_ref().and_then(|message| message.until);
        let walk = self
            .verify
            .walk
            .filter(|_| self.screen == Screen::Verify)
            .map(|_| self.now + WALK_STEP);
        let slide = self.slide.map(|slide| slide.until);
        [message, walk, slide].into_iter().flatten().min()
    }

    /// Whether the terminal is too small for the screens.
    pub fn too_small(&self) -> bool {
        self.size.0 < super::geometry::SMALLEST.0 || self.size.1 < super::geometry::SMALLEST.1
    }
}

/// How long the probe stays with each person while it walks along them.
pub const WALK_STEP: Duration = Duration::from_millis(120);
