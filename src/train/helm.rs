//! From what is wished to what the loop is answered: pausing, stepping, saving, stopping.
//!
//! Written once for everybody who may steer: the channel of a [`Trainer`](super::Trainer) and the socket of a training
//! in the background differ only in how a wish arrives.

use super::events::{Answer, Command, Event};

/// Whoever steers.
pub(super) trait Crew {
    /// Is told what happens.
    fn hear(&mut self, event: Event);

    /// The next wish. Waits for one while `paused`; otherwise answers `None` if there is none.
    fn wish(&mut self, paused: bool) -> Option<Command>;
}

/// Whether the training waits.
#[derive(Debug, Default)]
pub(super) struct Helm {
    paused: bool,
}

impl Helm {
    /// Passes the event on and turns wishes into an answer; while paused, it waits here.
    pub(super) fn observe(&mut self, event: Event, crew: &mut impl Crew) -> Answer {
        let may_wait = matches!(event, Event::Batch(_) | Event::Saved { .. });
        crew.hear(event);
        if !may_wait {
            // Between the last batch of an epoch and its validation there is nothing to pause or to save.
            return Answer::Continue;
        }
        loop {
            if self.paused {
                crew.hear(Event::Paused);
            }
            match crew.wish(self.paused) {
                None => return Answer::Continue,
                Some(Command::Pause) => self.paused = true,
                Some(Command::Resume) => {
                    if std::mem::take(&mut self.paused) {
                        crew.hear(Event::Resumed);
                    }
                }
                Some(Command::Step) => {
                    self.paused = true;
                    return Answer::Continue;
                }
                Some(Command::Save) => return Answer::Save,
                Some(Command::Stop) => return Answer::Stop,
            }
        }
    }
}
