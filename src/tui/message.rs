//! What reaches the loop from other threads.

use super::task::Network;
use crate::app::event::Event;
use crate::app::model::{ModelInfo, SplitNames};
use crate::model::Siamese;
use crate::model::photographs::CalibrationPhotos;

/// A network that was read from disk.
pub(super) struct NetworkFromDisk {
    /// The weights.
    pub(super) model: Siamese,
    /// What the screens know of it.
    pub(super) info: ModelInfo,
    /// The people it learnt from.
    pub(super) split: SplitNames,
    /// See [`Network`].
    pub(super) calibration: Option<(CalibrationPhotos, String)>,
}

impl NetworkFromDisk {
    /// The network that answers, and the event that tells the state.
    pub(super) fn into_network(self, revision: u64) -> (Network, Event) {
        let network = Network {
            epoch: self.info.epoch,
            revision,
            model: self.model,
            calibration: self.calibration,
        };
        (network, Event::ModelLoaded(self.info, self.split))
    }
}

/// What reaches the loop from other threads.
pub(super) enum Message {
    /// An event of the state.
    App(Event),
    /// A network from disk.
    Model(Box<NetworkFromDisk>),
    /// Save, and leave.
    Terminate,
    /// The process was stopped from outside and continues.
    #[cfg_attr(not(unix), allow(dead_code))]
    Continued,
}
