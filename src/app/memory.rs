//! What is remembered from one start to the next: screen, theme, layout, and what was selected.
//!
//! Things are remembered by name, not by number, and only for the faces they belong to: another data set has other people
//! at the same indices. A theme that was picked is used until the configured one changes, in the file or on the command
//! line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::map::MapKind;
use super::pairs::{Filter, Order};
use super::screen::Screen;
use super::train::Chart;
use super::verify::Sort;

/// What is remembered; see the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// The screen that was shown last.
    pub screen: Screen,
    /// The theme that was in use.
    pub theme: String,
    /// The theme that was configured then.
    pub configured_theme: String,
    /// The chart with the focus, and whether it filled the screen.
    pub chart: (Chart, bool),
    /// Whether the loss had a logarithmic axis, and how much curves were smoothed.
    pub curves: (bool, u8),
    /// Which pairs were listed, and in which order.
    pub pairs: (Filter, Order),
    /// Whether people were tiles, and in which order they were listed.
    pub people: (bool, Sort),
    /// How embeddings came into two dimensions.
    pub map: MapKind,
    /// The run that the user did not want to resume.
    pub dropped_offer: String,
    /// Whether the tour was seen to its end.
    pub toured: bool,
    /// What was selected, and in which faces.
    pub selection: Selection,
}

/// What was selected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The faces: `orl`, a folder, a file.
    pub data: String,
    /// The person on the Data screen.
    pub person: String,
    /// The picture of that person, if pictures had the focus.
    pub picture: Option<usize>,
    /// The seed of the pairs, and the index of the selected one, in the order in which they were drawn.
    pub pair: Option<(u64, usize)>,
    /// The probe, if it was one of the faces.
    pub probe: Option<String>,
    /// The probe, if it was a file.
    pub photo: Option<PathBuf>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            screen: Screen::default(),
            theme: String::new(),
            configured_theme: String::new(),
            chart: (Chart::Loss, false),
            curves: (false, 0),
            pairs: (Filter::All, Order::Hardest),
            people: (true, Sort::Best),
            map: MapKind::default(),
            dropped_offer: String::new(),
            toured: false,
            selection: Selection::default(),
        }
    }
}
