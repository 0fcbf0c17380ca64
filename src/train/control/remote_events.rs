//! The events of a training in another process, with the weights read from its checkpoints.

use super::ControlError;
use super::client::{Client, CommandSender};
use super::message::{Hello, ServerMessage};
use crate::files::clean;
use crate::metrics::Scores;
use crate::model::Siamese;
use crate::train::epoch_metrics::EpochMetrics;
use crate::train::events::{EpochReport, Event, Started, TrainingEvent};
use crate::train::run_dir::{RunDir, State};
use crate::units::Epoch;
use std::collections::VecDeque;
use std::sync::Arc;

/// The events of a training in another process, as that process itself would report them.
#[derive(Debug)]
pub(in crate::train) struct RemoteEvents {
    client: Client,
    hello: Hello,
    /// The last epoch that was returned.
    known: Option<Epoch>,
    newest: Option<(Siamese, Arc<Scores>)>,
    /// Events to return before the next message is read.
    next: VecDeque<Event>,
    over: bool,
}

/// Connects to the training in `run`: its events, and a sender of commands.
///
/// # Errors
/// [`ControlError`] if nothing trains there, or it accepts no connection.
pub(in crate::train) fn connect(
    run: RunDir,
) -> Result<(RemoteEvents, CommandSender), ControlError> {
    let mut client = Client::connect(run)?;
    let hello = client.hello()?;
    let commands = client.sender()?;
    let mut events = RemoteEvents {
        client,
        hello: hello.clone(),
        known: None,
        newest: None,
        next: VecDeque::new(),
        over: false,
    };
    events.begin(hello);
    Ok((events, commands))
}

impl RemoteEvents {
    /// The data set of the training, as `--data` takes it.
    pub(in crate::train) fn source(&self) -> &str {
        &self.hello.source
    }

    /// Waits for the next event; `None` after the last one.
    ///
    /// # Errors
    /// [`ControlError::Lost`] if the training ended without a last event.
    pub(in crate::train) fn event(&mut self) -> Result<Option<Event>, ControlError> {
        while self.next.is_empty() {
            if self.over {
                return Ok(None);
            }
            match self.client.next_message()? {
                Some(ServerMessage::Hello(hello)) => self.begin(*hello),
                Some(ServerMessage::Event(event)) => self.apply(event),
                Some(ServerMessage::Refused(why)) => {
                    return Err(ControlError::Refused(clean(&why)));
                }
                None => self.closed()?,
            }
        }
        let event = self.next.pop_front();
        self.over |= event.as_ref().is_some_and(Event::is_last);
        Ok(event)
    }

    fn apply(&mut self, event: TrainingEvent) {
        let event = match event {
            TrainingEvent::Epoch(report) => return self.epoch(report.metrics, report.best),
            TrainingEvent::Started(started) => {
                return self.begin(Hello {
                    started,
                    ..self.hello.clone()
                });
            }
            TrainingEvent::Batch(report) => Event::Batch(report),
            TrainingEvent::Paused => Event::Paused,
            TrainingEvent::Resumed => Event::Resumed,
            TrainingEvent::Saved { epoch, .. } => Event::Saved {
                path: self.client.run.checkpoint_path(),
                epoch,
            },
            TrainingEvent::Finished { epoch, stopped } => {
                self.client.wait_for_close();
                self.catch_up(epoch);
                Event::Finished { epoch, stopped }
            }
            TrainingEvent::Failed(message) => {
                self.client.wait_for_close();
                Event::Failed(clean(&message))
            }
        };
        self.next.push_back(event);
    }

    /// The whole state, from a greeting and from disk: at the start, and whenever this side was too slow.
    fn begin(&mut self, hello: Hello) {
        // Rows that cannot be read are no reason not to show the next events.
        let mut history = self.client.run.rows().unwrap_or_default();
        self.read_weights();
        let newest = match &self.newest {
            Some(_) => history.pop(),
            None => None,
        };
        let recipe = self.client.run.recipe().ok();
        let best_of = |rows: &[EpochMetrics]| recipe.as_ref().and_then(|r| r.best_of(rows));
        self.next.push_back(Event::Started(Started {
            run: Some(self.client.run.path().to_owned()),
            best: best_of(&history),
            history: history.clone(),
            ..hello.started.clone()
        }));
        let paused = hello.paused;
        self.hello = hello;
        self.known = history.last().map(|row| row.epoch);
        // The newest epoch is sent as an event, because only an event carries weights.
        if let Some(newest) = newest {
            history.push(newest);
            self.push_epoch(newest, best_of(&history) == Some(history.len() - 1));
        }
        if paused {
            self.next.push_back(Event::Paused);
        }
    }

    /// Skips an epoch that is known from disk already.
    fn epoch(&mut self, metrics: EpochMetrics, best: bool) {
        if Some(metrics.epoch) <= self.known {
            return;
        }
        if !self.client.is_behind() || self.newest.is_none() {
            self.read_weights();
        }
        self.push_epoch(metrics, best);
    }

    fn push_epoch(&mut self, metrics: EpochMetrics, best: bool) {
        self.known = Some(metrics.epoch);
        // Without weights there is no event; the next greeting or epoch brings the row.
        if let Some((model, scores)) = &self.newest {
            self.next.push_back(Event::Epoch(Box::new(EpochReport {
                metrics,
                best,
                scores: scores.clone(),
                model: model.clone(),
            })));
        }
    }

    /// At the end, adds the epochs that were skipped while this side was slow.
    fn catch_up(&mut self, epoch: Epoch) {
        if self.known < Some(epoch) {
            self.begin(Hello {
                paused: false,
                ..self.hello.clone()
            });
        }
    }

    /// The connection closed without a last event: looks on disk whether the training is complete.
    fn closed(&mut self) -> Result<(), ControlError> {
        let run = &self.client.run;
        let summary = run.summary()?;
        let done = |last: &EpochMetrics| {
            summary.state == State::Finished || last.epoch.0 >= summary.recipe.epochs
        };
        let Some(last) = summary.last.filter(done) else {
            return Err(ControlError::Lost(run.path().to_owned()));
        };
        self.catch_up(last.epoch);
        self.next.push_back(Event::Finished {
            epoch: last.epoch,
            stopped: false,
        });
        Ok(())
    }

    /// Reads the newest weights. If that fails now, the previous ones stay.
    fn read_weights(&mut self) {
        if let Ok(Some(point)) = self.client.run.resume_point() {
            let saved = point.saved;
            self.newest = Some((saved.model, Arc::new(saved.scores)));
        }
    }
}
