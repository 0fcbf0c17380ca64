//! The popup over a screen.

use super::files::FilePicker;
use super::help::HelpView;
use super::models::ModelPicker;
use super::palette::Palette;
use super::settings::Form;
use crate::app::effect::Effect;
use crate::app::text::TextLine;
use crate::recognition::Probe;

/// The popup over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The help: all keys.
    Help(HelpView),
    /// The question whether to leave while a training runs.
    Quit,
    /// The settings of a training.
    Settings(Box<Form>),
    /// The list of themes.
    Themes {
        /// Index of the one under the cursor.
        selected: usize,
        /// The one before, for Esc.
        before: String,
    },
    /// The list of networks that could answer.
    Models(ModelPicker),
    /// The browser of runs, whose state is in [`State`](crate::app::State).
    Runs,
    /// The list of what was found in the files.
    Check {
        /// Index of the one under the cursor.
        selected: usize,
    },
    /// The command palette.
    Palette(Palette),
    /// A line to type.
    Prompt(Prompt),
    /// The file picker.
    Files(Box<FilePicker>),
    /// The question whether to enroll the middle of a photo without a face.
    EnrollMiddle(Probe),
    /// A question with yes and no.
    Confirm {
        /// The question.
        question: String,
        /// What is requested on yes.
        effect: Box<Effect>,
    },
}

impl Overlay {
    /// The line for the name under which this face is enrolled.
    pub(in crate::app) fn enroll(probe: Probe) -> Self {
        Self::Prompt(Prompt {
            purpose: Purpose::Enroll(probe),
            line: TextLine::default(),
        })
    }
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// The name under which this face is enrolled.
    Enroll(Probe),
    /// The new name of this person.
    Rename(String),
}

/// A line to type.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What the line is for.
    pub purpose: Purpose,
    /// What is typed.
    pub line: TextLine,
}
