//! How far the reading of the faces is, in words.

use crate::app::data::{DataView, Phase, Progress};
use crate::app::state::State;
use crate::ui::widgets::numbers::thousands;

/// `loading /home/anna/faces … 120/400`
pub(super) fn loading(data: &DataView) -> String {
    let progress = data.progress.as_ref().filter(|progress| progress.all > 0);
    let progress = progress.map_or(String::new(), |Progress { done, all, .. }| {
        format!(" {done}/{all}")
    });
    format!("loading {} …{progress}", data.source)
}

/// `13,900 of 100,000 read, 132 a second, 11 min left`
pub(super) fn read_so_far(data: &DataView) -> String {
    let progress = data.progress.as_ref();
    progress.map_or(String::new(), |Progress { done, all, pace }| {
        let comma = if pace.is_empty() { "" } else { ", " };
        let [done, all] = [done, all].map(|number| thousands(*number as u64));
        format!("{done} of {all} read{comma}{pace}")
    })
}

/// What is said where a network would answer, while faces are read that it needs.
pub(super) fn waiting(state: &State) -> Option<String> {
    let waits = state.model.is_none() && state.data.phase == Phase::Loading;
    waits.then(|| format!("{}; then a network answers here", loading(&state.data)))
}
