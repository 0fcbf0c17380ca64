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
    /// A choice: people, or pairs as in the article.
    HeldOut,
    /// `orl`, a folder, a file.
    Data,
}

/// The choice that is the training of the article: the preset `tutorial`, validated on a tenth of the pairs, 100 epochs.
const ARTICLE: &str = "as in the article";
/// The choices of what is held out.
const HELD_OUT: [&str; 2] = ["people", "pairs"];

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Preset,
        Self::Epochs,
        Self::Batch,
        Self::LearningRate,
        Self::Seed,
        Self::Threads,
        Self::HeldOut,
        Self::Data,
    ];

    /// Its place among them.
    fn index(self) -> usize {
        self as usize
    }

    /// Whether it is one of several choices, and no text.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Preset | Self::HeldOut)
    }

    /// Its label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Epochs => "epochs",
            Self::Batch => "batch",
            Self::LearningRate => "learning rate",
            Self::Seed => "seed",
            Self::Threads => "threads",
            Self::HeldOut => "held out",
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
            Self::HeldOut => "←/→: people for honest figures; pairs as the article does",
            Self::Data => "orl (built in), a folder with a sub-folder per person, or a .mat file",
        }
    }
}

/// The form.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    presets: Vec<Settings>,
    /// A line per field, in the order of [`Field::ALL`].
    pub lines: [TextLine; 8],
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
        form.set(Field::Threads, settings.threads.to_string());
        form.set(Field::Data, &settings.data);
        form
    }

    /// A form as it was accepted, whose faces then could not be loaded.
    pub(super) fn with_wrong_data(presets: Vec<Settings>, typed: &Settings, why: String) -> Self {
        Self {
            at: Field::Data.index(),
            mistake: Some(why),
            ..Self::new(presets, typed)
        }
    }

    fn set(&mut self, field: Field, text: impl Into<String>) {
        self.lines[field.index()] = TextLine::new(text);
    }

    fn text(&self, field: Field) -> &str {
        self.lines[field.index()].text.trim()
    }

    /// Fills in everything that a preset decides.
    fn fill(&mut self, settings: &Settings) {
        let preset = match settings.is_article() {
            true => ARTICLE.to_owned(),
            false => settings.preset.clone(),
        };
        self.set(Field::HeldOut, HELD_OUT[usize::from(settings.by_pairs)]);
        let texts = [
            preset,
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
        if !self.field().is_choice() && self.lines[self.at].type_key(key) {
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
            Action::Erase | Action::EraseAll if !self.field().is_choice() => {
                self.lines[self.at].edit(action);
            }
            _ => return,
        }
        self.mistake = None;
    }

    fn choose(&mut self, step: isize) {
        match self.field() {
            Field::HeldOut => {
                let pairs = self.text(Field::HeldOut) == HELD_OUT[1];
                self.set(Field::HeldOut, HELD_OUT[usize::from(!pairs)]);
            }
            Field::Preset if !self.presets.is_empty() => self.choose_preset(step),
            _ => {}
        }
    }

    /// The presets, then the training of the article.
    fn choose_preset(&mut self, step: isize) {
        let tutorial = self.presets.iter().find(|known| known.preset == "tutorial");
        let article = tutorial.map(|tutorial| Settings {
            by_pairs: true,
            ..tutorial.clone()
        });
        let all: Vec<&Settings> = self.presets.iter().chain(&article).collect();
        let name = |settings: &Settings| match settings.is_article() {
            true => ARTICLE.to_owned(),
            false => settings.preset.clone(),
        };
        let now = self.text(Field::Preset);
        let at = all.iter().position(|known| name(known) == now);
        let next = (at.unwrap_or(0) as isize + step).rem_euclid(all.len() as isize);
        let chosen = all[next as usize].clone();
        let seed = self.text(Field::Seed).to_owned();
        self.fill(&chosen);
        self.set(Field::Seed, seed);
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
        let text = |field: Field| self.text(field);
        let rate: f32 = text(Field::LearningRate).parse().unwrap_or(f32::NAN);
        if !limits::LEARNING_RATE.contains(&rate) {
            return Err(Mistake::LearningRate);
        }
        if text(Field::Data).is_empty() {
            return Err(Mistake::NoFaces);
        }
        Ok(Settings {
            preset: match text(Field::Preset) {
                ARTICLE => "tutorial".to_owned(),
                preset => preset.to_owned(),
            },
            epochs: self.whole(Field::Epochs, limits::EPOCHS)?,
            batch: self.whole(Field::Batch, limits::BATCH)?,
            learning_rate: rate,
            seed: self.whole(Field::Seed, Bounds::new(0, u64::MAX))?,
            threads: self.whole(Field::Threads, limits::THREADS)?,
            data: text(Field::Data).to_owned(),
            by_pairs: text(Field::HeldOut) == HELD_OUT[1],
        })
    }
}

impl Form {
    /// The whole number in a field, if it is within `bounds`.
    fn whole<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
        &self,
        field: Field,
        bounds: Bounds<T>,
    ) -> Result<T, Mistake> {
        let number = self.text(field).parse().ok();
        let number = number.filter(|number| bounds.contains(number));
        let bounds = bounds.to_string();
        number.ok_or(Mistake::Whole { field, bounds })
    }
}

/// A field that cannot be used as it is.
#[derive(Debug, thiserror::Error)]
enum Mistake {
    #[error("{} must be a whole number {bounds}", field.name())]
    Whole { field: Field, bounds: String },
    #[error("learning rate must be a number {}", limits::LEARNING_RATE)]
    LearningRate,
    #[error("faces must be `orl`, a folder or a .mat file")]
    NoFaces,
}

impl Mistake {
    /// The index of the field.
    fn field(&self) -> usize {
        let field = match self {
            Self::Whole { field, .. } => *field,
            Self::LearningRate => Field::LearningRate,
            Self::NoFaces => Field::Data,
        };
        field.index()
    }
}
