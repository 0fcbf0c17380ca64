//! What stands over a screen for a moment.

use std::path::PathBuf;

use super::event::{Effect, Listing, Photo, Request};
use super::form::Form;
use super::text::TextLine;

/// The one thing over the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// All keys.
    Help {
        /// First visible line.
        scroll: u16,
    },
    /// Leave while a training runs?
    Quit,
    /// The settings of a training.
    Settings(Box<Form>),
    /// The themes.
    Themes {
        /// Index of the one under the cursor.
        selected: usize,
        /// The one before, for Esc.
        before: String,
    },
    /// Files that could not be used.
    Refused {
        /// Index of the one under the cursor.
        selected: usize,
    },
    /// A line to be typed.
    Prompt(Prompt),
    /// A photo to be chosen.
    Files(Box<FilePicker>),
    /// Really?
    Confirm {
        /// The question.
        question: String,
        /// What happens on yes.
        effect: Box<Effect>,
    },
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// The name under which the probe is enrolled.
    Enrol,
    /// The new name of this person.
    Rename(String),
}

/// A line to be typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// What is typed.
    pub line: TextLine,
}

/// Choosing a photo: a path is typed, or the cursor moves in a folder.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePicker {
    /// What the folder holds; nothing while it is read.
    pub listing: Option<Listing>,
    /// Why it could not be read.
    pub failure: Option<String>,
    /// What is typed: part of a name, or a path.
    pub line: TextLine,
    /// Index into the entries that match.
    pub selected: usize,
    /// The file under the cursor, small.
    pub preview: Option<Photo>,
    /// The newest question for a folder.
    pub list_request: Request,
    /// The newest question for a preview.
    pub preview_request: Request,
}

impl FilePicker {
    /// Nothing listed yet.
    pub fn new(list_request: Request) -> Self {
        Self {
            listing: None,
            failure: None,
            line: TextLine::default(),
            selected: 0,
            preview: None,
            list_request,
            preview_request: Request::default(),
        }
    }

    /// Entries whose name contains what is typed: index, name, whether a folder.
    pub fn matching(&self) -> Vec<(&str, bool)> {
        let wanted = if self.typed_path().is_some() {
            String::new()
        } else {
            self.line.text.to_lowercase()
        };
        let entries = self
            .listing
            .as_ref()
            .map_or(&[][..], |listing| &listing.entries);
        let matches = |(name, _): &&(String, bool)| name.to_lowercase().contains(&wanted);
        entries
            .iter()
            .filter(matches)
            .map(|(name, folder)| (name.as_str(), *folder))
            .collect()
    }

    /// What is typed, if it is a path and not a part of a name.
    pub fn typed_path(&self) -> Option<PathBuf> {
        let text = self.line.text.trim();
        (text.contains('/') || text == "~" || text == "..").then(|| PathBuf::from(text))
    }

    /// The path under the cursor, and whether it is a folder.
    pub fn current(&self) -> Option<(PathBuf, bool)> {
        let listing = self.listing.as_ref()?;
        let (name, folder) = *self.matching().get(self.selected)?;
        let path = if name == ".." {
            listing.path.parent()?.to_path_buf()
        } else {
            listing.path.join(name)
        };
        Some((path, folder))
    }
}
