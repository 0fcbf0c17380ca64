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
use super::tour::TourView;
use super::train::{Settings, TrainView};
use super::verify::VerifyView;
use crate::units::{Seed, Similarity, Threshold};

/// The screens, in the order of their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Screen {
    /// People and pictures.
    #[default]
    Data,
    /// Curves and controls.
    Train,
    /// Two faces side by side.
    Pairs,
    /// Who is this?
    Verify,
    /// The embeddings.
    Map,
    /// The two towers.
    Network,
}

impl Screen {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Data,
        Self::Train,
        Self::Pairs,
        Self::Verify,
        Self::Map,
        Self::Network,
    ];

    /// Its name in the first row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Pairs => "Pairs",
            Self::Verify => "Verify",
            Self::Map => "Map",
            Self::Network => "Network",
        }
    }

    /// Where its keys are looked up.
    pub fn context(self) -> Context {
        match self {
            Self::Data => Context::Data,
            Self::Train => Context::Train,
            Self::Pairs => Context::Pairs,
            Self::Verify => Context::Verify,
            Self::Map => Context::Map,
            Self::Network => Context::Network,
        }
    }

    /// The screen that an action shows.
    pub fn shown_by(action: Action) -> Option<Self> {
        match action {
            Action::ShowData => Some(Self::Data),
            Action::ShowTrain => Some(Self::Train),
            Action::ShowPairs => Some(Self::Pairs),
            Action::ShowVerify => Some(Self::Verify),
            Action::ShowMap => Some(Self::Map),
            Action::ShowNetwork => Some(Self::Network),
            _ => None,
        }
    }

    /// The screen `step` further, around the end.
    pub fn turn(self, step: isize) -> Self {
        let at = Self::ALL.iter().position(|&s| s == self).unwrap_or(0) as isize;
        Self::ALL[(at + step).rem_euclid(Self::ALL.len() as isize) as usize]
    }
}

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
    /// What was selected the last time, until the faces are there.
    pub recalled: Option<Memory>,
}

/// A threshold on the move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slide {
    /// Where it stood.
    pub from: Threshold,
    /// Until when what it turned is lit, on the state's clock.
    pub until: Duration,
}

/// How long that is, after the last step.
const LIT: Duration = Duration::from_secs(2);

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
            bell: true,
            requests: 0,
            slide: None,
            offer: None,
            dropped_offer: String::new(),
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

    /// Where keys are looked up now, most special first.
    pub fn contexts(&self) -> Vec<Context> {
        if self.typing() {
            return vec![Context::Input];
        }
        match &self.overlay {
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

impl State {
    /// Moves the threshold by `steps`; whoever that turns is lit for a while.
    pub(super) fn move_threshold(&mut self, steps: f32) -> Vec<Effect> {
        let before = self.verify.threshold;
        self.verify.move_threshold(steps);
        let from = self.slide.map_or(before, |slide| slide.from);
        let until = self.now + LIT;
        self.slide = Some(Slide { from, until });
        self.pairs.list(self.verify.threshold);
        let people = self.verify.candidates.iter().map(|c| c.similarity);
        let people = people.filter(|&s| self.turned(s).is_some()).count();
        let all = 0..self.pairs.pairs.len();
        let pairs = all.filter_map(|i| self.pairs.similarity(i));
        let pairs = pairs.filter(|&s| self.turned(s).is_some()).count();
        let to = self.verify.threshold.0;
        let text = format!(
            "threshold {:.2} → {to:.2} turns {people} of {} people and {pairs} of {} pairs",
            from.0,
            self.verify.candidates.len(),
            self.pairs.pairs.len()
        );
        self.say(Level::Info, text);
        Vec::new()
    }

    /// Whether moving the threshold has just turned the verdict on `similarity`, and if so, to what.
    pub fn turned(&self, similarity: Similarity) -> Option<bool> {
        let accepted = similarity.accepted_at(self.verify.threshold);
        let before = similarity.accepted_at(self.slide?.from);
        (accepted != before).then_some(accepted)
    }

    /// Whether an action would do something now: only such are in the footer.
    pub fn offers(&self, action: Action) -> bool {
        let train = &self.train;
        let probed = self.verify.candidates.get(self.verify.selected);
        match action {
            Action::Pause | Action::Step | Action::Save | Action::Stop => train.active(),
            Action::StartTraining => !train.active() && self.overlay.is_none(),
            Action::Crosshair | Action::Smoothing => !train.epochs.is_empty(),
            Action::EarlierEpoch | Action::LaterEpoch => self.pairs.scored.len() > 1,
            Action::UndoMark => !self.pairs.marks.is_empty(),
            Action::MarkMislabelled => self.pairs.current().is_some(),
            Action::LowerThreshold | Action::RaiseThreshold => !self.pairs.scored.is_empty(),
            Action::ShowRefused => self
                .data
                .dataset
                .as_ref()
                .is_some_and(|d| !d.refused.is_empty()),
            Action::Rename | Action::Forget => probed.is_some_and(|c| c.enrolled),
            Action::ThresholdDown | Action::ThresholdUp | Action::SortPeople => probed.is_some(),
            Action::EditSettings => false,
            Action::ChoiceLeft | Action::ChoiceRight => false,
            _ => true,
        }
    }

    /// The word in the footer; some depend on the state.
    pub fn label(&self, action: Action) -> &'static str {
        use super::event::Compare;
        use super::train::Phase;
        use super::verify::Sort;
        match action {
            Action::Pause if self.train.phase == Phase::Paused => "go on",
            Action::Zoom if self.train.zoomed => "all charts",
            Action::LogScale if self.train.log => "linear",
            Action::ShowTiles if !self.verify.tiles => "tiles",
            Action::MarkMislabelled
                if self.pairs.current().is_some_and(|i| self.pairs.marked(i)) =>
            {
                "well labelled"
            }
            Action::SortPeople if self.verify.sort == Sort::Best => "by name",
            Action::AllPictures if self.verify.compare == Compare::All => "one picture",
            _ => action.label(),
        }
    }
}
