//! The panes, one file each.

mod charts;
mod check;
mod compared;
mod curves;
mod data;
mod decision;
mod help;
mod map;
mod models;
mod network;
mod overlaid;
pub(super) mod overlay;
mod pairs;
mod palette;
mod people;
mod picture;
mod points;
mod probe;
mod reading;
mod runs;
mod runs_list;
mod samples;
mod settings;
pub(super) mod tour;
mod train;
mod verify;

use ratatui::layout::Rect;

use super::{Canvas, Theme};
use crate::app::screen::Screen;
use crate::app::state::State;

/// Draws the panes of the current screen.
pub(super) fn draw(buf: &mut Canvas<'_>, area: Rect, state: &State, theme: &Theme) {
    match state.screen {
        Screen::Data => data::draw(buf, area, state, theme),
        Screen::Train => train::draw(buf, area, state, theme),
        Screen::Pairs => pairs::draw(buf, area, state, theme),
        Screen::Verify => verify::draw(buf, area, state, theme),
        Screen::Map => map::draw(buf, area, state, theme),
        Screen::Network => network::draw(buf, area, state, theme),
    }
}
