//! Turns commands into the answers that the training loop expects: pause, step, save, stop.
//!
//! It is shared by the channel of a [`Trainer`](super::Trainer) and the socket of a training in the background, which
//! differ only in how a command arrives.

use super::events::{Answer, Event, TrainingCommand};

/// Where events go and commands come from.
pub(super) trait ControlChannel {
    /// Passes an event on.
    fn notify(&mut self, event: Event);

    /// The next command. Waits for one while `paused`; otherwise returns `None` at once if there is none.
    fn next_command(&mut self, paused: bool) -> Option<TrainingCommand>;
}

/// Whether the training waits.
#[derive(Debug, Default)]
pub(super) struct Controller {
    paused: bool,
}

impl Controller {
    /// Passes the event on and turns commands into an answer. While the training is paused, it waits here.
    pub(super) fn observe(&mut self, event: Event, channel: &mut impl ControlChannel) -> Answer {
        let may_wait = matches!(event, Event::Batch(_) | Event::Saved { .. });
        channel.notify(event);
        if !may_wait {
            // Between the last batch of an epoch and its validation there is nothing to pause or to save.
            return Answer::Continue;
        }
        loop {
            if self.paused {
                channel.notify(Event::Paused);
            }
            match channel.next_command(self.paused) {
                None => return Answer::Continue,
                Some(TrainingCommand::Pause) => self.paused = true,
                Some(TrainingCommand::Resume) => {
                    if std::mem::take(&mut self.paused) {
                        channel.notify(Event::Resumed);
                    }
                }
                Some(TrainingCommand::Step) => {
                    self.paused = true;
                    return Answer::Continue;
                }
                Some(TrainingCommand::Save) => return Answer::Save,
                Some(TrainingCommand::Stop) => return Answer::Stop,
            }
        }
    }
}
