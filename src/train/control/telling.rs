//! What is said of the events of a training.

use super::message::{Hello, Said};
use crate::train::events::{Event, Started};

impl Hello {
    /// Of a training on faces from `source` that has just started.
    pub(super) fn of(started: &Started, source: &str) -> Self {
        Self {
            source: source.to_owned(),
            parameters: started.parameters,
            epochs: started.epochs,
            batches: started.batches,
            split: started.split.clone(),
            validation: started.validation.clone(),
            paused: false,
        }
    }
}

impl Said {
    /// What is said of an event; the start is told by [`Hello`].
    pub(super) fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Started(_) => return None,
            Event::Batch(report) => Self::Batch(*report),
            Event::Epoch(report) => Self::Epoch {
                metrics: report.metrics,
                best: report.best,
            },
            Event::Paused => Self::Paused,
            Event::Resumed => Self::Resumed,
            Event::Saved { epoch, .. } => Self::Saved(*epoch),
            Event::Finished { epoch, stopped } => Self::Finished {
                epoch: *epoch,
                stopped: *stopped,
            },
            Event::Failed { message } => Self::Failed(message.clone()),
        })
    }
}
