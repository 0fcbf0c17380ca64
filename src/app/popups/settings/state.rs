//! The form with the settings of a training.

use crate::app::action::Action;
use crate::app::key::Key;
use crate::app::text::TextLine;
use crate::app::train::Settings;
use crate::config::limits::{self, Bounds};

/// The fields, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A choice.
    Preset,
    /// A whole number from 1.
    Epochs,
    /// A whole number from 1.
    Batch,
    /// A number above 0.
    LearningRate,
    /// A whole number.
    Seed,
    /// A whole number from 1.
    Threads,
    /// `orl`, a folder, a file.
    Data,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Preset,
        Self::Epochs,
        Self::Batch,
        Self::LearningRate,
        Self::Seed,
        Self::Threads,
        Self::Data,
    ];

    /// Its label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Epochs => "epochs",
            Self::Batch => "batch",
            Self::LearningRate => "learning rate",
            Self::Seed => "seed",
            Self::Threads => "threads",
            Self::Data => "faces",
        }
    }

    /// What it is for, in a few words.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Preset => "←/→: which network and recipe to start from",
            Self::Epochs => "passes over the training people's pairs",
            Self::Batch => "pairs (tutorial) or pictures (compact, transfer) for one step",
            Self::LearningRate => "how far one step goes; 0.001 is usual for Adam",
            Self::Seed => "the same seed gives the same training again",
            Self::Threads => "cores to use; the screen stays responsive either way",
            Self::Data => "orl (built in), a folder with a sub-folder per person, or a .mat file",
        }
    }
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    presets: Vec<Settings>,
    /// A line per field, in the order of [`Field::ALL`].
    pub lines: [TextLine; 7],
    /// Index of the field that is edited.
    pub at: usize,
    /// What is wrong, after an attempt to accept.
    pub mistake: Option<String>,
}

impl Form {
    /// A form with `settings` filled in.
    pub fn new(presets: Vec<Settings>, settings: &Settings) -> Self {
        let mut form = Self {
            presets,
            lines: Default::default(),
            at: 0,
            mistake: None,
        };
        form.fill(settings);
        form.lines[5] = TextLine::new(settings.threads.to_string());
        form.lines[6] = TextLine::new(&settings.data);
        form
    }

    /// Fills in everything that a preset decides.
    fn fill(&mut self, settings: &Settings) {
        let texts = [
            settings.preset.clone(),
            settings.epochs.to_string(),
            settings.batch.to_string(),
            settings.learning_rate.to_string(),
            settings.seed.to_string(),
        ];
        for (line, text) in self.lines.iter_mut().zip(texts) {
            *line = TextLine::new(text);
        }
    }

    /// The field that is edited.
    pub fn field(&self) -> Field {
        Field::ALL[self.at]
    }

    /// Types a character.
    pub fn type_key(&mut self, key: Key) {
        if self.field() != Field::Preset && self.lines[self.at].type_key(key) {
            self.mistake = None;
        }
    }

    /// Moves between fields, changes a choice, erases.
    pub fn act(&mut self, action: Action) {
        let fields = Field::ALL.len();
        match action {
            Action::NextField => self.at = (self.at + 1) % fields,
            Action::PreviousField => self.at = (self.at + fields - 1) % fields,
            Action::ChoiceLeft => self.choose(-1),
            Action::ChoiceRight => self.choose(1),
            Action::Erase | Action::EraseAll if self.field() != Field::Preset => {
                self.lines[self.at].edit(action);
            }
            _ => return,
        }
        self.mistake = None;
    }

    fn choose(&mut self, step: isize) {
        if self.field() != Field::Preset || self.presets.is_empty() {
            return;
        }
        let count = self.presets.len() as isize;
        let at = self
            .presets
            .iter()
            .position(|preset| preset.preset == self.lines[0].text)
            .unwrap_or(0) as isize;
        let seed = self.lines[4].clone();
        let preset = self.presets[(at + step).rem_euclid(count) as usize].clone();
        self.fill(&preset);
        self.lines[4] = seed;
    }

    /// The settings that were typed. If a field holds a mistake, the form shows it, and that field is edited.
    pub fn settings(&mut self) -> Option<Settings> {
        match self.read() {
            Ok(settings) => Some(settings),
            Err(mistake) => {
                self.at = mistake.field();
                self.mistake = Some(mistake.to_string());
                None
            }
        }
    }

    fn read(&self) -> Result<Settings, Mistake> {
        let text = |at: usize| self.lines[at].text.trim();
        let rate: f32 = text(3).parse().unwrap_or(f32::NAN);
        if !limits::LEARNING_RATE.contains(&rate) {
            return Err(Mistake::LearningRate);
        }
        if text(6).is_empty() {
            return Err(Mistake::NoFaces);
        }
        Ok(Settings {
            preset: text(0).to_owned(),
            epochs: whole(text(1), limits::EPOCHS, 1)?,
            batch: whole(text(2), limits::BATCH, 2)?,
            learning_rate: rate,
            seed: whole(text(4), Bounds::new(0, u64::MAX), 4)?,
            threads: whole(text(5), limits::THREADS, 5)?,
            data: text(6).to_owned(),
        })
    }
}

/// A field that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
enum Mistake {
    #[error("{} must be a whole number {bounds}", Field::ALL[*at].name())]
    Whole { at: usize, bounds: String },
    #[error("learning rate must be a number {}", limits::LEARNING_RATE)]
    LearningRate,
    #[error("faces must be `orl`, a folder or a .mat file")]
    NoFaces,
}

impl Mistake {
    /// The index of the field.
    fn field(&self) -> usize {
        match self {
            Self::Whole { at, .. } => *at,
            Self::LearningRate => 3,
            Self::NoFaces => 6,
        }
    }
}

/// A whole number within `bounds`; otherwise the mistake of the field with the index `at`.
fn whole<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    bounds: Bounds<T>,
    at: usize,
) -> Result<T, Mistake> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    let bounds = bounds.to_string();
    number.ok_or(Mistake::Whole { at, bounds })
}
