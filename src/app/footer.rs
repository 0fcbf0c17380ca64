//! Which keys the footer offers now, and in which words.

use super::action::Action;
use super::map::MapKind;
use super::screen::Screen;
use super::state::State;
use super::train::Phase;
use super::verify::{Compare, Sort};

impl State {
    /// Whether an action would do something now. The footer shows only such actions.
    pub fn offers(&self, action: Action) -> bool {
        let train = &self.train;
        let probed = self.verify.candidates.get(self.verify.selected);
        match action {
            Action::Pause | Action::Step | Action::Save | Action::Stop => train.active(),
            Action::StartTraining => {
                !train.active() && self.overlay.is_none() && !self.asks_the_network()
            }
            Action::Tour => {
                let offered = !self.tour.active && !self.tour.ended;
                offered && self.screen == Screen::Data && self.overlay.is_none()
            }
            Action::PickModel => {
                !train.active() && self.overlay.is_none() && self.asks_the_network()
            }
            Action::Crosshair | Action::Smoothing => !train.epochs.is_empty(),
            Action::EarlierEpoch | Action::LaterEpoch => self.pairs.scored.len() > 1,
            Action::UndoMark => !self.pairs.marks.is_empty(),
            Action::MarkMislabelled => self.pairs.current().is_some() && !self.pairs.grid,
            Action::FilterPairs | Action::OrderPairs => !self.pairs.grid,
            Action::LowerThreshold | Action::RaiseThreshold => !self.pairs.scored.is_empty(),
            Action::ShowRefused => self.data.dataset.is_some(),
            Action::Rename | Action::Forget => probed.is_some_and(|c| c.enrolled),
            Action::ThresholdDown | Action::ThresholdUp | Action::SortPeople => probed.is_some(),
            Action::Walk => self.verify.answered && probed.is_some(),
            Action::SlowerWalk | Action::FasterWalk => self.verify.walk.is_some(),
            Action::NextFace => {
                let view = self.verify.view.get();
                view.is_some_and(|view| view.faces().len() > 1)
            }
            Action::DrawRuns | Action::RenameRun | Action::NoteRun | Action::DeleteRun => {
                self.runs.compared.is_none() && self.runs.current().is_some()
            }
            Action::MarkRun | Action::FilterRuns => {
                self.runs.compared.is_none() && self.runs.count() > 0
            }
            Action::CompareRuns => self.runs.compared.is_some() || self.runs.marked.len() > 1,
            Action::RestoreRun => self.runs.compared.is_none(),
            Action::ClearRuns => {
                let any = !self.runs.marked.is_empty() || !train.overlaid.is_empty();
                any && self.runs.compared.is_none()
            }
            Action::EditSettings => false,
            Action::ChoiceLeft | Action::ChoiceRight => false,
            _ => true,
        }
    }

    /// Whether the screen shows what a network answers: the key that chooses one is more useful there than that for training.
    fn asks_the_network(&self) -> bool {
        let training = [Screen::Data, Screen::Train].contains(&self.screen);
        self.model.is_some() && !training
    }

    /// The word in the footer; some depend on the state.
    pub fn label(&self, action: Action) -> &'static str {
        match action {
            Action::Pause if self.train.phase == Phase::Paused => "resume",
            Action::Zoom if self.train.zoomed => "all charts",
            Action::PastRun if !self.train.overlaid.is_empty() => "no other runs",
            Action::CompareRuns if self.runs.compared.is_some() => "list",
            Action::MarkRun
                if self
                    .runs
                    .current()
                    .is_some_and(|r| self.runs.is_marked(&r.path)) =>
            {
                "unmark"
            }
            Action::SwitchView if self.map.kind == MapKind::Neighbourhoods => "components",
            Action::LogScale if self.train.log => "linear",
            Action::ShowTiles if !self.verify.tiles => "tiles",
            Action::MarkMislabelled
                if self.pairs.current().is_some_and(|i| self.pairs.marked(i)) =>
            {
                "unmark"
            }
            Action::Walk if self.verify.walk.is_some() => "stop",
            Action::SamplePairs if self.pairs.grid => "one pair",
            Action::NextPair if self.pairs.grid => "next page",
            Action::SortPeople if self.verify.sort == Sort::Best => "by name",
            Action::AllPictures if self.verify.compare == Compare::All => "one picture",
            _ => action.label(),
        }
    }
}
