//! The state of the Verify screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use super::walk::{STEPS, Walk};
use crate::app::pending::Pending;
use crate::app::photo::Photo;
use crate::recognition::{Candidate, ComparedBy, PhotoSource, Probe};
use crate::units::{Epoch, Threshold};
use crate::vision::PreparedFace;
use crate::vision::quality::{Doubt, Verdict};

/// A probe with what is shown of it. Comparing and enrolling take this very [`Probe`], so that what is shown is what is
/// scored.
#[derive(Debug, Clone)]
pub struct ProbeView {
    /// The face, and the photo it was found in.
    pub probe: Probe,
    /// The photo, scaled down.
    pub photo: Photo,
    /// For each face of the photo: its part of the photo, in colour; aligned if the faces of the data set are.
    pub cuts: Vec<Arc<RgbImage>>,
    /// For each face of the photo: whether it is blurrier than the faces of the data set. Only for faces whose quality is
    /// not measured.
    pub blurred: Vec<bool>,
}

impl ProbeView {
    /// All faces of the photo.
    pub fn faces(&self) -> &[PreparedFace] {
        self.probe.photo().faces()
    }

    /// The part of the photo that the face is made from.
    pub fn cut(&self) -> Option<&RgbImage> {
        self.cuts.get(self.probe.index()).map(|cut| &**cut)
    }

    /// Takes the next face of the photo. Whether there is another.
    fn turn(&mut self) -> bool {
        let count = self.faces().len();
        let next = (self.probe.index() + 1) % count;
        if let Some(probe) = self.probe.photo().probes().nth(next) {
            self.probe = probe;
        }
        count > 1
    }

    /// What may make the answer wrong, the most important first: a word for each, and a sentence.
    pub fn doubts(&self) -> Vec<(&'static str, String)> {
        let face = self.probe.face();
        if face.fallback {
            let text = "no face was found: this is the middle of the photo";
            return vec![("no face", text.to_owned())];
        }
        let blurred = self.blurred.get(self.probe.index()) == Some(&true);
        match &face.quality {
            Some(quality) => {
                let (Verdict::Doubtful(doubts) | Verdict::Unusable(doubts)) = quality.verdict()
                else {
                    return Vec::new();
                };
                let shown = |doubt| (word(doubt), quality.explain(doubt));
                doubts.into_iter().map(shown).collect()
            }
            None if blurred => vec![("blurred", "the face is blurred".to_owned())],
            None => Vec::new(),
        }
    }

    /// Why the face cannot be enrolled, if it cannot.
    pub fn unusable(&self) -> Option<String> {
        let quality = self.probe.face().quality.as_ref()?;
        match quality.verdict() {
            Verdict::Unusable(doubts) => doubts.first().map(|doubt| quality.explain(*doubt)),
            Verdict::Good | Verdict::Doubtful(_) => None,
        }
    }
}

/// A doubt in one or two words, for narrow places.
fn word(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Weak => "unsure",
        Doubt::Small => "small",
        Doubt::Blurred => "blurred",
        Doubt::CutOff => "cut off",
        Doubt::TurnedAway => "turned away",
        Doubt::Beside => "maybe none",
        Doubt::Turned => "not upright",
    }
}

/// With what a probe is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// With every picture of each person, by the mean of the distances.
    All,
    /// With one picture of each person, drawn by this number.
    One(u64),
}

/// In which order people are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Sort {
    /// Most similar first.
    Best,
    /// By name.
    Person,
}

/// How much one key press moves the threshold.
const THRESHOLD_STEP: f32 = 0.01;
/// The same from [`FINE_FROM`] on, where the thresholds of networks on a backbone lie.
const FINE_STEP: f32 = 0.001;
/// See [`FINE_STEP`].
const FINE_FROM: f32 = 0.98;

/// The state of the Verify screen.
#[derive(Debug, Clone)]
pub struct VerifyView {
    /// The picture that is to be identified.
    pub probe: Option<PhotoSource>,
    /// That probe, prepared.
    pub view: Pending<Box<ProbeView>>,
    /// Why it could not be prepared or compared.
    pub failure: Option<String>,
    /// In what its photo differs from those that the threshold was set on.
    pub note: Option<String>,
    /// The request to compare it.
    pub comparison: Pending,
    /// Everyone, in the order of the screen.
    pub candidates: Vec<Candidate>,
    /// Whether their similarities are those to the face that is shown, and not to the one before.
    pub answered: bool,
    /// Which network compared them.
    pub epoch: Option<Epoch>,
    /// From which similarity a comparison is accepted.
    pub threshold: Threshold,
    /// Whether the user chose it. Otherwise it is the usual one of the model.
    pub threshold_chosen: bool,
    /// For how many people it was chosen.
    pub threshold_people: usize,
    /// Best first or by name.
    pub sort: Sort,
    /// All pictures of each person, or one.
    pub compare: Compare,
    /// Tiles with faces, or rows.
    pub tiles: bool,
    /// Index into `candidates`.
    pub selected: usize,
    /// The new name of a person who was just renamed: the cursor follows.
    pub renamed: Option<String>,
    /// The comparison one by one, while it runs.
    pub walk: Option<Walk>,
    /// Index into [`STEPS`]: how long it stays with each person.
    pub walk_speed: usize,
    /// Files beside the probe, for the next and the previous one.
    pub siblings: Vec<PathBuf>,
}

impl Default for VerifyView {
    fn default() -> Self {
        Self {
            probe: None,
            view: Pending::default(),
            failure: None,
            note: None,
            comparison: Pending::default(),
            candidates: Vec::new(),
            answered: false,
            epoch: None,
            threshold: Threshold::default(),
            threshold_chosen: false,
            threshold_people: 0,
            sort: Sort::Best,
            compare: Compare::One(0),
            tiles: true,
            selected: 0,
            renamed: None,
            walk: None,
            walk_speed: 2,
            siblings: Vec::new(),
        }
    }
}

impl VerifyView {
    /// Whether the probe is being prepared or compared.
    pub fn waiting(&self) -> bool {
        self.view.waiting() || self.comparison.waiting()
    }

    /// Takes the result of a comparison.
    pub fn compared(&mut self, epoch: Epoch, candidates: Vec<Candidate>) {
        self.failure = None;
        self.epoch = Some(epoch);
        self.candidates = candidates;
        self.answered = true;
        self.order();
        let renamed = |candidate: &Candidate| Some(&*candidate.person) == self.renamed.as_deref();
        if let Some(place) = self.candidates.iter().position(renamed) {
            (self.selected, self.renamed) = (place, None);
        }
    }

    /// How long the comparison one by one stays with each person.
    pub fn walk_step(&self) -> Duration {
        STEPS[self.walk_speed.min(STEPS.len() - 1)]
    }

    /// Whether the score of a candidate is shown: not before it is reached.
    pub fn is_met(&self, index: usize) -> bool {
        self.answered && self.walk.is_none_or(|walk| index < walk.reached)
    }

    /// Starts the comparison one by one.
    pub fn start_walk(&mut self, now: Duration) {
        self.walk = Some(Walk::new(now));
        self.selected = 0;
        self.order();
    }

    /// Ends it; all scores are shown.
    pub fn end_walk(&mut self) {
        if self.walk.take().is_some() {
            self.order();
            self.selected = 0;
        }
    }

    /// Moves the comparison one by one on, if it runs.
    pub fn advance_walk(&mut self, now: Duration) {
        let step = self.walk_step();
        let Some(walk) = &mut self.walk else { return };
        walk.advance(now, step);
        match walk.reached < self.candidates.len() {
            true => self.selected = walk.reached,
            false => self.end_walk(),
        }
    }

    /// Sorts people; the cursor keeps its place.
    pub fn order(&mut self) {
        let sort = match self.walk {
            Some(_) => Sort::Person,
            None => self.sort,
        };
        match sort {
            Sort::Best => self.candidates.sort_by(|a, b| {
                let old = |candidate: &Candidate| candidate.by == ComparedBy::V0_1;
                let group = old(a).cmp(&old(b));
                group.then(b.similarity.0.total_cmp(&a.similarity.0))
            }),
            Sort::Person => self.candidates.sort_by(|a, b| a.person.cmp(&b.person)),
        }
        self.selected = self.selected.min(self.candidates.len().saturating_sub(1));
    }

    /// Moves the threshold by `steps`.
    pub fn move_threshold(&mut self, steps: f32) {
        let before = self.threshold.0;
        let step = match before + steps * FINE_STEP > FINE_FROM + FINE_STEP / 2.0 {
            true => FINE_STEP,
            false => THRESHOLD_STEP,
        };
        let moved = ((before + steps * step) / step).round() * step;
        self.threshold = Threshold(moved.clamp(0.0, 1.0));
    }

    /// Takes the next face of the photo. Whether there is another.
    pub fn next_face(&mut self) -> bool {
        self.view.get_mut().is_some_and(|view| view.turn())
    }

    /// The person who is accepted; otherwise the most similar one, whatever the order. A person compared by the model of
    /// version 0.1.0 comes after all others.
    pub fn best(&self) -> Option<&Candidate> {
        let candidates = self.candidates.iter().enumerate();
        let candidates = candidates.filter(|(i, _)| self.is_met(*i));
        let candidates = candidates.map(|(_, candidate)| candidate);
        let rank = |candidate: &Candidate| {
            let new = candidate.by == ComparedBy::Answering;
            (candidate.accepted_at(self.threshold), new)
        };
        candidates.max_by(|a, b| {
            let order = rank(a).cmp(&rank(b));
            order.then(a.similarity.0.total_cmp(&b.similarity.0))
        })
    }

    /// Whether somebody was enrolled by version 0.1.0 and has no newer photo.
    pub fn has_old_people(&self) -> bool {
        let mut candidates = self.candidates.iter();
        candidates.any(|candidate| candidate.by == ComparedBy::V0_1)
    }

    /// How many are accepted.
    pub fn accepted(&self) -> usize {
        let met = (self.candidates.iter().enumerate()).filter(|(i, _)| self.is_met(*i));
        met.filter(|(_, c)| c.accepted_at(self.threshold)).count()
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
