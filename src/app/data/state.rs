//! The state of the Data screen.

use std::sync::Arc;

use super::findings::Findings;
use super::listed::Listed;
use crate::app::action::Action;
use crate::app::geometry::Grid;
use crate::app::model::SplitNames;
use crate::app::pending::{Pending, Request};
use crate::app::photo::Photo;
use crate::app::text::TextLine;
use crate::data::{Dataset, Preview, Split};
use crate::units::{ImageId, PersonId};

/// Whether the data set is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Being read.
    Loading,
    /// Loaded.
    Ready,
    /// It cannot be used, and why.
    Failed(String),
}

/// What the movement keys move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The list of people.
    People,
    /// The pictures.
    Pictures,
}

/// Which part of the split a person belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The network learns from these.
    Train,
    /// Held out to choose the best epoch.
    Validation,
    /// Not trained on; the thresholds of the network were set on these.
    Calibration,
    /// Held out to the end.
    Test,
}

impl Part {
    /// Its word on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Calibration => "calibration",
            Self::Test => "test",
        }
    }
}

/// How far the reading of a data set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Pictures that are read.
    pub done: usize,
    /// All pictures.
    pub all: usize,
    /// `203 a second, 8 min left`; empty while it is not known.
    pub pace: String,
}

/// The state of the Data screen.
#[derive(Debug, Clone)]
pub struct DataView {
    /// The source: `orl`, a folder, a file.
    pub source: String,
    /// Whether it is loaded.
    pub phase: Phase,
    /// People and pictures.
    pub dataset: Option<Arc<Dataset>>,
    /// What is known of a folder that is read for the first time.
    pub preview: Option<Arc<Preview>>,
    /// Files that cannot be used, and what is doubtful in the others.
    pub findings: Arc<Findings>,
    /// Whether all photos are being compared with each other.
    pub checking: bool,
    /// Who is trained on and who is held out, if known.
    pub split: Option<Split>,
    /// Whether the network was not trained on any of them: its calibration is from those that it would be validated on.
    pub calibrated_only: bool,
    /// The filter on the names.
    pub filter: TextLine,
    /// Whether keys go into the filter.
    pub filtering: bool,
    /// People whose name contains the filter.
    pub shown: Vec<PersonId>,
    /// Index into `shown`.
    pub person: usize,
    /// Index into the pictures of that person.
    pub picture: usize,
    /// What the movement keys move.
    pub focus: Focus,
    /// First visible line of the pictures.
    pub scroll: usize,
    /// Whether one picture is shown large.
    pub enlarged: bool,
    /// The photo behind the enlarged picture.
    pub photo: Pending<(ImageId, Photo)>,
    /// The request for the data set.
    pub load: Pending,
    /// While it is read: how far that is.
    pub progress: Option<Progress>,
}

impl DataView {
    /// A source that is not loaded yet.
    pub fn new(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            phase: Phase::Loading,
            dataset: None,
            preview: None,
            findings: Arc::default(),
            checking: false,
            split: None,
            calibrated_only: false,
            filter: TextLine::default(),
            filtering: false,
            shown: Vec::new(),
            person: 0,
            picture: 0,
            focus: Focus::People,
            scroll: 0,
            enlarged: false,
            photo: Pending::default(),
            load: Pending::default(),
            progress: None,
        }
    }

    /// Takes how far the reading is, if it is that of the newest request.
    pub fn reading(&mut self, number: Request, progress: Progress) {
        if self.load.request() == Some(number) {
            self.progress = Some(progress);
        }
    }

    /// Takes the people of a folder that is being read, if it is that of the newest request. Other faces of a data set that is
    /// there are not shown before all are made.
    pub fn listed(&mut self, number: Request, preview: Arc<Preview>) {
        if self.load.request() == Some(number) && self.dataset.is_none() {
            self.preview = Some(preview);
            self.apply_filter();
        }
    }

    /// The people and pictures that the screen lists.
    pub fn list(&self) -> Option<Listed<'_>> {
        let preview = || self.preview.as_deref().map(Listed::Preview);
        let dataset = self.dataset.as_deref().map(Listed::Dataset);
        dataset.or_else(preview)
    }

    /// Takes the data set that was loaded. The cursor stays on its picture, if that is in the data set.
    pub fn loaded(&mut self, dataset: Arc<Dataset>) {
        let before = self.preview.take().and_then(|preview| {
            let (person, picture) = (self.current_person()?, self.picture);
            let is_on_one = !self.is_at_start() && picture < preview.pictures_of(person);
            let names = || [preview.name(person), preview.file_name(person, picture)];
            is_on_one.then(|| names().map(str::to_owned))
        });
        self.progress = None;
        self.findings = Arc::new(Findings::of_refused(&dataset.refused));
        self.checking = false;
        self.dataset = Some(dataset);
        self.phase = Phase::Ready;
        self.split = None;
        self.apply_filter();
        if let Some([name, file]) = before {
            self.return_to(&name, &file);
        }
    }

    /// The source cannot be used.
    pub fn failed(&mut self, why: String) {
        self.preview = None;
        self.shown.clear();
        self.phase = Phase::Failed(why);
    }

    /// Whether the cursor is where it was at the start.
    pub fn is_at_start(&self) -> bool {
        (self.person, self.picture, self.focus) == (0, 0, Focus::People)
    }

    /// Moves the cursor to a picture by its names.
    fn return_to(&mut self, name: &str, file: &str) {
        let Some(list) = self.list() else { return };
        let Some(at) = self.shown.iter().position(|&p| list.name(p) == name) else {
            return;
        };
        let person = self.shown[at];
        let is_it = |&picture: &usize| list.picture(person, picture).name == file;
        let picture = (0..list.pictures_of(person)).find(is_it);
        (self.person, self.picture) = (at, picture.unwrap_or(0));
    }

    /// Takes what was found in the files of `dataset`, unless another one was loaded meanwhile.
    pub fn checked(&mut self, dataset: &Arc<Dataset>, findings: Arc<Findings>) {
        let same = |loaded: &Arc<Dataset>| Arc::ptr_eq(loaded, dataset);
        if self.dataset.as_ref().is_some_and(same) {
            self.checking &= !findings.complete;
            self.findings = findings;
        }
    }

    /// Takes the split that a network was trained with.
    pub fn take_split(&mut self, names: &SplitNames) {
        let Some(dataset) = &self.dataset else { return };
        self.split = Some(Split {
            train: dataset.people_named(&names.train),
            validation: dataset.people_named(&names.validation),
            test: dataset.people_named(&names.test),
        });
        self.calibrated_only = names.train.is_empty();
    }

    /// Takes the split of a training that starts.
    pub fn training_on(&mut self, split: Split) {
        self.split = Some(split);
        self.calibrated_only = false;
    }

    /// The part of a person; `None` before a split is known, and for people that the network was not trained with.
    pub fn part(&self, person: PersonId) -> Option<Part> {
        let split = self.split.as_ref()?;
        match () {
            () if split.validation.contains(&person) => Some(match self.calibrated_only {
                true => Part::Calibration,
                false => Part::Validation,
            }),
            () if split.test.contains(&person) => Some(Part::Test),
            () if split.train.contains(&person) => Some(Part::Train),
            () => None,
        }
    }

    /// The person under the cursor.
    pub fn current_person(&self) -> Option<PersonId> {
        self.shown.get(self.person).copied()
    }

    /// The picture under the cursor.
    pub fn current_image(&self) -> Option<ImageId> {
        let images = &self
            .dataset
            .as_ref()?
            .people
            .get(self.current_person()?.0)?
            .images;
        images
            .get(self.picture.min(images.len().saturating_sub(1)))
            .copied()
    }

    pub(super) fn pictures_of(&self, index: usize) -> usize {
        let person = self.shown.get(index);
        let list = self.list().zip(person);
        list.map_or(0, |(list, &person)| list.pictures_of(person))
    }

    /// Shows only the people whose name contains the filter, upper or lower case.
    pub fn apply_filter(&mut self) {
        let Some(list) = self.list() else { return };
        let before = self.current_person();
        let wanted = self.filter.text.to_lowercase();
        let matches = |p: &PersonId| list.name(*p).to_lowercase().contains(&wanted);
        self.shown = (0..list.people()).map(PersonId).filter(matches).collect();
        self.person = self
            .shown
            .iter()
            .position(|&p| Some(p) == before)
            .unwrap_or(0);
        self.picture = 0;
        self.scroll = 0;
    }

    /// Moves the cursor; `list` is the number of rows of the list.
    pub fn move_cursor(&mut self, action: Action, grid: Grid, list: usize) {
        match self.focus {
            Focus::People => self.move_in_list(action, list),
            Focus::Pictures => self.move_in_grid(action, grid),
        }
        self.keep_visible(grid);
    }

    fn move_in_list(&mut self, action: Action, page: usize) {
        let last = self.shown.len().saturating_sub(1);
        let before = self.person;
        match action {
            Action::Up => self.person = self.person.saturating_sub(1),
            Action::Down => self.person = (self.person + 1).min(last),
            Action::PageUp => self.person = self.person.saturating_sub(page),
            Action::PageDown => self.person = (self.person + page).min(last),
            Action::First => self.person = 0,
            Action::Last => self.person = last,
            Action::Right | Action::Select if !self.shown.is_empty() => {
                self.focus = Focus::Pictures
            }
            _ => {}
        }
        if before != self.person {
            self.picture = 0;
        }
    }

    fn move_in_grid(&mut self, action: Action, grid: Grid) {
        match action {
            Action::Left if self.is_first_of_row(grid) && !self.enlarged => {
                self.focus = Focus::People
            }
            Action::Left => self.step_back(),
            Action::Right => self.step_on(),
            Action::Up => self.row_up(grid),
            Action::Down => self.row_down(grid),
            Action::PageUp => (0..self.rows_on_page(grid)).for_each(|_| self.row_up(grid)),
            Action::PageDown => (0..self.rows_on_page(grid)).for_each(|_| self.row_down(grid)),
            Action::First => (self.person, self.picture) = (0, 0),
            Action::Last => {
                self.person = self.shown.len().saturating_sub(1);
                self.picture = self.pictures_of(self.person).saturating_sub(1);
            }
            _ => {}
        }
    }

    fn rows_on_page(&self, grid: Grid) -> u16 {
        (grid.room / grid.row_height()).max(1)
    }

    fn step_on(&mut self) {
        if self.picture + 1 < self.pictures_of(self.person) {
            self.picture += 1;
        } else if self.person + 1 < self.shown.len() {
            (self.person, self.picture) = (self.person + 1, 0);
        }
    }

    fn step_back(&mut self) {
        if self.picture > 0 {
            self.picture -= 1;
        } else if self.person > 0 {
            self.person -= 1;
            self.picture = self.pictures_of(self.person).saturating_sub(1);
        }
    }

    /// Scrolls as little as possible so that the cursor is on the screen.
    pub fn keep_visible(&mut self, grid: Grid) {
        let room = usize::from(grid.room);
        let lines = self.lines_at_cursor(grid, self.focus == Focus::Pictures);
        let (first, last) = (lines.start, lines.end);
        if self.scroll > first {
            self.scroll = first;
        } else if self.scroll + room < last {
            self.scroll = last - room;
        }
    }
}
