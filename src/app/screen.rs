//! The screens.

use super::action::{Action, Context};

/// The screens, in the order of their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Screen {
    /// People and pictures.
    #[default]
    Data,
    /// Curves and controls.
    Train,
    /// Two faces side by side.
    Pairs,
    /// Who is this?
    Verify,
    /// The embeddings.
    Map,
    /// The two towers.
    Network,
}

impl Screen {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Data,
        Self::Train,
        Self::Pairs,
        Self::Verify,
        Self::Map,
        Self::Network,
    ];

    /// Its name in the first row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Pairs => "Pairs",
            Self::Verify => "Verify",
            Self::Map => "Map",
            Self::Network => "Network",
        }
    }

    /// Where its keys are looked up.
    pub fn context(self) -> Context {
        match self {
            Self::Data => Context::Data,
            Self::Train => Context::Train,
            Self::Pairs => Context::Pairs,
            Self::Verify => Context::Verify,
            Self::Map => Context::Map,
            Self::Network => Context::Network,
        }
    }

    /// The screen that an action shows.
    pub fn shown_by(action: Action) -> Option<Self> {
        match action {
            Action::ShowData => Some(Self::Data),
            Action::ShowTrain => Some(Self::Train),
            Action::ShowPairs => Some(Self::Pairs),
            Action::ShowVerify => Some(Self::Verify),
            Action::ShowMap => Some(Self::Map),
            Action::ShowNetwork => Some(Self::Network),
            _ => None,
        }
    }

    /// The screen `step` further, around the end.
    pub fn turn(self, step: isize) -> Self {
        let at = Self::ALL.iter().position(|&s| s == self).unwrap_or(0) as isize;
        Self::ALL[(at + step).rem_euclid(Self::ALL.len() as isize) as usize]
    }
}
