//! Looking for an entry: typing, going on to the next one, and ending it.

use super::state::Find;
use crate::app::action::Action;
use crate::app::data::Findings;
use crate::app::popups::Overlay;
use crate::app::screen::Screen;
use crate::app::state::State;
use crate::app::text::TextLine;
use crate::files::shown;

impl State {
    /// Begins to look for an entry, if there is a list. The help is filtered instead.
    pub(in crate::app) fn begin_to_find(&mut self) {
        if let Some(Overlay::Help(help)) = &mut self.overlay {
            help.filtering = true;
            return;
        }
        if let Some(before) = self.list_cursor().map(|cursor| *cursor) {
            let line = TextLine::default();
            self.find = Some(Find { line, before });
        }
    }

    /// How many entries contain the text.
    pub fn found(&self) -> usize {
        let wanted = self.wanted();
        let texts = self.list_texts();
        texts.iter().filter(|text| text.contains(&wanted)).count()
    }

    fn wanted(&self) -> String {
        let find = self.find.as_ref();
        find.map_or_else(String::new, |find| find.line.text.to_lowercase())
    }

    /// Types a character or pastes text, by `type_it`, and goes to the first entry from the old place on that contains it.
    pub(in crate::app) fn find_typed(&mut self, type_it: impl FnOnce(&mut TextLine)) {
        if let Some(find) = &mut self.find {
            type_it(&mut find.line);
            let from = find.before;
            self.go_to_found(from, true);
        }
    }

    /// What an editing action does while an entry is looked for.
    pub(in crate::app) fn find_edit(&mut self, action: Action) {
        let Some(find) = &self.find else { return };
        let before = find.before;
        let at = self.list_cursor().map_or(0, |cursor| *cursor);
        match action {
            Action::Confirm => self.find = None,
            Action::Cancel => {
                self.find = None;
                if let Some(cursor) = self.list_cursor() {
                    *cursor = before;
                }
            }
            Action::NextField => self.go_to_found(at + 1, true),
            Action::PreviousField => self.go_to_found(at, false),
            _ => self.find_typed(|line| {
                line.edit(action);
            }),
        }
    }

    /// Goes to the first entry that contains the text, from `from` on and around the end or, backwards, before `from`.
    fn go_to_found(&mut self, from: usize, forwards: bool) {
        let wanted = self.wanted();
        let texts = self.list_texts();
        let count = texts.len();
        let order: Vec<usize> = match forwards {
            true => (0..count).map(|i| (from + i) % count).collect(),
            false => (1..=count).map(|i| (from + count - i) % count).collect(),
        };
        let found = order.into_iter().find(|&i| texts[i].contains(&wanted));
        if let (Some(found), Some(cursor)) = (found, self.list_cursor()) {
            *cursor = found;
        }
    }

    /// The cursor of the list that is shown.
    fn list_cursor(&mut self) -> Option<&mut usize> {
        match &mut self.overlay {
            Some(Overlay::Models(picker)) => return Some(&mut picker.selected),
            Some(Overlay::Check { selected } | Overlay::Themes { selected, .. }) => {
                return Some(selected);
            }
            Some(_) => return None,
            None => {}
        }
        match self.screen {
            Screen::Pairs if !self.pairs.grid => Some(&mut self.pairs.selected),
            Screen::Verify => Some(&mut self.verify.selected),
            Screen::Map => Some(&mut self.map.selected),
            _ => None,
        }
    }

    /// The entries of that list, in lower case.
    fn list_texts(&self) -> Vec<String> {
        let texts: Vec<String> = match (&self.overlay, self.screen) {
            (Some(Overlay::Models(picker)), _) => {
                let choices = picker.choices.get().into_iter().flatten();
                choices
                    .map(|choice| format!("{} {}", choice.name, choice.preset))
                    .collect()
            }
            (Some(Overlay::Check { .. }), _) => in_findings(&self.data.findings),
            (Some(Overlay::Themes { .. }), _) => self.themes.clone(),
            (None, Screen::Pairs) => self.pairs_in_words(),
            (None, Screen::Verify) => {
                let people = self.verify.candidates.iter();
                people
                    .map(|candidate| candidate.person.to_string())
                    .collect()
            }
            (None, Screen::Map) => {
                let pictures = self.data.dataset.iter().flat_map(|d| &d.images);
                pictures.map(|picture| picture.label.clone()).collect()
            }
            _ => Vec::new(),
        };
        texts.into_iter().map(|text| text.to_lowercase()).collect()
    }

    fn pairs_in_words(&self) -> Vec<String> {
        let Some(dataset) = &self.data.dataset else {
            return Vec::new();
        };
        let words = |&index: &usize| {
            let pair = self.pairs.pairs[index];
            let [a, b] = [pair.a, pair.b].map(|image| &dataset.picture(image).label);
            let kind = if pair.same { "same" } else { "different" };
            format!("{kind} {a} {b}")
        };
        self.pairs.shown.iter().map(words).collect()
    }
}

fn in_findings(findings: &Findings) -> Vec<String> {
    findings
        .entries()
        .map(|entry| shown(&entry.path).to_string())
        .collect()
}
