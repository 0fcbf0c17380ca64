//! The Verify screen: a probe against everybody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::event::{Compare, Photo, Request};
use crate::units::{Distance, Epoch, ImageId, Similarity, Threshold};
use crate::vision::{Face, Rect};

/// Who is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A picture of the data set.
    Picture(ImageId),
    /// A photo file.
    File(PathBuf),
}

/// A probe on its way from photo to face.
#[derive(Debug, Clone)]
pub struct ProbeView {
    /// How it is called.
    pub label: String,
    /// The photo, made small.
    pub photo: Photo,
    /// Which part of the original photo the face is.
    pub area: Rect,
    /// Whether no face was found and another part was taken.
    pub fallback: bool,
    /// What the network sees.
    pub face: Face,
    /// Whether that is blurrier than what the network learnt from.
    pub blurred: bool,
}

/// A person the probe was compared with.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Name.
    pub person: String,
    /// Whether enrolled by the user and not of the data set.
    pub enrolled: bool,
    /// How the compared picture is called.
    pub label: String,
    /// The compared picture, if it is kept.
    pub face: Option<Face>,
    /// How similar.
    pub similarity: Similarity,
    /// How far apart the embeddings are.
    pub distance: Distance,
}

/// In which order people stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Sort {
    /// Most similar first.
    Best,
    /// By name.
    Person,
}

/// How much one key press moves the threshold.
pub const THRESHOLD_STEP: f32 = 0.01;

/// The state of the Verify screen.
#[derive(Debug, Clone)]
pub struct VerifyView {
    /// Who is asked about.
    pub probe: Option<Probe>,
    /// That probe, prepared.
    pub view: Option<Box<ProbeView>>,
    /// Why it could not be prepared or compared.
    pub failure: Option<String>,
    /// Everybody, in the order of the screen.
    pub candidates: Vec<Candidate>,
    /// Which network compared them.
    pub epoch: Option<Epoch>,
    /// From where on a comparison is accepted.
    pub threshold: Threshold,
    /// Best first or by name.
    pub sort: Sort,
    /// All pictures of each person, or one.
    pub compare: Compare,
    /// Tiles with faces, or rows.
    pub tiles: bool,
    /// Index into `candidates`.
    pub selected: usize,
    /// Who was just given this name, for the cursor to follow.
    pub renamed: Option<String>,
    /// While the probe walks along the people: how many have been met.
    pub walk: Option<usize>,
    /// When that began, on the state's clock.
    pub walk_started: Duration,
    /// The newest question about the probe.
    pub prepare_request: Request,
    /// The newest question about the people.
    pub compare_request: Request,
    /// Whether that is still open.
    pub waiting: bool,
    /// Files beside the probe, for the next and the previous one.
    pub siblings: Vec<PathBuf>,
}

impl VerifyView {
    /// Nobody asked about yet.
    pub fn new() -> Self {
        Self {
            probe: None,
            view: None,
            failure: None,
            candidates: Vec::new(),
            epoch: None,
            threshold: Threshold::default(),
            sort: Sort::Best,
            compare: Compare::One(0),
            tiles: true,
            selected: 0,
            renamed: None,
            walk: None,
            walk_started: Duration::ZERO,
            prepare_request: Request::default(),
            compare_request: Request::default(),
            waiting: false,
            siblings: Vec::new(),
        }
    }

    /// Everybody has been compared.
    pub fn compared(&mut self, epoch: Epoch, candidates: Vec<Candidate>) {
        self.waiting = false;
        self.failure = None;
        self.epoch = Some(epoch);
        self.candidates = candidates;
        self.order();
        let renamed = |candidate: &Candidate| Some(&candidate.person) == self.renamed.as_ref();
        if let Some(place) = self.candidates.iter().position(renamed) {
            (self.selected, self.renamed) = (place, None);
        }
    }

    /// Puts people in the order of the screen, keeping the cursor's place.
    pub fn order(&mut self) {
        match self.sort {
            Sort::Best => self
                .candidates
                .sort_by(|a, b| b.similarity.0.total_cmp(&a.similarity.0)),
            Sort::Person => self.candidates.sort_by(|a, b| a.person.cmp(&b.person)),
        }
        self.selected = self.selected.min(self.candidates.len().saturating_sub(1));
    }

    /// Moves the threshold by `steps`.
    pub fn move_threshold(&mut self, steps: f32) {
        let moved =
            ((self.threshold.0 + steps * THRESHOLD_STEP) / THRESHOLD_STEP).round() * THRESHOLD_STEP;
        self.threshold = Threshold(moved.clamp(0.0, 1.0));
    }

    /// The most similar person, whatever the order.
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates
            .iter()
            .max_by(|a, b| a.similarity.0.total_cmp(&b.similarity.0))
    }

    /// How many are accepted.
    pub fn accepted(&self) -> usize {
        self.candidates
            .iter()
            .filter(|c| c.similarity.accepted_at(self.threshold))
            .count()
    }

    /// The file beside the probe, `step` further.
    pub fn sibling(&self, of: &Path, step: isize) -> Option<PathBuf> {
        let at = self.siblings.iter().position(|path| path == of)? as isize;
        let count = self.siblings.len() as isize;
        self.siblings
            .get((at + step).rem_euclid(count) as usize)
            .cloned()
    }
}

impl Default for VerifyView {
    fn default() -> Self {
        Self::new()
    }
}
