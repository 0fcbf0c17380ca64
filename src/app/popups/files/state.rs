//! The state of the file picker.

use std::path::PathBuf;

use crate::app::pending::{Pending, Request};
use crate::app::photo::Photo;
use crate::app::text::TextLine;

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

/// The state of the file picker.
#[derive(Debug, Clone, PartialEq)]
pub struct FilePicker {
    /// What the folder holds; nothing while the first one is read.
    pub listing: Pending<Listing>,
    /// Why it could not be read.
    pub failure: Option<String>,
    /// The text so far: part of a name, or a path.
    pub line: TextLine,
    /// Index into the entries that match.
    pub selected: usize,
    /// The file under the cursor, scaled down.
    pub preview: Pending<Photo>,
    /// The request to complete a path.
    pub completion: Pending,
}

impl FilePicker {
    /// A picker that waits for its first folder.
    pub fn new(number: Request) -> Self {
        let mut listing = Pending::default();
        listing.ask(number);
        Self {
            listing,
            failure: None,
            line: TextLine::default(),
            selected: 0,
            preview: Pending::default(),
            completion: Pending::default(),
        }
    }

    /// Entries whose name contains the text: name, and whether it is a folder.
    pub fn matching(&self) -> Vec<(&str, bool)> {
        let wanted = if self.typed_path().is_some() {
            String::new()
        } else {
            self.line.text.to_lowercase()
        };
        let entries = self
            .listing
            .get()
            .map_or(&[][..], |listing| &listing.entries);
        let matches = |(name, _): &&(String, bool)| name.to_lowercase().contains(&wanted);
        entries
            .iter()
            .filter(matches)
            .map(|(name, folder)| (name.as_str(), *folder))
            .collect()
    }

    /// The text, if it is a path and not a part of a name.
    pub fn typed_path(&self) -> Option<PathBuf> {
        let text = self.line.text.trim();
        (text.contains('/') || text == "~" || text == "..").then(|| PathBuf::from(text))
    }

    /// The longest beginning that all entries have in common which begin with the text; `None` if no entry does.
    pub fn completed(&self) -> Option<String> {
        let typed = self.line.text.to_lowercase();
        let entries = self.listing.get().map_or(&[][..], |l| &l.entries);
        let names = entries.iter().map(|(name, _)| &**name);
        let names = names.filter(|name| name.to_lowercase().starts_with(&typed));
        common_beginning(names)
    }

    /// The path under the cursor, and whether it is a folder; none while a path is typed, which counts instead.
    pub fn current(&self) -> Option<(PathBuf, bool)> {
        if self.typed_path().is_some() {
            return None;
        }
        let listing = self.listing.get()?;
        let (name, folder) = *self.matching().get(self.selected)?;
        let path = if name == ".." {
            listing.path.parent()?.to_path_buf()
        } else {
            listing.path.join(name)
        };
        Some((path, folder))
    }
}

/// The longest beginning that all names have in common; `None` if there are no names.
pub(crate) fn common_beginning<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    names.map(str::to_owned).reduce(|common, name| {
        let both = common.chars().zip(name.chars());
        both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}
